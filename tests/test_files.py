"""Writing: whole or not at all, never through a link, and nothing of a killed process stays."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from studio import files
from studio.opening import FileRefused

POSIX = pytest.mark.skipif(os.name != "posix", reason="links and signals of POSIX")


@pytest.fixture(autouse=True)
def _own_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(files.STATE_ENVIRONMENT, str(tmp_path / "state"))


@POSIX
def test_the_folder_itself_is_put_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def fsync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        assert stat.S_ISDIR(found.st_mode)
        synced.append(found.st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    files.sync_folder(tmp_path)
    assert synced == [tmp_path.stat().st_ino]


def break_off(path: Path) -> None:
    with files.replacing(path) as file:
        file.write(b"half of it")
        raise ValueError("broken")


def break_off_folder(path: Path) -> None:
    with files.building(path) as part:
        part.mkdir()
        raise ValueError("broken")


def test_an_error_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="broken"):
        break_off(path)
    assert path.read_text() == '{\n "a": 1\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(path, float("nan"))
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "state"}


def test_bytes_are_on_the_disk_before_the_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        sync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        order.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", rename)
    files.write_text(tmp_path / "a.txt", "text\n")
    assert order == ["file", "rename", "folder"]
    order.clear()
    files.write_text(tmp_path / "b.txt", "text\n", durable=False)
    assert order == ["rename"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "export"
    place.mkdir()
    with files.building(place) as part:
        part.mkdir()
        (part / "a.txt").write_text("a")
        assert not any(place.iterdir())
    assert (place / "a.txt").read_text() == "a"
    with pytest.raises(ValueError, match="broken"):
        break_off_folder(tmp_path / "other")
    assert {path.name for path in tmp_path.iterdir()} == {"export", "state"}


@POSIX
def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "precious.txt"
    target.write_text("precious")
    link, hard = tmp_path / "link.log", tmp_path / "hard.log"
    link.symlink_to(target)
    hard.hardlink_to(target)
    for path in (link, hard):
        for opened in (files.open_append, files.open_in_place):
            with pytest.raises(FileRefused, match=f"{path.name}.*link"):
                opened(path)
    dangling = tmp_path / "dangling.log"
    dangling.symlink_to(tmp_path / "made")
    with pytest.raises(FileRefused, match="is a link"):
        files.open_append(dangling)
    assert not (tmp_path / "made").exists()
    os.mkfifo(tmp_path / "pipe.log")
    with pytest.raises(FileRefused, match="not a file"):
        files.open_append(tmp_path / "pipe.log")
    files.write_text(link, "mine")
    assert not link.is_symlink()
    assert link.read_text() == "mine"
    assert target.read_text() == "precious"


def test_a_log_is_appended_to(tmp_path: Path) -> None:
    for line in (b"one\n", b"two\n"):
        with files.open_append(tmp_path / "log.txt") as file:
            file.write(line)
    assert (tmp_path / "log.txt").read_bytes() == b"one\ntwo\n"


CHILD = """
import sys, time
from pathlib import Path
from studio import files
with files.building(Path(sys.argv[1])) as folder, files.replacing(Path(sys.argv[2])) as file:
    folder.mkdir()
    (folder / "half").write_text("half")
    file.write(b"half")
    with files.temporary_folder() as other:
        print(other, flush=True)
        time.sleep(60)
"""


@POSIX
def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    """A running process's parts, a person's own `.part` and another machine's stay."""
    work = tmp_path / "work"
    work.mkdir()
    foreign = work / ".studio-00000000-1-00000000-00000000.part"
    for name in ("download.part", ".export.part", foreign.name):
        (work / name).write_text("")
    line = [sys.executable, "-c", CHILD, str(work / "export"), str(work / "table.csv")]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        temporary = Path(child.stdout.readline().strip())
        assert len(list(work.iterdir())) == 5
        assert temporary.is_dir()
        assert files.sweep(work) == 0
        assert files.sweep_left_over() == 0
        child.send_signal(signal.SIGKILL)
    assert len(list(work.iterdir())) == 5
    assert files.sweep_left_over() == 3
    assert not temporary.exists()
    kept = {"download.part", ".export.part", foreign.name}
    assert {path.name for path in work.iterdir()} == kept
    assert list((tmp_path / "state" / "parts").glob("*.parts")) == []
    os.utime(foreign, (0, 0))
    assert files.sweep(work) == 1
    assert not foreign.exists()


def test_all_that_is_built_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    place = tmp_path / "export"

    def sync(path: Path) -> None:
        synced.append((path.name, place.exists()))

    monkeypatch.setattr(files, "sync_file", sync)
    monkeypatch.setattr(files, "sync_folder", sync)
    with files.building(place) as part:
        (part / "a").mkdir(parents=True)
        for name in ("1", "a/2", "a/3"):
            (part / name).write_text(name)
        (part / "link").symlink_to("nowhere")
    assert sorted(synced[:3]) == [("1", False), ("2", False), ("3", False)]
    assert synced[3:] == [(part.name, False), ("a", False), (tmp_path.name, True)]
    with files.building(tmp_path / "one") as part:
        part.write_text("one")
    assert synced[6:] == [(part.name, True), (tmp_path.name, True)]
