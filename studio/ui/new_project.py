"""The dialog that makes a project: where, which labels, and which of them is positive."""

from pathlib import Path

import platformdirs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.errors import StudioError
from studio.project import usual_positive
from studio.ui.context import StudioContext
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, Choice, Field, PathField, PrimaryButton, label, row
from studio.ui.widgets.new_folder import next_unused

DEFAULT_LABELS = "melanocyticnevus, malignantmelanoma"


def suggested_folder() -> Path:
    """A folder for a new project that does not exist yet, among the person's documents."""
    documents = Path(platformdirs.user_documents_dir())
    return next_unused(documents / "CAN Studio" / "moles")


class NewProjectDialog(QDialog):
    """Opens the new project, or shows under the field why it cannot be made."""

    def __init__(self, parent: QWidget, context: StudioContext) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle(self.tr("New project"))
        self.setMinimumWidth(520)
        self.folder = PathField(self.tr("Folder"), "new folder", self.tr("a new folder"))
        self.folder.set_text(str(suggested_folder()))
        self.labels = QLineEdit(DEFAULT_LABELS)
        self.positive = Choice()
        self.folder_field = Field(
            self.tr("Folder of the project"),
            self.folder,
            self.tr("It must not exist yet, or be empty."),
        )
        self.labels_field = Field(
            self.tr("Labels, separated by commas"),
            self.labels,
            self.tr(
                "Keys 1 to 9 assign them in this order. They can be changed at any time; left "
                "empty, the class folders of the first import become the labels."
            ),
        )
        self.positive_field = Field(
            self.tr("Positive class"),
            self.positive,
            self.tr("What the ROC curve is about. It is never accepted in bulk."),
        )
        self.make = PrimaryButton(self.tr("Make project"), self.accept)
        self.make.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(PADDING)
        layout.addWidget(label(self.tr("New project"), "heading"))
        for part in (self.folder_field, self.labels_field, self.positive_field):
            layout.addWidget(part)
        layout.addLayout(row(None, Button(self.tr("Cancel"), self.reject), self.make))
        self._chosen: str | None = None  # by hand, to be kept while the labels are edited
        self.positive.activated.connect(lambda _: self._choose_positive())
        self.labels.textChanged.connect(self._labels_edited)
        self._labels_edited()
        self.folder.setFocus(Qt.FocusReason.OtherFocusReason)
        self.finished.connect(self.deleteLater)

    def names(self) -> list[str]:
        """The labels as typed."""
        return [name.strip() for name in self.labels.text().split(",") if name.strip()]

    def accept(self) -> None:
        for field in (self.folder_field, self.labels_field):
            field.set_error("")
        if not self.folder.text():
            self._refuse(self.folder_field, self.tr("Say where the project should be."))
            return
        self._context.leave(self._make)

    def _make(self) -> None:
        try:
            self._context.new_project(Path(self.folder.text()), self.names(), self.positive.value())
        except StudioError as error:
            self._refuse(self.folder_field, str(error))
        else:
            super().accept()

    def _refuse(self, field: Field, sentence: str) -> None:
        field.set_error(sentence)
        field.control.setFocus()
        self.adjustSize()

    def _choose_positive(self) -> None:
        self._chosen = self.positive.value()

    def _labels_edited(self) -> None:
        """Offer the labels as typed; one that is malignant by its name is positive."""
        names = self.names()
        usual = usual_positive(names)
        none = [(None, self.tr("none"))] if usual is None else []
        self.positive.set_options([*none, *((name, name) for name in names)])
        self.positive.set_value(self._chosen if self._chosen in names else usual)
