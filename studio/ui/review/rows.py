"""Rows of the images in sight, fetched by page and kept: never a row for each of 132,673."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select

from studio.imaging import Square, displayed_size, to_exif, to_raw
from studio.project import Box, BoxState, ImageRow, Project
from studio.project.schema import box as box_table
from studio.review import boxes_in_play

PAGE = 64
KEPT_ROWS = 4096


@dataclass(frozen=True)
class OpenCount:
    """How many boxes an image has, and how many of those in play are undecided."""

    total: int
    undecided: int

    @property
    def mark(self) -> str:
        """The sign of the film strip."""
        if not self.total:
            return "–"
        return "" if self.undecided else "✓"


def open_counts(
    project: Project, image_ids: Sequence[int], waiting: ColumnElement[bool] | None = None
) -> dict[int, OpenCount]:
    """Counts for a page of images, one query; `waiting` says which boxes are undecided."""
    if waiting is None:
        waiting = box_table.c.state == BoxState.UNDECIDED.value
    undecided = waiting & boxes_in_play()
    query = (
        select(
            box_table.c.image_id,
            func.count(),
            func.sum(case((undecided, 1), else_=0)),
        )
        .where(box_table.c.image_id.in_(list(image_ids)), ~box_table.c.deleted)
        .group_by(box_table.c.image_id)
    )
    found = dict.fromkeys(image_ids, OpenCount(0, 0))
    with project.connect() as connection:
        for image_id, total, count in connection.execute(query):
            found[image_id] = OpenCount(total, int(count))
    return found


class RowCache:
    """Image rows and open counts by id, least recently used go first."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._images: OrderedDict[int, ImageRow] = OrderedDict()
        self._counts: OrderedDict[int, OpenCount] = OrderedDict()
        # With two readers: whose boxes are counted, and which wait for this one.
        self.reviewer: str | None = None
        self.waiting: ColumnElement[bool] | None = None

    def image(self, image_id: int) -> ImageRow | None:
        """The row, fetched alone when its page is not here."""
        if image_id not in self._images:
            self.fetch([image_id])
        return self._images.get(image_id)

    def known(self, image_id: int) -> tuple[ImageRow, OpenCount] | None:
        """Row and count when both are here already; asks for nothing."""
        image, count = self._images.get(image_id), self._counts.get(image_id)
        return None if image is None or count is None else (image, count)

    def count(self, image_id: int) -> OpenCount:
        if image_id not in self._counts:
            self._count([image_id])
        return self._counts[image_id]

    def fetch(self, image_ids: Iterable[int]) -> None:
        """Have the rows and counts of these images here, in two queries at most."""
        ids = list(image_ids)
        missing = [i for i in ids if i not in self._images]
        if missing:
            for row in self._project.images.by_ids(missing):
                self._images[row.id] = row
        self._count([i for i in ids if i not in self._counts])
        for kept in (self._images, self._counts):
            while len(kept) > KEPT_ROWS:
                kept.popitem(last=False)

    def _count(self, image_ids: list[int]) -> None:
        if image_ids:
            self._counts.update(open_counts(self._project, image_ids, self.waiting))

    def fetch_around(self, queue: Sequence[int], index: int) -> None:
        """Have the page around a queue position here."""
        page = queue[max(index - PAGE // 4, 0) : index + PAGE]
        if any(i not in self._images or i not in self._counts for i in page[: PAGE // 2]):
            self.fetch(page)

    def count_boxes(self, image_id: int, boxes: Sequence[Box], undecided: int) -> None:
        """The boxes of this image have just been read: no need to ask again."""
        self._counts[image_id] = OpenCount(len(boxes), undecided)

    def forget_count(self, image_id: int) -> None:
        """A decision changed this image."""
        self._counts.pop(image_id, None)

    def forget_counts(self) -> None:
        self._counts.clear()


def upright_size(image: ImageRow) -> tuple[int, int]:
    """(width, height) of the picture as displayed."""
    return displayed_size(image.width, image.height, image.orientation)


def upright(square: Square, image: ImageRow) -> Square:
    """A stored square in the frame that the canvas shows."""
    return to_exif(square, image.width, image.height, image.orientation)


def stored(square: Square, image: ImageRow) -> Square:
    """A square of the canvas in the frame in which boxes are stored."""
    return to_raw(square, image.width, image.height, image.orientation)


def whole_picture(image: ImageRow) -> Square:
    """The largest square in a picture, about its middle, in the frame that the canvas shows."""
    width, height = upright_size(image)
    return Square(width / 2, height / 2, min(width, height))
