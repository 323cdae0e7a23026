"""One training run from its list of pictures to its test scores.

Events, in this order (``emit(event, **fields)``; AUCs that are undefined are None):

- ``plan`` {classes, positive, positive_stated, counts, weights, model, device, epochs, images,
  recipe, settings, leakage, resumed, history, notice}; ``history`` has the epochs before a resume
- ``frozen`` {auc, low, high, n, estimable, trained_on, seconds, scores}: frozen backbone with
  logistic regression on ``trained_on`` pictures, scored on ``n`` of the validation set
- ``step`` {epoch, step, steps, loss, lr, images_per_s}, about once a second
- ``validation`` {epoch, step, ...}: only with ``validate_steps``
- ``epoch`` {epoch, loss, val_loss, auc, auc_low, auc_high, estimable, lr, images_per_s, seconds,
  seconds_left, scores}; with more than two classes also {classes, macro}
- ``test`` {name, n, positive, auc, auc_low, auc_high, estimable, classes, macro, scores}
  (``frozen``, ``epoch`` and ``test`` also {auc_bound, level, method, groups, counting}: see
  ``Scores.summary``)
- ``progress`` {done, total, message} while pictures are read; ``log`` and ``warning`` {message}
  at any time

Files: ``last.pt``, ``previous.pt``, ``best.pt``, ``checkpoints.json``, ``history.json``,
``run.json``, ``pictures.csv``, ``scores/``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studio.classify import checkpoint, probe
from studio.classify.config import NOTICE, TrainConfig
from studio.classify.first import first_result
from studio.classify.loop import Trainer
from studio.classify.pictures import Pictures, Row, file_name, fingerprint, table_rows, write_table
from studio.classify.record import announce, write_record
from studio.classify.setup import Setup, prepare
from studio.compute.interruption import Interrupted
from studio.errors import StudioError

PICTURES_FILE = "pictures.csv"


def train(
    config: TrainConfig,
    run_dir: Path,
    emit: Callable[..., None],
    stop_requested: Callable[[], bool],
) -> dict[str, Any]:
    """Train one classifier into ``run_dir``; documented in ``studio.classify``."""
    setup = prepare(config, run_dir, emit, stop_requested)
    announce(setup)
    try:
        fitted, frozen = first_result(setup)
        trainer = _trainer(setup, fitted, frozen)
        if not trainer.run():
            return _result(trainer.epoch, trainer.history, stopped=True)
        tests = _tests(setup, trainer)
    except Interrupted:
        saved = setup.saved or {"epoch": 0, "history": []}
        return _result(saved["epoch"], saved["history"], stopped=True)
    return {**_result(trainer.epoch, trainer.history, stopped=False), "tests": tests}


def _result(epochs: int, history: list[dict[str, Any]], *, stopped: bool) -> dict[str, Any]:
    last = history[-1] if history else {}
    figures = {key: last.get(key) for key in ("auc", "auc_low", "auc_high")}
    return {"stopped": stopped, "epochs": epochs, **figures, "tests": [], "notice": NOTICE}


def _trainer(
    setup: Setup, fitted: probe.ClassifierProbe | None, frozen: dict[str, Any] | None
) -> Trainer:
    """All pictures decoded, the head started, the state of an earlier call restored."""
    head = setup.engine.head()
    if fitted is not None and head is not None and setup.recipe.head == "probe":
        fitted.into(head)
    train = setup.load(setup.all_training())
    _check_readable(setup, train)
    val = setup.load(setup.data.val) if setup.data.val else None
    identity = {
        **setup.identity(),
        "weights": setup.weights.model_dump(),
        "frozen": frozen,
        "pictures": fingerprint(train),
        "validation": fingerprint(val) if val is not None else None,
        "keep": setup.recipe.keep,
        "threads": setup.threads,
    }
    trainer = Trainer(setup, train, val, identity)
    if setup.saved is not None:
        _check_unchanged(setup, identity)
        trainer.restore(setup.saved)
    write_table(setup.run_dir / PICTURES_FILE, _trained_on(trainer))
    write_record(setup, identity)
    return trainer


def _trained_on(trainer: Trainer) -> list[Row]:
    val = [] if trainer.val is None else table_rows("val", trainer.val)
    return [*table_rows("train", trainer.pictures), *val]


def _check_unchanged(setup: Setup, identity: dict[str, Any]) -> None:
    """One curve over epochs of different pictures would compare what cannot be compared."""
    saved = setup.saved or {}
    for key, name in (("pictures", "training"), ("validation", "validation")):
        if saved.get(key) != identity[key]:
            raise StudioError(
                f"The {name} pictures of the run {setup.run_dir.name} have changed since it "
                "began: start a new run."
            )


def _check_readable(setup: Setup, train: Pictures) -> None:
    found = set(np.unique(train.targets).tolist())
    for index, name in enumerate(setup.classes.names):
        if index not in found:
            raise StudioError(
                f"Not one picture of class '{name}' in {train.name} can be read: see the "
                "warnings of this run."
            )


def _tests(setup: Setup, trainer: Trainer) -> list[dict[str, Any]]:
    """Score every test split with the epoch that the recipe keeps; ``test`` events."""
    best = setup.run_dir / checkpoint.BEST
    if setup.recipe.keep == "best" and best.is_file():
        setup.engine.network.load_state_dict(checkpoint.load(best)["model"])
    results = []
    rows = _trained_on(trainer)
    for split in setup.data.test:
        pictures = setup.load(split)
        scores = pictures.score(setup.engine, setup.classes, setup.stop_requested)
        if scores is None:
            raise Interrupted
        rows += table_rows("test", pictures)
        path = f"scores/test_{file_name(split.name)}.csv"
        scores.write(setup.run_dir / path, digests=True)
        results.append({"name": split.name, **scores.summary(), "scores": path})
        setup.emit("test", **results[-1])
    write_table(setup.run_dir / PICTURES_FILE, rows)
    trainer.write_history(tests=results)
    return results
