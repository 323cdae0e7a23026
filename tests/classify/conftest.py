"""Small pictures of two or three classes that a small network can tell apart."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.classify import DataSplit, Item, TrainConfig, TrainData
from studio.compute import interruption

MODEL = "test_efficientnet"
SIZE = 32
COLOURS = {
    "melanocyticnevus": (150, 110, 90),
    "malignantmelanoma": (80, 60, 110),
    "other": (60,) * 3,
}


class Recorder:
    """Stands for a job: keeps events as JSON and stops after `stop_after` asks."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.asked = 0
        self.stop_after = stop_after

    def emit(self, event: str, **fields: Any) -> None:
        self.events.append((event, json.loads(json.dumps(fields, allow_nan=False))))

    def stop_requested(self) -> bool:
        self.asked += 1
        return self.stop_after is not None and self.asked > self.stop_after

    def all(self, event: str) -> list[dict[str, Any]]:
        return [fields for name, fields in self.events if name == event]


@pytest.fixture(autouse=True)
def _steps_are_taken_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a step it is asked by the clock, which a test that counts cannot do with."""
    monkeypatch.setattr(interruption, "EVERY_S", math.inf)


def draw(path: Path, label: str, seed: int, size: tuple[int, int] = (40, 40)) -> Item:
    """Noise around the colour of the class."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 45, (size[1], size[0], 3))
    pixels = np.clip(np.array(COLOURS[label]) + noise, 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return Item(file=str(path), label=label)


@pytest.fixture(scope="session")
def splits(tmp_path_factory: pytest.TempPathFactory) -> TrainData:
    """26 + 16 + 12 pictures of two classes."""
    folder = tmp_path_factory.mktemp("pictures")

    def split(name: str, count: int, seed: int) -> DataSplit:
        labels = list(COLOURS)[:2]
        items = [
            draw(folder / name / label / f"{number}.png", label, seed + number * 2 + k)
            for number in range(count // 2)
            for k, label in enumerate(labels)
        ]
        return DataSplit(name=name, items=items)

    return TrainData(
        train=[split("train", 26, 0)], val=split("val", 16, 1000), test=[split("test", 12, 2000)]
    )


@pytest.fixture
def config(splits: TrainData) -> TrainConfig:
    """Three epochs of a tiny network from scratch."""
    return TrainConfig(
        model=MODEL, weights="none", epochs=3, size=SIZE, batch=8, threads=1, data=splits
    )


@pytest.fixture(scope="session")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights that count as pretrained because they come from a file."""
    import torch

    from studio.compute.torchvision_compat import import_timm

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "tiny.pth"
    torch.save(import_timm().create_model(MODEL).state_dict(), path)
    return path


@pytest.fixture
def recorder() -> Callable[..., Recorder]:
    return Recorder


@pytest.fixture
def draw_picture() -> Callable[..., Item]:
    return draw
