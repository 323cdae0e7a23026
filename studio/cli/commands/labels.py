"""`can-studio labels`: the classes of a project, listed and changed."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from studio.cli.common import JSON, PROJECT, open_project, read_pair
from studio.cli.output import echo, emit_json, shown
from studio.errors import UsageError

if TYPE_CHECKING:
    from studio.project import Project


def labels(
    project: Path = PROJECT,
    add: list[str] = typer.Option([], "--add", help="Add a label at the end."),
    rename: list[str] = typer.Option(
        [], "--rename", metavar="OLD=NEW", help="Call a label by another name."
    ),
    move: list[str] = typer.Option(
        [], "--move", metavar="NAME=PLACE", help="Put a label at a place of the order, from 1."
    ),
    key: list[str] = typer.Option(
        [],
        "--key",
        metavar="NAME=KEY",
        help="Give a label a key: 1 to 9, or a letter that is pressed after A. NAME= frees it.",
    ),
    positive: str | None = typer.Option(
        None, "--positive", help="Make a label the positive class."
    ),
    remove: list[str] = typer.Option([], "--remove", help="Take out a label that nothing has."),
    reviewer: str | None = typer.Option(None, "--reviewer", help="Who changes the labels."),
    as_json: bool = JSON,
) -> None:
    """List the labels of a project, after the changes asked for: in the order of the options above,
    each on its own."""
    changes = bool(add or rename or move or key or positive or remove)
    with open_project(project, "edit" if changes else "read") as opened:
        for change in _changes(opened, add, rename, move, key, positive, remove, reviewer):
            change()
        listed = _listed(opened)
    if as_json:
        emit_json({"project": str(project), "labels": listed})
        return
    for one in listed:
        marks = " (positive)" if one["positive"] else ""
        echo(f"{one['key'] or '–':>3}  {shown(one['name'])}{marks}")


def _changes(
    project: "Project",
    add: list[str],
    rename: list[str],
    move: list[str],
    key: list[str],
    positive: str | None,
    remove: list[str],
    reviewer: str | None,
) -> "list[Callable[[], object]]":
    """What is asked for, read whole before the first change is made."""
    from studio.review.label_keys import choose_key

    places = [(name, _place(name, number)) for name, number in map(read_pair, move)]
    keys = [read_pair(text) for text in key]
    names = [read_pair(text) for text in rename]
    named = None if positive == "none" else positive
    return [
        *(lambda n=name: project.add_label(n) for name in add),
        *(lambda o=old, n=new: project.rename_label(o, n, reviewer) for old, new in names),
        *(lambda n=name, p=place: project.move_label(n, p, reviewer) for name, place in places),
        *(lambda n=name, k=text: choose_key(project, n, k or None) for name, text in keys),
        *([lambda: project.set_positive_label(named, reviewer)] if positive else []),
        *(lambda n=name: project.remove_label(n, reviewer) for name in remove),
    ]


def _listed(project: "Project") -> list[dict[str, Any]]:
    from studio.review.label_keys import label_keys

    keys = label_keys(project)
    return [
        {
            "name": label.name,
            "place": place,
            "key": keys[label.id],
            "positive": label.positive,
            "never_in_bulk": label.never_in_bulk,
        }
        for place, label in enumerate(project.labels(), start=1)
    ]


def _place(name: str, number: str) -> int:
    if not (number.isascii() and number.isdigit()) or len(number) > 6:
        raise UsageError(f"{shown(number)} is not a place for {shown(name)}: use 1, 2, 3 …")
    return int(number)
