"""The question before an import: which label class folders give that the project does not know."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from studio.project import can_be_label, suggested_label
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Choice, PrimaryButton, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import counted

if TYPE_CHECKING:
    from studio.workflows.importing import NewLabels

ADD, LEAVE = "add", "leave"
_LABEL = "label:"
_ROWS_SHOWN = 8
# Dates, numbers and what cameras call their folders are seldom classes.
_NO_CLASS = re.compile(r"(\d[\d ._-]*|dcim|img|images?|photos?|pictures|export)", re.IGNORECASE)


class ClassFoldersDialog(QDialog):
    """Asks once for all folders of an import; `answered(NewLabels)` when it goes on."""

    answered = Signal(object)

    def __init__(self, parent: QWidget, folders: Mapping[str, int], labels: Sequence[str]) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Class folders"))
        self.setMinimumWidth(560)
        self.choices: dict[str, Choice] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(PADDING)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(0, 1)
        for number, (name, images) in enumerate(folders.items()):
            self.choices[name] = choice = self._choice(name, labels)
            one, many = self.tr("{0} image"), self.tr("{0} images")
            grid.addWidget(ElidedLabel(name), number, 0)
            grid.addWidget(label(counted(images, one, many), "quiet"), number, 1)
            grid.addWidget(choice, number, 2)
        self.all = Choice(self._options(labels, None))
        self.all.setAccessibleName(self.tr("For all folders"))
        self.all.activated.connect(lambda _: self._set_all())
        everything = row(None, label(self.tr("For all"), "small"), self.all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(PADDING)
        layout.addWidget(label(self.tr("Folders that are not labels of this project"), "heading"))
        words = self.tr("What label do the images of these folders get?")
        layout.addWidget(label(words, wrap=True))
        layout.addWidget(_scrolled(grid, len(folders)))
        if len(folders) > 1:
            layout.addLayout(everything)
        self.go = PrimaryButton(self.tr("Import"), self.accept)
        self.go.setDefault(True)
        layout.addLayout(row(None, Button(self.tr("Cancel"), self.reject), self.go))
        self.go.setFocus(Qt.FocusReason.OtherFocusReason)
        self.finished.connect(self.deleteLater)

    def accept(self) -> None:
        self.answered.emit(self.new_labels())
        super().accept()

    def new_labels(self) -> "NewLabels":
        """The answer as an import takes it."""
        from studio.workflows.importing import NewLabels

        mapping: dict[str, str | None] = {}
        for name, choice in self.choices.items():
            value = choice.value()
            if value == LEAVE:
                mapping[name] = None
            else:
                mapping[name] = name if value == ADD else value.removeprefix(_LABEL)
        return NewLabels(mapping=mapping)  # a folder that was not asked about adds no label

    def _choice(self, name: str, labels: Sequence[str]) -> Choice:
        options = self._options(labels, name)
        made = Choice(options)
        made.setMinimumWidth(220)
        made.setAccessibleName(self.tr("Label of the images in {0}").format(name))
        made.set_value(LEAVE if _NO_CLASS.fullmatch(name) else options[0][0])
        return made

    def _options(self, labels: Sequence[str], name: str | None) -> list[tuple[str, str]]:
        known = [(_LABEL + one, self.tr("Label “{0}”").format(one)) for one in labels]
        add = [(ADD, self.tr("Add as a label"))]
        if name is not None and not can_be_label(name):
            near = suggested_label(name)
            words = self.tr("Add as “{0}”").format(near)
            add = [] if near is None or near in labels else [(_LABEL + near, words)]
        return [*add, (LEAVE, self.tr("Leave without a label")), *known]

    def _set_all(self) -> None:
        for choice in self.choices.values():
            choice.set_value(self.all.value())


def _scrolled(grid: QGridLayout, rows: int) -> QWidget:
    holder = QWidget()
    grid.setContentsMargins(0, 0, GRID, 0)
    holder.setLayout(grid)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(holder)
    height = holder.sizeHint().height()
    area.setMinimumHeight(min(height, height * _ROWS_SHOWN // max(rows, 1)) + 2)
    return area
