import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.project import Action, BoxState, ImageRow, NewBox, Project, lock
from studio.project.records import now

_EDIT = """
import sys
from studio.project import Project
project = Project.open(sys.argv[1], reviewer="Ben")
print(project.mode, project.holder, sep="|", flush=True)
sys.stdin.read()
"""


def edit_elsewhere(path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _EDIT, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_second_studio_reads_and_says_who_edits(project: Project) -> None:
    with edit_elsewhere(project.path) as other:
        assert other.stdout is not None
        mode, holder = other.stdout.readline().strip().split("|")
        other.communicate("")
    assert mode == "read"
    assert holder.startswith("Ana on host ")
    assert f"(process {os.getpid()})" in holder
    written = json.loads((project.path / lock.NAME).read_text())
    assert written.keys() == {"host", "user", "pid", "started", "reviewer", "since"}


def test_a_reader_cannot_write_and_hears_why(project: Project, images: list[ImageRow]) -> None:
    with Project.open(project.path, reviewer="Ben") as second:
        assert second.mode == "read"
        assert second.images.count() == len(images)
        writes = [
            lambda: second.add_label("new"),
            lambda: second.set_setting("a", 1),
            lambda: second.boxes.add([]),
            lambda: second.sources.add_many([]),
            lambda: second.snapshots.create("s", {}, []),
            lambda: second.runs.new_folder("train", "t"),
            lambda: second.images.add_many([]),
            lambda: second.events.change(1, Action.ACCEPT, {"state": BoxState.ACCEPTED}, "Ben"),
        ]
        for write in writes:
            with pytest.raises(StudioError, match=r"reading only: Ana on host .* is editing it\."):
                write()
        # And SQLite itself refuses, should a way around the sentence be found.
        with second.engine.connect() as connection, pytest.raises(Exception, match="readonly"):
            connection.exec_driver_sql("DELETE FROM label")


def test_the_lock_comes_back_when_the_editor_closes(project: Project) -> None:
    path = project.path
    project.close()
    assert lock.holder_of(path) is None
    with Project.open(path) as again:
        assert again.mode == "edit"
        assert lock.holder_of(path) is not None


def test_a_killed_editor_holds_nothing(project: Project) -> None:
    path = project.path
    project.close()
    with edit_elsewhere(path) as other:
        assert other.stdout is not None
        assert other.stdout.readline().startswith("edit|")
        with Project.open(path) as second:
            assert second.mode == "read"
        other.kill()
        # Not waited for: a zombie is gone, too.
        while lock.holder_of(path):
            pass
        with Project.open(path) as again:
            assert again.mode == "edit"
            assert again.boxes.add([]) == []


def test_a_process_id_used_again_is_not_the_holder(project: Project) -> None:
    path = project.path
    mine = json.loads((path / lock.NAME).read_text())
    project.close()
    (path / lock.NAME).write_text(json.dumps({**mine, "started": "long ago"}))
    assert lock.holder_of(path) is None
    with Project.open(path) as again:
        assert again.mode == "edit"


def test_another_host_is_believed(project: Project) -> None:
    path = project.path
    mine = json.loads((path / lock.NAME).read_text())
    project.close()
    (path / lock.NAME).write_text(json.dumps({**mine, "host": "ward-3", "pid": 1 << 22}))
    with Project.open(path) as again:
        assert again.mode == "read"
        assert again.holder is not None
        assert "Ana on host ward-3 since" in again.holder
    assert (path / lock.NAME).exists()  # closing gives back only what is one's own


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}', "\0\0", '{"pid": "x"}'])
def test_a_lock_file_cut_by_a_crash_holds_nothing(project: Project, content: str) -> None:
    path = project.path
    project.close()
    (path / lock.NAME).write_text(content)
    with Project.open(path) as again:
        assert again.mode == "edit"


def test_of_many_that_start_together_one_edits(project: Project) -> None:
    path = project.path
    project.close()
    others = [edit_elsewhere(path) for _ in range(3)]
    modes = [other.stdout.readline().split("|")[0] for other in others if other.stdout]
    for other in others:
        other.communicate("")
    assert sorted(modes) == ["edit", "read", "read"]


def test_a_project_that_is_forgotten_gives_its_lock_back(project: Project) -> None:
    path = project.path
    project.close()

    def forget() -> None:
        assert Project.open(path).mode == "edit"
        gc.collect()

    with pytest.warns(ResourceWarning, match="unclosed project"):
        forget()
    assert lock.holder_of(path) is None


def test_jobs_add_while_the_window_edits(project: Project, images: list[ImageRow]) -> None:
    with Project.open(project.path, mode="append") as job:
        assert (job.mode, job.holder) == ("append", None)
        box = NewBox(images[0].id, images_square(), origin="blob", version="0", score=0.5)
        (box_id,) = job.boxes.add([box], examined=[images[0].id], detector=("blob", "0"))
        job.snapshots.create("s", {}, [box_id])
        job.runs.new_folder("export", "squares")
        with pytest.raises(StudioError, match="open for adding only"):
            job.events.change(box_id, Action.ACCEPT, {"state": BoxState.ACCEPTED})
        with pytest.raises(StudioError, match="open for adding only"):
            job.set_setting("a", 1)
    assert project.boxes.by_id(box_id).score == 0.5
    assert lock.holder_of(project.path) is not None


def images_square():  # type: ignore[no-untyped-def]
    from studio.imaging import Square

    return Square(50, 50, 20)


