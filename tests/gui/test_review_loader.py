"""The image loader: order, cancellation, the budget, failures, exact pixels."""

import threading
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from studio import imaging
from studio.errors import StudioError
from studio.ui.imageloader import (
    PREVIEW_SIDE,
    THUMB_SIDE,
    ImageLoader,
    PictureCache,
    Want,
    full,
    preview,
    thumbnail,
    to_qimage,
    to_rgb,
)


def picture(width: int = 8, height: int = 8) -> QImage:
    return to_qimage(np.zeros((height, width, 3), np.uint8))


@pytest.fixture
def loader(qtbot: QtBot) -> ImageLoader:
    made = ImageLoader(threads=1)
    yield made
    made.close()


def test_pixels_survive_the_way_to_the_screen_and_back() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (31, 17, 3), dtype=np.uint8)
    assert (to_rgb(to_qimage(rgb)) == rgb).all()


def test_the_best_want_comes_first(loader: ImageLoader, qtbot: QtBot) -> None:
    started, go, made = threading.Event(), threading.Event(), []

    def block() -> QImage:
        started.set()
        go.wait(5)
        return picture()

    def make(name: str) -> QImage:
        made.append(name)
        return picture()

    loader.request("block", [Want("block", block)])
    started.wait(5)
    loader.request("film", [Want("thumb", lambda: make("thumb"), 20)])
    loader.request(
        "canvas", [Want("next", lambda: make("next"), 2), Want("now", lambda: make("now"))]
    )
    go.set()
    qtbot.waitUntil(lambda: len(made) == 3)
    assert made == ["now", "next", "thumb"]


def test_declaring_again_cancels_what_was_queued(loader: ImageLoader, qtbot: QtBot) -> None:
    started, go, made = threading.Event(), threading.Event(), []

    def block() -> QImage:
        started.set()
        go.wait(5)
        return picture()

    loader.request(
        "canvas", [Want("a", block), Want("b", lambda: made.append("b") or picture(), 1)]
    )
    started.wait(5)
    loader.request("canvas", [Want("c", lambda: made.append("c") or picture())])
    go.set()
    qtbot.waitUntil(lambda: loader.get("c") is not None)
    assert made == ["c"]
    assert loader.get("a") is not None  # what was being decoded is kept
    assert loader.get("b") is None


def test_the_cache_stays_within_its_budget() -> None:
    cache = PictureCache(budget=4 * 10 * 10 * 3)
    for number in range(5):
        cache.put(number, picture(10, 10))
    assert cache.bytes <= 1200
    assert [cache.get(n) is not None for n in range(5)] == [False, False, True, True, True]
    cache.get(2)
    cache.put(5, picture(10, 10))
    assert cache.get(2) is not None
    assert cache.get(3) is None


def test_a_failure_is_a_sentence_and_is_not_tried_again(loader: ImageLoader, qtbot: QtBot) -> None:
    tries = []

    def fail() -> QImage:
        tries.append(1)
        raise StudioError("photo.jpg ends early.")

    with qtbot.waitSignal(loader.failed) as heard:
        loader.request("canvas", [Want("x", fail)])
    assert heard.args == ["x", "photo.jpg ends early."]
    loader.request("canvas", [Want("x", fail)])
    qtbot.wait(30)
    assert len(tries) == 1
    assert loader.error("x") == "photo.jpg ends early."
    loader.forget_errors()
    loader.request("canvas", [Want("x", picture)])
    qtbot.waitUntil(lambda: loader.get("x") is not None)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    y, x = np.mgrid[:1500, :2400]
    rgb = np.stack([x % 256, y % 256, (x + y) % 256], -1).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "large.jpg"
    Image.fromarray(rgb).save(path, quality=92, exif=exif)
    return path


def test_tiers_are_upright_and_never_upscaled(large: Path, photographs: Path) -> None:
    assert max(preview(large).width(), preview(large).height()) == PREVIEW_SIDE
    assert preview(large).height() > preview(large).width()
    assert (full(large).width(), full(large).height()) == (1500, 2400)
    small = next(photographs.rglob("*.jpg"))
    assert preview(small).width() == 320
    assert (to_rgb(full(large)) == imaging.decode(large, frame="exif")).all()


def test_thumbnails_are_cached_on_disk(large: Path, tmp_path: Path) -> None:
    cached = tmp_path / "cache" / "thumbs" / "ab.jpg"
    first = thumbnail(large, cached)
    assert max(first.width(), first.height()) == THUMB_SIDE
    assert cached.is_file()
    assert not list(cached.parent.glob("*.part"))
    large.unlink()
    assert thumbnail(large, cached).size() == first.size()


def test_a_loader_whose_pool_went_first_ends_quietly(qtbot: QtBot) -> None:
    """As at the end of the application, when Qt destroys all objects in no order."""
    loader = ImageLoader(threads=1)
    shiboken6.delete(loader._requests._pool)
    loader.close()
