"""Pictures are decoded once, are THE crop, and the unreadable ones are named."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.classify import Item
from studio.classify import pixels as pixels_module
from studio.classify.pixels import PixelStore
from studio.imaging import Square, crop_for_export, decode, resize


@pytest.fixture
def items(tmp_path: Path, draw_picture: Callable[..., Item]) -> list[Item]:
    return [draw_picture(tmp_path / f"{i}.png", "melanocyticnevus", i, (50, 50)) for i in range(5)]


def test_rows_are_the_crop_of_the_studio(items: list[Item], tmp_path: Path) -> None:
    crop = Item(file=items[0].file, label=items[0].label, square=(20.0, 25.0, 24.0))
    store = PixelStore(tmp_path / "cache", 16)
    filled = store.fill([*items, crop])
    rows = store.array()[filled.rows]
    whole = resize(decode(Path(items[1].file), frame="exif"), 16)
    np.testing.assert_array_equal(rows[1], whole)
    cut = resize(crop_for_export(Path(crop.file), Square(20.0, 25.0, 24.0), None), 16)
    np.testing.assert_array_equal(rows[5], cut)
    assert not np.array_equal(rows[0], rows[5])


def test_a_second_fill_decodes_nothing(
    items: list[Item], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = PixelStore(tmp_path / "cache", 16).fill(items)

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(pixels_module, "decode", refuse)
    again = PixelStore(tmp_path / "cache", 16).fill(items[::-1])
    assert again.rows.tolist() == first.rows.tolist()[::-1]


@pytest.mark.parametrize("kept", [0, 100])
def test_rows_that_were_deleted_are_decoded_again(
    kept: int, items: list[Item], tmp_path: Path
) -> None:
    store = PixelStore(tmp_path / "cache", 16)
    rows = store.fill(items).rows
    expected = store.array()[rows].copy()
    store.path.write_bytes(b"\0" * kept)
    again = PixelStore(tmp_path / "cache", 16)
    rows = again.fill(items).rows
    np.testing.assert_array_equal(again.array()[rows], expected)


def test_equal_bytes_share_a_row_and_sizes_do_not(items: list[Item], tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    copy.write_bytes(Path(items[0].file).read_bytes())
    twice = [items[0], Item(file=str(copy), label="malignantmelanoma"), items[1]]
    store = PixelStore(tmp_path / "cache", 16)
    rows = store.fill(twice).rows
    assert rows[0] == rows[1] != rows[2]
    assert len(store.array()) == 2
    assert PixelStore(tmp_path / "cache", 24).array().shape == (0, 24, 24, 3)


def test_unreadable_pictures_are_named_and_left_out(items: list[Item], tmp_path: Path) -> None:
    html = tmp_path / "page.jpg"
    html.write_text("<html>404</html>")
    cut = tmp_path / "cut.png"
    cut.write_bytes(Path(items[0].file).read_bytes()[:200])
    bad = [Item(file=str(p), label="other") for p in (html, cut, tmp_path / "gone.png")]
    filled = PixelStore(tmp_path / "cache", 16).fill([items[0], *bad, items[1]])
    assert filled.items == [items[0], items[1]]
    assert [Path(one.file).name for one in filled.unreadable] == ["page.jpg", "cut.png", "gone.png"]
    assert all(Path(one.file).name in one.reason for one in filled.unreadable)


def test_stores_filled_at_the_same_time_agree(
    tmp_path: Path, draw_picture: Callable[..., Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels_module, "_BLOCK", 3)
    items = [draw_picture(tmp_path / f"{i}.png", "other", i, (20, 20)) for i in range(24)]

    def work(start: int) -> None:
        PixelStore(tmp_path / "cache", 16).fill(items[start:] + items[:start])

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 5, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = PixelStore(tmp_path / "cache", 16)
    filled = store.fill(items)
    assert len(store.array()) == len(set(filled.rows.tolist())) == 24
    for item, row in zip(items, filled.rows, strict=True):
        expected = resize(decode(Path(item.file), frame="exif"), 16)
        np.testing.assert_array_equal(store.array()[row], expected)


def test_pictures_that_are_not_square_are_counted(
    tmp_path: Path, draw_picture: Callable[..., Item]
) -> None:
    wide = draw_picture(tmp_path / "wide.png", "other", 0, (60, 30))
    filled = PixelStore(tmp_path / "cache", 16).fill([wide])
    assert filled.stretched == 1
    assert len(filled.items) == 1


def test_a_stop_leaves_early(items: list[Item], tmp_path: Path) -> None:
    filled = PixelStore(tmp_path / "cache", 16).fill(items, stop_requested=lambda: True)
    assert filled.stopped
    assert filled.items == []
