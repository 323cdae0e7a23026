import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.project import Project, is_project
from studio.project.access import DATABASE
from studio.project.labels import LabelStore
from unclosed import open_files


def sentence_of(error: pytest.ExceptionInfo[StudioError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_a_new_project_has_its_folders_and_labels_and_is_found_again(tmp_path: Path) -> None:
    with Project.create(tmp_path / "p", ["melanocyticnevus", "malignantmelanoma"]) as project:
        assert project.mode == "edit"
        assert {p.name for p in project.path.iterdir()} >= {
            DATABASE, "originals", "cache", "runs", "exports", "project.lock",
        }  # fmt: skip
    assert is_project(tmp_path / "p")
    assert not (tmp_path / "p" / "project.lock").exists()
    with Project.open(tmp_path / "p") as project:
        nevus, melanoma = project.labels()
        assert (nevus.name, nevus.position, nevus.positive) == ("melanocyticnevus", 1, False)
        assert (melanoma.position, melanoma.positive, melanoma.never_in_bulk) == (2, True, True)


@pytest.mark.parametrize(
    ("names", "positive"),
    [
        (["nevus", "melanoma"], "melanoma"),
        (["Malignant", "benign"], "Malignant"),
        (["melanoma", "malignantmelanoma"], "malignantmelanoma"),
        (["left", "right"], None),
    ],
)
def test_a_malignant_name_makes_the_positive_class(
    tmp_path: Path, names: list[str], positive: str | None
) -> None:
    with Project.create(tmp_path / "p", names) as p:
        guarded = [label.name for label in p.labels() if label.positive and label.never_in_bulk]
    assert guarded == ([] if positive is None else [positive])


def test_the_positive_class_can_be_named(tmp_path: Path) -> None:
    with Project.create(tmp_path / "p", ["naildystrophy", "onychomycosis"], "onychomycosis") as p:
        assert [label.positive for label in p.labels()] == [False, True]
    with pytest.raises(StudioError, match="not among the labels"):
        Project.create(tmp_path / "q", ["a"], "b")
    assert not (tmp_path / "q").exists()


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["a", "a"], "The label 'a' is given twice"),
        (["nävus", "na\u0308vus"], "given twice"),  # NFC and NFD of one word
        (["Nevus", "nevus"], "share one class folder"),
        (["straße", "STRASSE"], "share one class folder"),
        (["a", " "], "label"),
    ],
)
def test_labels_that_are_one_are_a_sentence_and_leave_nothing(
    tmp_path: Path, names: list[str], says: str
) -> None:
    with pytest.raises(StudioError, match=says):
        Project.create(tmp_path / "p", names)
    assert not (tmp_path / "p").exists()


def test_a_project_that_cannot_be_made_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LabelStore, "insert_first", fails)
    with pytest.raises(StudioError, match="cannot be made a project"):
        Project.create(tmp_path / "p", ["a"])
    assert not (tmp_path / "p").exists()


def test_labels_added_later_take_the_next_key_and_twins_are_refused(project: Project) -> None:
    third = project.add_label("dysplastic nevus")
    assert (third.position, third.positive, third.never_in_bulk) == (3, False, False)
    assert project.add_label("dysplastic nevus") == third
    assert project.label_by_name("dysplastic nevus") == third
    assert project.label_by_name("none") is None
    with pytest.raises(StudioError, match="share one class folder"):
        project.add_label("Dysplastic Nevus")
    with pytest.raises(StudioError, match="one positive class"):
        project.add_label("carcinoma", positive=True)


def test_a_folder_in_use_is_refused(tmp_path: Path, project: Project) -> None:
    with pytest.raises(StudioError, match="project already"):
        Project.create(project.path, [])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.doc").touch()
    with pytest.raises(StudioError, match="not empty"):
        Project.create(tmp_path / "full", [])
    with pytest.raises(StudioError, match="cannot be made a project"):
        Project.create(tmp_path / "full" / "thesis.doc" / "p", [])