WHOLE = {"host": "h", "user": "u", "pid": 1, "started": "", "reviewer": "r", "since": now()}


@pytest.mark.parametrize(
    "content",
    [[], 7, {"host": "h"}, {**WHOLE, "pid": "../1"}, {**WHOLE, "since": "yesterday"}],
)
def test_a_lock_file_that_names_nobody_holds_nobody_up(project: Project, content: object) -> None:
    path = project.path
    project.close()
    (path / lock.NAME).write_text(json.dumps(content), encoding="utf-8")
    with Project.open(path) as opened:
        assert opened.mode == "edit"


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("kind", ["symbolic", "hard", "dangling", "pipe", "device"])
def test_a_lock_that_is_somebody_elses_file_is_refused_untouched(
    project: Project, tmp_path: Path, kind: str
) -> None:
    """The lock is written over: through a link that would empty the target."""
    path, target = project.path / lock.NAME, tmp_path / "thesis.txt"
    project.close()
    target.write_text("years of work")
    if kind == "hard":
        path.hardlink_to(target)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        there = {"symbolic": target, "dangling": tmp_path / "made", "device": "/dev/zero"}[kind]
        path.symlink_to(there)
    with pytest.raises(StudioError, match=r"project\.lock is .*(link|device)"):
        Project.open(project.path)
    with Project.open(project.path, "read"), Project.open(project.path, "append"):
        pass
    assert target.read_text() == "years of work"
    assert not (tmp_path / "made").exists()
    assert path.is_symlink() or kind in ("hard", "pipe")


def test_a_large_file_is_not_a_lock(project: Project) -> None:
    path = project.path / lock.NAME
    project.close()
    path.write_bytes(b"x" * 70_000)
    with pytest.raises(StudioError, match="is not a lock of the studio"):
        Project.open(project.path)
    assert path.stat().st_size == 70_000


def held_elsewhere(project: Project, **other: object) -> lock.Holder:
    """Close the project and let a process of another machine hold it."""
    mine = json.loads((project.path / lock.NAME).read_text())
    project.close()
    holder = {**mine, "host": "ward-3", "pid": 77, **other}
    (project.path / lock.NAME).write_text(json.dumps(holder))
    return lock.Holder(**holder)


def test_the_lock_of_another_computer_can_be_taken_over(project: Project) -> None:
    asked = held_elsewhere(project)
    with Project.open(project.path, reviewer="Ben") as read:
        assert (read.mode, read.held_by) == ("read", asked)
    with Project.open(project.path, reviewer="Ben", take_over=asked) as taken:
        assert (taken.mode, taken.held_by) == ("edit", None)
        assert taken.add_label("third").position == 3
        mine = lock.holder_of(project.path)
        assert mine is not None
        assert (mine.reviewer, mine.pid) == ("Ben", os.getpid())
    assert lock.holder_of(project.path) is None


def test_only_the_holder_that_was_asked_about_is_replaced(project: Project) -> None:
    asked = held_elsewhere(project)
    held_elsewhere_now = {**json.loads((project.path / lock.NAME).read_text()), "pid": 78}
    (project.path / lock.NAME).write_text(json.dumps(held_elsewhere_now))
    with Project.open(project.path, take_over=asked) as again:
        assert again.mode == "read"
        assert again.held_by is not None
        assert again.held_by.pid == 78


def test_a_running_process_of_this_machine_is_never_replaced(project: Project) -> None:
    mine = lock.holder_of(project.path)
    assert mine is not None
    assert lock.take_over(project.path, lock.Holder.this_process("Ben"), mine) == mine


def test_who_lost_the_lock_decides_nothing_more(
    project: Project, images: list[ImageRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    (box,) = project.boxes.add([NewBox(images[0].id, images_square())])
    monkeypatch.setattr("studio.project.access._ASK_LOCK_S", 0.0)
    project.events.change(box, Action.ACCEPT, {"state": BoxState.ACCEPTED}, "Ana")
    other = {**json.loads((project.path / lock.NAME).read_text()), "host": "ward-3"}
    (project.path / lock.NAME).write_text(json.dumps(other))
    with pytest.raises(StudioError, match=r"was taken over: Ana on host ward-3 .* is editing it"):
        project.events.change(box, Action.REJECT, {"state": BoxState.REJECTED}, "Ana")
    assert project.boxes.by_id(box).state is BoxState.ACCEPTED


def test_who_lost_the_lock_decides_nothing_after_the_other_has_closed(
    project: Project, images: list[ImageRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    (box,) = project.boxes.add([NewBox(images[0].id, images_square())])
    monkeypatch.setattr("studio.project.access._ASK_LOCK_S", 0.0)
    mine = lock.holder_of(project.path)
    (project.path / lock.NAME).unlink()  # what the other's closing leaves
    with pytest.raises(StudioError, match=r"was taken over and closed again\. Nothing was changed"):
        project.events.change(box, Action.REJECT, {"state": BoxState.REJECTED}, "Ana")
    assert project.boxes.by_id(box).state is BoxState.UNDECIDED
    # Nor does it when the same process has opened the project anew, whose lock it must not end.
    with Project.open(project.path, reviewer="Ana") as again:
        assert again.mode == "edit"
        with pytest.raises(StudioError, match="was taken over: Ana on host"):
            project.set_setting("a", 1)
        project.close()
        assert lock.holder_of(project.path) not in (None, mine)
        again.set_setting("a", 1)
