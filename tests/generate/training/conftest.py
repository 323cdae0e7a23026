"""Trainings of a second: pictures of 16 px, a few channels, everything on that training knows."""

import math
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio.compute import interruption
from studio.generate.data.training_images import TrainingImages
from studio.generate.networks.generator import Generator
from studio.generate.training import grid
from studio.generate.training.options import TrainOptions
from studio.generate.training.run import train

SMALL: dict[str, Any] = {
    "resolution": 16,
    "gamma": 1,
    "kimg": 0.08,
    "batch": 8,
    "cbase": 128,
    "cmax": 8,
    "z_dim": 8,
    "w_dim": 8,
    "cond": True,
    "mirror": True,
    "aug": "fixed",
    "aug_p": 0.5,
    "tick": 0.016,
    "snap": 1,
}
Options = Callable[..., TrainOptions]
Train = Callable[..., bool]


def _make_pictures(n: int = 20, channels: int = 3, classes: bool = True) -> TrainingImages:
    """Noise of 16 px in two classes, seven in the first."""
    pixels = np.random.default_rng(n).integers(0, 256, (n, channels, 16, 16), dtype=np.uint8)
    return TrainingImages(
        pixels=pixels,
        classes=(np.arange(n) >= 7).astype(np.int64) if classes else None,
        names=("melanoma", "nevus") if classes else (),
        files=tuple(f"{i}.png" for i in range(n)),
        left_out=(),
        sha256=f"{n} {channels} {classes}",
        source="noise",
    )


def figures_of(generator: Generator, device: object = "cpu") -> dict[str, Any]:
    """In place of metrics: a number that any change of a weight changes."""
    total = sum(float(p.double().square().sum()) for p in generator.parameters())
    return {"space": "sum", "kid": total, "kid_low": total, "kid_high": total}


@pytest.fixture(autouse=True)
def _small_grids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "_WIDTH", 64)
    monkeypatch.setattr(grid, "_HEIGHT", 48)


@pytest.fixture(autouse=True)
def _steps_are_taken_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a step it is asked by the clock, which a test that counts cannot do with."""
    monkeypatch.setattr(interruption, "EVERY_S", math.inf)


@pytest.fixture
def options() -> Options:
    """Options of a small training, as changed."""
    return lambda **changed: TrainOptions.model_validate({**SMALL, **changed})


@pytest.fixture
def pictures() -> TrainingImages:
    return _make_pictures()


@pytest.fixture
def make_pictures() -> Callable[..., TrainingImages]:
    return _make_pictures


@pytest.fixture
def train_in(options: Options, pictures: TrainingImages) -> Train:
    """Train in a folder, made if need be; `steps` stops it after so many."""

    def train_in(
        run_dir: Path, *, steps: int | None = None, emit: Any = None, **changed: Any
    ) -> bool:
        run_dir.mkdir(exist_ok=True)
        taken = 0

        def stop() -> bool:
            nonlocal taken
            taken += 1
            return taken == steps

        data = changed.pop("pictures", pictures)
        return train(
            options(**changed),
            data,
            run_dir,
            measure=figures_of,
            emit=emit or (lambda event, **fields: None),
            stop_requested=stop,
            today="2026-01-31",
        )

    return train_in


def _plain(value: Any) -> Any:
    """Tensors as their type, shape and the sum of their bytes: == compares all there is, and what
    differs is told in a line."""
    if isinstance(value, torch.Tensor):
        content = value.contiguous().numpy().tobytes()
        return str(value.dtype), tuple(value.shape), sha256(content).hexdigest()
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def left() -> Callable[[Path], dict[str, Any]]:
    """What a run leaves: every file but those that tell the time; of checkpoints their content
    (the same content is not always the same pickle), without the end that they were heading to."""
    timed = {"stats.jsonl", "log.txt", "training_options.json", "checkpoint.json"}

    def left(run_dir: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path in run_dir.iterdir():
            if path.suffix == ".pt":
                found[path.name] = _plain(torch.load(path, weights_only=True))
                found[path.name]["options"].pop("kimg")
            elif path.is_file() and path.name not in timed:
                found[path.name] = sha256(path.read_bytes()).hexdigest()
        return found

    return left
