"""Sets of synthetic pictures, with the classifiers and training pictures that filter them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import jobs
from studio.errors import StudioError, UsageError
from studio.jobs import JobContext, JobSpec
from studio.jobs.event_models import CountsEvent
from studio.jobs.kinds import (
    BUILD_SET,
    CLASSIFIER_LAST,
    NETWORK_BEST,
    NETWORK_LATEST,
    NETWORK_TRAINING,
    BuildSetParams,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.classify.predict import Classifier
    from studio.generate.builder.build import OnBatch, SetReport
    from studio.generate.builder.filters import Filters
    from studio.generate.builder.recipe import SetRecipe
    from studio.generate.builder.tally import SetCounts
    from studio.generate.network import Pictures

OnProgress = Callable[[int, int, str], None]
COUNTS_EVERY = 1.0  # seconds between two tellings of the counts
_PROBES = 2  # pictures by which the pace is told, after one to warm up


@dataclass(frozen=True)
class RunJudge:
    """A trained run as a set sees it: its classes, and their probabilities."""

    name: str
    classifier: Classifier
    sha256: str

    @classmethod
    def load(cls, run: Path) -> RunJudge:
        """StudioError when the folder holds no trained run."""
        from studio.classify import load_classifier
        from studio.opening import sha256_file

        classifier = load_classifier(run)
        return cls(run.resolve().name, classifier, sha256_file(run / CLASSIFIER_LAST))

    @property
    def classes(self) -> tuple[str, ...]:
        return self.classifier.classes.names

    @property
    def facts(self) -> dict[str, Any]:
        return {"run": self.name, "sha256": self.sha256, "classes": list(self.classes)}

    def probabilities(self, pictures: Sequence[Pictures]) -> NDArray[np.float64]:
        return self.classifier.probabilities(pictures)


def build_set(
    recipe: SetRecipe,
    out: Path,
    *,
    device: str = "auto",
    on_progress: OnProgress = lambda done, total, message: None,
    on_batch: OnBatch = lambda counts: None,
    stop: Callable[[], bool] = lambda: False,
) -> SetReport:
    """Make the set of a recipe in `out`, or go on with the one begun in `OUT.part`.

    Raises SetStoppedError after a stop, StudioError when the recipe cannot be followed.
    """
    from studio.generate.builder import build

    _require_classifier(recipe)  # before a network is opened

    def make_filters(size: int, cache: Path) -> Filters:
        return _filters(recipe, size, cache, device, on_progress, stop)

    return build.build_set(
        recipe,
        out,
        make_filters,
        device=device,
        on_progress=on_progress,
        on_batch=on_batch,
        stop=stop,
    )


def _require_classifier(recipe: SetRecipe) -> None:
    """UsageError when what shall agree is a training of a network."""
    if recipe.agreement is None:
        return
    run = Path(recipe.agreement.run)
    networks = any((run / name).is_file() for name in (NETWORK_BEST, NETWORK_LATEST))
    if not (run / CLASSIFIER_LAST).is_file() and (networks or _kind(run) == NETWORK_TRAINING.name):
        raise UsageError(
            f"{run.name} is a training of a network and no classifier: a picture agrees with the "
            "model of a run of can-studio train."
        )


def _kind(run: Path) -> str | None:
    """What a run folder does; None for a folder that is none."""
    try:
        return jobs.load(run).kind
    except StudioError:
        return None


def _filters(
    recipe: SetRecipe,
    size: int,
    cache: Path,
    device: str,
    on_progress: OnProgress,
    stop: Callable[[], bool],
) -> Filters:
    from studio.compute.device import pick_device
    from studio.generate.builder.filters import Filters, require_labels

    judge = neighbours = None
    if recipe.agreement is not None:
        judge = RunJudge.load(Path(recipe.agreement.run))
        require_labels(recipe, judge)  # before minutes go into the training pictures
    if recipe.not_memorised is not None:
        from studio.generate.builder.memorisation import TrainingNeighbourhood

        neighbours = TrainingNeighbourhood.read(
            recipe.not_memorised, size, cache, pick_device(device), on_progress, stop
        )
    return Filters(recipe, judge, neighbours)


def start_build(run_dir: Path, recipe: SetRecipe, out: Path) -> None:
    """Make a set in a process of its own; stopped or killed, its resume goes on."""
    params = BuildSetParams(recipe=recipe.model_dump(mode="json"), out=out)
    jobs.create(run_dir, JobSpec.of(BUILD_SET, f"Build the set {out.name}", params))
    jobs.start(run_dir)


def run_job_build_set(context: JobContext[BuildSetParams]) -> dict[str, Any]:
    """The job. Says `counts` as it goes: of each label, how many are kept and why others not."""
    from studio.generate.builder.filters import SetStoppedError
    from studio.generate.builder.recipe import SetRecipe

    recipe = SetRecipe.of(**context.params.recipe)
    reporter = _CountsReporter(context)
    try:
        report = build_set(
            recipe,
            context.params.out,
            on_progress=context.progress,
            on_batch=reporter.report,
            stop=context.stop_requested,
        )
    except SetStoppedError:
        raise jobs.Stopped from None
    finally:
        reporter.flush()
    for sentence in report.shortfalls:
        context.warning(sentence)
    return report.to_dict()


class _CountsReporter:
    """Says counts at a human pace, and the last ones always."""

    def __init__(self, context: JobContext[BuildSetParams]) -> None:
        self._context = context
        self._last = -COUNTS_EVERY
        self._pending: dict[str, SetCounts] = {}

    def report(self, counts: dict[str, SetCounts]) -> None:
        self._pending = counts
        if time.monotonic() - self._last >= COUNTS_EVERY:
            self.flush()

    def flush(self) -> None:
        if self._pending:
            counts, self._pending = self._pending, {}
            self._last = time.monotonic()
            told = {name: one.to_dict() for name, one in counts.items()}
            self._context.emit(CountsEvent(counts=told))


def seconds_a_picture(network: str, device: str = "auto") -> float:
    """How long one picture takes here, from a few of them. Loads torch: not for the Qt thread.

    StudioError when the network cannot be opened.
    """
    from studio.compute.device import pick_device
    from studio.generate.builder.recipe import RecipeEntry
    from studio.generate.builder.sources import SetSource
    from studio.generate.files.named import resolve_network_path
    from studio.generate.network import load_network

    opened = load_network(resolve_network_path(network), str(pick_device(device)))
    first = "0" if opened.config.c_dim else None
    entry = RecipeEntry(label="probe", network=network, count=1)
    source = SetSource(entry, opened, 0, first)
    source.render([0])
    began = time.perf_counter()
    source.render(range(1, 1 + _PROBES))
    return (time.perf_counter() - began) / _PROBES
