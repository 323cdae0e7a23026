"""Run folders as a GAN training writes them, made without one, at realistic shapes."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio import jobs
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter
from studio.jobs.process import RunHolder

Grid = Callable[[float], NDArray[np.uint8]]
OPTIONS = {
    "resolution": 64, "gamma": 0.5, "kimg": 120.0, "batch": 16, "mirror": True, "cond": True,
    "aug": "ada", "target": 0.6, "metrics": "lite0", "resume": None,
}  # fmt: skip


class MadeTraining:
    """A training of `kimg`; its events are said one by one, or all by `whole`."""

    def __init__(
        self,
        run_dir: Path,
        title: str = "Small network",
        kimg: float = 120.0,
        grid: Grid | None = None,
        network: Path | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.run_dir, self.kimg = run_dir, kimg
        self.options = {**OPTIONS, "kimg": kimg, **(options or {})}
        self._grid = grid or noise_grid
        self._network = network
        self._random = np.random.default_rng(3)
        self._best = math.inf
        jobs.create(
            run_dir, JobSpec(kind="gan-train", title=title, params={"options": self.options})
        )

    def say(self, event: str, **fields: object) -> None:
        with EventWriter(self.run_dir) as writer:
            writer.write(event, fields)

    def plan(self, **more: object) -> "MadeTraining":
        self.say("started", pid=1, host="here", resumed=False)
        plan = {
            "resolution": 64,
            "batch": 16,
            "batch_gpu": 16,
            "kimg": self.kimg,
            "classes": ["malignantmelanoma", "melanocyticnevus"],
            "counts": {"malignantmelanoma": 475, "melanocyticnevus": 475},
            "pictures": 950,
            "left_out": [],
            "parameters": {"G": 1_240_000, "D": 1_310_000},
            "device": "CPU, 2 threads, x86_64",
            "processes": 1,
            "options": self.options,
            "grid": {"columns": 8, "rows": 4},
        }
        self.say("plan", **{**plan, **more})
        self.picture("fakes_init.png", 0.0)
        self.picture("reals.png", self.kimg)
        return self

    def picture(self, name: str, kimg: float) -> None:
        part = self.run_dir / f"{name}.part"
        Image.fromarray(self._grid(kimg / self.kimg)).save(part, format="PNG")
        part.replace(self.run_dir / name)

    def step(self, kimg: float) -> None:
        share = kimg / self.kimg
        noise = self._random.normal(0, 1, 6)
        self.say(
            "step",
            images=round(kimg * 1000),
            kimg=kimg,
            loss_g=0.9 + 0.5 * math.sqrt(share) + 0.14 * noise[0],
            loss_d=1.25 - 0.35 * math.sqrt(share) + 0.1 * noise[1],
            r1=0.02 * 10 ** (-0.8 * share + 0.15 * noise[2]),
            pl=0.4 * 10 ** (-1.2 * share + 0.15 * noise[3]),
            ada_p=max(0.0, 0.55 * share**1.3 + 0.004 * noise[4]),
            ada_signal=0.6 + 0.12 * math.exp(-4 * share) * noise[5] - 0.35 * math.exp(-9 * share),
            images_per_s=13.2 + 0.2 * noise[0],
            sec_per_kimg=75.4,
            memory_mb=1310.0,
            eta_s=75.4 * (self.kimg - kimg),
        )
        words = f"{kimg:.1f} of {self.kimg:g} kimg"
        left = 75.4 * (self.kimg - kimg)
        self.say("progress", done=kimg, total=self.kimg, message=words, eta_s=left)

    def snapshot(self, kimg: float, kid: float | None = None) -> str:
        name = f"{round(kimg):06d}"
        self.picture(f"fakes{name}.png", kimg)
        network = f"network-snapshot-{name}.safetensors"
        if self._network is not None:
            (self.run_dir / network).write_bytes(self._network.read_bytes())
        else:
            (self.run_dir / network).touch()
        if kid is None:
            share = kimg / self.kimg
            kid = 0.09 * math.exp(-3.2 * share) + 0.012 + 0.02 * max(share - 0.8, 0)
        best = kid < self._best
        self._best = min(kid, self._best)
        metrics = {
            "space": "lite0", "n_real": 900, "n_fake": 500, "kid": kid, "kid_low": kid * 0.88,
            "kid_high": kid * 1.13, "fd": None, "precision": 0.7, "recall": 0.4,
            "memorisation": {"nearer": {"1%": {"share": None, "expected": 0.01},
                                        "5%": {"share": 0.034, "expected": 0.05}}},
            "notes": ["500 pictures each: compare within this run only."],
        }  # fmt: skip
        self.say(
            "snapshot",
            images=round(kimg * 1000),
            kimg=kimg,
            network=network,
            grid=f"fakes{name}.png",
            metrics=metrics,
            best=best,
        )
        return network

    def live(self) -> "MadeTraining":
        """As if this process ran it."""
        RunHolder.of(os.getpid(), 0).write(self.run_dir)
        return self

    def gone(self) -> "MadeTraining":
        """As if its process had ended."""
        RunHolder(1, "gone", RunHolder.of(os.getpid(), 0).host, 0).write(self.run_dir)
        return self

    def until(self, kimg: float, every: float = 10.0, steps: int = 8) -> "MadeTraining":
        """The plan, then steps and snapshots up to `kimg`."""
        self.plan()
        at = 0.0
        while at + every <= kimg + 1e-9:
            for number in range(1, steps + 1):
                self.step(at + every * number / steps)
            at += every
            self.snapshot(at)
        return self

    def whole(self) -> "MadeTraining":
        """A finished training."""
        self.until(self.kimg)
        self.say("finished", result={"network": "network-latest.safetensors"})
        return self.gone()


def noise_grid(share: float) -> NDArray[np.uint8]:
    """8 × 4 pictures of 16 px: less noise the further."""
    random = np.random.default_rng(0)
    noise = random.normal(0, 90 * (1 - share) + 8, (64, 128, 3))
    return np.clip(150 + 60 * share + noise, 0, 255).astype(np.uint8)
