"""The rows of a list on their way into a project, whatever the format of the list.

Every row ends in exactly one state: its image with its box is placed, it waits for its picture, it
failed with a sentence, or it needs review. What the rows of a list have in common is decided for
all of them before the first box is placed: in which frame and unit they are, and which pictures are
placeholders that stand for several.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import update

from studio.collect import host_of, repair_url
from studio.datasets.formats import RowProblem, RowReason
from studio.datasets.formats.frame_and_unit import BoxError
from studio.datasets.formats.records import shown
from studio.errors import StudioError
from studio.imaging import Reason, Square
from studio.project import ImageRow, Label, NewSource, Source, SourceStatus, schema
from studio.project.boxes import chunks
from studio.workflows.importing.intake import IntakeRequest
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.match import Claim
from studio.workflows.importing.report import ListSummary
from studio.workflows.importing.rows import (
    KnownRows,
    ListedSquare,
    RowRecord,
    add_boxes,
    images_by_url,
    record_rows,
)

MAX_URL = 8192  # characters; no server takes longer ones
PLACEHOLDER_COPIES = 3
"""So many addresses or files that are one and the same picture are a stand-in for lost ones."""
_CHUNK = 1000
_NAMED = 3

SquareOf = Callable[[ImageRow], Square | None]
"""The box of a row on its image; None for one without area. Raises BoxError."""


@dataclass(frozen=True)
class ListRow:
    """One row: its numbers, and how its picture is asked for.

    `file` names the picture for people, `url` is its address as listed, `sha256` that of its file
    where the list tells it, and `picture` what the list calls it. `claim` is what the folder
    of pictures has for it. `in_doubt` where the list itself has one lesion under two labels.
    """

    line: int
    as_read: object
    file: str
    claim: Claim
    square: SquareOf
    url: str | None = None
    sha256: str | None = None
    picture: str = ""
    label: str | None = None
    score: float | None = None
    needs_box: bool = False
    in_doubt: bool = False

    @property
    def identity(self) -> str:
        """What the list calls the picture: two of them should be two pictures."""
        return repair_url(self.url) if self.url else self.file


@dataclass(frozen=True, slots=True)
class _Open:
    """A row that has no image yet, its label, and what the project knows of it."""

    row: ListRow
    label: Label | None
    before: Source | None


@dataclass
class RowImport:
    """The rows of one list under way.

    `prepare` is called once all pictures are there, with the image of each row that has one (also
    from an import before), before the first box is placed: what `square` of the rows needs to know
    of the whole list is decided there.
    """

    job: ImportJob
    origin: str
    name: str
    summary: ListSummary
    known: KnownRows
    prepare: Callable[[Sequence[tuple[ListRow, ImageRow]]], None] = lambda placed: None
    _done: list[tuple[ListRow, int]] = field(default_factory=list)
    _files: dict[Path, int] = field(default_factory=dict)

    def add_problems(self, problems: Iterable[RowProblem]) -> None:
        """Name the rows that cannot be read and keep them on record, once."""
        new = []
        for problem in problems:
            named, line = problem.file or self.name, problem.line
            self.job.report.fail(named, line, problem.reason, problem.sentence)
            self.summary.unreadable += 1
            self.summary.failed += 1
            as_read = {"file": problem.file} if problem.file else {}
            if self.known.get(problem.line, as_read) is None:
                new.append(
                    NewSource(
                        origin=self.origin,
                        list_name=self.name,
                        status=SourceStatus.FAILED,
                        line=problem.line,
                        as_read=as_read,
                        reason=problem.reason.value,
                        detail=problem.sentence,
                    )
                )
        self.job.project.sources.add_many(new)

    def images(self) -> dict[Path, int]:
        """The ids of the images on which rows are placed, by their files."""
        return dict(self._files)

    def run(self, rows: Sequence[ListRow]) -> None:
        """Bring the rows to their states; on a stop, those not come to stay as they were."""
        here: dict[Path, list[_Open]] = defaultdict(list)
        linked: list[tuple[_Open, int]] = []
        waiting, absent = [], []
        known_images = images_by_url(self.job.project) if any(row.url for row in rows) else {}
        by_content = self._images_by_content(rows)
        for one in self._open(rows, by_content):
            image_id = known_images.get(repair_url(one.row.url)) if one.row.url else None
            image_id = image_id or by_content.get(one.row.sha256 or "")
            if one.row.claim.path is not None:
                here[one.row.claim.path].append(one)
            elif image_id is not None:
                linked.append((one, image_id))
            elif one.row.url is not None:
                waiting.append(one)
            else:
                absent.append(one)
        self._wait(waiting)
        self._fail([(one, Reason.MISSING, one.row.claim.sentence) for one in absent])
        placed = [*self._linked(linked), *self._taken(here)]
        if not self.job.report.stopped:
            # A part of the list could tell another frame than the whole: the next import places it.
            self._place(self._without_placeholders(placed))

    def _images_by_content(self, rows: Sequence[ListRow]) -> dict[str, int]:
        """The images of the project by their SHA-256, of those that rows ask for so."""
        images = self.job.project.images
        known = images.sha256s_known({row.sha256 for row in rows if row.sha256 is not None})
        found = {sha256: images.by_sha256(sha256) for sha256 in known}
        return {sha256: image.id for sha256, image in found.items() if image is not None}

    def _open(self, rows: Sequence[ListRow], by_content: Mapping[str, int]) -> list[_Open]:
        """The rows that have no image yet; those that the project is done with are counted."""
        open_rows = []
        failed = []
        for row in rows:
            before = self.known.get(row.line, row.as_read)
            if before is not None and before.image_id is not None:
                self.job.report.rows_already += 1
                self._count(before.status)
                self._done.append((row, before.image_id))
                if row.claim.path is not None and before.status is SourceStatus.IMAGE:
                    self._files[row.claim.path] = before.image_id
                continue
            if row.url is not None and len(row.url) > MAX_URL:
                sentence = (
                    f"Line {row.line}: a URL of {len(row.url):,} characters cannot be a real one."
                )
                failed.append((_Open(row, None, before), Reason.BAD_NAME, sentence))
                continue
            label = None
            reachable = row.claim.path is not None or row.url is not None
            if row.label is not None and (reachable or row.sha256 in by_content):
                try:
                    label = self.job.label(row.label)
                except StudioError as error:
                    failed.append((_Open(row, None, before), Reason.BAD_LABEL, str(error)))
                    continue
            open_rows.append(_Open(row, label, before))
        self._fail(failed)
        return open_rows

    def _wait(self, rows: Sequence[_Open]) -> None:
        """Put rows whose picture is not here on record."""
        for begin in range(0, len(rows), _CHUNK):
            part = rows[begin : begin + _CHUNK]
            self._record([(one, self._source(one, SourceStatus.WAITING)) for one in part])
            self.job.report.waiting_rows += len(part)
            self.job.on_progress(begin + len(part), len(rows), self.name)
            if self.job.stop():
                self.job.report.stopped = True
                rows = rows[: begin + _CHUNK]
                break
        self.job.report.waiting += len({one.row.url for one in rows})

    def _fail(self, rows: Sequence[tuple[_Open, str, str]], path: Path | None = None) -> None:
        for one, reason, sentence in rows:
            self.job.report.fail(one.row.file, one.row.line, reason, sentence)
        self._record(
            [
                (
                    one,
                    self._source(
                        one,
                        SourceStatus.FAILED,
                        reason=str(reason),
                        detail=sentence,
                        path=None if path is None else self.job.on_record(path),
                    ),
                )
                for one, reason, sentence in rows
            ]
        )

    def _linked(self, rows: Sequence[tuple[_Open, int]]) -> list[tuple[_Open, ImageRow]]:
        """Rows whose URL the project has fetched or matched before: a box on the same image."""
        images = {one.id: one for one in self.job.project.images.by_ids({i for _, i in rows})}
        return [(one, images[image_id]) for one, image_id in rows if image_id in images]

    def _taken(self, here: Mapping[Path, Sequence[_Open]]) -> list[tuple[_Open, ImageRow]]:
        """Take pictures in, each once; rows of those that cannot be used fail."""
        placed = []
        wanted = [IntakeRequest(path, rows[0].row.file) for path, rows in here.items()]
        for batch in self.job.pictures(wanted):
            for taken in batch:
                rows = here[taken.wanted.path]
                if taken.image is None:
                    why = str(taken.error)
                    self._fail([(one, taken.reason, why) for one in rows], taken.wanted.path)
                else:
                    placed += [(one, taken.image) for one in rows]
        return placed

    def _without_placeholders(
        self, placed: Sequence[tuple[_Open, ImageRow]]
    ) -> list[tuple[_Open, ImageRow]]:
        """The rows without those of pictures that stand for several, which need review.

        A server that lost its pictures answers each address with the same one. The rows of such a
        picture under several labels, or under many names, get neither box nor label.
        """
        names: dict[int, set[str]] = defaultdict(set)
        labels: dict[int, set[str]] = defaultdict(set)
        for one, image in placed:
            names[image.id].add(one.row.identity)
            labels[image.id] |= {one.row.label} if one.row.label else set()
        for row, image_id in self._done:
            if image_id in names:
                names[image_id].add(row.identity)
                labels[image_id] |= {row.label} if row.label else set()
        doubtful = {
            image_id
            for image_id, known in names.items()
            if len(known) >= PLACEHOLDER_COPIES or (len(known) > 1 and len(labels[image_id]) > 1)
        }
        kept, review = [], []
        for one, image in placed:
            if image.id not in doubtful:
                kept.append((one, image))
                continue
            sentence = _placeholder(image, names[image.id], labels[image.id])
            self.job.report.fail(one.row.file, one.row.line, RowReason.PLACEHOLDER, sentence)
            source = self._source(
                one,
                SourceStatus.NEEDS_REVIEW,
                reason=RowReason.PLACEHOLDER.value,
                detail=sentence,
                image_id=image.id,
            )
            review.append((one, source))
        self._record(review)
        return kept

    def _place(self, placed: Sequence[tuple[_Open, ImageRow]]) -> None:
        """Give images the boxes and the labels of their rows and put the rows on record."""
        done = self.job.project.images.by_ids({image_id for _, image_id in self._done})
        images = {image.id: image for image in done}
        before = [(row, images[image_id]) for row, image_id in self._done if image_id in images]
        self.prepare([*((one.row, image) for one, image in placed), *before])
        self._label_images(placed)
        for begin in range(0, len(placed), _CHUNK):
            squares: dict[int, ListedSquare] = {}
            good: list[tuple[_Open, ImageRow]] = []
            failed: list[tuple[_Open, str, str]] = []
            for one, image in placed[begin : begin + _CHUNK]:
                try:
                    square = one.row.square(image)
                except BoxError as error:
                    failed.append((one, error.reason, str(error)))
                    continue
                if square is not None:
                    label_id = one.label.id if one.label else None
                    squares[len(good)] = ListedSquare(image.id, square, label_id, one.row.score)
                good.append((one, image))
                if one.row.claim.path is not None:
                    self._files[one.row.claim.path] = image.id
            made = add_boxes(self.job.project, self.origin, list(squares.values()))
            boxes = dict(zip(squares, made, strict=True))
            self.job.report.boxes += len(boxes)
            self._record(
                [
                    (one, self._placed(one, image, boxes.get(index)))
                    for index, (one, image) in enumerate(good)
                ]
            )
            self._fail(failed)

    def _placed(self, one: _Open, image: ImageRow, box_id: int | None) -> NewSource:
        status = SourceStatus.NEEDS_REVIEW if one.row.in_doubt else SourceStatus.IMAGE
        return self._source(one, status, image_id=image.id, box_id=box_id)

    def _label_images(self, placed: Sequence[tuple[_Open, ImageRow]]) -> None:
        """Label the images that have no label and whose rows agree on one."""
        if self.origin != "can":  # boxes of other lists are lesions, each with its own label
            return
        wanted: dict[int, set[int]] = defaultdict(set)
        for one, image in placed:
            if image.label_id is None and one.label is not None:
                wanted[image.id].add(one.label.id)
        by_label: dict[int, list[int]] = defaultdict(list)
        for image_id, labels in wanted.items():
            if len(labels) == 1:
                by_label[min(labels)].append(image_id)
        table = schema.image
        with self.job.project.begin() as connection:
            for label_id, ids in by_label.items():
                for part in chunks(ids):
                    here = table.c.id.in_(part) & table.c.label_id.is_(None)
                    connection.execute(update(table).where(here).values(label_id=label_id))

    def _source(
        self,
        one: _Open,
        status: SourceStatus,
        *,
        reason: str | None = None,
        detail: str | None = None,
        path: str | None = None,
        image_id: int | None = None,
        box_id: int | None = None,
    ) -> NewSource:
        url = repair_url(one.row.url) if one.row.url else None
        return NewSource(
            origin=self.origin,
            list_name=self.name,
            status=status,
            line=one.row.line,
            as_read=one.row.as_read,
            url_listed=one.row.url,
            url=url,
            host=host_of(url) if url else None,
            path=path,
            label=one.row.label,
            reason=reason,
            detail=detail,
            needs_box=one.row.needs_box,
            image_id=image_id,
            box_id=box_id,
        )

    def _record(self, rows: Sequence[tuple[_Open, NewSource]]) -> None:
        record_rows(self.job.project, [RowRecord(source, one.before) for one, source in rows])
        for one, source in rows:
            self.job.report.rows += one.before is None
            self.job.report.rows_already += one.before is not None
            self._count(source.status)

    def _count(self, status: SourceStatus) -> None:
        """Count a row that has come to its state."""
        match status:
            case SourceStatus.IMAGE:
                self.summary.placed += 1
            case SourceStatus.WAITING:
                self.summary.waiting += 1
            case SourceStatus.FAILED:
                self.summary.failed += 1
            case SourceStatus.NEEDS_REVIEW:
                self.summary.needs_review += 1
                self.job.report.needs_review += 1


def _placeholder(image: ImageRow, names: set[str], labels: set[str]) -> str:
    told = ", ".join(map(shown, sorted(names)[:_NAMED]))
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    under = f" under the labels {' and '.join(sorted(labels))}" if len(labels) > 1 else ""
    return (
        f"{told}{more} are one and the same picture of {image.width} × {image.height} pixels"
        f"{under}: perhaps a placeholder for pictures that are gone. It was given neither box nor "
        "label; look at it in review."
    )
