"""The kinds of job: what each is called, what it is told, what it says, and what runs it.

`KINDS` has one entry a kind. A new kind of job is an entry here, its parameters (here, or where the
entry says), its events in `studio.jobs.event_models`, and its function. What stands elsewhere is
named by its import path, so that this package imports no feature, and a job file from somewhere
else can call nothing but what is listed.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from studio.errors import StudioError
from studio.jobs import event_models as say
from studio.jobs.event_models import JobEvent, plain
from studio.validation import first_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.jobs.context import JobContext

# The checkpoints that runs leave in their folders, for all who look for them.
CLASSIFIER_LAST, CLASSIFIER_BEST, CLASSIFIER_PREVIOUS = "last.pt", "best.pt", "previous.pt"
NETWORK_LATEST, NETWORK_BEST = "network-latest.safetensors", "network-best.safetensors"


def _to_path(value: object) -> object:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("this is not a path")
        return Path(value)
    return value


FilePath = Annotated[Path, BeforeValidator(_to_path)]
Whole = Annotated[int, Field(gt=-(1 << 63), lt=1 << 63)]


class JobParams(BaseModel):
    """The parameters of a kind of job, as its job file has them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def to_json(self) -> dict[str, Any]:
        """The parameters in JSON's types. Paths become whole, since the job may go on in another
        folder."""
        return {name: _json(value) for name, value in self.model_dump().items()}


def _json(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_json(one) for one in value]
    return plain(value.absolute() if isinstance(value, Path) else value)


class RehearsalParams(JobParams):
    """Count to `total`, `pause_s` seconds a step; see `studio.jobs.rehearsal` for the rest."""

    total: Whole = 10
    pause_s: float = 0.1
    fail_at: Whole | None = None
    break_at: Whole | None = None
    die_at: Whole | None = None


class ProposeParams(JobParams):
    """At most `keep` crop boxes for each image of a project that has not been examined."""

    project: FilePath
    keep: Whole


class ExportParams(JobParams):
    """The boxes of a project in `states`, with `labels` or with any where that is None."""

    project: FilePath
    out: FilePath
    format: str
    size: Whole | None = None
    states: str
    labels: list[str] | None = None


class EvaluateParams(JobParams):
    """The model of a run on a test set; `groups` are tables of what belongs together. `rule` is the
    one that was meant before it was always named."""

    run: FilePath
    test: FilePath
    groups: list[FilePath] = []
    rule: str = "youden"
    device: str = "auto"
    where: str = ""
    flips: bool = False
    labels: FilePath | None = None

    def to_json(self) -> dict[str, Any]:
        given = super().to_json()
        usual = {"groups": [], "device": "auto", "where": "", "flips": False, "labels": None}
        return {name: value for name, value in given.items() if usual.get(name) != value}


class ProjectionParams(JobParams):
    """Find the latent of a network whose image comes nearest to a photograph."""

    network: FilePath
    photograph: FilePath
    steps: Whole
    class_name: str | None = None
    distance: str = "lite0"
    candidates: Whole = 10_000


class MorphParams(JobParams):
    """The frames of a morph: `session` is that of `studio.generate.session`."""

    session: dict[str, Any]
    out: FilePath


class NetworkTrainingParams(JobParams):
    """A training of a network: `data` as `can-studio gan train --data` takes it, `options` those of
    `studio.generate.training.options`."""

    data: str
    options: dict[str, Any]
    device: str = "auto"


class ExperimentParams(JobParams):
    """The plan of an experiment lies in its folder. `workers` trainings are run at once, by
    `executor`: "local", or "ray" on the cluster that Ray finds. `check_leakage` compares each mix
    with each test set before the first training."""

    workers: Whole = 1
    executor: Literal["local", "ray"] = "local"
    check_leakage: bool = True


class CrossValidationParams(JobParams):
    """The images and the fold of each lie in the folder of the run. `settings` are fields of
    `studio.classify.TrainConfig`, `by` the columns of what is known of the images that figures are
    told by, and `workers` folds are trained at once."""

    settings: dict[str, Any]
    folds: Whole
    by: list[str] = []
    workers: Whole = 1


class ProbeParams(JobParams):
    """A few steps of a training of a network, to see what they take."""

    options: dict[str, Any]


class BuildSetParams(JobParams):
    """A set of synthetic images: `recipe` is that of `studio.generate.builder.recipe`."""

    recipe: dict[str, Any]
    out: FilePath


class StudyParams(JobParams):
    """What a person asks of a reader study: real images from a folder or the kept crops of a
    project, synthetic ones from a folder or from a network, which is a file or a name."""

    out: FilePath
    real: FilePath
    synthetic: FilePath | None = None
    network: str | None = None
    count: Whole | None = None
    truncation: float = 1.0
    title: str = ""
    per_kind: Whole | None = None
    size: Whole = 128
    seed: Whole = 0
    margin: float = 0.10
    upscaling: bool = False
    diagnosis: Annotated[tuple[str, ...], Field(strict=False)] = ()
    key: FilePath | None = None


