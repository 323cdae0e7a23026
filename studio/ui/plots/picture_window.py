"""One scored image, larger, with what the model said and what is true."""

from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from studio.results.cells import CellImage
from studio.ui.background import Task
from studio.ui.plots.image_sheet import picture_of
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import ImageTile, label
from studio.wording import number

_SIDE = 480  # px


class PictureWindow(QDialog):
    """Esc closes it."""

    def __init__(self, parent: QWidget, theme: Theme, image: CellImage) -> None:
        super().__init__(parent)
        self.setWindowTitle(Path(image.file).name)
        self.tile = ImageTile(theme, side=_SIDE)
        self.tile.setMinimumSize(_SIDE, _SIDE)
        self.words = label(
            self.tr("Score {0} · truly {1}").format(number(image.score, 4), image.label), "strong"
        )
        self.file = label(image.file, "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        for part in (self.tile, self.words, self.file):
            layout.addWidget(part)
        layout.addWidget(label(self.tr("Research use, not a diagnosis."), "small"))
        self.finished.connect(self.deleteLater)
        task = Task(lambda _: picture_of(image, 2 * _SIDE))
        # Bound methods, which Qt forgets when this window has been closed before they are called.
        task.done.connect(self._show)
        task.failed.connect(self._fail)
        task.start()

    def _show(self, picture: QImage) -> None:
        self.tile.set_image(picture)

    def _fail(self, error: Exception) -> None:
        self.words.setText(str(error))
