"""The cache of prepared images: found again, damage told, bounded, removable."""

import errno
import json
import os
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from studio import opening
from studio.imaging import packs, prepared
from studio.imaging.packs import RowStore
from studio.imaging.prepared import PreparedImages, clear, limit_bytes, measure, trim


def row(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 255, (4, 4), dtype=np.uint8)


def fill(folder: Path, numbers: range) -> RowStore:
    folder.mkdir(exist_ok=True)
    store = RowStore(folder, "t", (4, 4))
    with store.adding():
        for number in numbers:
            store.add(str(number), row(number), number % 3)
    return store


def test_rows_are_found_again_with_their_notes(tmp_path: Path) -> None:
    fill(tmp_path, range(40))
    store = RowStore(tmp_path, "t", (4, 4))
    keys = [str(number) for number in (7, 3, 39, 3)]
    assert store.find([*keys, "40"]) == {"7": 1, "3": 0, "39": 0}
    taken = store.rows(keys).take(np.array([2, 0, 3]))
    np.testing.assert_array_equal(taken, [row(39), row(7), row(3)])
    np.testing.assert_array_equal(store.get("5"), row(5))
    assert store.get("40") is None
    assert RowStore(tmp_path, "other", (4, 4)).find(keys) == {}


@pytest.mark.parametrize("place", [5, -3, -120])
def test_a_damaged_pack_is_not_given_out_and_its_rows_are_made_again(
    tmp_path: Path, place: int
) -> None:
    fill(tmp_path, range(4))
    (pack,) = tmp_path.glob("*.pack")
    content = bytearray(pack.read_bytes())
    content[place] ^= 1
    pack.write_bytes(content)
    store = RowStore(tmp_path, "t", (4, 4))
    assert store.find(["0"]) == {}
    assert not pack.exists()
    again = fill(tmp_path, range(4))
    np.testing.assert_array_equal(again.rows(["0", "3"]).take(np.arange(2)), [row(0), row(3)])


@pytest.mark.parametrize("kept", [0, 10, 50])
def test_a_cut_pack_is_made_again(tmp_path: Path, kept: int) -> None:
    fill(tmp_path, range(4))
    (pack,) = tmp_path.glob("*.pack")
    os.truncate(pack, kept)
    assert RowStore(tmp_path, "t", (4, 4)).find(["0"]) == {}
    assert not pack.exists()


@pytest.mark.parametrize("table", [{"keys": [], "sums": [], "notes": []}, {"shape": [4, 4]}, [], 7])
def test_a_pack_whose_table_lacks_something_counts_as_damaged(
    tmp_path: Path, table: object
) -> None:
    told = json.dumps(table).encode()
    end = packs._END.pack(len(told), zlib.crc32(told), packs._MARK)
    pack = tmp_path / f"t-00{packs.SUFFIX}"
    pack.write_bytes(told + end)
    assert RowStore(tmp_path, "t", (4, 4)).find(["0"]) == {}
    assert not pack.exists()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.EACCES, errno.ENOMEM])
@pytest.mark.parametrize("moment", ["open", "read", "map"])
def test_a_pack_that_cannot_be_read_for_a_moment_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, moment: str
) -> None:
    fill(tmp_path, range(40))
    before = {pack: pack.read_bytes() for pack in tmp_path.glob("*.pack")}
    known = RowStore(tmp_path, "t", (4, 4))

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    if moment == "open":
        monkeypatch.setattr(os, "open", fail)
    elif moment == "read":
        monkeypatch.setattr(packs.os, "fstat", fail)
    else:
        monkeypatch.setattr(np, "memmap", fail)
    fresh = RowStore(tmp_path, "t", (4, 4))
    for store in (known, fresh):
        assert store.find(["0"]) == {}
        store._join_small()
    monkeypatch.undo()
    assert {pack: pack.read_bytes() for pack in tmp_path.glob("*.pack")} == before
    for store in (known, fresh):
        store.refresh()
        np.testing.assert_array_equal(store.get("7"), row(7))


def test_a_row_of_another_process_is_taken_over(tmp_path: Path) -> None:
    store = RowStore(tmp_path, "t", (4, 4))
    fill(tmp_path, range(3))
    assert store.find(["1"]) == {}
    store.refresh()
    assert store.find(["1"]) == {"1": 1}


def test_many_small_packs_become_one(tmp_path: Path) -> None:
    stores = [fill(tmp_path, range(2 * number, 2 * number + 2)) for number in range(16)]
    assert len(list(tmp_path.glob("*.pack"))) == 1
    assert stores[3].find(["6"]) == {}  # its pack has gone
    stores[3].refresh()
    np.testing.assert_array_equal(stores[3].get("6"), row(6))
    store = RowStore(tmp_path, "t", (4, 4))
    keys = [str(number) for number in range(32)]
    assert store.find(keys) == {key: int(key) % 3 for key in keys}
    np.testing.assert_array_equal(
        store.rows(keys).take(np.arange(32)), [row(number) for number in range(32)]
    )


