"""Films are encoded as their pictures come."""

import io
import weakref
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.generate.outputs.animation import gif_durations, write_animation

SIDE = 24


def walk(count: int) -> list[np.ndarray]:
    """Pictures from one to another."""
    a, b = np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE, 3)).astype(float)
    return [np.uint8(a + (b - a) * number / count) for number in range(count)]


def by_pillow(pictures: list[np.ndarray], fps: int) -> bytes:
    """The GIF that Pillow writes of all of them at once."""
    first, *rest = [Image.fromarray(one) for one in pictures]
    durations = list(islice(gif_durations(fps), len(pictures)))
    stream = io.BytesIO()
    first.save(stream, "GIF", save_all=True, append_images=rest, duration=durations, loop=0)
    return stream.getvalue()


@pytest.mark.parametrize("count", [1, 2, 16, 17, 40])
def test_a_gif_is_what_pillow_writes_of_all_pictures(tmp_path: Path, count: int) -> None:
    write_animation(tmp_path / "a.gif", iter(walk(count)), 12)
    assert (tmp_path / "a.gif").read_bytes() == by_pillow(walk(count), 12)


def test_equal_pictures_of_a_gif_are_one_and_keep_their_time(tmp_path: Path) -> None:
    one, *others = walk(12)
    pictures = [one, *[others[0]] * 40, *others[1:]]
    write_animation(tmp_path / "a.gif", pictures, 25)
    assert (tmp_path / "a.gif").read_bytes() == by_pillow(pictures, 25)
    write_animation(tmp_path / "still.gif", [one] * 40, 25)
    with Image.open(tmp_path / "still.gif") as still:
        assert (still.n_frames, still.info["duration"]) == (1, 1600)


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_a_long_film_needs_no_more_memory(tmp_path: Path, kind: str) -> None:
    alive: weakref.WeakSet[np.ndarray] = weakref.WeakSet()
    most = 0

    class Picture(np.ndarray):
        __hash__ = object.__hash__
        __eq__ = object.__eq__

    def pictures() -> Iterator[np.ndarray]:
        nonlocal most
        for number in range(80):
            made = np.full((SIDE, SIDE, 3), number, np.uint8).view(Picture)
            alive.add(made)
            most = max(most, len(alive))
            yield made

    write_animation(tmp_path / f"a.{kind}", pictures(), 12)
    assert 1 <= most < 40
