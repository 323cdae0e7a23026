"""The photographs of a project as a sheet: a list of ids, with thumbnails for what is in sight."""

from array import array
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from studio.ui.imageloader import THUMB_SIDE, ImageLoader, Want, thumbnail
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets.tile import paint_tile
from studio.ui.words import plain_tip

if TYPE_CHECKING:
    from studio.project import ImageRow, Project

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_PAGE = 128  # rows read at once
_TILE = QSize(152, 168)
_AHEAD = 24  # tiles beyond the visible ones


class PicturesModel(QAbstractListModel):
    """Ids over SQLite; a row is read when it is looked at, a page at a time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids: array[int] = array("q")
        self._project: Project | None = None
        self._rows: dict[int, ImageRow] = {}
        self._where: dict[int, int] = {}

    def set_project(self, project: "Project | None", ids: "array[int] | None" = None) -> None:
        self.beginResetModel()
        self._project = project
        # The newest first: that is what a person who has just imported looks for.
        self._ids = array("q", reversed(ids or ()))
        self._rows.clear()
        self._where.clear()
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        image = self.image(index.row())
        if image is None:
            return ""
        if role == Qt.ItemDataRole.DisplayRole:
            return image.file
        marked = "\nsynthetic sample" if image.synthetic else ""
        return plain_tip(f"{image.file}\n{image.width} × {image.height}{marked}")

    def image(self, row: int) -> "ImageRow | None":
        """The image of a row."""
        if self._project is None or not 0 <= row < len(self._ids):
            return None
        if self._ids[row] not in self._rows:
            first = row - row % _PAGE
            page = self._ids[first : first + _PAGE]
            for image in self._project.images.by_ids(page):
                self._rows[image.id] = image
            self._where.update((id_, first + n) for n, id_ in enumerate(page))
        return self._rows.get(self._ids[row])

    def row_of(self, image_id: int) -> int | None:
        """Where an image is, if its page has been read."""
        return self._where.get(image_id)


class PictureDelegate(QStyledItemDelegate):
    """Paints a tile, with what the loader has."""

    def __init__(
        self, theme: Theme, loader: ImageLoader, model: PicturesModel, view: QListView
    ) -> None:
        super().__init__(view)
        self._theme, self._loader, self._model = theme, loader, model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        return view.gridSize() if isinstance(view, QListView) else _TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        image = self._model.image(index.row())
        if image is None:
            return
        picture = self._loader.get(key_of(image))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        caption = image.file.replace("\\", "/").rsplit("/", 1)[-1]
        if picture is None and self._loader.error(key_of(image)) is not None:
            caption = self.tr("cannot be shown: {0}").format(caption)
        badge = self.tr("synthetic") if image.synthetic else ""
        paint_tile(painter, option.rect, self._theme, picture, caption, selected, badge)
        painter.restore()


def key_of(image: "ImageRow") -> tuple[str, int, str]:
    """The loader's name for a thumbnail."""
    return ("thumb", image.id, image.sha256)


class PicturesView(QListView):
    """A grid that asks for the thumbnails in sight and a few more."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._project: Project | None = None
        self.loader = ImageLoader(self)
        self.pictures = PicturesModel(self)
        self.setModel(self.pictures)
        self.setItemDelegate(PictureDelegate(theme, self.loader, self.pictures, self))
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setGridSize(_TILE)
        self.setViewportMargins(PADDING - GRID // 2, GRID, 0, 0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._ask = QTimer(self)
        self._ask.setSingleShot(True)
        self._ask.setInterval(15)
        self._ask.timeout.connect(self._want)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._ask.start())
        self.loader.ready.connect(self._arrived)
        self.loader.failed.connect(lambda key, _: self._arrived(key))
        theme.changed.connect(self.viewport().update)

    def set_project(self, project: "Project | None", ids: "array[int] | None" = None) -> None:
        """Show these images of a project."""
        if project is not self._project:
            self.loader.reset()
        self._project = project
        self.pictures.set_project(project, ids)
        self._ask.start()

    def close_loader(self) -> None:
        self._ask.stop()
        self.loader.close()

    def waiting(self) -> bool:
        """Whether a thumbnail in sight is still to come."""
        keys = [key_of(i) for i in map(self.pictures.image, self._in_sight()) if i is not None]
        return any(self.loader.get(k) is None and self.loader.error(k) is None for k in keys)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Columns share the whole width; one pixel less, or the last would wrap.
        across = max(1, self.viewport().width() // _TILE.width())
        self.setGridSize(QSize((self.viewport().width() - 1) // across, _TILE.height()))
        self._ask.start()

    def _in_sight(self) -> range:
        count = self.pictures.rowCount()
        across = max(1, self.viewport().width() // self.gridSize().width())
        first = self.verticalScrollBar().value() // _TILE.height() * across
        rows = self.viewport().height() // _TILE.height() + 2
        return range(min(first, count), min(first + rows * across, count))

    def _want(self) -> None:
        project, sight = self._project, self._in_sight()
        if project is None:
            return
        wants = []
        last = min(sight.stop + _AHEAD, self.pictures.rowCount())
        for priority, row in enumerate(range(sight.start, last)):
            image = self.pictures.image(row)
            if image is not None:
                path = project.images.path(image)
                name = f"{image.sha256}-{THUMB_SIDE}.jpg"  # shared with the film strip of Review
                cached = project.cache_dir / "thumbs" / image.sha256[:2] / name
                wants.append(Want(key_of(image), partial(thumbnail, path, cached), priority))
        self.loader.want("pictures", wants)

    def _arrived(self, key: tuple[str, int, str]) -> None:
        row = self.pictures.row_of(key[1])
        if row is not None:
            self.update(self.pictures.index(row))
