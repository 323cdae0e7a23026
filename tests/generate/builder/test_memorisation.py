"""What is too near to training pictures: in the studio's own feature space, on tiny pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.generate.builder.filters import SetStoppedError
from studio.generate.builder.memorisation import TrainingNeighbourhood
from studio.generate.builder.recipe import MemorisationFilter


def paint(folder: Path, seeds: range, photo: Callable[..., Path]) -> Path:
    for seed in seeds:
        photo(folder / f"{seed:03}.png", seed, (32, 32))
    return folder


@pytest.fixture
def training(tmp_path: Path, photo: Callable[..., Path]) -> Path:
    return paint(tmp_path / "training", range(12), photo)


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))[None]


@pytest.mark.parametrize("held", [False, True])
def test_a_copy_is_nearer_than_the_limit_and_a_stranger_is_not(
    training: Path, tmp_path: Path, photo: Callable[..., Path], held: bool
) -> None:
    others = paint(tmp_path / "others", range(100, 112), photo)
    wish = MemorisationFilter(
        data=str(training), held_out=str(others) if held else None, quantile=0.1
    )
    found = TrainingNeighbourhood.read(wish, 32, tmp_path / "cache")
    assert found.facts["training"]["n"] == 12
    assert (found.facts["held_out"] == "each training picture in its turn") != held
    distances, files = found.nearest(read(training / "007.png"))
    assert files == ["007.png"]
    assert distances[0] < found.limit
    stranger = np.random.default_rng(0).integers(0, 255, (1, 32, 32, 3), np.uint8)
    assert found.nearest(stranger)[0][0] > found.limit


@pytest.mark.parametrize("held", [False, True])
def test_a_mirrored_copy_is_a_copy(
    training: Path, tmp_path: Path, photo: Callable[..., Path], held: bool
) -> None:
    others = paint(tmp_path / "others", range(100, 112), photo)
    wish = MemorisationFilter(
        data=str(training), held_out=str(others) if held else None, quantile=0.1
    )
    found = TrainingNeighbourhood.read(wish, 32, tmp_path / "cache")
    distances, files = found.nearest(read(training / "007.png")[:, :, ::-1])
    assert files == ["007.png"]
    assert distances[0] < found.limit / 100


def test_pictures_that_are_there_mirrored_too_tell_no_limit(training: Path, tmp_path: Path) -> None:
    """Each is the other's copy, as one that is there twice would be."""
    mirrored = Image.open(training / "003.png").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    mirrored.save(training / "mirrored.png")
    wish = MemorisationFilter(data=str(training), quantile=0.1)
    with pytest.raises(StudioError, match="or twice there, perhaps mirrored"):
        TrainingNeighbourhood.read(wish, 32, tmp_path / "cache")


def test_too_few_pictures_are_refused(training: Path, tmp_path: Path) -> None:
    found = len(list(training.iterdir()))
    for held_out, of in ((None, "training"), (str(training), "held-out")):
        wish = MemorisationFilter(data=str(training), held_out=held_out)
        told = f"At least 99 {of} pictures are needed to judge copies; {found} were found in "
        with pytest.raises(StudioError, match=f"{told}{training.name}."):
            TrainingNeighbourhood.read(wish, 32, tmp_path / "cache")


def test_held_out_pictures_that_were_trained_on_are_refused(training: Path, tmp_path: Path) -> None:
    wish = MemorisationFilter(data=str(training), held_out=str(training), quantile=0.1)
    with pytest.raises(StudioError, match="among the training pictures themselves"):
        TrainingNeighbourhood.read(wish, 32, tmp_path / "cache")


def test_a_stop_is_heeded(training: Path, tmp_path: Path) -> None:
    wish = MemorisationFilter(data=str(training), quantile=0.1)
    with pytest.raises(SetStoppedError):
        TrainingNeighbourhood.read(wish, 32, tmp_path / "cache", stop=lambda: True)
