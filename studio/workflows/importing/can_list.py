"""CAN lists: rows whose pictures are in a folder become images with boxes, the others wait."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select, update

from studio.collect import host_of, repair_url
from studio.datasets.formats import RowProblem, can
from studio.datasets.formats.can import CanList, CanRow
from studio.datasets.lists import remember_list
from studio.project import ImageRow, Label, NewSource, Project, Source, SourceStatus, schema
from studio.workflows.importing.intake import Taken, Wanted
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.match import Pictures, match_rows
from studio.workflows.importing.report import ListSummary
from studio.workflows.importing.rows import KnownRows, ListedSquare, add_boxes, list_name

ORIGIN = "can"
MAX_URL = 8192  # characters; no server takes longer ones
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class _Row:
    """A row still without an image, with its label and what the project knows of it."""

    row: CanRow
    label: Label
    before: Source | None


def import_can(job: ImportJob, path: Path, images: Path | None) -> None:
    """Import a CAN list; with `images`, the folder that holds the pictures of its rows."""
    listed = can.read(path)
    name = list_name(job.project, path.name, ((row.line, row.as_read) for row in listed.rows))
    job.report.lists.append(_summary(name, listed))
    remember_list(job.project, name, listed)
    known = KnownRows(job.project, name)
    _problems(job, name, listed.problems, known)
    rows = _open_rows(job, name, listed.rows, known)
    found = _Finder(job.project, listed, images)
    waiting = [row for row in rows if found.path(row.row) is None and found.image(row.row) is None]
    job.report.waiting_rows += len(waiting)
    job.report.waiting += len({row.row.url for row in waiting})
    _wait(job, name, [row for row in waiting if row.before is None])
    in_doubt = frozenset(
        row.line for one in listed.conflicts() if one.same_lesion for row in one.rows
    )
    _link_known(
        job, name, in_doubt, [row for row in rows if found.image(row.row) is not None], found
    )
    _take(job, name, in_doubt, [row for row in rows if found.path(row.row)], found)


def _summary(name: str, listed: CanList) -> ListSummary:
    return ListSummary(
        name, ORIGIN, len(listed.rows), len(listed.urls), listed.needs_box, len(listed.conflicts())
    )


def _problems(job: ImportJob, name: str, problems: Sequence[RowProblem], known: KnownRows) -> None:
    """Name the rows that cannot be used and keep them on record, once."""
    new = []
    for problem in problems:
        job.report.fail(name, problem.line, problem.reason, problem.sentence)
        if known.get(problem.line, {}) is None:
            new.append(
                NewSource(
                    origin=ORIGIN,
                    list_name=name,
                    status=SourceStatus.FAILED,
                    line=problem.line,
                    as_read={},
                    reason=problem.reason.value,
                    detail=problem.sentence,
                )
            )
    job.project.sources.add_many(new)


def _open_rows(job: ImportJob, name: str, rows: Sequence[CanRow], known: KnownRows) -> list[_Row]:
    """The rows that have no image yet; those that the project is done with are counted."""
    open_rows = []
    for row in rows:
        before = known.get(row.line, row.as_read)
        if before is not None and before.image_id is not None:
            job.report.rows_already += 1
        elif len(row.url) > MAX_URL:
            sentence = f"Line {row.line}: its URL of {len(row.url):,} characters is no real one."
            job.report.fail(name, row.line, "bad_name", sentence)
            if before is None:
                job.project.sources.add_many([_failed(name, row, "bad_name", sentence)])
        else:
            job.report.rows_already += before is not None
            label = job.label_or_failure(row.label, name, row.line)
            if label is not None:
                open_rows.append(_Row(row, label, before))
    return open_rows


class _Finder:
    """Where the picture of a row is: in the folder given, or in the project under the same URL."""

    def __init__(self, project: Project, listed: CanList, images: Path | None) -> None:
        self._paths: dict[int, Path] = {}
        if images is not None:
            found = match_rows(listed.rows, Pictures(images))
            for row, path in zip(listed.rows, found, strict=True):
                if path is not None:
                    self._paths[row.line] = path
        source = schema.source.c
        query = select(source.url, source.image_id).where(
            source.image_id.is_not(None), source.url.is_not(None)
        )
        with project.connect() as connection:
            self._images: dict[str, int] = {
                str(url): int(image) for url, image in connection.execute(query)
            }

    def path(self, row: CanRow) -> Path | None:
        return self._paths.get(row.line)

    def image(self, row: CanRow) -> int | None:
        """The image that the project has of this URL, where the folder has none."""
        if row.line in self._paths or not self._images:
            return None
        return self._images.get(repair_url(row.url))


def _source(name: str, row: CanRow, status: SourceStatus) -> NewSource:
    url = repair_url(row.url)
    return NewSource(
        origin=ORIGIN,
        list_name=name,
        status=status,
        line=row.line,
        as_read=row.as_read,
        url_listed=row.url,
        url=url,
        host=host_of(url),
        label=row.label,
        needs_box=row.zero_area,
    )


def _failed(name: str, row: CanRow, reason: str, sentence: str) -> NewSource:
    return replace(_source(name, row, SourceStatus.FAILED), reason=reason, detail=sentence)


def _wait(job: ImportJob, name: str, rows: Sequence[_Row]) -> None:
    """Put rows whose picture is not here on record."""
    job.report.rows += len(rows)
    for begin in range(0, len(rows), _CHUNK):
        part = rows[begin : begin + _CHUNK]
        job.project.sources.add_many([_source(name, one.row, SourceStatus.WAITING) for one in part])
        job.on_progress(begin + len(part), len(rows), name)
        if job.stop():
            job.report.stopped = True
            return


def _take(
    job: ImportJob, name: str, in_doubt: frozenset[int], rows: Sequence[_Row], found: _Finder
) -> None:
    """Take in the pictures of rows, each once, with the boxes of all its rows."""
    by_path: dict[Path, list[_Row]] = defaultdict(list)
    for one in rows:
        path = found.path(one.row)
        if path is not None:
            by_path[path].append(one)
    wanted = [Wanted(path, path.name, _common_label(there)) for path, there in by_path.items()]
    for batch in job.pictures(wanted):
        placed = []
        for taken in batch:
            there = by_path[taken.wanted.path]
            if taken.image is None:
                _name_failures(job, name, taken, there)
            else:
                placed += [(one, taken.image) for one in there]
        _place(job, name, in_doubt, placed)


def _link_known(
    job: ImportJob, name: str, in_doubt: frozenset[int], rows: Sequence[_Row], found: _Finder
) -> None:
    """Rows whose URL the project has fetched or matched before: another box on the same image."""
    ids = [image_id for one in rows if (image_id := found.image(one.row)) is not None]
    images = job.project.images.by_ids(ids)
    _place(job, name, in_doubt, list(zip(rows, images, strict=True)))


def _common_label(rows: Sequence[_Row]) -> int | None:
    ids = {one.label.id for one in rows}
    return ids.pop() if len(ids) == 1 else None


def _name_failures(job: ImportJob, name: str, taken: Taken, rows: Sequence[_Row]) -> None:
    for one in rows:
        job.report.fail(taken.wanted.named, one.row.line, taken.reason, str(taken.error))
    new = [
        replace(_failed(name, one.row, taken.reason, str(taken.error)), path=str(taken.wanted.path))
        for one in rows
        if one.before is None
    ]
    job.project.sources.add_many(new)


def _place(
    job: ImportJob, name: str, in_doubt: frozenset[int], placed: Sequence[tuple[_Row, ImageRow]]
) -> None:
    """Give images the boxes of their rows and put the rows on record."""
    squares: dict[int, ListedSquare] = {}
    for one, image in placed:
        square = one.row.square(image.width, image.height)
        if square is not None:
            squares[one.row.line] = ListedSquare(image.id, square, one.label.id, None)
    ids = dict(zip(squares, add_boxes(job.project, ORIGIN, list(squares.values())), strict=True))
    new, links, doubtful = [], [], []
    for one, image in placed:
        line = one.row.line
        status = SourceStatus.NEEDS_REVIEW if line in in_doubt else SourceStatus.IMAGE
        if one.before is None:
            source = _source(name, one.row, status)
            new.append(replace(source, image_id=image.id, box_id=ids.get(line)))
        else:
            links.append((one.before.id, image.id, ids.get(line)))
            doubtful += [one.before.id] if line in in_doubt else []
    job.project.sources.add_many(new)
    job.project.sources.link_many(links)
    _ask_for_review(job.project, doubtful)
    job.report.rows += len(new)
    job.report.boxes += len(ids)


def _ask_for_review(project: Project, source_ids: Sequence[int]) -> None:
    """One lesion under two labels: a person has to say which."""
    if source_ids:
        source = schema.source
        review = update(source).where(source.c.id.in_(source_ids))
        with project.begin() as connection:
            connection.execute(review.values(status=SourceStatus.NEEDS_REVIEW.value))