@dataclass(frozen=True)
class JobKind:
    """One kind of job. `run` is the import path of the function that does it, `params` that of the
    pydantic model of its parameters; `events` are those that it has beside the ones of every job.
    `old_names` are what older versions called it, in job files, folders and rows of projects."""

    name: str
    run: str
    params: str
    events: tuple[type[JobEvent], ...] = ()
    old_names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called, and what it was called."""
        return (self.name, *self.old_names)

    @property
    def every_event(self) -> tuple[type[JobEvent], ...]:
        """What a run of this kind may say."""
        return (*say.OF_EVERY_JOB, *self.events)

    def function(self) -> "Callable[[JobContext[Any]], Any]":
        """What does the work, imported now."""
        found: Callable[[JobContext[Any]], Any] = _import(self.run)
        return found

    def parse_params(self, given: dict[str, Any]) -> Any:
        """The parameters of a job file. Raises StudioError, naming the first that is wrong."""
        model: type[BaseModel] = _import(self.params)
        try:
            return model.model_validate(given)
        except ValidationError as error:
            raise StudioError(
                f"The job file of this run is not valid: {first_fault(error, model=model)}."
            ) from None


def _import(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


_HERE = "studio.jobs.kinds"
REHEARSAL = JobKind(
    "rehearsal", "studio.jobs.rehearsal:run", f"{_HERE}:RehearsalParams", (say.CountedEvent,)
)
PROPOSE = JobKind(
    "propose",
    "studio.workflows.propose:run_job_propose",
    f"{_HERE}:ProposeParams",
    (say.PartialEvent,),
)
EXPORT = JobKind("export", "studio.workflows.export:run_job_export", f"{_HERE}:ExportParams")
TRAIN = JobKind(
    "train",
    "studio.workflows.train:run_job_train",
    "studio.classify.config:TrainConfig",
    (
        say.TrainPlanEvent,
        say.FrozenEvent,
        say.TrainStepEvent,
        say.EpochEvent,
        say.ValidationEvent,
        say.TestEvent,
    ),
)
EVALUATE = JobKind(
    "evaluate", "studio.workflows.evaluate:run_job_evaluate", f"{_HERE}:EvaluateParams"
)
EXPERIMENT = JobKind(
    "experiment",
    "studio.workflows.experiment.run:run_job_experiment",
    f"{_HERE}:ExperimentParams",
    (say.ExperimentPlanEvent, say.TrainingEvent),
)
CROSS_VALIDATION = JobKind(
    "cross-validation",
    "studio.workflows.cross_validation:run_job_cross_validation",
    f"{_HERE}:CrossValidationParams",
    (say.TrainingEvent,),
)
PROJECTION = JobKind(
    "project",
    "studio.workflows.generate.jobs:run_job_project",
    f"{_HERE}:ProjectionParams",
    (say.ImageEvent,),
)
MORPH = JobKind("morph", "studio.workflows.generate.jobs:run_job_morph", f"{_HERE}:MorphParams")
NETWORK_TRAINING = JobKind(
    "gan-train",
    "studio.workflows.generate.training:run_job_train",
    f"{_HERE}:NetworkTrainingParams",
    (say.NetworkPlanEvent, say.NetworkStepEvent, say.SnapshotEvent),
    old_names=("gan_train",),
)
PROBE = JobKind(
    "gan-probe",
    "studio.workflows.generate.training:run_job_probe",
    f"{_HERE}:ProbeParams",
    (say.ProbeEvent,),
)
BUILD_SET = JobKind(
    "build-set",
    "studio.workflows.generate.build:run_job_build_set",
    f"{_HERE}:BuildSetParams",
    (say.CountsEvent,),
    old_names=("build_set",),
)
STUDY = JobKind("study", "studio.workflows.study:run_job_study", f"{_HERE}:StudyParams")

KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in (
        REHEARSAL,
        PROPOSE,
        EXPORT,
        TRAIN,
        EVALUATE,
        EXPERIMENT,
        CROSS_VALIDATION,
        PROJECTION,
        MORPH,
        NETWORK_TRAINING,
        PROBE,
        BUILD_SET,
        STUDY,
    )
}
_BY_NAME = {name: kind for kind in KINDS.values() for name in kind.names}


def kind_of(name: str) -> JobKind:
    """The kind of this name, old or new. Raises StudioError for one that is not known."""
    kind = _BY_NAME.get(name)
    if kind is None:
        raise StudioError(f"There is no kind of job called {name!r}.")
    return kind
