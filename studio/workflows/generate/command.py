"""A stage as the command that trains the same, such as on a machine without a window."""

import shlex

from studio.errors import StudioError
from studio.generate.training.options import TrainOptions
from studio.options import command_words
from studio.project import Project
from studio.workflows.generate.stage_work import SAMPLE_PER_CLASS, begin_from_file
from studio.workflows.generate.stages import Stage, StagePlan

OUT = "RUN"  # for a person to replace
_CROPS = "crops"


def command(project: Project, plan: StagePlan, stage: Stage) -> str:
    """The `can-studio gan train` that this stage is. Raises StudioError for pictures and settings
    that the command line cannot name."""
    words = ["can-studio", "gan", "train", "--data", _data(project, stage), "--out", OUT]
    try:
        words += command_words(TrainOptions, stage.settings)
    except KeyError as name:
        raise StudioError(
            f"The command line has no option for the setting {name.args[0]}: train the stage here, "
            "or leave the setting as it was."
        ) from None
    file = begin_from_file(project, plan, stage)
    if file:
        words += ["--resume", file]
    return _rendering(stage) + shlex.join(words)


def _rendering(stage: Stage) -> str:
    """The command before it that renders the crops of the sample, where it trains on those."""
    if stage.data.kind != "sample":
        return ""
    size = str(stage.settings["resolution"])
    words = ["can-studio", "sample-crops", _CROPS, "--per-class", str(SAMPLE_PER_CLASS)]
    return shlex.join([*words, "--size", size]) + " && "


def _data(project: Project, stage: Stage) -> str:
    data = stage.data
    if data.kind == "folder" and data.path:
        return f"{data.path}/{data.only}" if data.only else data.path
    if data.kind == "snapshot":
        return f"{project.path}:{data.snapshot}"
    if data.kind == "project" and not data.only:
        return str(project.path)
    if data.kind == "project":
        raise StudioError(
            "The command line takes all classes of a project or a snapshot: freeze a snapshot of "
            f"{data.only} and choose it for the stage."
        )
    if data.kind == "sample":
        return _CROPS
    raise StudioError("Choose the pictures of the stage first: the command names them.")
