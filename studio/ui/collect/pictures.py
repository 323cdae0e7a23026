"""The photographs of a project as a sheet: a list of ids, with thumbnails for what is in sight."""

from array import array
from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent

from studio.ui.imageloader import THUMB_SIDE, ImageLoader, thumbnail
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets.thumbnails import Index, Thumbnail, ThumbnailGrid
from studio.ui.words import plain_tip

if TYPE_CHECKING:
    from studio.project import ImageRow, Project

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


def key_of(image: "ImageRow") -> tuple[str, int, str]:
    """The loader's name for a thumbnail."""
    return ("thumb", image.id, image.sha256)


class PicturesView(ThumbnailGrid):
    """The grid of a project's photographs."""

    def __init__(self, theme: Theme, name: str) -> None:
        pictures = PicturesModel()
        super().__init__(theme, pictures, ImageLoader(), _TILE, _AHEAD)
        self.pictures = pictures
        self._project: Project | None = None
        self.setAccessibleName(name)
        self.setViewportMargins(PADDING - GRID // 2, GRID, 0, 0)

    def set_project(self, project: "Project | None", ids: "array[int] | None" = None) -> None:
        """Show these images of a project."""
        if project is not self._project:
            self.loader.reset()
        self._project = project
        self.pictures.set_project(project, ids)
        self.refresh()

    def thumbnail(self, row: int) -> Thumbnail | None:
        image, project = self.pictures.image(row), self._project
        if image is None or project is None:
            return None
        name = f"{image.sha256}-{THUMB_SIDE}.jpg"  # shared with the film strip of Review
        cached = project.cache_dir / "thumbs" / image.sha256[:2] / name
        return Thumbnail(
            key_of(image),
            partial(thumbnail, project.images.path(image), cached),
            image.file.replace("\\", "/").rsplit("/", 1)[-1],
            self.tr("synthetic") if image.synthetic else "",
        )

    def failed_caption(self, caption: str) -> str:
        return self.tr("cannot be shown: {0}").format(caption)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the whole width among columns and the whole height among rows, so that none is
        cut: as many as have room at the size of a tile."""
        place = self.viewport().size()
        across = max(1, place.width() // _TILE.width())
        down = max(1, place.height() // _TILE.height())
        # One pixel less, or the last column would wrap.
        tile = QSize((place.width() - 1) // across, max(place.height() // down, _TILE.height()))
        if tile != self.gridSize():
            self.setGridSize(tile)
        super().resizeEvent(event)

    def _arrived(self, key: Hashable) -> None:
        row = self.pictures.row_of(key[1]) if isinstance(key, tuple) else None
        if row is not None:
            self.update(self.pictures.index(row))
