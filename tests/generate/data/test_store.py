"""DecodedImage pictures on disk: mapped when they are good, made anew when they are not."""

import json
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from studio.errors import StudioError
from studio.files import is_part
from studio.generate.data import decoding
from studio.generate.data.store import Index, new_set, open_set


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one whenever something is decoded."""
    runs: list[int] = []
    run = decoding.Decoding.run

    def counted(self: decoding.Decoding, append: object) -> Index:
        runs.append(1)
        return run(self, append)

    monkeypatch.setattr(decoding.Decoding, "run", counted)
    return runs


def only_set(cache: Path) -> Path:
    (found,) = cache.iterdir()
    return found


def test_a_set_is_decoded_once_and_mapped(moles: Path, read, cache: Path, decoded) -> None:
    (moles / "nevus/bad.png").touch()
    first, second = read(moles, cache=cache), read(moles, cache=cache)
    assert len(decoded) == 1
    assert np.array_equal(first.pixels, second.pixels)
    assert isinstance(second.pixels, np.memmap)
    assert not second.pixels.flags.writeable
    assert (first.files, first.left_out, first.sha256) == (
        second.files,
        second.left_out,
        second.sha256,
    )
    assert len(np.load(only_set(cache) / "pixels.npy")) == 5


def test_a_set_of_before_there_were_groups_is_mapped(
    moles: Path, read, cache: Path, decoded
) -> None:
    first = read(moles, cache=cache)
    path = only_set(cache) / "index.json"
    index = json.loads(path.read_text())
    assert index.pop("groups") == []
    path.write_text(json.dumps(index))
    again = read(moles, cache=cache)
    assert len(decoded) == 1
    assert (again.sha256, again.groups) == (first.sha256, None)
    path.write_text(json.dumps({**index, "groups": ["a"]}))  # of one picture among five
    assert read(moles, cache=cache).groups is None
    assert len(decoded) == 2


def test_what_a_set_depends_on_makes_another(moles: Path, read, cache: Path, decoded) -> None:
    read(moles, cache=cache)
    read(moles, 8, cache=cache)
    read(moles, channels=1, cache=cache)
    read(moles, transform="center-crop", cache=cache)
    read(moles, classes=False, cache=cache)
    assert len(decoded) == 5
    os.utime(moles / "nevus/0.png", ns=(1, 1))
    read(moles, cache=cache)
    assert len(decoded) == 6


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [_cut, _flip, Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("file", ["pixels.npy", "index.json"])
def test_a_damaged_set_is_made_anew(
    moles: Path, read, cache: Path, decoded, harm, file: str
) -> None:
    first = read(moles, cache=cache)
    wanted = first.pixels.copy()
    harm(only_set(cache) / file)
    again = read(moles, cache=cache)
    assert len(decoded) == 2
    assert np.array_equal(again.pixels, wanted)
    assert open_set(only_set(cache)) is not None


_KILLED = """
import os, signal, sys
from pathlib import Path
from studio.generate.data.read import read_pictures
def die(done, total):
    if done == 3:
        os.kill(os.getpid(), signal.SIGKILL)
read_pictures(Path(sys.argv[1]), 16, cache=Path(sys.argv[2]), on_progress=die, workers=1)
"""


def test_a_kill_leaves_no_set_and_its_rest_is_swept(
    moles: Path, read, cache: Path, decoded, run_killed
) -> None:
    run_killed(_KILLED, moles, cache)
    part = only_set(cache)
    assert is_part(part.name)
    assert len(read(moles, cache=cache)) == 5
    assert not part.exists()


def test_two_at_once_make_one_good_set(moles: Path, read, cache: Path) -> None:
    with new_set(cache / "set", (3, 4, 4), 1) as slow:
        slow.rows.append(np.ones((3, 4, 4), np.uint8))
        (cache / "set").mkdir()  # damaged: it is replaced
        index = slow.finish(Index(("a",), (None,)))
    found = open_set(cache / "set")
    assert found is not None
    assert found[1] == index
    with new_set(cache / "set", (3, 4, 4), 1) as late:
        late.rows.append(np.ones((3, 4, 4), np.uint8))
        assert late.finish(Index(("a",), (None,))) == index
    assert [one.name for one in cache.iterdir()] == ["set"]


def test_a_folder_that_cannot_be_written_is_an_error(moles: Path, read, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StudioError, match="cannot be kept"):
        read(moles, cache=tmp_path / "file")


def test_a_disk_without_room_is_told_before_anything_is_decoded(
    moles: Path, read, cache: Path, decoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=3839))
    with pytest.raises(StudioError, match="are free: make room"):
        read(moles, cache=cache)
    assert decoded == []
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=3840))
    assert len(read(moles, cache=cache)) == 5


def test_a_set_is_read_while_another_thread_reads_it(moles: Path, read, cache: Path) -> None:
    hashes: list[str] = []
    threads = [
        threading.Thread(target=lambda: hashes.append(read(moles, cache=cache).sha256))
        for _ in range(3)
    ]
    read(moles, cache=cache)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(hashes)) == 1
    assert len(hashes) == 3
