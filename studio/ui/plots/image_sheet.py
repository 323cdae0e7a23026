"""A sheet of thumbnails, such as the images of one cell of a confusion matrix: worst first."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from studio import imaging
from studio.results.cells import CellImage
from studio.ui.imageloader import THUMB_SIDE, ImageLoader, Want, thumbnail, to_qimage
from studio.ui.theme import Theme
from studio.ui.widgets.tile import paint_tile
from studio.ui.widgets.toast import copy_text
from studio.ui.words import plain_tip

if TYPE_CHECKING:
    from studio.workflows.leakage import ComparedImage

Index = QModelIndex | QPersistentModelIndex
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
            score = "" if image.score is None else f"\n{image.score:.6f}"
            return plain_tip(f"{image.file}\n{image.label}{score}")
        return None


def score_of(image: CellImage) -> str:
    """What stands below a tile where nothing else is asked for."""
    return f"{image.score:.3f}"


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, loader: ImageLoader, model: ImagesModel) -> None:
        super().__init__(model)
        self._theme, self._loader, self._model = theme, loader, model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return _TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        image = self._model.images[index.row()]
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        lost = self._loader.error(_key(image)) is not None
        caption = self._model.caption(image) + (self.tr(" · unreadable") if lost else "")
        painter.save()
        picture = self._loader.get(_key(image))
        paint_tile(painter, option.rect, self._theme, picture, caption, selected)
        painter.restore()


def _key(image: CellImage) -> tuple[str, str, tuple[float, float, float] | None]:
    return ("scored", image.file, image.square)


class ImageSheet(QListView):
    """A grid of thumbnails over any number of images; `opened(CellImage)` by Enter or a click."""

    opened = Signal(object)

    def __init__(self, theme: Theme, name: str, caption: Caption | None = None) -> None:
        super().__init__()
        self.loader = ImageLoader(self, budget=64 * 1024 * 1024, threads=2)
        self.images = ImagesModel(self, caption)
        self.setModel(self.images)
        self.setItemDelegate(_Delegate(theme, self.loader, self.images))
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setGridSize(_TILE)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._ask = QTimer(self)
        self._ask.setSingleShot(True)
        self._ask.setInterval(15)
        self._ask.timeout.connect(self._want)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._ask.start())
        self.loader.ready.connect(lambda _: self.viewport().update())
        self.loader.failed.connect(lambda *_: self.viewport().update())
        self.doubleClicked.connect(self._open)
        theme.changed.connect(self.viewport().update)

    def show_images(self, images: Sequence[Any]) -> None:
        """Show other images, from the first."""
        if images == self.images.images:
            return
        self.images.set_images(images)
        self.scrollToTop()
        self._ask.start()

    def waiting(self) -> bool:
        """Whether a thumbnail in sight is still to come."""
        keys = [_key(self.images.images[row]) for row in self._in_sight()]
        return any(self.loader.get(k) is None and self.loader.error(k) is None for k in keys)

    def close_loader(self) -> None:
        self._ask.stop()
        self.loader.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy) and index.isValid():
            file = self.images.images[index.row()].file
            copy_text(self, file, self.tr("The name of the file is on the clipboard."))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self._open(index)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ask.start()

    def _open(self, index: Index) -> None:
        self.opened.emit(self.images.images[index.row()])

    def _in_sight(self) -> range:
        if not self.images.images:
            return range(0)
        columns = max(1, self.viewport().width() // _TILE.width())
        first = self.verticalScrollBar().value() // _TILE.height() * columns
        rows = self.viewport().height() // _TILE.height() + 2
        return range(
            min(first, len(self.images.images)),
            min(first + rows * columns, len(self.images.images)),
        )

    def _want(self) -> None:
        sight = self._in_sight()
        last = min(sight.stop + _AHEAD, len(self.images.images))
        wants = []
        for row in range(sight.start, last):
            image = self.images.images[row]
            wants.append(Want(_key(image), partial(picture_of, image), row))
        self.loader.want("sheet", wants)
