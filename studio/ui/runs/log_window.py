"""What a job's process wrote: the end of its log, as plain text."""

from pathlib import Path

from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from studio.opening import FileRefused, open_regular
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, label, row

_MOST = 64 * 1024  # bytes from the end


class LogWindow(QDialog):
    """Esc closes it; the text can be copied."""

    def __init__(self, parent: QWidget, run_dir: Path) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Log of {0}").format(run_dir.name))
        self.resize(760, 480)
        path = run_dir / "log.txt"
        self.text = QPlainTextEdit(_tail(path) or self.tr("The log is empty."))
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Log"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addWidget(self.text, 1)
        layout.addWidget(label(str(path), "small", wrap=True))
        layout.addLayout(row(None, Button(self.tr("Close"), self.accept)))
        self.finished.connect(self.deleteLater)
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())


def _tail(path: Path) -> str:
    try:
        with open_regular(path) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _MOST))
            return file.read().decode("utf-8", "backslashreplace")
    except (OSError, FileRefused):
        return ""
