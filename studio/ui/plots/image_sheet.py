"""A sheet of thumbnails, such as the images of one cell of a confusion matrix: worst first."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QListView

from studio import imaging
from studio.results.cells import CellImage
from studio.ui.imageloader import THUMB_SIDE, ImageLoader, thumbnail, to_qimage
from studio.ui.theme import Theme
from studio.ui.widgets.thumbnails import Index, Thumbnail, ThumbnailGrid
from studio.ui.widgets.toast import copy_text
from studio.ui.words import plain_tip
from studio.wording import number

if TYPE_CHECKING:
    from studio.workflows.leakage import ComparedImage

_ROOT = QModelIndex()
_TILE = QSize(90, 106)
_AHEAD = 12  # tiles beyond those in sight
Caption = Callable[[Any], str]
"""What stands below a tile; an image is anything with `file`, `label`, `score` and `square`."""


def picture_of(image: "CellImage | ComparedImage", side: int = THUMB_SIDE) -> QImage:
    """The crop that was scored, or the whole picture, at most `side` px."""
    path = Path(image.file)
    if image.square is None:
        return thumbnail(path, side=side)
    crop = imaging.crop_for_export(path, imaging.Square(*image.square), None)
    return to_qimage(imaging.resize(crop, side) if crop.shape[0] > side else crop)


class ImagesModel(QAbstractListModel):
    """Images as rows; nothing is decoded here."""

    def __init__(self, parent: QObject | None = None, caption: Caption | None = None) -> None:
        super().__init__(parent)
        self.caption = caption or score_of
        self.images: Sequence[Any] = ()

    def set_images(self, images: Sequence[Any]) -> None:
        self.beginResetModel()
        self.images = images
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.images)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        image = self.images[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{self.caption(image)} {Path(image.file).name}, {image.label}"
        if role == Qt.ItemDataRole.ToolTipRole:
            score = "" if image.score is None else f"\n{number(image.score, 6)}"
            return plain_tip(f"{image.file}\n{image.label}{score}")
        return None


def score_of(image: CellImage) -> str:
    """What stands below a tile where nothing else is asked for."""
    return number(image.score)


def _key(image: CellImage) -> tuple[str, str, tuple[float, float, float] | None]:
    return ("scored", image.file, image.square)


class ImageSheet(ThumbnailGrid):
    """A grid of thumbnails; `opened(CellImage)` by Enter or a click."""

    opened = Signal(object)

    def __init__(
        self, theme: Theme, name: str, caption: Caption | None = None, tile: QSize = _TILE
    ) -> None:
        images = ImagesModel(caption=caption)
        loader = ImageLoader(budget=64 * 1024 * 1024, threads=2)
        super().__init__(theme, images, loader, tile, _AHEAD)
        self.images = images
        self.setAccessibleName(name)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(self._open)

    def show_images(self, images: Sequence[Any]) -> None:
        """Show other images, from the first."""
        if images == self.images.images:
            return
        self.images.set_images(images)
        self.scrollToTop()
        self.refresh()

    def thumbnail(self, row: int) -> Thumbnail:
        image = self.images.images[row]
        return Thumbnail(_key(image), partial(picture_of, image), self.images.caption(image))

    def failed_caption(self, caption: str) -> str:
        return caption + self.tr(" · unreadable")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy) and index.isValid():
            file = self.images.images[index.row()].file
            copy_text(self, file, self.tr("The name of the file is on the clipboard."))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._open(index)
        else:
            super().keyPressEvent(event)

    def _open(self, index: Index) -> None:
        self.opened.emit(self.images.images[index.row()])
