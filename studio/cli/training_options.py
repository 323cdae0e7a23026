"""The settings of a training on a command line: options of their own, --set, and a file."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.errors import UsageError

if TYPE_CHECKING:
    from studio.workflows.train_config import TrainingFile

Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="NAME=VALUE of any setting; may be given several times."),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="File of settings and data, such as a run keeps.")
]
Frozen = Annotated[
    bool,
    typer.Option("--frozen/--no-frozen", help="A first result from the frozen backbone."),
]


def given_options(context: typer.Context) -> set[str]:
    """The parameters that stand on the command line."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def asked_training(
    context: typer.Context,
    config: Path | None,
    settings: dict[str, Any],
    assignments: list[str] | None,
    frozen: bool | None = None,
    *,
    train: list[Path] | None,
    groups: list[Path] | None,
    where: str,
    labels: Path | None,
) -> "TrainingFile":
    """What the file says, and before it what is given on the command line: `settings` and `frozen`
    where their options stand there, `assignments` of --set, and the images. `frozen` is None for a
    command without --frozen. Raises UsageError."""
    from studio.workflows.train_config import TrainingFile, read_training_file

    asked = read_training_file(config) if config is not None else TrainingFile()
    given = given_options(context)
    chosen = {name: value for name, value in settings.items() if name in given}
    return replace(
        asked,
        settings=_with_chosen(
            asked.settings, chosen, assignments or [], frozen if "frozen" in given else None
        ),
        train=tuple(train or ()) or asked.train,
        groups=tuple(groups or ()) or asked.groups,
        where=where or asked.where,
        labels=labels or asked.labels,
    )


def _with_chosen(
    told: Mapping[str, Any], chosen: dict[str, Any], assignments: list[str], frozen: bool | None
) -> dict[str, Any]:
    """The settings of a file with those of the command line; `frozen` is None where neither
    --frozen nor --no-frozen stands there."""
    from studio.workflows.train_config import read_settings

    settings = dict(told)
    if frozen is not None:
        known = settings.pop("frozen_images", 0)
        chosen = {**chosen, "frozen_images": known if frozen else 0}
    for name, value in read_settings(assignments).items():
        if name in chosen:
            flag = "--frozen" if name == "frozen_images" else f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag} and --set both give {name}: leave one of them out.")
        settings[name] = value
    if frozen and not chosen["frozen_images"]:
        del chosen["frozen_images"]  # as many as every training takes
    return {**settings, **chosen}


def refuse_changes(context: typer.Context) -> None:
    """A resumed run keeps its settings, or its curve would not be the one of not stopping."""
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name not in ("out", "resume", "tensorboard", "as_json")
        and (source := context.get_parameter_source(parameter.name or "")) is not None
        and source.name == "COMMANDLINE"
    ]
    if given:
        raise UsageError(
            "--resume goes on with the run in --out as it was begun: leave out "
            f"{', '.join(given)}, or begin a new run without --resume."
        )
