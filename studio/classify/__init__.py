"""CNN training, evaluation and prediction on square crops.

``train`` and ``evaluate`` import torch when they are called, not before: the window and the
command line may import this room freely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.classify.config import DataSplit, Item, Recipe, TrainConfig, TrainData

if TYPE_CHECKING:
    from studio.classify.predict import Classifier

__all__ = [
    "DataSplit",
    "Item",
    "Recipe",
    "TrainConfig",
    "TrainData",
    "evaluate",
    "load_classifier",
    "train",
]

Emit = Callable[..., None]


def train(
    config: TrainConfig,
    run_dir: Path,
    emit: Emit,
    stop_requested: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Train one classifier into ``run_dir``, or go on where its ``last.pt`` stands.

    Returns ``{"stopped": bool, "epochs": done, "auc": …, "tests": [...]}``. ``stopped`` true means
    that ``stop_requested`` was heeded and that the same call again goes on exactly.
    ``emit(event, **fields)`` receives the events listed in ``studio.classify.training``.

    Raises:
        StudioError: data, weights or memory do not allow it; the sentence says what to do.
    """
    from studio.classify.training import train as run

    return run(config, Path(run_dir), emit, stop_requested)


def evaluate(
    run_dir: Path,
    items: Sequence[Item | tuple[str | Path, str]],
    name: str,
    *,
    device: str = "auto",
    threads: int | None = None,
    emit: Emit | None = None,
    cache_dir: Path | None = None,
    table: Path | None = None,
    flips: bool = False,
    stop_requested: Callable[[], bool] = lambda: False,
) -> dict[str, Any] | None:
    """Score ``items`` with the model of a run; writes ``scores.csv`` into it.

    ``table`` is a file to be written with the SHA-256 of each picture; ``flips`` gives the mean
    over each picture and its three mirrored copies. Returns None where ``stop_requested`` was
    heeded; nothing has been written then.

    Returns what ``Scores.summary`` tells (AUCs with their intervals, how those were made, and
    what an interval counted as independent) with ``{name, scores, epoch, unreadable, notice}``; an
    AUC that is undefined is None.

    Raises:
        StudioError: the run has no model, or the items have a class that it does not know.
    """
    from studio.classify.evaluation import evaluate as run
    from studio.compute.interruption import Interrupted

    try:
        return run(
            Path(run_dir),
            items,
            name,
            device=device,
            threads=threads,
            emit=emit,
            cache_dir=cache_dir,
            table=table,
            flips=flips,
            stop_requested=stop_requested,
        )
    except Interrupted:
        return None


def load_classifier(run_dir: Path, device: str = "auto") -> Classifier:
    """The model of a run, ready to give probabilities for pictures in memory."""
    from studio.classify.predict import Classifier

    return Classifier.load(Path(run_dir), device)
