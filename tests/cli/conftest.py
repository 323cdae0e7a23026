"""The command as people run it: in this process for speed, in its own where that matters."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.cli.__main__ import main


@dataclass(frozen=True)
class Said:
    """What one command line gave."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


def paint(path: Path, seed: int = 0, size: tuple[int, int] = (160, 120), **save: object) -> Path:
    """A picture of its own, with one dark spot."""
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
def photo() -> Callable[..., Path]:
    return paint


@pytest.fixture
def project(tmp_path: Path, run: Run) -> Path:
    path = tmp_path / "project"
    assert run("new", path, "--labels", "nevus,melanoma", "--positive", "melanoma").code == 0
    return path