def test_packs_that_were_joined_are_neither_known_nor_joined_again(tmp_path: Path) -> None:
    store = RowStore(tmp_path, "t", (4, 4))
    for number in range(40):
        with store.adding():
            store.add(str(number), row(number), number % 3)
        assert {pack.path for pack in store._packs.values()} == set(tmp_path.glob("*.pack"))
    assert sum(len(pack.keys) for pack in store._packs.values()) == 40
    assert store.find(map(str, range(40))) == {str(number): number % 3 for number in range(40)}


def test_what_fails_leaves_the_rows_before_it(tmp_path: Path) -> None:
    store = RowStore(tmp_path, "t", (4, 4))

    def fail() -> None:
        with store.adding():
            store.add("0", row(0))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert RowStore(tmp_path, "t", (4, 4)).find(["0"]) == {"0": 0}
    assert len(list(tmp_path.iterdir())) == 1


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = PreparedImages(tmp_path)
    cache.make()
    for age, name in enumerate("abc"):
        cache.remember(name, "", list(range(100)))
        (path,) = tmp_path.glob(f"{name}-*")
        os.utime(path, (1000 - age, 1000 - age))
    size = measure(tmp_path) // 3
    assert cache.recall("c", "") == list(range(100))  # used: the oldest no more
    assert trim(tmp_path, 2 * size) == size
    again = PreparedImages(tmp_path)
    assert again.recall("b", "") is None
    assert again.recall("a", "") == again.recall("c", "") == list(range(100))


def test_what_a_process_uses_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(prepared.LIMIT_ENVIRONMENT, "0")
    assert limit_bytes() == 0
    cache = PreparedImages(tmp_path)
    cache.remember("used", "", 1)
    PreparedImages(tmp_path / "x").finish()
    cache.finish()
    assert cache.recall("used", "") == 1
    PreparedImages(tmp_path).finish()
    assert cache.recall("used", "") is None
    monkeypatch.setenv(prepared.LIMIT_ENVIRONMENT, "many")
    assert limit_bytes() == 20_000_000_000


def test_clearing_leaves_what_is_not_the_cache(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    PreparedImages(folder).remember("a", "", 1)
    (folder / "mine.txt").write_text("x")
    assert clear(folder) > 0
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    (folder / "mine.txt").unlink()
    clear(folder)
    assert not folder.exists()
    assert clear(folder) == measure(folder) == 0


def test_a_result_that_is_damaged_counts_as_none(tmp_path: Path) -> None:
    cache = PreparedImages(tmp_path)
    cache.remember("pairs", "k", [1, 2])
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().replace(b"1", b"3"))
    assert cache.recall("pairs", "k") is None


def test_a_file_is_read_again_only_where_it_may_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, read = tmp_path / "a.png", []
    file.write_bytes(b"one")
    monkeypatch.setattr(
        prepared, "sha256_file", lambda path: read.append(path) or opening.sha256_file(path)
    )

    def digest() -> str:
        cache = PreparedImages(tmp_path / "cache")
        found = cache.sha256(file)
        cache.finish()
        return found

    first = digest()
    assert digest() == first
    assert len(read) == 2  # too fresh to be trusted
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 10**10)
    assert [digest(), digest(), digest()] == [first] * 3
    assert len(read) == 3
    before = file.stat()
    file.write_bytes(b"two")  # the same size, and the same time of change:
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert digest() == opening.sha256_file(file) != first
    (tmp_path / "cache/files.json").write_bytes(b"\0" * 50)
    assert digest() == opening.sha256_file(file)


def test_what_is_known_of_files_is_not_lost_where_it_cannot_be_read_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 10**10)
    files = [tmp_path / name for name in "ab"]
    for file in files:
        file.write_bytes(file.name.encode())

    def look(file: Path) -> None:
        cache = PreparedImages(tmp_path / "cache")
        assert cache.sha256(file) == opening.sha256_file(file)
        cache.finish()

    look(files[0])
    before = (tmp_path / "cache/files.json").read_bytes()

    def fail(path: Path, *_: object, **__: object) -> bytes:
        raise opening.FileRefused(opening.FileProblem.UNREADABLE, f"{path} cannot be read.")

    with monkeypatch.context() as patch:
        patch.setattr(prepared, "read_bytes", fail)
        look(files[1])
    assert (tmp_path / "cache/files.json").read_bytes() == before


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = PreparedImages(tmp_path / "file" / "cache")
    cache.remember("pairs", "k", 1)
    assert cache.recall("pairs", "k") is None
    assert cache.sha256(tmp_path / "file") == opening.sha256_file(tmp_path / "file")
    cache.finish()
