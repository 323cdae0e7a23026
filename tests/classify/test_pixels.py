"""Pictures are decoded once, are THE crop, and the unreadable ones are named."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.classify import Item
from studio.classify import pixels as pixels_module
from studio.classify.pixels import Filled, PixelStore
from studio.imaging import Square, crop_for_export, decode, resize
from studio.imaging.prepared import PreparedImages
from studio.opening import sha256_file


def store(folder: Path, size: int) -> PixelStore:
    return PixelStore(PreparedImages(folder / "cache"), size)


def pixels_of(filled: Filled) -> np.ndarray:
    assert filled.pixels is not None
    return filled.pixels.take(np.arange(len(filled.pixels)))


@pytest.fixture
def items(tmp_path: Path, draw_picture: Callable[..., Item]) -> list[Item]:
    return [draw_picture(tmp_path / f"{i}.png", "melanocyticnevus", i, (50, 50)) for i in range(5)]


def test_rows_are_the_crop_of_the_studio(items: list[Item], tmp_path: Path) -> None:
    crop = Item(file=items[0].file, label=items[0].label, square=(20.0, 25.0, 24.0))
    rows = pixels_of(store(tmp_path, 16).fill([*items, crop]))
    whole = resize(decode(Path(items[1].file), frame="exif"), 16)
    np.testing.assert_array_equal(rows[1], whole)
    cut = resize(crop_for_export(Path(crop.file), Square(20.0, 25.0, 24.0), None), 16)
    np.testing.assert_array_equal(rows[5], cut)
    assert not np.array_equal(rows[0], rows[5])


def test_a_second_fill_decodes_nothing(
    items: list[Item], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pixels_of(store(tmp_path, 16).fill(items))

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(pixels_module, "decode", refuse)
    again = store(tmp_path, 16).fill(items[::-1])
    np.testing.assert_array_equal(pixels_of(again), first[::-1])


def test_equal_bytes_share_a_row_and_sizes_do_not(items: list[Item], tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    copy.write_bytes(Path(items[0].file).read_bytes())
    twice = [items[0], Item(file=str(copy), label="malignantmelanoma"), items[1]]
    filled = store(tmp_path, 16).fill(twice)
    rows = pixels_of(filled)
    np.testing.assert_array_equal(rows[0], rows[1])
    assert [item.label for item in filled.items][:2] == [items[0].label, "malignantmelanoma"]
    (pack,) = (tmp_path / "cache").glob("pixels-16-*.pack")
    assert 2 * 16 * 16 * 3 < pack.stat().st_size < 3 * 16 * 16 * 3
    assert pixels_of(store(tmp_path, 24).fill(twice)).shape == (3, 24, 24, 3)


def test_unreadable_pictures_are_named_and_left_out(items: list[Item], tmp_path: Path) -> None:
    html = tmp_path / "page.jpg"
    html.write_text("<html>404</html>")
    cut = tmp_path / "cut.png"
    cut.write_bytes(Path(items[0].file).read_bytes()[:200])
    bad = [Item(file=str(p), label="other") for p in (html, cut, tmp_path / "gone.png")]
    filled = store(tmp_path, 16).fill([items[0], *bad, items[1]])
    assert filled.items == [items[0], items[1]]
    assert [Path(one.file).name for one in filled.unreadable] == ["page.jpg", "cut.png", "gone.png"]
    assert all(Path(one.file).name in one.reason for one in filled.unreadable)


def test_a_file_that_is_replaced_while_it_is_read_keeps_no_wrong_pixels(
    items: list[Item], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read again; one that changes each time is left out, and named."""
    first, other, endless, *rest = (Path(item.file) for item in items)
    expected = {
        sha256_file(path): resize(decode(path, frame="exif"), 16) for path in (first, other)
    }

    def decode_another(path: Path, **given: Any) -> np.ndarray:
        if path == first and other.exists():
            other.replace(first)
        if path == endless:
            endless.write_bytes(endless.read_bytes() + b" ")
        return decode(path, **given)

    monkeypatch.setattr(pixels_module, "decode", decode_another)
    filled = store(tmp_path, 16).fill([items[0], items[2], items[3]])
    assert [item.file for item in filled.items] == [str(first), str(rest[0])]
    assert [Path(one.file) for one in filled.unreadable] == [endless]
    assert "changes all the time" in filled.unreadable[0].reason
    assert filled.digests[0] == sha256_file(first)
    np.testing.assert_array_equal(pixels_of(filled)[0], expected[filled.digests[0]])
    rows = PreparedImages(tmp_path / "cache").rows("pixels-16", (16, 16, 3))
    for digest, pixels in expected.items():
        assert (kept := rows.get(f"{digest}/")) is None or np.array_equal(kept, pixels)


_FILL = """
import sys
from pathlib import Path
import numpy as np
from studio.classify import Item
from studio.classify.pixels import Filled, PixelStore
from studio.imaging.prepared import PreparedImages
folder, start = Path(sys.argv[1]), int(sys.argv[2])
items = [Item(file=str(path), label="a") for path in sorted(folder.glob("*.png"))]
items = items[start:] + items[:start]
print("ready", flush=True)
sys.stdin.readline()
filled = PixelStore(PreparedImages(folder / "cache"), 16).fill(items)
rows = filled.pixels.take(np.arange(len(items)))
np.save(folder / f"{start}.npy", np.roll(rows, start, axis=0))
"""


def test_processes_that_fill_one_cache_at_once_get_the_same_pixels(
    tmp_path: Path, draw_picture: Callable[..., Item]
) -> None:
    items = [draw_picture(tmp_path / f"{i:03d}.png", "other", i, (20, 20)) for i in range(150)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _FILL, str(tmp_path), str(start)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for start in (0, 75)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=60)
        assert process.returncode == 0
    expected = [resize(decode(Path(item.file), frame="exif"), 16) for item in items]
    for start in (0, 75):
        np.testing.assert_array_equal(np.load(tmp_path / f"{start}.npy"), expected)
    np.testing.assert_array_equal(pixels_of(store(tmp_path, 16).fill(items)), expected)
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.endswith(".part")]


def test_pictures_that_are_not_square_are_counted(
    tmp_path: Path, draw_picture: Callable[..., Item]
) -> None:
    wide = draw_picture(tmp_path / "wide.png", "other", 0, (60, 30))
    for _ in range(2):  # also of one that was decoded before
        filled = store(tmp_path, 16).fill([wide])
        assert filled.stretched == 1
        assert len(filled.items) == 1


def test_a_stop_leaves_early_and_keeps_what_is_decoded(
    items: list[Item], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = store(tmp_path, 16).fill(items, stop_requested=lambda: True)
    assert filled.stopped
    assert filled.items == []
    asked: list[int] = []
    store(tmp_path, 16).fill(items, stop_requested=lambda: len(asked) == 2 or bool(asked.append(1)))
    decoded: list[Path] = []
    monkeypatch.setattr(
        pixels_module, "decode", lambda path, **rest: decoded.append(path) or decode(path, **rest)
    )
    assert len(pixels_of(store(tmp_path, 16).fill(items))) == 5
    assert len(decoded) == 1
