"""`can-studio import`: photographs and lists into a project."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from studio import wording
from studio.cli.common import FAILURES, JSON, PROJECT, leave, open_project, progress, read_pair
from studio.cli.output import echo, emit_json, list_failures, shown
from studio.datasets import LIST_TITLES
from studio.wording import counted

if TYPE_CHECKING:
    from studio.workflows import ImportReport


_NAMED = 5  # files passed over; more are only counted


Kind = StrEnum("Kind", {name: name for name in ("auto", "folder", *LIST_TITLES)})  # type: ignore[misc]
"""What a source is read as."""


class Frame(StrEnum):
    """The frame of a list's boxes."""

    AUTO = "auto"
    RAW = "raw"
    EXIF = "exif"


class Unit(StrEnum):
    """The unit of a list's boxes."""

    AUTO = "auto"
    PIXELS = "pixels"
    FRACTIONS = "fractions"
    PERCENT = "percent"


def import_(
    project: Path = PROJECT,
    source: Path = typer.Argument(
        ..., help="A folder, a zip, a picture or a list.", show_default=False
    ),
    kind: Kind = typer.Option("auto", "--as", help="What SOURCE is."),
    images: Path | None = typer.Option(
        None, "--images", help="Folder that holds the pictures of a list."
    ),
    add_labels: bool = typer.Option(
        False, "--add-labels", help="Make every class folder a label of the project."
    ),
    map_label: list[str] = typer.Option(
        [],
        "--map-label",
        metavar="FOLDER=LABEL",
        help="Give the images of a class folder this label; FOLDER= gives them none.",
    ),
    frame: Frame = typer.Option(
        Frame.AUTO,
        "--frame",
        help="Frame of a list's boxes: raw, the picture as stored, or exif, as viewers show it.",
    ),
    unit: Unit = typer.Option(Unit.AUTO, "--unit", help="Unit of a list's boxes."),
    as_json: bool = JSON,
) -> None:
    """Import a folder or zip (class folders become labels), a picture, a list or data set of boxes.

    Lists and data sets are told by their content: CAN, COCO, YOLO, Pascal VOC, labelme, CVAT for
    images, Label Studio (JSON, CSV), ModelDerm, and folders of binary masks.
    """
    from studio.workflows import import_source
    from studio.workflows.importing import NewLabels

    pairs = [read_pair(text) for text in map_label]
    new_labels = NewLabels(add_labels, {folder: label or None for folder, label in pairs})

    with open_project(project, "edit") as opened, progress("Importing") as tell:
        report = import_source(
            opened,
            source,
            kind.value,
            images,
            tell,
            new_labels=new_labels,
            frame=frame.value,
            unit=unit.value,
        )
    if as_json:
        emit_json(report.to_dict())
    else:
        _print_report(report)
    list_failures(report.to_dict()["failed"])
    leave(FAILURES if report.failed else 0)


def _print_report(report: "ImportReport") -> None:
    waiting = f" ({counted(report.waiting, 'URL')})" if report.waiting else ""
    rows = counted(report.waiting_rows, "row waits for its", "rows wait for their")
    echo(
        f"{counted(report.added, 'picture')} added, "
        f"{wording.count(report.already)} were there already, "
        f"{counted(report.boxes, 'box', 'boxes')}, {rows} picture{waiting}."
    )
    for one in report.lists:
        told = [counted(one.rows, "row")]
        if one.unreadable:
            words = "entry that cannot be read", "entries that cannot be read"
            told.append(counted(one.unreadable, *words))
        if one.urls:
            told.append(counted(one.urls, "distinct URL"))
        told.append(f"{counted(one.needs_box, 'row needs', 'rows need')} a box")
        if one.urls:
            told.append(f"{counted(one.conflicts, 'URL')} under several labels")
        echo(f"{shown(one.name)}: {', '.join(told)}.")
        states = ((one.placed, "placed"), (one.waiting, "waiting"), (one.failed, "failed"))
        became = [f"{wording.count(count)} {state}" for count, state in states]
        if one.needs_review:
            became.append(f"{wording.count(one.needs_review)} for review")
        entries = one.rows + one.unreadable
        of = f"these {wording.count(entries)}" if one.unreadable else "its rows"
        echo(f"  Of {of}: {', '.join(became)}.")
    for note in report.notes:
        echo(shown(note, 400))
    if report.stacks:
        echo(f"{counted(report.stacks, 'stack')} of near-duplicates.")
    if report.labels_added:
        echo(f"New labels: {shown(', '.join(report.labels_added), 400)}.")
    if report.unknown_folders:
        folders = ", ".join(report.unknown_folders)
        echo(
            f"Folders that are not labels of the project, left unlabelled: {shown(folders, 400)}; "
            "--add-labels or --map-label gives their images a label."
        )
    if report.skipped:
        echo(_passed_over([one.file for one in report.skipped]))
    if report.failed:
        reasons = ", ".join(
            f"{wording.count(count)} {wording.reason_word(reason)}"
            for reason, count in report.reasons().items()
        )
        echo(f"{wording.count(len(report.failed))} stayed out: {reasons}.")


def _passed_over(names: list[str]) -> str:
    count = len(names)
    listed = f": {shown(', '.join(names), 400)}" if count <= _NAMED else ""
    return f"Passed over: {counted(count, 'file or link', 'files and links')}{listed}."
