"""A grid of thumbnails over any number of images, of which only those in sight are decoded."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, QTimer
from PySide6.QtGui import QImage, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.imageloader import ImageLoader, Want
from studio.ui.theme import Theme
from studio.ui.widgets.tile import paint_tile

Index = QModelIndex | QPersistentModelIndex
_SETTLED_MS = 15  # between the last move and the asking


@dataclass(frozen=True)
class Thumbnail:
    """What a tile shows: the loader's name for its picture, how that is made, the text below it,
    and a word on the picture itself."""

    key: Hashable
    load: Callable[[], QImage]
    caption: str
    badge: str = ""


class ThumbnailGrid(QListView):
    """Shows the `thumbnail` of each row of `model`; asks the loader for those in sight and `ahead`
    more. `tile` is the size of one with its caption."""

    def __init__(
        self, theme: Theme, model: QAbstractListModel, loader: ImageLoader, tile: QSize, ahead: int
    ) -> None:
        super().__init__()
        self.loader = loader
        for part in (loader, model):
            part.setParent(self)
        self._tile, self._ahead = tile, ahead
        self.setModel(model)
        self.setItemDelegate(_ThumbnailDelegate(theme, self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setGridSize(tile)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._ask = QTimer(self)
        self._ask.setSingleShot(True)
        self._ask.setInterval(_SETTLED_MS)
        self._ask.timeout.connect(self._want)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._ask.start())
        loader.ready.connect(self._arrived)
        loader.failed.connect(lambda key, _: self._arrived(key))
        theme.changed.connect(self.viewport().update)

    def thumbnail(self, row: int) -> Thumbnail | None:
        """The tile of a row; None where there is nothing to show."""
        raise NotImplementedError

    def failed_caption(self, caption: str) -> str:
        """What stands below a tile whose picture cannot be shown."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Request the rows that are in sight now, after the rows have changed."""
        self._ask.start()

    def waiting(self) -> bool:
        """Whether a thumbnail in sight is still to come."""
        tiles = [one for one in map(self.thumbnail, self._in_sight()) if one is not None]
        return any(
            self.loader.get(one.key) is None and self.loader.error(one.key) is None for one in tiles
        )

    def height_of_all(self) -> int:
        """The height in pixels at which every row of tiles is in sight, at the present width."""
        across = max(1, self.viewport().width() // self.gridSize().width())
        return (
            -(-self.model().rowCount() // across) * self.gridSize().height() + 2 * self.frameWidth()
        )

    def close_loader(self) -> None:
        """Cancel all requests and end the threads that decode."""
        self._ask.stop()
        self.loader.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ask.start()

    def _in_sight(self) -> range:
        count = self.model().rowCount()
        across = max(1, self.viewport().width() // self.gridSize().width())
        height = self.gridSize().height()
        first = self.verticalScrollBar().value() // height * across
        rows = self.viewport().height() // height + 2
        return range(min(first, count), min(first + rows * across, count))

    def _want(self) -> None:
        sight = self._in_sight()
        last = min(sight.stop + self._ahead, self.model().rowCount())
        tiles = map(self.thumbnail, range(sight.start, last))
        wants = [
            Want(one.key, one.load, priority)
            for priority, one in enumerate(tiles)
            if one is not None
        ]
        self.loader.request("thumbnails", wants)

    def _arrived(self, key: Hashable) -> None:
        self.viewport().update()


class _ThumbnailDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, grid: ThumbnailGrid) -> None:
        super().__init__(grid)
        self._theme, self._grid = theme, grid

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._grid.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        one = self._grid.thumbnail(index.row())
        if one is None:
            return
        failed = self._grid.loader.error(one.key) is not None
        picture = self._grid.loader.get(one.key)
        caption = self._grid.failed_caption(one.caption) if failed and not picture else one.caption
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        paint_tile(painter, option.rect, self._theme, picture, caption, selected, one.badge)
        painter.restore()
