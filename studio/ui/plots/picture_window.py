"""One scored image, larger, with what the model said and what is true."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeyEvent
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
    """Esc closes it. With a sheet of `images` the arrow keys lead to its neighbours; `words` says
    what stands below a picture where it is not its score."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        image: Any,
        images: Sequence[Any] = (),
        words: Callable[[Any], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._images = list(images) or [image]
        self._words = words or self._score_words
        self.tile = ImageTile(theme, side=_SIDE)
        self.tile.setMinimumSize(_SIDE, _SIDE)
        self.words = label("", "strong", wrap=True)
        self.file = label("", "small", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        for part in (self.tile, self.words, self.file):
            layout.addWidget(part)
        layout.addWidget(label(self.tr("Research use, not a diagnosis."), "small"))
        self.finished.connect(self.deleteLater)
        self.show_image(image)

    def show_image(self, image: Any) -> None:
        """Show another picture, large."""
        self.image = image
        self.setWindowTitle(Path(image.file).name)
        self.tile.set_image(None)
        self.words.setText(self._words(image))
        self.file.setText(image.file)
        self._task = task = Task(lambda _: picture_of(image, 2 * _SIDE))
        # Bound methods, which Qt forgets when this window has been closed before they are called.
        task.done.connect(self._show)
        task.failed.connect(self._fail)
        task.start()

    def _score_words(self, image: CellImage) -> str:
        words = self.tr("Score {0} · truly {1}")
        return words.format(number(image.score, 4), image.label)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        place = self._images.index(self.image) + step
        if 0 <= place < len(self._images):
            self.show_image(self._images[place])

    def _show(self, picture: QImage) -> None:
        if self.sender() is self._task:  # not one that was left meanwhile
            self.tile.set_image(picture)

    def _fail(self, error: Exception) -> None:
        if self.sender() is self._task:
            self.words.setText(str(error))
