"""`can-studio datasets`: public data sets, what each needs, and adopting their downloads."""

from pathlib import Path

import typer

from studio import wording
from studio.cli.common import FAILURES, JSON, leave, progress
from studio.cli.output import echo, emit_json, note, shown, table

datasets = typer.Typer(
    name="datasets",
    help="Public data sets: what there is, what each needs, and adopting a download.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

DATA = typer.Option(
    None,
    "--data",
    envvar="CAN_STUDIO_DATASETS",
    help="Folder in which downloads lie, each in a folder of the name of its set.",
)


@datasets.callback()
def list_(context: typer.Context, data: Path | None = DATA, as_json: bool = JSON) -> None:
    """List the public data sets that the studio knows, or adopt one."""
    if context.invoked_subcommand is not None:
        return
    from studio.datasets.public.catalogue import catalogue, lies_in

    found = {
        name: lies_in(one, data) if data is not None else None for name, one in catalogue().items()
    }
    if as_json:
        sets = [
            {**one.to_dict(), "folder": str(found[name]) if found[name] else None}
            for name, one in catalogue().items()
        ]
        emit_json({"data": str(data) if data else None, "sets": sets})
        return
    rows = [
        (
            name,
            wording.DASH if one.images is None else wording.count(one.images),
            "yes" if one.validates else "no",
            "here" if found[name] else "" if data else wording.DASH,
            one.needs,
        )
        for name, one in catalogue().items()
    ]
    table("Public data sets", ["name", "images", "may judge", "on disk", "needs"], rows)
    for one in catalogue().values():
        if one.why_not:
            echo(f"{one.name} may train and not judge: {one.why_not}.")
    if data is None:
        echo("--data FOLDER says which of them are there.")


@datasets.command("adopt")
def adopt_(
    name: str = typer.Argument(..., help="Name of the set, as listed.", show_default=False),
    folder: Path = typer.Argument(..., help="Its download, unpacked.", show_default=False),
    out: Path = typer.Argument(..., help="Folder to write, new or empty.", show_default=False),
    labels: Path | None = typer.Option(
        None,
        "--labels",
        help='File (TOML) with a line "label" = "class" for each label to rename; an empty class '
        'leaves its images out, "*" stands for all other labels.',
    ),
    as_json: bool = JSON,
) -> None:
    """Write a download as class folders with groups.csv, which says what is known of each image.

    Hard links where the disk allows them. A table that is not as published is refused; what is
    missing is named (exit code 1).
    """
    from studio.datasets.label_map import read_labels
    from studio.datasets.public.adopt import adopt
    from studio.datasets.public.catalogue import public_set

    known = public_set(name)
    with progress("Adopting") as tell:
        chosen = read_labels(labels) if labels is not None else None
        report = adopt(known, folder, out, chosen, tell)
    for sentence in (*report.problems, *report.notes):
        note(shown(sentence, 1000))
    if as_json:
        emit_json(report.to_dict())
    else:
        rows = [
            (one, wording.count(count), wording.count(report.groups[one]))
            for one, count in report.classes.items()
        ]
        table(f"{known.title} in {shown(out)}", ["class", "images", "groups"], rows)
        for sentence in known.overlaps:
            echo(sentence)
        if not known.validates:
            echo(f"It may train and not judge: {known.why_not}.")
    leave(0 if report.whole else FAILURES)
