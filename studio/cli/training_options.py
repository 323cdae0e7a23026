"""The settings of a training on a command line: options of their own, --set, and a file."""

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
    config: Path | None, chosen: dict[str, Any], assignments: list[str], frozen: bool | None
) -> "TrainingFile":
    """The settings of the file, then those of the command line; `frozen` is None where neither
    --frozen nor --no-frozen is given. Raises UsageError."""
    from studio.workflows.train_config import TrainingFile, read_settings, read_training_file

    asked = read_training_file(config) if config is not None else TrainingFile()
    settings = dict(asked.settings)
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
    return replace(asked, settings={**settings, **chosen})


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
