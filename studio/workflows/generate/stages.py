"""The stages of training a GAN as data: what each begins from, learns from, and how.

A plan is a small graph, kept in its project. A stage begins from nothing, from a network file, or
from the result of another stage; its settings are fields of `TrainOptions`, whose defaults fill the
rest. Nothing here needs torch.
"""

import threading
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.errors import StudioError
from studio.generate.training.options import TrainOptions
from studio.jobs.kinds import NETWORK_BEST, NETWORK_LATEST
from studio.project import Project
from studio.validation import fault, first_fault, sentence, title_of

SETTING = "gan_stages"  # of a project
MOST_STAGES = 40
_keeping = threading.Lock()  # a run is named in the thread that starts it
RESULTS = {"latest": NETWORK_LATEST, "best": NETWORK_BEST}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Start(_Frozen):
    """What a stage begins from. `wanted` says in words which network file belongs there."""

    kind: Literal["nothing", "network", "stage"] = "nothing"
    file: str = ""
    stage: str = ""
    result: Literal["latest", "best"] = "latest"
    wanted: str = ""


class StageData(_Frozen):
    """What a stage learns from: a folder or zip, this project's accepted crops, those of one of
    its snapshots, or crops of the synthetic sample. `only` is one class of it, "" all.

    `wanted` says in words what belongs there while `kind` is "none".
    """

    kind: Literal["none", "folder", "project", "snapshot", "sample"] = "none"
    path: str = ""
    snapshot: str = ""
    only: str = ""
    wanted: str = ""


class Stage(_Frozen):
    """One training. `settings` are fields of TrainOptions, but for `begin_from`, which is `start`.

    `run` is the folder of its last run: relative to the project where it lies in it, "" before
    there is one.
    """

    name: str = Field(min_length=1, max_length=80)
    start: Start = Start()
    data: StageData = StageData()
    settings: dict[str, Any] = Field(default_factory=dict)
    note: str = ""
    run: str = ""

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = sorted(set(self.settings) - (set(TrainOptions.model_fields) - {"begin_from"}))
        if unknown:
            raise ValueError(f"there is no setting called {unknown[0]!r}")
        return self

    def options(self, begin_from: str | None = None) -> TrainOptions:
        """The whole options. Raises pydantic's ValidationError for what cannot be."""
        return TrainOptions.model_validate({**self.settings, "begin_from": begin_from})

    def problems(self) -> dict[str, str]:
        """What is wrong with the settings: a sentence by the name of its field; {} when nothing."""
        try:
            self.options()
        except ValidationError as error:
            return {
                _field(one): sentence(fault(one, title_of(TrainOptions), TrainOptions))
                for one in reversed(error.errors())
            }
        if self.settings.get("freezed") and self.start.kind == "nothing":
            return {"freezed": "Of random weights none can be kept as they were learnt: 0 here."}
        return {}

    def setting(self, name: str) -> Any:
        """A setting, or what TrainOptions takes where nothing is said; None where something has to
        be said."""
        field = TrainOptions.model_fields[name]
        return self.settings.get(name, None if field.is_required() else field.default)

    @property
    def kimg(self) -> float:
        """Thousands of pictures in all, 0 where that is not a number."""
        found = self.setting("kimg")
        return float(found) if isinstance(found, int | float) else 0.0


