"""COCO JSON and ModelDerm results: boxes for pictures that lie beside the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.datasets.formats import BoxList, ListedBox, ListedImage, coco, modelderm
from studio.datasets.formats.geometry import (
    ListGeometry,
    Sized,
    StoredSize,
    decide_geometry,
)
from studio.imaging import Square
from studio.project import ImageRow
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.list_rows import ListRow, RowImport
from studio.workflows.importing.match import Claim, Pictures
from studio.workflows.importing.report import ListSummary
from studio.workflows.importing.rows import KnownRows, list_name

Origin = Literal["coco", "modelderm"]
_READERS: dict[Origin, Callable[[Path], BoxList]] = {
    "coco": coco.read,
    "modelderm": modelderm.read,
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the list: a box, or an image without any."""

    image: ListedImage
    box: ListedBox | None

    @property
    def line(self) -> int:
        return self.box.line if self.box else self.image.line

    @property
    def as_read(self) -> dict[str, Any]:
        return {
            "file": self.image.file,
            "image": self.image.as_read,
            "box": self.box.as_read if self.box else None,
        }


def import_boxes(job: ImportJob, path: Path, origin: Origin, images: Path | None) -> None:
    """Import a list of boxes; its pictures are in `images`, else beside the list."""
    listed = _READERS[origin](path)
    rows = [_Row(image, box) for image in listed.images for box in image.boxes or (None,)]
    name = list_name(job.project, path.name, ((row.line, row.as_read) for row in rows))
    summary = _summary(name, origin, listed, rows)
    job.report.lists.append(summary)
    known = KnownRows(job.project, name)
    frames = _Frames(job, name, summary, listed.images)
    importing = RowImport(job, origin, name, summary, known, prepare=frames.decide)
    importing.add_problems(listed.problems)
    pictures = Pictures(images or path.parent)
    job.note_passed(pictures.passed)
    claims = pictures.claim(image.name for image in listed.images)
    importing.run([_list_row(row, claims[row.image.name], frames) for row in rows])


def _summary(name: str, origin: Origin, listed: BoxList, rows: Sequence[_Row]) -> ListSummary:
    urls = {image.url for image in listed.images if image.url}
    needs_box = sum(row.box is not None and row.box.zero_area for row in rows)
    return ListSummary(name, origin, len(rows), len(urls), needs_box, 0)


def _list_row(row: _Row, claim: Claim, frames: "_Frames") -> ListRow:
    def square(image: ImageRow) -> Square | None:
        return None if row.box is None else frames.square(row.image, row.box, image)

    return ListRow(
        line=row.line,
        as_read=row.as_read,
        file=row.image.name,
        claim=claim,
        square=square,
        url=row.image.url,
        label=row.box.label if row.box else None,
        score=row.box.score if row.box else None,
        needs_box=row.box is not None and row.box.zero_area,
    )


class _Frames:
    """The frame and unit of the list, decided once when its pictures are there."""

    def __init__(
        self, job: ImportJob, name: str, summary: ListSummary, images: Sequence[ListedImage]
    ) -> None:
        self._job = job
        self._name = name
        self._summary = summary
        self._images = {image.name: image for image in images}
        self._geometry = ListGeometry(None, None)

    def decide(self, placed: Sequence[tuple[ListRow, ImageRow]]) -> None:
        """Ask all images of the list whose pictures are there."""
        sizes = {row.file: _size(image) for row, image in placed}
        sized = [Sized(self._images[name], size) for name, size in sizes.items()]
        self._geometry = decide_geometry(sized, self._job.frame, self._job.unit)
        told = self._geometry.summary([image for image, _ in sized])
        self._summary.frame, self._summary.unit = told
        for sentence in self._geometry.notes(self._name, sized):
            self._job.report.note(sentence)

    def square(self, image: ListedImage, box: ListedBox, row: ImageRow) -> Square | None:
        """As `ListGeometry.square`."""
        return self._geometry.square(image, box, _size(row))


def _size(image: ImageRow) -> StoredSize:
    return StoredSize(image.width, image.height, image.orientation)