def test_a_bad_label_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(StudioError):
        Project.create(tmp_path / "p", ["../../x"])
    assert not (tmp_path / "p").exists()


def test_settings_stay_between_sessions(project: Project) -> None:
    assert project.get_setting("zoom", 1.0) == 1.0
    project.set_setting("zoom", {"level": 2.5, "name": "점"})
    path = project.path
    project.close()
    with Project.open(path) as again:
        assert again.get_setting("zoom") == {"level": 2.5, "name": "점"}
        again.set_setting("zoom", None)
        assert again.get_setting("zoom") is None


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(StudioError) as refusal:
            Project.open(path)
        assert "is not a CAN Studio project" in sentence_of(refusal)
    assert list(tmp_path.iterdir()) == []


def _foreign() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "x")
        connection.execute("CREATE TABLE recipe (name)")
        connection.commit()
        connection.close()
        return (Path(folder) / "x").read_bytes()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"<html>not found</html>" * 99, "is not a database"),
        (b"SQLite format 3\0", "is not a database"),
        (_foreign(), "is not a CAN Studio project"),
        (b"SQLite format 3\0" + b"\xff" * 8000, "."),
    ],
)
def test_a_database_that_is_none(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / DATABASE).write_bytes(content)
    for mode in ("edit", "append", "read"):
        with pytest.raises(StudioError) as refusal:
            Project.open(tmp_path, mode=mode)  # type: ignore[arg-type]
        assert says in sentence_of(refusal)
    assert not (tmp_path / "project.lock").exists()
    assert (tmp_path / DATABASE).read_bytes() == content


def test_a_cut_database_is_named(project: Project) -> None:
    path = project.path
    project.close()
    file = path / DATABASE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(StudioError, match="is cut short"):
        Project.open(path)


def test_a_page_that_is_damaged_is_a_sentence_when_it_is_met(project: Project) -> None:
    path = project.path
    project.close()
    file = path / DATABASE
    whole = bytearray(file.read_bytes())
    for page in range(1, len(whole) // 4096):
        whole[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    file.write_bytes(whole)
    with pytest.raises(StudioError, match="is damaged") as refusal, Project.open(path) as again:
        again.status()
    sentence_of(refusal)


_AS_NOBODY = """
import os, sys
from studio.errors import StudioError
from studio.project import Project
Project.create(sys.argv[2]).close()  # loads what is loaded late, while it may be read
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
project = Project.open(sys.argv[1])
labels = [label.name for label in project.labels()]
try:
    project.add_label("new")
except StudioError as error:
    print(project.mode, labels, error, sep="|")
"""


@pytest.mark.skipif(os.name != "posix", reason="folders are made read-only by POSIX modes")
def test_a_project_on_a_read_only_disk_can_be_looked_at(project: Project, tmp_path: Path) -> None:
    path = project.path
    project.close()
    # Where pytest keeps its folders, only their owner may look.
    with tempfile.TemporaryDirectory() as open_folder:
        copy = Path(open_folder) / "moles"
        shutil.copytree(path, copy)
        Path(open_folder).chmod(0o755)
        (copy / DATABASE).chmod(0o444)
        copy.chmod(0o555)
        answer = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(copy), str(tmp_path / "other")],
            capture_output=True,
            text=True,
            check=False,
        )
        copy.chmod(0o755)
    assert answer.stdout.startswith("read|['melanocyticnevus', 'malignantmelanoma']|"), answer
    assert "open for reading only" in answer.stdout


def test_work_that_outlives_the_project_leaves_no_connection_open(project: Project) -> None:
    """As a thread of the window does when another project is opened meanwhile."""
    with project.connect():
        project.close()
    project.set_setting("plan", {"stage": "first"})
    assert project.get_setting("plan") == {"stage": "first"}
    assert not open_files(project.path)


def test_closing_twice_is_fine(project: Project) -> None:
    project.close()
    project.close()
