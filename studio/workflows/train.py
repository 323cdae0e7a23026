"""Training as a job: what to train on is resolved and checked first, then written down."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio import jobs
from studio.classify import TrainConfig, TrainData, train
from studio.classify.config import ITEMS_FILE
from studio.compute.backbones import check_name
from studio.datasets.label_map import LabelMap
from studio.datasets.where import parse_condition
from studio.errors import UsageError
from studio.jobs import JobContext, JobSpec
from studio.jobs.kinds import TRAIN
from studio.jobs.spec import JOB_FILE
from studio.results.model_results import figures_of, kept_validation, validation_figures
from studio.results.run_identity import assign_identity, siblings
from studio.workflows.prepared import cache_of, writable
from studio.workflows.train_config import CONFIG_FILE, TrainingFile, write_training_file
from studio.workflows.training_data import DataSource, prepare_data

OnProgress = Callable[[int, int, str], None]
WEIGHTS = ("auto", "none")


def create_training(
    run_dir: Path,
    train: Sequence[DataSource],
    val: DataSource | None = None,
    tests: Sequence[DataSource] = (),
    settings: dict[str, Any] | None = None,
    *,
    name: str = "",
    allow_leakage: bool = False,
    tables: Sequence[Path] = (),
    where: str = "",
    labels: Path | None = None,
    hold_out: bool = True,
    on_progress: OnProgress = lambda done, total, message: None,
) -> tuple[str, ...]:
    """Write a training run down (`job.json`, `items.json`, `config.toml`, `identity.json`) without
    starting it.

    `settings` are fields of `studio.classify.TrainConfig`, `name` is what lists and legends call
    the run, `tables` say which images belong together (see `datasets.group_table`), and `where` is
    a condition on what the tables of all folders say of their images (see `datasets.where`).
    `labels` is a file that says which class each class folder is (see `datasets.label_map`).
    Without `hold_out` all training pictures are trained on where `val` is not given: there is no
    curve by epoch and no threshold then, and a recipe that waits for a better epoch is refused.
    Returns sentences about files that are left out. Raises StudioError where the data do not allow
    the run (LeakageError when a test picture is among the training pictures) or `run_dir` holds a
    run, having written nothing.
    """
    run_dir = run_dir.absolute()
    if (run_dir / JOB_FILE).exists():
        raise UsageError(f"{run_dir} already holds a run: choose another folder, or resume it.")
    config = TrainConfig.parse(with_full_path(settings or {}))
    recipe = config.resolved()
    if not hold_out and val is None and (recipe.keep == "best" or recipe.patience):
        raise UsageError(
            "The best epoch is told by a validation set: give one, let a part be held out, or keep "
            "the last epoch."
        )
    prepared = prepare_data(
        train,
        val,
        tests,
        seed=config.seed,
        allow_leakage=allow_leakage,
        tables=tables,
        where=parse_condition(where) if where else None,
        labels=LabelMap.read(labels) if labels is not None else None,
        places=[run_dir],
        validate=hold_out,
        on_progress=on_progress,
    )
    config = config.model_copy(update={"leakage": prepared.leakage})
    run_dir.mkdir(parents=True, exist_ok=True)
    asked = TrainingFile(
        config.model_dump(exclude={"data", "leakage"}), name, tuple(train), val, tuple(tests),
        tuple(tables), allow_leakage, where, labels, hold_out,
    )  # fmt: skip
    write_training_file(run_dir / CONFIG_FILE, asked)
    write_run(run_dir, config, prepared.data, name)
    return prepared.problems


def write_run(run_dir: Path, config: TrainConfig, data: TrainData, name: str = "") -> None:
    """Make `run_dir` a run that trains on `data`; from its last file on it is one."""
    run_dir.mkdir(parents=True, exist_ok=True)
    data.write(run_dir)
    params = config.model_dump(mode="json", exclude_none=True)
    # Before it is a run that others see, who would give it a number without its name.
    assign_identity(run_dir, siblings(run_dir), name)
    jobs.create(run_dir, JobSpec(kind=TRAIN.name, title=run_title(config, name), params=params))


def class_counts(run_dir: Path) -> dict[str, dict[str, int]]:
    """Pictures of each class in each split of a run that was written down, by the split's name."""
    data = TrainData.read(run_dir / ITEMS_FILE)
    counts = data.counts()
    val = {"validation": counts["val"]} if data.val is not None else {}
    return {"train": counts["train"], **val, **counts["test"]}


