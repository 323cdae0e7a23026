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


def test_no_augmentation_leaves_pictures_as_they_are() -> None:
    picture = torch.randint(0, 256, (3, 8, 8, 3), dtype=torch.uint8)
    generator = torch.Generator().manual_seed(0)
    assert torch.equal(augment(picture, "none", generator), picture)


def test_classical_augmentation_turns_zooms_and_recolours_within_bounds() -> None:
    """Of a disc on a lighter ground: it stays a disc whose radius and brightness vary as stated."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    disc = (x - 31.5) ** 2 + (y - 31.5) ** 2 < 12**2
    picture = torch.full((64, 64, 3), 150, dtype=torch.uint8)
    picture[disc] = 50
    batch = augment(picture.repeat(300, 1, 1, 1), "classical", torch.Generator().manual_seed(1))
    assert batch.dtype == torch.uint8
    assert batch.shape == (300, 64, 64, 3)
    edge = batch.float().amax((1, 2, 3)) / 2 + batch.float().amin((1, 2, 3)) / 2
    radius = ((batch[..., 0].float() < edge.view(-1, 1, 1)).sum((1, 2)) / torch.pi).sqrt()
    assert 12 / 1.25 - 0.5 < float(radius.min()) < 10.2
    assert 14.4 < float(radius.max()) < 12 * 1.25 + 0.5
    mean = batch.float().mean((1, 2, 3)) / picture.float().mean()
    assert 0.75 < float(mean.min()) < 0.85
    assert 1.15 < float(mean.max()) < 1.25


def test_an_epoch_of_another_length_is_rounds_and_a_part() -> None:
    short, long = Sampler(10, 0, 4), Sampler(10, 0, 25)
    seen: set[int] = set()
    for _ in range(12):
        short.begin_epoch()
        order = short.order.tolist()
        assert len(set(order)) == len(order) == 4
        seen |= set(order)
    assert seen == set(range(10))
    long.begin_epoch()
    counts = torch.bincount(long.order, minlength=10)
    assert (long.length, counts.sum(), counts.min(), counts.max()) == (25, 25, 2, 3)


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
