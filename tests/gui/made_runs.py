"""Run folders as a training writes them, made without one, at realistic shapes."""

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio import jobs
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter
from studio.jobs.process import RunHolder
from studio.stats import auc_delong

TWO = ("malignantmelanoma", "melanocyticnevus")
THREE = ("basalcellcarcinoma", "malignantmelanoma", "melanocyticnevus")
POSITIVE = "malignantmelanoma"


class MadeRun:
    """A run with `n` validation images; its events are said one by one, or all by `whole`."""

    def __init__(
        self,
        run_dir: Path,
        title: str = "efficientnet_lite0 · studio · 5 epochs · seed 0",
        classes: Sequence[str] = TWO,
        n: int = 120,
        epochs: int = 5,
        seed: int = 0,
        files: Sequence[str] | None = None,
        without: str = "",
        positive: str = POSITIVE,
    ) -> None:
        self.positive = positive
        self.run_dir, self.classes, self.n, self.epochs = run_dir, tuple(classes), n, epochs
        self._random = np.random.default_rng(seed)
        self._skill = self._random.normal(0, 1, n)
        left = [name for name in classes if name != without]
        self.labels = [left[i % len(left)] for i in range(n)]
        self.files = list(
            files or (f"/pictures/{name}/{i}.jpg" for i, name in enumerate(self.labels))
        )
        self.records: list[dict[str, object]] = []
        jobs.create(run_dir, JobSpec(kind="train", title=title))

    def say(self, event: str, **fields: object) -> None:
        with EventWriter(self.run_dir) as writer:
            writer.write(event, fields)

    def plan(self, **more: object) -> None:
        counts = {name: self.labels.count(name) for name in self.classes}
        self.say("started", pid=1, host="here", resumed=False)
        plan = {
            "classes": self.classes,
            "positive": self.positive,
            "counts": {"train": {k: 4 * v for k, v in counts.items()}, "val": counts, "test": {}},
            "weights": {"name": "w", "source": "offline package (ImageNet)"},
            "model": "efficientnet_lite0",
            "device": "CPU, 2 threads, x86_64",
            "epochs": self.epochs,
            "settings": {"keep": "last"},
            "leakage": {"clean": True},
            "history": [],
        }
        self.say("plan", **{**plan, **more})

    def scores(self, name: str, gain: float) -> dict[str, object]:
        """Write a table of scores; the fields that an event has of it."""
        truth = np.array([self.classes.index(label) for label in self.labels])
        logits = self._random.normal(0, 0.5, (self.n, len(self.classes)))
        logits[np.arange(self.n), truth] += gain + self._skill
        odds = np.exp(logits)
        probabilities = (odds / odds.sum(axis=1, keepdims=True)).round(9)
        own = probabilities[:, self.classes.index(self.positive)]
        path = self.run_dir / "scores" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        several = len(self.classes) > 2
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            head = [f"p_{name}" for name in self.classes] if several else []
            writer.writerow(["file", "label", "score", *head])
            for i in range(self.n):
                more = probabilities[i].tolist() if several else []
                writer.writerow([self.files[i], self.labels[i], own[i], *more])
        auc = auc_delong(own, truth == self.classes.index(self.positive))
        figures = {"auc": auc.value, "auc_low": auc.low, "auc_high": auc.high}
        known = {key: float(v) if np.isfinite(v) else None for key, v in figures.items()}
        macro = {"macro": known["auc"], "classes": self._classes(probabilities, truth)}
        more = macro if several else {}
        return {**known, **more, "estimable": auc.estimable, "scores": f"scores/{name}.csv"}

    def _classes(self, probabilities: Any, truth: Any) -> dict[str, object]:
        """The AUC of each class against the rest, as an epoch of several classes says it."""
        told: dict[str, object] = {}
        for number, name in enumerate(self.classes):
            flags = truth == number
            auc = auc_delong(probabilities[:, number], flags)
            figures = {"auc": auc.value, "low": auc.low, "high": auc.high}
            known = {key: float(v) if np.isfinite(v) else None for key, v in figures.items()}
            told[name] = {"n": int(flags.sum()), **known, "estimable": auc.estimable}
        return told

    def frozen(self) -> None:
        found = self.scores("frozen", 0.25)
        low, high = found.pop("auc_low"), found.pop("auc_high")
        self.say("frozen", low=low, high=high, n=self.n, seconds=41.0, **found)

    def step(self, epoch: int, step: int, steps: int = 12) -> None:
        done, total = (epoch - 1) * steps + step, self.epochs * steps
        loss = 0.1 + 0.62 * float(np.exp(-1.6 * done / total))
        self.say("step", epoch=epoch, step=step, steps=steps, loss=loss, lr=5e-4, images_per_s=24.3)
        self.say("progress", done=done, total=total, message="", eta_s=4.0 * (total - done))

    def epoch(self, number: int) -> None:
        record = {
            "epoch": number,
            "loss": 0.6 / number,
            "val_loss": 0.7 / number,
            **self.scores(f"val_epoch_{number:03d}", 0.2 + 0.25 * number**0.5),
            "lr": 5e-4,
            "images_per_s": 24.1,
            "seconds_left": 48.0 * (self.epochs - number),
        }
        self.records.append(record)
        self.say("epoch", **record)
        history = {"classes": self.classes, "positive": self.positive, "epochs": self.records}
        (self.run_dir / "history.json").write_text(json.dumps(history))
        (self.run_dir / "last.pt").touch()

    def test(self, name: str) -> None:
        self.say("test", name=name, n=self.n, **self.scores(f"test_{Path(name).name}", 0.8))

    def live(self) -> "MadeRun":
        """As if this process ran it."""
        RunHolder.of(os.getpid(), 0).write(self.run_dir)
        return self

    def gone(self) -> "MadeRun":
        """As if its process had ended."""
        RunHolder(1, "gone", RunHolder.of(os.getpid(), 0).host, 0).write(self.run_dir)
        return self

    def whole(self, tests: Sequence[str] = ()) -> "MadeRun":
        """A finished run."""
        self.plan()
        self.frozen()
        for number in range(1, self.epochs + 1):
            for step in (4, 8, 12):
                self.step(number, step)
            self.epoch(number)
        for name in tests:
            self.test(name)
        self.say("finished", result={"epochs": self.epochs})
        return self.gone()