def check_model(name: str) -> None:
    """Raise UsageError, with near names, for a model that timm does not know.

    Loads torch, which takes seconds: for a process that trains, never for the window.
    """
    check_name(name)


def run_title(config: TrainConfig, name: str = "") -> str:
    """What a run is called: its name, then model, recipe, epochs and seed, which tell it apart."""
    count = config.resolved().epochs
    epochs = "1 epoch" if count == 1 else f"{count} epochs"
    facts = (config.model, config.recipe, epochs, f"seed {config.seed}")
    return " · ".join([name, *facts] if name else facts)


def with_full_path(settings: dict[str, Any]) -> dict[str, Any]:
    """A weights file by its full path: the job may run in another folder."""
    weights = settings.get("weights")
    if weights is None or weights in WEIGHTS:
        return settings
    path = Path(weights).absolute()
    if not path.is_file():
        raise UsageError(f"Weights are auto, none or a file; there is no file {weights}.")
    return {**settings, "weights": str(path)}


def start_training(run_dir: Path, *arguments: Any, **keywords: Any) -> int:
    """`create_training`, then start it in its own process; returns that process's number."""
    create_training(run_dir, *arguments, **keywords)
    return jobs.start(run_dir)


def run_job_train(context: JobContext[TrainConfig]) -> dict[str, Any]:
    """The job: train, or go on where the run's checkpoint stands."""
    config = context.params
    if config.cache_dir is None:
        place = cache_of(config.load_data(context.run_dir).train, context.run_dir)
        config = config.model_copy(update={"cache_dir": writable(place)})
    relay = _EventRelay(context, config.rule)
    result = train(config, context.run_dir, relay.emit, context.stop_requested)
    if result.get("stopped"):
        raise jobs.Stopped
    kept = kept_validation(context.run_dir)

    def choosing(done: int, total: int) -> None:
        context.raise_if_stopped()
        context.progress(done, total, "choosing thresholds")

    validation = validation_figures(kept, config.rule, choosing) if kept is not None else None
    return {**result, "tests": relay.tests, "validation": validation}


def export_run_as_onnx(run_dir: Path, out: Path) -> dict[str, Any]:
    """Write the model of a run as ONNX; see `studio.classify.onnx_export`."""
    from studio.classify.onnx_export import export_onnx

    if not run_dir.is_dir():
        raise UsageError(f"There is no run {run_dir}.")
    items = run_dir / ITEMS_FILE
    cache = writable(cache_of(TrainData.read(items).train, run_dir)) if items.is_file() else None
    return export_onnx(run_dir, out, cache).to_dict()


class _EventRelay:
    """Hands the events of a training on, and its steps as progress over the whole run.

    A test is told with its figures at the thresholds of the validation set.
    """

    def __init__(self, context: JobContext[TrainConfig], rule: str) -> None:
        self._context, self._rule = context, rule
        self.tests: list[dict[str, Any]] = []
        self._epochs = 0

    def emit(self, event: str, **fields: Any) -> None:
        if event == "progress":
            self._context.progress(
                int(fields["done"]), int(fields["total"]), str(fields.get("message", ""))
            )
            return
        if event == "test":
            fields = {**fields, **figures_of(self._context.run_dir, fields, self._rule)}
            self.tests.append(fields)
        self._context.relay(event, **fields)
        if event == "plan":
            self._epochs = int(fields["epochs"])
        elif event == "step" and self._epochs:
            steps, epoch = int(fields["steps"]), int(fields["epoch"])
            done = (epoch - 1) * steps + int(fields["step"])
            message = f"epoch {epoch} of {self._epochs}"
            self._context.progress(done, self._epochs * steps, message)
