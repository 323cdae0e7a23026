"""The first result of a run: what the frozen backbone can already tell apart."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from studio.classify import probe
from studio.classify.config import DataSplit
from studio.classify.pictures import Pictures
from studio.classify.scoring import ABOUT
from studio.classify.setup import Setup
from studio.compute.interruption import Interrupted


def first_result(setup: Setup) -> tuple[probe.ClassifierProbe | None, dict[str, Any] | None]:
    """Logistic regression on features of ``frozen_images`` pictures, scored on as many
    of the validation set at most.

    Returns the fitted map and the fields of the ``frozen`` event; both None from random weights,
    where features mean nothing, and on a resume the fields alone.
    """
    if setup.saved is not None:
        return None, setup.saved["frozen"]
    if not setup.weights.pretrained or setup.config.frozen_images == 0:
        return None, None
    if setup.engine.head() is None:
        setup.emit("log", message=f"{setup.config.model} has no linear head to try frozen.")
        return None, None
    sample = setup.load(_sample(setup, setup.all_training()))
    count = len(setup.classes.names)
    if len(np.unique(sample.targets)) < count:
        setup.emit("log", message="No frozen result: too few pictures of a class can be read.")
        return None, None
    fitted = probe.fit(_features(setup, sample), torch.from_numpy(sample.targets), count)
    if setup.data.val is None or not setup.data.val.items:
        return fitted, None
    fields = _score(setup, fitted, len(sample), setup.load(_sample(setup, setup.data.val)))
    setup.emit("frozen", **fields)
    return fitted, fields


def _sample(setup: Setup, split: DataSplit) -> DataSplit:
    """At most ``frozen_images`` of a split, balanced: an AUC does not depend on prevalence."""
    count = setup.config.frozen_images
    if len(split.items) <= count:
        return split
    targets = np.array([setup.classes.index(item.label) for item in split.items], np.int64)
    chosen = np.sort(probe.balanced_choice(targets, count, setup.config.seed))
    items = [split.items[i] for i in chosen]
    return DataSplit.model_construct(name=f"{count} pictures of {split.name}", items=items)


def _features(setup: Setup, pictures: Pictures) -> torch.Tensor:
    everything = torch.arange(len(pictures))
    features = probe.features_of(setup.engine, pictures.pixels, everything, setup.stop_requested)
    if features is None:
        raise Interrupted
    return features


def _score(
    setup: Setup, fitted: probe.ClassifierProbe, trained_on: int, val: Pictures
) -> dict[str, Any]:
    scores = val.scores(fitted.probabilities(_features(setup, val)), setup.classes)
    path = "scores/val_frozen.csv"
    scores.write(setup.run_dir / path)
    summary = scores.summary()
    return {
        "auc": summary["auc"],
        "low": summary["auc_low"],
        "high": summary["auc_high"],
        **{key: summary[key] for key in ABOUT},
        "n": summary["n"],
        "trained_on": trained_on,
        "seconds": time.monotonic() - setup.began,
        "scores": path,
    }
