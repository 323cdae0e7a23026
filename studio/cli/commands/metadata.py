"""`can-studio metadata`: what is known of the images beside their pixels."""

from pathlib import Path

import typer

from studio import wording
from studio.cli.common import FAILURES, JSON, PROJECT, leave, open_project
from studio.cli.output import echo, emit_json, list_failures, shown
from studio.wording import counted


def metadata(
    project: Path = PROJECT,
    table: Path | None = typer.Argument(
        None,
        metavar="[TABLE.csv]",
        help="A table with a column file or sha256, and patient, lesion, skin_tone, sex, age, "
        "site, modality, framing, verification, licence or any others. Skin tones are Fitzpatrick "
        "types, I to VI or 1 to 6, or groups of two (I-II, 12); another scale goes in a column "
        "of its own name.",
        show_default=False,
    ),
    reviewer: str | None = typer.Option(None, "--reviewer", help="Who says so."),
    as_json: bool = JSON,
) -> None:
    """Say what is known of the images, after a table has been read into it. Images of one patient,
    lesion or stack are one group: splits, leakage checks and studies keep it together."""
    from studio.workflows.metadata import describe_images

    with open_project(project, "read" if table is None else "edit", reviewer or "") as opened:
        report = None if table is None else describe_images(opened, table, reviewer)
        status = opened.status()
    failed = [] if report is None else report.to_dict()["failed"]
    if as_json:
        known = {"images": status["images"], "metadata": status["metadata"]}
        emit_json({**({} if report is None else report.to_dict()), **known})
    else:
        if report is not None:
            rows = counted(report.rows, "row")
            echo(f"{rows} of {shown(report.table)}, {counted(report.changed, 'image')} changed.")
        for name, count in status["metadata"].items():
            echo(f"{name:>12}  {wording.count(count)} of {counted(status['images'], 'image')}")
        if not status["metadata"]:
            echo("Nothing is known of the images yet.")
    list_failures(failed)
    leave(FAILURES if failed else 0)
