"""Asking for a folder that may have to be made."""

from pathlib import Path

from PySide6.QtCore import QDir
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QWidget


class FolderDialog(QFileDialog):
    """Takes the folder that is typed or chosen, whether it exists or not.

    Qt's dialog for a new file goes into an existing folder instead of taking it, and its dialog for
    a folder refuses one that does not exist yet. `chosen` is the folder once it was accepted.
    """

    def __init__(self, parent: QWidget | None, title: str, start: str = "") -> None:
        super().__init__(parent, title)
        self.chosen: Path | None = None
        # Only Qt's own dialog shows its line, which holds what is typed.
        self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self.setOption(QFileDialog.Option.ShowDirsOnly)
        self.setFileMode(QFileDialog.FileMode.Directory)
        self.setLabelText(QFileDialog.DialogLabel.Accept, self.tr("Choose"))
        self.setFilter(QDir.Filter.AllDirs | QDir.Filter.NoDotAndDotDot)
        place = Path(start).expanduser().absolute() if start else Path.home()
        line = self.findChild(QLineEdit, "fileNameEdit")
        assert line is not None  # part of Qt's own dialog since Qt 4
        self._line = line
        self.setDirectory(str(place if place.is_dir() else _nearest(place)))
        if start and not place.is_dir():
            self._line.setText(str(place))

    def accept(self) -> None:
        typed = self._line.text().strip()
        here = Path(self.directory().absolutePath())
        self.chosen = here / Path(typed).expanduser() if typed else here
        QDialog.accept(self)


def choose_folder_to_write(parent: QWidget, title: str, start: str = "") -> Path | None:
    """Ask for a folder to be written; None when the dialog was cancelled."""
    dialog = FolderDialog(parent, title, start)
    dialog.exec()
    dialog.deleteLater()
    return dialog.chosen


def _nearest(place: Path) -> Path:
    """The nearest folder above `place` that exists."""
    return next((parent for parent in place.parents if parent.is_dir()), Path.home())


def is_in_use(folder: Path) -> bool:
    """Whether something is there that must not be overwritten; an empty folder is free."""
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def next_unused(folder: Path) -> Path:
    """`folder` where it does not exist, else the first of `folder-2`, `folder-3` … that does not.

    A number at the end counts on: after `crops-2` comes `crops-3`.
    """
    stem, _, end = folder.name.rpartition("-")
    stem, number = (stem, int(end)) if stem and _is_count(end) else (folder.name, 1)
    while _exists(folder):
        number += 1
        folder = folder.with_name(f"{stem}-{number}")
    return folder


def _is_count(text: str) -> bool:
    # Not a size such as the 224 of folder-224.
    return text.isascii() and text.isdigit() and len(text) <= 2


def _exists(folder: Path) -> bool:
    """Whether a folder exists, is still being written by a job, or was left unfinished by one."""
    return folder.exists() or folder.with_name(f"{folder.name}.part").exists()