class StagePlan(_Frozen):
    """Stages in the order in which they were made; names are unique and nobody is its own
    ancestor."""

    version: Literal[1] = 1
    title: str = ""
    stages: tuple[Stage, ...] = Field(default=(), max_length=MOST_STAGES)

    @model_validator(mode="after")
    def _is_a_forest(self) -> Self:
        parents = {stage.name: stage.start.stage for stage in self.stages if _follows(stage)}
        if len({stage.name for stage in self.stages}) < len(self.stages):
            raise ValueError("two stages have the same name")
        names = {stage.name for stage in self.stages}
        for name, parent in parents.items():
            if parent not in names:
                raise ValueError(f"{name} begins from {parent}, which is not a stage")
            seen = {name}
            while parent in parents and parent not in seen:
                seen.add(parent)
                parent = parents[parent]
            if parent in seen:
                raise ValueError(f"{name} would begin from its own result")
        return self

    def by_name(self, name: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.name == name), None)

    def children(self, name: str) -> list[Stage]:
        """The stages that begin from the result of this one."""
        return [stage for stage in self.stages if _follows(stage) and stage.start.stage == name]

    def parent(self, stage: Stage) -> Stage | None:
        return self.by_name(stage.start.stage) if _follows(stage) else None

    def with_stage(self, stage: Stage, instead_of: str = "") -> "StagePlan":
        """With a stage added, or in the place of another, whose children follow its new name.

        Raises StudioError with the sentence of what would be wrong.
        """
        if not instead_of:
            return _checked(self, stages=(*self.stages, stage))
        stages = []
        for one in self.stages:
            if one.name == instead_of:
                stages.append(stage)
            elif _follows(one) and one.start.stage == instead_of:
                start = one.start.model_copy(update={"stage": stage.name})
                stages.append(one.model_copy(update={"start": start}))
            else:
                stages.append(one)
        return _checked(self, stages=tuple(stages))

    def without(self, name: str) -> "StagePlan":
        """Without a stage; those that began from it begin from what it began from."""
        gone = self.by_name(name)
        if gone is None:
            return self
        stages = tuple(
            one.model_copy(update={"start": gone.start})
            if _follows(one) and one.start.stage == name
            else one
            for one in self.stages
            if one.name != name
        )
        return _checked(self, stages=stages)

    def unused_name(self, stem: str) -> str:
        """`stem`, or that with the first number that is free."""
        names = {stage.name for stage in self.stages}
        number, name = 1, stem
        while name in names:
            number += 1
            name = f"{stem} {number}"
        return name


def load_plan(project: Project) -> StagePlan:
    """The project's plan, empty where it has none. Raises StudioError for one that is damaged."""
    found = project.get_setting(SETTING)
    if found is None:
        return StagePlan()
    try:
        return StagePlan.model_validate(found)
    except ValidationError as error:
        raise StudioError(
            f"The training stages of {project.path.name} cannot be read: {first_fault(error)}. "
            "Begin with a preset again; the runs themselves are untouched."
        ) from None


def save_plan(project: Project, plan: StagePlan) -> None:
    """Keep the plan in the project."""
    with _keeping:
        _save(project, plan)


def name_run(project: Project, name: str, run_dir: Path) -> None:
    """Say in the kept plan that a run trains the stage of this name; all else in it stays. Nothing
    happens where there is no such stage."""
    with _keeping:
        plan = load_plan(project)
        stage = plan.by_name(name)
        if stage is not None:
            named = stage.model_copy(update={"run": run_name(project, run_dir)})
            _save(project, plan.with_stage(named, name))


def _save(project: Project, plan: StagePlan) -> None:
    project.set_setting(SETTING, plan.model_dump(mode="json"))


def run_folder(project: Project, stage: Stage) -> Path | None:
    """The folder of the stage's last run; None before there is one."""
    return project.path / stage.run if stage.run else None


def run_name(project: Project, run_dir: Path) -> str:
    """How a stage names a run folder: relative to the project where it lies in it."""
    path, home = run_dir.absolute(), project.path.absolute()
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)


def _follows(stage: Stage) -> bool:
    return stage.start.kind == "stage"


def _checked(plan: StagePlan, **changes: Any) -> StagePlan:
    try:
        return StagePlan.model_validate({**dict(plan), **changes})
    except ValidationError as error:
        raise StudioError(sentence(first_fault(error, lambda _: ""))) from None


def _field(error: Any) -> str:
    """The field that an error of pydantic is about; what of the whole does not fit is the size of
    the pictures, the layers that are frozen, or the batch."""
    if error["loc"]:
        return str(error["loc"][0])
    if "freeze-D" in str(error["msg"]):
        return "freezed"
    return "resolution" if "resolution" in str(error["msg"]) else "batch"
