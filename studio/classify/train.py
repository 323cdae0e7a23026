"""One training run from its list of pictures to its test scores.

Events, in this order (``emit(event, **fields)``; AUCs that are undefined are None):

- ``plan`` {classes, positive, positive_stated, counts, weights, model, device, epochs, images,
  recipe, settings, leakage, resumed, history, notice}
- ``frozen`` {auc, low, high, n, estimable, trained_on, seconds, scores}: frozen backbone with
  logistic regression on ``trained_on`` pictures, scored on the ``n`` of the validation set
- ``step`` {epoch, step, steps, loss, lr, images_per_s}, about once a second
- ``validation`` {epoch, step, ...}: only with ``validate_steps``
- ``epoch`` {epoch, loss, val_loss, auc, auc_low, auc_high, estimable, lr, images_per_s, seconds,
  seconds_left, scores}; with more than two classes also {classes, macro}
- ``test`` {name, n, positive, auc, auc_low, auc_high, estimable, classes, macro, scores}
- ``progress`` {done, total, message}, ``log`` and ``warning`` {message} at any time

Files: ``last.pt``, ``best.pt``, ``history.json``, ``run.json``, ``pictures.csv``, ``scores/``.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio.classify import checkpoint, probe
from studio.classify.classes import ClassMap, class_map, missing_classes
from studio.classify.config import (
    NOTICE,
    DataSplit,
    Recipe,
    TrainConfig,
    TrainData,
    write_json,
)
from studio.classify.engine import Engine, seed_everything
from studio.classify.loop import Trainer
from studio.classify.pictures import Pictures, Reader, file_name, fingerprint, write_table
from studio.classify.pixels import PixelStore
from studio.compute import allocator, backbones
from studio.compute.device import describe, pick_device, set_threads
from studio.compute.weights import WeightsRecord
from studio.errors import StudioError

Emit = Callable[..., None]
Stop = Callable[[], bool]
_VERSIONS = ("can-studio", "torch", "timm", "numpy", "pillow")


class Interrupted(Exception):
    """Asked to stop before the first step: there is nothing to save, the next call starts anew."""


def train(config: TrainConfig, run_dir: Path, emit: Emit, stop_requested: Stop) -> dict[str, Any]:
    """Train one classifier into ``run_dir``; see ``studio.classify.train``."""
    run_dir.mkdir(parents=True, exist_ok=True)
    try:
        run = _Run.prepare(config, run_dir, emit, stop_requested)
        with_head = run.first_result()
        trainer = run.trainer(with_head)
        stopped = not trainer.run()
        tests = [] if stopped else run.tests(trainer)
    except Interrupted:
        return {"stopped": True, "epochs": 0, "auc": None, "tests": []}
    last = trainer.history[-1] if trainer.history else {}
    return {
        "stopped": stopped,
        "epochs": trainer.epoch,
        "auc": last.get("auc"),
        "auc_low": last.get("auc_low"),
        "auc_high": last.get("auc_high"),
        "tests": tests,
        "notice": NOTICE,
    }


@dataclass
class _Run:
    """What one call of ``train`` works with."""

    config: TrainConfig
    recipe: Recipe
    data: TrainData
    classes: ClassMap
    engine: Engine
    weights: WeightsRecord
    reader: Reader
    run_dir: Path
    emit: Emit
    stop: Stop
    saved: dict[str, Any] | None
    began: float
    frozen: dict[str, Any] | None = None

    @classmethod
    def prepare(cls, config: TrainConfig, run_dir: Path, emit: Emit, stop: Stop) -> _Run:
        """Classes, device and network; announces the plan."""
        began = time.monotonic()
        allocator.keep_memory()
        threads = set_threads(config.threads)
        device = pick_device(config.device)
        seed_everything(config.seed, config.deterministic)
        data = config.load_data(run_dir)
        classes = class_map(data, config.positive)
        saved = _previous(run_dir)
        if saved is not None:
            _check_same(saved, _identity(config, classes), run_dir)
        count = len(classes.names)
        if saved is None:
            network, weights = backbones.create(config.model, config.weights, count)
        else:
            weights = WeightsRecord.model_validate(saved["weights"])
            network = backbones.rebuild(weights, count)
            network.load_state_dict(saved["model"])
        engine = Engine(network, weights, device, count, config.precision)
        recipe = config.resolved()
        folder = config.cache_dir or run_dir / "cache"
        store = PixelStore(folder, recipe.size, threads)
        reader = Reader(store, classes, device, emit, stop)
        run = cls(
            config,
            recipe,
            data,
            classes,
            engine,
            weights,
            reader,
            run_dir,
            emit,
            stop,
            saved,
            began,
        )
        run.announce()
        return run

    def announce(self) -> None:
        """The ``plan`` event, and a warning for everything that was decided by rule."""
        val, history = self.data.val, self.saved["history"] if self.saved else []
        self.emit(
            "plan",
            classes=list(self.classes.names),
            positive=self.classes.positive,
            positive_stated=self.classes.stated,
            counts=_counts(self.data),
            weights=self.weights.model_dump(),
            model=self.config.model,
            device=describe(self.engine.device),
            epochs=self.recipe.epochs,
            images=sum(len(split.items) for split in self.data.train),
            recipe=self.config.recipe,
            settings=self.recipe.model_dump(),
            leakage=self.config.leakage,
            resumed=self.saved is not None,
            history=history,
            notice=NOTICE,
        )
        if not self.classes.stated:
            self.emit(
                "warning",
                message=f"No positive class was given: '{self.classes.positive}' is taken, the "
                "last by name.",
            )
        if val is None or not val.items:
            self.emit("warning", message="No validation pictures: there will be no ROC curve.")
        for split in [*([val] if val else []), *self.data.test]:
            for name in missing_classes(split, self.classes.names):
                self.emit(
                    "warning",
                    message=f"{split.name} has no picture of class '{name}': its AUC is undefined.",
                )
        if not self.weights.pretrained:
            self.emit("log", message="The network starts from random weights, as asked.")

    # First result

    def first_result(self) -> probe.Probe | None:
        """Frozen backbone and logistic regression; the ``frozen`` event."""
        if self.saved is not None:
            self.frozen = self.saved.get("frozen")
            return None
        if not self.weights.pretrained or self.config.frozen_images == 0:
            return None
        if self.engine.head() is None:
            self.emit("log", message=f"{self.config.model} has no linear head to try frozen.")
            return None
        sample = self._load(self._sample())
        if len(np.unique(sample.targets)) < len(self.classes.names):
            return None
        features = self._features(sample)
        fitted = probe.fit(features, torch.from_numpy(sample.targets), len(self.classes.names))
        self._tell_frozen(fitted, sample)
        return fitted

    def _sample(self) -> DataSplit:
        items = [item for split in self.data.train for item in split.items]
        targets = np.array([self.classes.index(item.label) for item in items], np.int64)
        chosen = probe.balanced_choice(targets, self.config.frozen_images, self.config.seed)
        return DataSplit.model_construct(
            name="the first pictures", items=[items[i] for i in chosen]
        )

    def _features(self, pictures: Pictures) -> torch.Tensor:
        everything = torch.arange(len(pictures))
        features = probe.features_of(self.engine, pictures.pixels, everything, self.stop)
        if features is None:
            raise Interrupted
        return features

    def _tell_frozen(self, fitted: probe.Probe, sample: Pictures) -> None:
        if self.data.val is None or not self.data.val.items:
            return
        val = self._load(self.data.val)
        scores = val.scores(fitted.probabilities(self._features(val)), self.classes)
        scores.write(self.run_dir / "scores/val_frozen.csv")
        summary = scores.summary()
        self.frozen = {
            "auc": summary["auc"],
            "low": summary["auc_low"],
            "high": summary["auc_high"],
            "estimable": summary["estimable"],
            "n": summary["n"],
            "trained_on": len(sample),
            "seconds": time.monotonic() - self.began,
            "scores": "scores/val_frozen.csv",
        }
        self.emit("frozen", **self.frozen)

    # Fine-tuning

    def trainer(self, fitted: probe.Probe | None) -> Trainer:
        """Everything decoded, the head started, the state of an earlier call restored."""
        head = self.engine.head()
        if fitted is not None and head is not None and self.recipe.head == "probe":
            fitted.into(head)
        joined = [item for split in self.data.train for item in split.items]
        names = " + ".join(split.name for split in self.data.train)
        train = self._load(DataSplit.model_construct(name=names, items=joined))
        self._check_readable(train)
        val = self._load(self.data.val) if self.data.val else None
        tables = [("train", train), *([("val", val)] if val else [])]
        write_table(self.run_dir / "pictures.csv", tables)
        identity = {
            **_identity(self.config, self.classes),
            "weights": self.weights.model_dump(),
            "frozen": self.frozen,
            "pictures": fingerprint(train),
            "keep": self.recipe.keep,
        }
        self._write_record(identity)
        trainer = Trainer(
            self.engine,
            train,
            val,
            self.classes,
            self.recipe,
            self.config.seed,
            self.run_dir,
            identity,
            self.emit,
            self.stop,
            self.config.validate_steps,
        )
        if self.saved is not None:
            self._check_pictures(identity["pictures"])
            trainer.restore(self.saved)
        return trainer

    def tests(self, trainer: Trainer) -> list[dict[str, Any]]:
        """Score every test split with the epoch that the recipe keeps; ``test`` events."""
        best = self.run_dir / checkpoint.BEST
        if self.recipe.keep == "best" and best.is_file():
            trainer.engine.network.load_state_dict(checkpoint.load(best)["model"])
        results = []
        for split in self.data.test:
            scores = self._load(split).score(self.engine, self.classes, self.stop)
            if scores is None:
                raise Interrupted
            path = f"scores/test_{file_name(split.name)}.csv"
            scores.write(self.run_dir / path)
            result = {"name": split.name, **scores.summary(), "scores": path}
            self.emit("test", **result)
            results.append(result)
        trainer.write_history(tests=results)
        return results

    def _load(self, split: DataSplit) -> Pictures:
        pictures = self.reader.load(split)
        if pictures is None:
            raise Interrupted
        return pictures

    def _check_readable(self, train: Pictures) -> None:
        found = set(np.unique(train.targets).tolist())
        for index, name in enumerate(self.classes.names):
            if index not in found:
                raise StudioError(
                    f"Not one picture of class '{name}' in {train.name} can be read: see the "
                    "warnings of this run."
                )

    def _check_pictures(self, found: str) -> None:
        if self.saved is not None and self.saved["pictures"] != found:
            raise StudioError(
                f"The training pictures of the run {self.run_dir.name} have changed since it "
                "began: start a new run."
            )

    def _write_record(self, identity: dict[str, Any]) -> None:
        write_json(
            self.run_dir / "run.json",
            {
                **identity,
                "device": describe(self.engine.device),
                "platform": platform.platform(),
                "python": platform.python_version(),
                "versions": {name: metadata.version(name) for name in _VERSIONS},
                "counts": _counts(self.data),
                "unreadable": self.reader.unreadable,
                "leakage": self.config.leakage,
                "deterministic": self.config.deterministic,
                "precision": "bfloat16" if self.engine.bfloat16 else "float32",
                "notice": NOTICE,
            },
        )


def _identity(config: TrainConfig, classes: ClassMap) -> dict[str, Any]:
    """What must be equal for a checkpoint to be gone on from."""
    return {
        "settings": config.resolved().model_dump(),
        "recipe": config.recipe,
        "asked_model": config.model,
        "asked_weights": config.weights,
        "seed": config.seed,
        "classes": list(classes.names),
        "positive": classes.positive,
    }


def _previous(run_dir: Path) -> dict[str, Any] | None:
    path = run_dir / checkpoint.LAST
    return checkpoint.load(path) if path.is_file() else None


def _check_same(saved: dict[str, Any], wanted: dict[str, Any], run_dir: Path) -> None:
    for name, value in wanted.items():
        if saved.get(name) != value:
            raise StudioError(
                f"The run {run_dir.name} was begun with other settings ({name}): go on with the "
                "same ones, or start a new run."
            )


def _counts(data: TrainData) -> dict[str, Any]:
    joined = DataSplit.model_construct(
        name="train", items=[item for split in data.train for item in split.items]
    )
    return {
        "train": joined.counts(),
        "val": data.val.counts() if data.val else {},
        "test": {split.name: split.counts() for split in data.test},
    }
