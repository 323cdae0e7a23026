"""Crops to train on: their files, and that the classes can be learnt but not told at a glance."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.sample import DESCRIPTION, MELANOMA, NEVUS, render_crop, write_training_set

PER_CLASS = 40


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crops") / "train"
    files = write_training_set(folder, per_class=PER_CLASS, seed=1, size=64)
    assert len(files) == len(set(files)) == 2 * PER_CLASS
    assert all(path.is_file() for path in files)
    return folder


def pictures(folder: Path, label: str) -> np.ndarray:
    return np.stack([np.asarray(Image.open(path)) for path in sorted((folder / label).iterdir())])


def auc(negative: np.ndarray, positive: np.ndarray) -> float:
    return float((positive[:, None] > negative[None, :]).mean())


def test_class_folders_hold_square_pictures_marked_synthetic(crops: Path) -> None:
    assert {path.name for path in crops.iterdir()} == {NEVUS, MELANOMA}
    for label in (NEVUS, MELANOMA):
        assert pictures(crops, label).shape == (PER_CLASS, 64, 64, 3)
    some = next((crops / NEVUS).iterdir())
    with Image.open(some) as picture:
        assert picture.getexif()[0x010E] == DESCRIPTION


def test_one_glance_at_the_brightness_does_not_tell_the_classes(crops: Path) -> None:
    middle = np.s_[:, 24:40, 24:40]
    dark = [255 - pictures(crops, label)[middle].mean((1, 2, 3)) for label in (NEVUS, MELANOMA)]
    assert 0.35 < auc(*dark) < 0.85


def test_unevenness_of_colour_tells_them_often_but_not_always(crops: Path) -> None:
    middle = np.s_[:, 20:44, 20:44]
    uneven = [
        (pictures(crops, label)[middle] / 255.0).std((1, 2)).mean(1) for label in (NEVUS, MELANOMA)
    ]
    assert 0.75 < auc(*uneven) < 0.995


def test_seeds_decide_the_bytes(tmp_path: Path, crops: Path) -> None:
    for name, seed in (("same", 1), ("other", 2)):
        write_training_set(tmp_path / name, per_class=2, seed=seed, size=64)
    first = sorted((crops / MELANOMA).iterdir())[0]
    same = tmp_path / "same" / MELANOMA / first.name
    assert same.read_bytes() == first.read_bytes()
    other = sorted((tmp_path / "other" / MELANOMA).iterdir())[0]
    assert other.read_bytes() != first.read_bytes()


def test_a_folder_in_use_is_refused(crops: Path) -> None:
    with pytest.raises(StudioError, match="not empty"):
        write_training_set(crops, per_class=1)


@pytest.mark.parametrize("size", [32, 64, 256])
def test_crops_come_at_the_size_asked_for(size: int) -> None:
    assert render_crop(0, MELANOMA, size).shape == (size, size, 3)
