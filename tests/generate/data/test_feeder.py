"""Batches in the order asked for, ready ahead; errors and ends reach the one who asks."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from studio.generate.data.feeder import Feeder
from studio.generate.data.training_images import TrainingImages

Asked = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def pictures() -> TrainingImages:
    pixels = np.random.default_rng(0).integers(0, 256, (10, 3, 8, 8), dtype=np.uint8)
    pixels.flags.writeable = False
    files = tuple(map(str, range(10)))
    return TrainingImages(pixels, np.arange(10) % 3, ("a", "b", "c"), files, (), "", "set")


def asked(indices: list[int], mirror: list[bool] | None = None) -> Asked:
    return np.array(indices), np.array(mirror or [False] * len(indices))


def test_batches_are_what_was_asked_for(pictures: TrainingImages) -> None:
    order = [asked([3, 3, 0], [True, False, True]), asked([9])]
    with Feeder(pictures, order) as feeder:
        first, second = feeder
    assert first.pixels.dtype == torch.uint8
    assert np.array_equal(first.pixels[0], pictures.pixels[3][..., ::-1])
    assert np.array_equal(first.pixels[1], pictures.pixels[3])
    assert np.array_equal(first.pixels[2], pictures.pixels[0][..., ::-1])
    assert first.classes is not None
    assert first.classes.tolist() == [0, 0, 0]
    assert second.classes is not None
    assert second.classes.tolist() == [0]
    assert second.indices.tolist() == [9]
    assert first.mirror.tolist() == [True, False, True]


def test_batches_own_their_memory(pictures: TrainingImages) -> None:
    with Feeder(pictures, [asked([0]), asked([0])]) as feeder:
        next(feeder).pixels.zero_()
        assert np.array_equal(next(feeder).pixels[0], pictures.pixels[0])


def test_pictures_without_classes_give_none(pictures: TrainingImages) -> None:
    plain = TrainingImages(pictures.pixels, None, (), pictures.files, (), "", "set")
    with Feeder(plain, [asked([1])]) as feeder:
        assert next(feeder).classes is None


def test_it_works_ahead_by_no_more_than_it_may(pictures: TrainingImages) -> None:
    drawn: list[int] = []

    def order() -> Iterator[Asked]:
        while True:
            drawn.append(len(drawn))
            yield asked([0])

    with Feeder(pictures, order(), lookahead=3) as feeder:
        next(feeder)
        deadline = time.monotonic() + 10
        while len(drawn) < 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert len(drawn) == 5  # one taken, three ready, one in hand


def test_its_end_is_that_of_the_order(pictures: TrainingImages) -> None:
    with Feeder(pictures, [asked([1])]) as feeder:
        assert len(list(feeder)) == 1
        assert list(feeder) == []


@pytest.mark.parametrize("index", [10, -11])
def test_an_error_is_raised_to_the_one_who_asks(pictures: TrainingImages, index: int) -> None:
    with Feeder(pictures, [asked([1]), asked([index])]) as feeder:
        next(feeder)
        with pytest.raises(IndexError):
            next(feeder)
        assert list(feeder) == []


def test_an_error_of_the_order_is_raised_too(pictures: TrainingImages) -> None:
    def order() -> Iterator[Asked]:
        yield asked([1])
        raise KeyError("order")

    with Feeder(pictures, order()) as feeder:
        next(feeder)
        with pytest.raises(KeyError, match="order"):
            next(feeder)


def test_closing_never_waits_for_batches_that_nobody_takes(pictures: TrainingImages) -> None:
    feeder = Feeder(pictures, (asked([0]) for _ in range(1000)), lookahead=1)
    next(feeder)
    feeder.close()
    feeder.close()
    assert list(feeder) == []
    assert not [thread for thread in threading.enumerate() if thread.name == "feeder"]


@pytest.mark.gpu
def test_a_gpu_gets_the_same_bytes(pictures: TrainingImages) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    order = [asked([n % 10, (n * 7) % 10], [bool(n % 2), True]) for n in range(200)]
    with Feeder(pictures, order) as plain, Feeder(pictures, order, "cuda") as feeder:
        for here, there in zip(plain, feeder, strict=True):
            assert there.pixels.device.type == "cuda"
            assert torch.equal(here.pixels, there.pixels.cpu())
