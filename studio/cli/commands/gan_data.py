"""`can-studio gan dataset`: pictures as the official training tools read them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from studio import wording
from studio.cli.common import FAILURES, JSON, leave, progress
from studio.cli.output import echo, emit_json, note, shown
from studio.wording import counted

if TYPE_CHECKING:
    from studio.generate.data.official_zip import ZipReport

_LISTED = 20


class TransformName(StrEnum):
    """What becomes of pictures that are not square."""

    CENTER_CROP = "center-crop"
    CENTER_CROP_WIDE = "center-crop-wide"


def dataset(
    source: str = typer.Argument(
        ...,
        help="A folder of pictures or of class folders, a zip, a project, or PROJECT:SNAPSHOT.",
        show_default=False,
    ),
    out: Path = typer.Argument(..., help="The .zip to write.", show_default=False),
    resolution: int = typer.Option(..., "--resolution", help="A power of two, such as 512."),
    transform: TransformName | None = typer.Option(
        None, "--transform", help="For pictures that are not square; left out without it."
    ),
    max_images: int | None = typer.Option(
        None, "--max-images", min=1, help="At most so many, evenly over the source."
    ),
    classes: bool = typer.Option(
        True, "--classes/--no-classes", help="Write which class each picture is of."
    ),
    as_json: bool = JSON,
) -> None:
    """Write an official data set: an uncompressed zip of square PNGs with dataset.json."""
    from studio.workflows.generate.data import write_dataset

    with progress("Writing") as tell:
        report = write_dataset(
            source,
            out,
            resolution,
            classes=classes,
            transform=transform.value if transform else None,
            max_images=max_images,
            on_progress=tell,
        )
    for sentence in report.notes:
        note(shown(sentence, 400))
    if as_json:
        emit_json(_document(report))
    else:
        _print_report(report)
    leave(FAILURES if report.left_out else 0)


def _print_report(report: "ZipReport") -> None:
    for one in report.left_out[:_LISTED]:
        where = "" if one.file == Path(one.file).name else f"{shown(one.file)}: "
        note(f"{where}{shown(one.sentence, 400)}")
    if len(report.left_out) > _LISTED:
        note(f"And {wording.count(len(report.left_out) - _LISTED)} more; --json lists them all.")
    size = wording.megabytes(report.bytes)
    echo(f"{counted(report.pictures, 'picture')} in {shown(report.path)} ({size}).")
    for name, count in report.counts.items():
        echo(f"  {shown(name)}: {wording.count(count)}")
    if report.left_out:
        echo(f"{counted(len(report.left_out), 'file')} left out.")


def _document(report: "ZipReport") -> dict[str, Any]:
    return {
        "zip": str(report.path),
        "pictures": report.pictures,
        "classes": report.counts,
        "bytes": report.bytes,
        "left_out": [{"file": one.file, "sentence": one.sentence} for one in report.left_out],
        "notes": list(report.notes),
    }
