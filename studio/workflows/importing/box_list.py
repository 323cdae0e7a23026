"""COCO JSON and ModelDerm results: boxes for pictures that lie beside the list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from studio.collect import host_of, repair_url
from studio.datasets.formats import BoxList, ListedBox, ListedImage, RowReason, coco, modelderm
from studio.errors import StudioError
from studio.imaging import Reason, shown_name
from studio.project import ImageRow, NewSource, Source, SourceStatus
from studio.workflows.importing.intake import Taken, Wanted
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.match import Pictures
from studio.workflows.importing.report import ListSummary
from studio.workflows.importing.rows import KnownRows, ListedSquare, add_boxes, list_name

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
    known = KnownRows(job.project, name)
    job.report.lists.append(_summary(name, origin, listed, rows))
    for problem in listed.problems:
        job.report.fail(name, problem.line, problem.reason, problem.sentence)
    importer = _Importer(job, origin, name, known)
    importer.add_problems(listed)
    pictures = Pictures(images or path.parent)
    here, away = [], []
    for image in listed.images:
        file = pictures.by_file(image.file)
        if file is None:
            away.append(image)
        else:
            here.append((image, file))
    importer.name_absent(away, images or path.parent)
    importer.take(here)


def _summary(name: str, origin: Origin, listed: BoxList, rows: Sequence[_Row]) -> ListSummary:
    urls = {image.url for image in listed.images if image.url}
    needs_box = sum(row.box is not None and row.box.zero_area for row in rows)
    return ListSummary(name, origin, len(rows), len(urls), needs_box, 0)


@dataclass
class _Importer:
    """One list of boxes under way."""

    job: ImportJob
    origin: Origin
    name: str
    known: KnownRows

    def add_problems(self, listed: BoxList) -> None:
        """Keep rows that cannot be used on record, once."""
        self.job.project.sources.add_many(
            [
                NewSource(
                    origin=self.origin,
                    list_name=self.name,
                    status=SourceStatus.FAILED,
                    line=problem.line,
                    as_read={},
                    reason=problem.reason.value,
                    detail=problem.sentence,
                )
                for problem in listed.problems
                if self.known.get(problem.line, {}) is None
            ]
        )

    def name_absent(self, images: Sequence[ListedImage], folder: Path) -> None:
        """Rows whose picture is not in the folder wait when they have a URL, else they fail."""
        new = []
        for image in images:
            waits = image.url is not None
            sentence = f"{shown_name(image.file)} is not in {folder.name}."
            if waits:
                self.job.report.waiting += 1
            for box in image.boxes or (None,):
                row = _Row(image, box)
                if waits:
                    self.job.report.waiting_rows += 1
                else:
                    self.job.report.fail(image.file, row.line, Reason.MISSING, sentence)
                if self.known.get(row.line, row.as_read) is None:
                    new.append(self._absent(row, None if waits else sentence))
        self.job.report.rows += len(new)
        self.job.project.sources.add_many(new)

    def _absent(self, row: _Row, sentence: str | None) -> NewSource:
        status = SourceStatus.WAITING if sentence is None else SourceStatus.FAILED
        reason = None if sentence is None else Reason.MISSING.value
        return self._source(row, status, reason=reason, detail=sentence)

    def _source(self, row: _Row, status: SourceStatus, **more: Any) -> NewSource:
        url = repair_url(row.image.url) if row.image.url else None
        return NewSource(
            origin=self.origin,
            list_name=self.name,
            status=status,
            line=row.line,
            as_read=row.as_read,
            url_listed=row.image.url,
            url=url,
            host=host_of(url) if url else None,
            label=row.box.label if row.box else None,
            needs_box=row.box is not None and row.box.zero_area,
            **more,
        )

    def take(self, here: Sequence[tuple[ListedImage, Path]]) -> None:
        """Take pictures in with their boxes."""
        by_path: dict[Path, list[ListedImage]] = {}
        for image, path in here:
            by_path.setdefault(path, []).append(image)
        wanted = [Wanted(path, images[0].file) for path, images in by_path.items()]
        for batch in self.job.pictures(wanted):
            placed = []
            for taken in batch:
                for image in by_path[taken.wanted.path]:
                    rows = [_Row(image, box) for box in image.boxes or (None,)]
                    if taken.image is None:
                        self._fail(taken, rows)
                    else:
                        placed += [(row, taken.image) for row in rows]
            self._place(placed)

    def _fail(self, taken: Taken, rows: Sequence[_Row]) -> None:
        new = []
        for row in rows:
            self.job.report.fail(taken.wanted.named, row.line, taken.reason, str(taken.error))
            if self.known.get(row.line, row.as_read) is None:
                why = {"reason": taken.reason, "detail": str(taken.error)}
                new.append(self._source(row, SourceStatus.FAILED, **why))
        self.job.project.sources.add_many(new)

    def _place(self, placed: Sequence[tuple[_Row, ImageRow]]) -> None:
        """Give images the boxes of their rows and put the rows on record."""
        squares: dict[int, ListedSquare] = {}
        todo: list[tuple[_Row, ImageRow, Source | None]] = []
        new: list[NewSource] = []
        for row, image in placed:
            before = self.known.get(row.line, row.as_read)
            if before is not None and before.image_id is not None:
                self.job.report.rows_already += 1
                continue
            try:
                square = self._square(row, image)
            except StudioError as error:
                self.job.report.fail(row.image.file, row.line, RowReason.BAD_BOX, str(error))
                if before is None:
                    why = {"reason": RowReason.BAD_BOX.value, "detail": str(error)}
                    new.append(self._source(row, SourceStatus.FAILED, **why))
                continue
            if square is not None:
                squares[len(todo)] = square
            todo.append((row, image, before))
        made = add_boxes(self.job.project, self.origin, list(squares.values()))
        self._record(todo, dict(zip(squares, made, strict=True)), new)

    def _square(self, row: _Row, image: ImageRow) -> ListedSquare | None:
        if row.box is None:
            return None
        square = row.image.square(row.box, image.width, image.height, image.orientation)
        if square is None:
            return None
        label_id = self.job.label(row.box.label).id if row.box.label else None
        return ListedSquare(image.id, square, label_id, row.box.score)

    def _record(
        self,
        todo: Sequence[tuple[_Row, ImageRow, Source | None]],
        boxes: dict[int, int],
        new: list[NewSource],
    ) -> None:
        links = []
        for index, (row, image, before) in enumerate(todo):
            box_id = boxes.get(index)
            if before is None:
                more = {"image_id": image.id, "box_id": box_id}
                new.append(self._source(row, SourceStatus.IMAGE, **more))
                self.job.report.rows += 1
            else:
                links.append((before.id, image.id, box_id))
        self.job.project.sources.add_many(new)
        self.job.project.sources.link_many(links)
        self.job.report.boxes += len(boxes)
