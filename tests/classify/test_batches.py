"""Order, augmentation and normalisation of batches."""

from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from studio.classify.batches import Normalise, PixelSet, Sampler, augment
from studio.imaging.packs import PackedRows

CPU = torch.device("cpu")


def test_normalisation_is_that_of_the_backbone_and_channels_last() -> None:
    pixels = torch.randint(0, 256, (2, 8, 8, 3), dtype=torch.uint8)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    found = Normalise(mean, std, CPU)(pixels)
    expected = (pixels.double() / 255 - torch.tensor(mean)) / torch.tensor(std)
    torch.testing.assert_close(found.double(), expected.permute(0, 3, 1, 2), atol=1e-5, rtol=0)
    assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(("kind", "positions"), [("flips", 4), ("dihedral", 8)])
def test_augmentation_gives_every_position_of_the_square(kind: str, positions: int) -> None:
    picture = torch.arange(4 * 4 * 3, dtype=torch.uint8).view(1, 4, 4, 3)
    batch = augment(picture.repeat(400, 1, 1, 1), kind, torch.Generator().manual_seed(0))
    distinct = torch.unique(batch, dim=0)
    assert len(distinct) == positions
    assert all(torch.equal(d.flatten().sort()[0], picture.flatten()) for d in distinct)


@given(
    count=st.integers(1, 60),
    batch=st.integers(2, 20),
    stop=st.integers(0, 40),
    seed=st.integers(0, 5),
)
def test_every_picture_once_an_epoch_and_a_resume_goes_on(
    count: int, batch: int, stop: int, seed: int
) -> None:
    def walk(sampler: Sampler, left: int = 1000) -> list[list[int]]:
        taken = []
        while left and (chosen := sampler.take(batch)) is not None:
            taken.append(chosen.tolist())
            left -= 1
        return taken

    whole, first, second = Sampler(count, seed), Sampler(count, seed), Sampler(count, seed + 9)
    whole.begin_epoch()
    first.begin_epoch()
    expected = walk(whole)
    before = walk(first, stop)
    second.load_state_dict(first.state_dict())
    assert before + walk(second) == expected
    assert sorted(chain.from_iterable(expected)) == list(range(count))
    assert count == 1 or min(map(len, expected)) > 1
    whole.begin_epoch()
    second.begin_epoch()
    assert walk(whole) == walk(second)


def test_a_batch_given_back_comes_again() -> None:
    sampler = Sampler(10, 0)
    sampler.begin_epoch()
    first = sampler.take(8)
    assert first is not None
    sampler.give_back(first)
    again = sampler.take(4)
    assert again is not None
    assert again.tolist() == first.tolist()[:4]


def test_pixel_sets_pick_rows_and_classes() -> None:
    store = np.arange(5 * 2 * 2 * 3, dtype=np.uint8).reshape(5, 2, 2, 3)
    places = np.array([[1, 1], [0, 0], [0, 2]])
    rows = PackedRows([store[:3], store[3:]], places, (2, 2, 3))
    pixels = PixelSet(rows, np.array([1, 0, 1]), CPU)
    chosen = torch.tensor([2, 0])
    np.testing.assert_array_equal(pixels.pixels(chosen).numpy(), store[[2, 4]])
    assert pixels.classes(chosen).tolist() == [1, 1]
    assert len(pixels) == 3
