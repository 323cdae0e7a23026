"""Asks about a morph that would be lost: save it, leave it, or stay."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, PrimaryButton, label, row


class UnsavedDialog(QDialog):
    """`saved` and `discarded` say what was chosen; Escape and Cancel choose neither."""

    saved = Signal()
    discarded = Signal()

    def __init__(self, parent: QWidget, file: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Unsaved morph"))
        self.setMinimumWidth(440)
        self.text = label(
            self.tr("It has changed since it was saved as {0}.").format(Path(file).name)
            if file
            else self.tr("It has not been saved yet: ends, directions and settings would be lost."),
            wrap=True,
        )
        self.save = PrimaryButton(self.tr("Save") if file else self.tr("Save…"), self._save)
        self.save.setDefault(True)
        self.discard = Button(self.tr("Do not save"), self._discard)
        self.cancel = Button(self.tr("Cancel"), self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(PADDING)
        layout.addWidget(label(self.tr("Save this morph first?"), "heading"))
        layout.addWidget(self.text)
        layout.addLayout(row(None, self.cancel, self.discard, self.save))
        self.finished.connect(self.deleteLater)

    def _save(self) -> None:
        self.accept()
        self.saved.emit()

    def _discard(self) -> None:
        self.accept()
        self.discarded.emit()
