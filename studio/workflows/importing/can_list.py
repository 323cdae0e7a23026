"""CAN lists: rows whose pictures are in a folder become images with boxes, the others wait."""

from collections.abc import Sequence
from pathlib import Path

from studio.datasets.can_list_texts import remember_list
from studio.datasets.formats import can
from studio.datasets.formats.can import CanList, CanRow
from studio.datasets.formats.frame_and_unit import StoredSize, can_square
from studio.errors import UsageError
from studio.imaging import Square
from studio.project import ImageRow, Source
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.list_rows import ListRow, RowImport, SquareOf
from studio.workflows.importing.match import Claim, ImageFolder, match_rows
from studio.workflows.importing.report import ListSummary
from studio.workflows.importing.rows import KnownRows, list_name, remember_wish

ORIGIN = "can"


def import_can(job: ImportJob, path: Path, images: Path | None) -> None:
    """Import a CAN list; with `images`, the folder that holds the pictures of its rows.

    Its numbers are fractions of the raw frame, unless the user says that they are of the upright
    one. Raises UsageError for another unit.
    """
    if job.unit not in ("auto", "fractions"):
        raise UsageError(f"The boxes of a CAN list are in fractions, never in {job.unit}.")
    listed = can.read(path)
    name = list_name(job.project, path.name, ((row.line, row.as_read) for row in listed.rows))
    summary = _summary(name, listed, "exif" if job.frame == "exif" else "raw")
    job.report.lists.append(summary)
    remember_list(job.project, name, listed)
    remember_wish(job.project, name, job.frame, job.unit)
    known = KnownRows(job.project, name)
    importing = RowImport(job, ORIGIN, name, summary, known)
    importing.add_problems(listed.problems)
    found: list[Path | None] = [None] * len(listed.rows)
    if images is not None:
        pictures = ImageFolder(images)
        job.note_passed(pictures.passed)
        found = match_rows(listed.rows, pictures)
    importing.run(_list_rows(listed, name, found, job.frame == "exif"))


def place_kept(job: ImportJob, name: str, sources: Sequence[Source]) -> None:
    """Place rows that the project has on record, those whose image is there by now."""
    every = [one for one in job.project.sources.of_list(name) if isinstance(one.as_read, dict)]
    rows = {one.id: row for one in every if (row := _row_from(one)) is not None}
    wanted = {one.id for one in sources}
    listed = CanList(tuple(rows.values()), (), ())
    made = _list_rows(listed, name, [None] * len(rows), job.frame == "exif")
    summary = _summary(name, listed, "exif" if job.frame == "exif" else "raw")
    importing = RowImport(job, ORIGIN, name, summary, KnownRows(job.project, name))
    importing.run([row for row, id_ in zip(made, rows, strict=True) if id_ in wanted])


def _row_from(source: Source) -> CanRow | None:
    """None for a line that failed as a row."""
    try:
        return can.row_from(source.line or 0, source.as_read)
    except (KeyError, ValueError):
        return None


def _list_rows(
    listed: CanList, name: str, found: Sequence[Path | None], upright: bool
) -> list[ListRow]:
    in_doubt = {row.line for one in listed.conflicts() if one.same_lesion for row in one.rows}
    return [
        ListRow(
            line=row.line,
            as_read=row.as_read,
            file=path.name if path is not None else name,
            claim=Claim(path),
            square=_square_of(row, upright),
            url=row.url,
            label=row.label,
            needs_box=row.zero_area,
            in_doubt=row.line in in_doubt,
        )
        for row, path in zip(listed.rows, found, strict=True)
    ]


def _summary(name: str, listed: CanList, frame: str) -> ListSummary:
    conflicts = len(listed.conflicts())
    summary = ListSummary(
        name, ORIGIN, len(listed.rows), len(listed.urls), listed.needs_box, conflicts
    )
    summary.frame, summary.unit = frame, "fractions"
    return summary


def _square_of(row: CanRow, upright: bool) -> SquareOf:
    def square(image: ImageRow) -> Square | None:
        size = StoredSize(image.width, image.height, image.orientation)
        return can_square(row, size, upright)

    return square
