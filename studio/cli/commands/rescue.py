"""`can-studio rescue`: what can be saved of a damaged project, into a new one."""

from pathlib import Path

import typer

from studio import wording
from studio.cli.common import FAILURES, JSON, PROJECT, leave, progress
from studio.cli.output import echo, emit_json, note, shown, table
from studio.wording import counted

_NAMED = 10


def rescue(
    project: Path = PROJECT,
    out: Path = typer.Argument(..., help="Folder of the new project.", show_default=False),
    as_json: bool = JSON,
) -> None:
    """Save what can be saved of a damaged project into a new one. The old one is only read.

    Exit code 1 when something was lost; rescue.json in the new project has the whole report.
    """
    from studio.workflows.projects import rescue as save

    with progress("Rescue") as tell:
        report = save(project, out, tell)
    if as_json:
        emit_json(report.to_dict())
    else:
        lost = [
            [name, saved, report.unreadable.get(name, 0), report.refused.get(name, 0)]
            for name, saved in report.rows.items()
        ]
        table("Rows", ["table", "saved", "unreadable", "refused"], lost)
        echo(f"{counted(report.originals, 'original')} copied.")
        _name("missing", report.missing)
        _name("damaged and not copied", report.damaged)
        _name("unreadable", report.unreadable_files)
        for old, new in report.renamed.items():
            note(f"The label {shown(old)} is now called {new}.")
        if report.unfiled:
            files = counted(report.unfiled, "picture")
            echo(
                f"{files} that no saved row knows: in {shown(out / 'unfiled')}; import them again."
            )
        echo(f"Saved in {shown(out)}. " + ("Nothing was lost." if report.whole else ""))
    leave(0 if report.whole else FAILURES)


def _name(what: str, names: list[str]) -> None:
    for name in names[:_NAMED]:
        note(f"{what}: {shown(name)}")
    if len(names) > _NAMED:
        note(f"{what}: {wording.count(len(names) - _NAMED)} more")
