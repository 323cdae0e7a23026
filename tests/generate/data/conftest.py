"""Sets of small pictures."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.generate.data.read import read_pictures
from studio.generate.data.training_images import TrainingImages

Paint = Callable[..., Path]
Read = Callable[..., TrainingImages]


def noise(seed: int, width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def paint(tmp_path: Path) -> Paint:
    """Writes one picture of noise below `tmp_path` and returns its path."""

    def paint(name: str, seed: int = 0, size: tuple[int, int] = (16, 16), **save: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise(seed, *size).save(path, **save)
        return path

    return paint


@pytest.fixture
def read() -> Read:
    """`read_pictures` on one process, at 16 px."""

    def read(source: Path, resolution: int = 16, **options: object) -> TrainingImages:
        return read_pictures(source, resolution, **{"workers": 1, **options})

    return read


@pytest.fixture
def moles(paint: Paint, tmp_path: Path) -> Path:
    """Five pictures in two class folders."""
    for number in range(5):
        paint(f"moles/{('nevus', 'melanoma')[number % 2]}/{number}.png", number)
    return tmp_path / "moles"


@pytest.fixture
def run_killed(tmp_path: Path) -> Callable[..., None]:
    """Runs a script in its own process, which is to kill itself; what it leaves goes with us."""

    def run_killed(script: str, *words: Path) -> None:
        scratch = tmp_path.with_name(f"{tmp_path.name}-scratch")
        scratch.mkdir()
        environment = {**os.environ, "TMPDIR": str(scratch)}
        command = [sys.executable, "-c", script, *map(str, words)]
        killed = subprocess.run(command, check=False, env=environment)
        assert killed.returncode == -signal.SIGKILL

    return run_killed
