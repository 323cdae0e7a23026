"""Photographs and projects for the workflows' tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.project import Project

Photo = Callable[..., Path]


def paint(path: Path, seed: int = 0, size: tuple[int, int] = (160, 120), **save: object) -> Path:
    """A photograph of its own: soft random colours and one dark spot, told apart by `seed`."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(90, 220, (6, 8, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)).copy()
    x, y = (int(rng.integers(side // 3, 2 * side // 3)) for side in size)
    rows, columns = np.ogrid[: size[1], : size[0]]
    picture[(rows - y) ** 2 + (columns - x) ** 2 < (min(size) // 12) ** 2] = (60, 35, 30)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, **save)
    return path


@pytest.fixture
def photo() -> Photo:
    return paint


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "project", ["nevus", "melanoma"], "melanoma") as made:
        yield made
