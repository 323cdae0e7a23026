"""Asks for the reviewer's name once, in place; the project menu changes it."""

from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.errors import StudioError
from studio.ui.context import StudioContext, suggested_reviewer
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Field, PrimaryButton, row


class ReviewerField(QWidget):
    """An inline question for the reviewer's name; it hides once answered. It is `primary` where
    the page can do nothing else without a name."""

    def __init__(self, context: StudioContext, primary: bool = False) -> None:
        super().__init__()
        self._context = context
        self.edit = QLineEdit(suggested_reviewer())
        self.edit.setMaxLength(80)
        self.field = Field(
            self.tr("Your name"),
            self.edit,
            self.tr("Written with every decision, so that readers can be compared."),
        )
        kind = PrimaryButton if primary else Button
        self.button = kind(self.tr("Use this name"), self.answer)
        self.edit.returnPressed.connect(self.answer)
        self.edit.textEdited.connect(lambda _: self.field.set_error(""))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.field, 1)
        inner = QVBoxLayout()
        inner.addSpacing(18)
        inner.addWidget(self.button)
        inner.addStretch(1)
        layout.addLayout(inner)
        self.setFocusProxy(self.edit)
        context.reviewer_changed.connect(lambda _: self.hide())
        if context.reviewer:
            self.hide()  # it is never shown here: without a parent it would flash as a window

    def answer(self) -> None:
        try:
            self._context.set_reviewer(self.edit.text())
        except StudioError as error:
            self.field.set_error(str(error))


class ReviewerDialog(QDialog):
    """Changes the reviewer's name later."""

    def __init__(self, parent: QWidget, context: StudioContext) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle(self.tr("Reviewer"))
        self.edit = QLineEdit(context.reviewer or suggested_reviewer())
        self.edit.setMaxLength(80)
        self.field = Field(
            self.tr("Your name"),
            self.edit,
            self.tr("Written with every decision from now on; earlier ones keep theirs."),
        )
        self.edit.textEdited.connect(lambda _: self.field.set_error(""))
        use = PrimaryButton(self.tr("Use this name"), self.accept)
        use.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(PADDING)
        layout.addWidget(self.field)
        layout.addLayout(row(None, Button(self.tr("Cancel"), self.reject), use))
        self.setMinimumWidth(400)
        self.finished.connect(self.deleteLater)

    def accept(self) -> None:
        try:
            self._context.set_reviewer(self.edit.text())
        except StudioError as error:
            self.field.set_error(str(error))
        else:
            super().accept()
