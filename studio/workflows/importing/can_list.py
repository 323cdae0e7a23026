"""CAN lists: rows whose pictures are in a folder become images with boxes, the others wait."""

from pathlib import Path

from sqlalchemy import select

from studio.datasets.formats import can
from studio.datasets.formats.can import CanList, CanRow
from studio.datasets.lists import remember_list
from studio.errors import UsageError
from studio.imaging import Square, displayed_size, fit_square, to_raw
from studio.project import ImageRow, Project, schema
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.list_rows import ListRow, RowImport, SquareOf
from studio.workflows.importing.match import Claim, Pictures, match_rows
from studio.workflows.importing.report import ListSummary
from studio.workflows.importing.rows import KnownRows, list_name

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
    known = KnownRows(job.project, name)
    importing = RowImport(
        job, ORIGIN, name, summary, known, known_images=_images_by_url(job.project)
    )
    importing.add_problems(listed.problems)
    found: list[Path | None] = [None] * len(listed.rows)
    if images is not None:
        pictures = Pictures(images)
        job.note_passed(pictures.passed)
        found = match_rows(listed.rows, pictures)
    in_doubt = {row.line for one in listed.conflicts() if one.same_lesion for row in one.rows}
    importing.run(
        [
            ListRow(
                line=row.line,
                as_read=row.as_read,
                file=path.name if path is not None else name,
                claim=Claim(path),
                square=_square_of(row, job.frame == "exif"),
                url=row.url,
                label=row.label,
                needs_box=row.zero_area,
                in_doubt=row.line in in_doubt,
            )
            for row, path in zip(listed.rows, found, strict=True)
        ]
    )


def _summary(name: str, listed: CanList, frame: str) -> ListSummary:
    conflicts = len(listed.conflicts())
    summary = ListSummary(
        name, ORIGIN, len(listed.rows), len(listed.urls), listed.needs_box, conflicts
    )
    summary.frame, summary.unit = frame, "fractions"
    return summary


def _images_by_url(project: Project) -> dict[str, int]:
    """The images of the project by the URL that they were fetched from or matched with."""
    source = schema.source.c
    query = select(source.url, source.image_id).where(
        source.image_id.is_not(None), source.url.is_not(None)
    )
    with project.connect() as connection:
        return {str(url): int(image) for url, image in connection.execute(query)}


def _square_of(row: CanRow, upright: bool) -> SquareOf:
    def square(image: ImageRow) -> Square | None:
        if not upright:
            return row.square(image.width, image.height)
        size = (image.width, image.height)
        shown = row.square(*displayed_size(*size, image.orientation))
        return None if shown is None else fit_square(to_raw(shown, *size, image.orientation), *size)

    return square
