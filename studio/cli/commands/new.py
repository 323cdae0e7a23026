"""`can-studio new`: a project on disk with its classes."""

from pathlib import Path

import typer

from studio.cli.common import JSON, PROJECT
from studio.cli.output import echo, emit_json, shown


def new(
    project: Path = PROJECT,
    labels: str = typer.Option(
        "",
        "--labels",
        help="Classes, separated by commas. Without any, the class folders that are imported "
        "first become the labels; `can-studio labels` adds others.",
    ),
    positive: str | None = typer.Option(
        None,
        "--positive",
        help="The positive class; by default malignantmelanoma, melanoma or malignant.",
    ),
    as_json: bool = JSON,
) -> None:
    """Make a new project."""
    from studio.workflows import new_project

    names = [name.strip() for name in labels.split(",") if name.strip()]
    with new_project(project, names, positive) as made:
        classes = [
            {"name": label.name, "positive": label.positive, "never_in_bulk": label.never_in_bulk}
            for label in made.labels()
        ]
    if as_json:
        emit_json({"project": str(project), "labels": classes})
        return
    told = ", ".join(
        str(one["name"]) + (" (positive)" if one["positive"] else "") for one in classes
    )
    with_labels = f"the labels {shown(told, 400)}" if told else "no label yet"
    echo(f"Made {shown(project)} with {with_labels}.")
