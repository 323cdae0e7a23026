"""What is saved of a damaged project, and what is refused of a tampered one."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import NewBox, NewImage, NewSource, Project, SourceStatus
from studio.project.rescue import rescue
from studio.project.soundness import DamagedProject
from studio.review import Reviewer

PAGE = 4096


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, make_image: Callable[..., NewImage]) -> Path:
    """A closed project with 6 images, 600 boxes, decisions, sources, a snapshot and a run."""
    path = tmp_path_factory.mktemp("template") / "p"
    with Project.create(path, ["nevus", "melanoma"], reviewer="Ana") as project:
        images = project.images.add_many([make_image(b"%d" % n) for n in range(6)])
        boxes = project.boxes.add(
            [NewBox(image.id, Square(99, 99, 40 + n), 1) for image in images for n in range(100)]
        )
        Reviewer(project, "Ana").accept_page(boxes[:150])
        project.sources.add_many(
            [
                NewSource("file", "files", SourceStatus.IMAGE, path="x" * 200, image_id=image.id)
                for image in images
            ]
        )
        project.snapshots.create("first", {}, boxes[:20])
        run = project.runs.new_folder("train", "a run")
        (run / "log.txt").write_text("hello")
    return path


@pytest.fixture
def full(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "p")
    return tmp_path / "p"


def counts(path: Path) -> dict[str, int]:
    with Project.open(path, "read") as project, project.connect() as connection:
        tables = ("label", "image", "box", "event", "source", "snapshot", "snapshot_box", "run")
        return {
            name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() or 0
            for name in tables
        }


def pages_of(path: Path, table: str) -> list[int]:
    """The leaf pages of a table, from 0, found by the type of page and the root's cells."""
    content = (path / "project.db").read_bytes()
    with sqlite3.connect(path / "project.db") as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (root,) = connection.execute(query, (table,)).fetchone()
    connection.close()
    start = (root - 1) * PAGE
    assert content[start] == 5  # the root of a table with more than one page
    cells = int.from_bytes(content[start + 3 : start + 5], "big")
    pointers = [
        int.from_bytes(content[start + 12 + 2 * n : start + 14 + 2 * n], "big")
        for n in range(cells)
    ]
    return [int.from_bytes(content[start + at : start + at + 4], "big") - 1 for at in pointers]


def overwrite(path: Path, page: int, content: bytes) -> None:
    with (path / "project.db").open("r+b") as file:
        file.seek(page * PAGE)
        file.write(content)


def test_a_whole_project_is_copied_whole(full: Path, tmp_path: Path) -> None:
    report = rescue(full, tmp_path / "out")
    assert report.whole
    assert (report.originals, report.other_files) == (6, 1)
    assert counts(tmp_path / "out") == counts(full)
    with Project.open(tmp_path / "out", reviewer="Ana") as project:
        assert project.mode == "edit"
        assert Reviewer(project, "Ana").undo() is not None  # the history goes on
        (run,) = project.runs.list()
        assert (run.folder / "log.txt").read_text() == "hello"


def test_rows_around_a_damaged_page_are_saved(full: Path, tmp_path: Path) -> None:
    before = counts(full)
    pages = pages_of(full, "box")
    overwrite(full, pages[len(pages) // 2], os.urandom(PAGE))
    for mode in ("edit", "append", "read"):
        with pytest.raises(DamagedProject, match=r"is damaged.*can-studio rescue"):
            Project.open(full, mode)  # type: ignore[arg-type]
    report = rescue(full, tmp_path / "out")
    saved = counts(tmp_path / "out")
    assert not report.whole
    assert 0 < report.unreadable["box"] < 120  # one page of some fifty rows
    assert saved["box"] == before["box"] - report.unreadable["box"]
    same = ("label", "image", "source", "snapshot", "run", "event")
    assert {name: saved[name] for name in same} == {name: before[name] for name in same}
    assert (tmp_path / "out" / "rescue.json").is_file()
    assert report.originals == 6


def test_a_lost_first_page_is_replaced(full: Path, tmp_path: Path) -> None:
    before = counts(full)
    overwrite(full, 0, bytes(PAGE))
    with pytest.raises(DamagedProject, match="is not a database"):
        Project.open(full)
    rescue(full, tmp_path / "out")
    assert counts(tmp_path / "out") == before


def test_what_is_left_of_a_cut_database_is_saved(full: Path, tmp_path: Path) -> None:
    file = full / "project.db"
    os.truncate(file, file.stat().st_size * 3 // 4 // PAGE * PAGE)
    with pytest.raises(DamagedProject, match="is cut short"):
        Project.open(full)
    report = rescue(full, tmp_path / "out")
    assert report.rows["label"] == 2
    assert counts(tmp_path / "out")["box"] == report.rows["box"]


def test_nothing_to_save_is_a_sentence_and_leaves_nothing(full: Path, tmp_path: Path) -> None:
    (full / "project.db").write_bytes(b"nothing" * 9999)
    with pytest.raises(StudioError, match="can be read"):
        rescue(full, tmp_path / "out")
    with pytest.raises(StudioError, match="lies in the damaged project"):
        rescue(full, full / "out")
    with pytest.raises(StudioError, match="nothing to save"):
        rescue(tmp_path / "none", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def read_all(project: Project) -> None:
    for image in project.images.by_ids(project.images.ids()):
        project.boxes.of_image(image.id)


def tamper(path: Path, *statements: str) -> None:
    with sqlite3.connect(path / "project.db") as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM box; END", "a trigger “t”"),
        ("CREATE VIEW v AS SELECT * FROM box", "a view “v”"),
        ("CREATE TABLE other (a)", "a table “other”"),
        ("ALTER TABLE box ADD COLUMN z AS (zeroblob(1000000000))", "a computed column “box.z”"),
        ("UPDATE label SET name = '../../../x' WHERE id = 1", "the label|The label"),
        ("UPDATE label SET position = 'first'", "not a whole number"),
    ],
)
def test_what_the_studio_did_not_make_is_refused_and_rescued(
    full: Path, tmp_path: Path, statement: str, said: str
) -> None:
    before = counts(full)
    tamper(full, statement)
    with pytest.raises(DamagedProject, match=said) as caught, Project.open(full) as project:
        project.labels()
    assert "can-studio rescue" in str(caught.value)
    report = rescue(full, tmp_path / "out")
    saved = counts(tmp_path / "out")
    if "position" in statement:
        assert report.refused["label"] == 2
        assert saved["box"] == before["box"]
        return
    assert saved == before
    assert report.renamed == ({"../../../x": "label 1"} if "../" in statement else {})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE image SET suffix = '/../../../../x' WHERE id = 3",
        "UPDATE image SET sha256 = '../../../../x' WHERE id = 3",
        "UPDATE image SET width = 'wide' WHERE id = 3",
        "UPDATE box SET state = 'eaten' WHERE image_id = 3",
        "UPDATE box SET cx = 'left' WHERE image_id = 3",
        "UPDATE box SET side = -5 WHERE image_id = 3",
    ],
)
def test_a_row_that_cannot_be_is_named_and_left_out_of_the_rescue(
    full: Path, tmp_path: Path, statement: str
) -> None:
    tamper(full, statement)
    said = r"holds a wrong value \(a row of “(image|box)”"
    with Project.open(full, "read") as project, pytest.raises(DamagedProject, match=said):
        read_all(project)
    report = rescue(full, tmp_path / "out")
    table = "image" if "image SET" in statement else "box"
    assert report.refused[table] == (1 if table == "image" else 100)
    with Project.open(tmp_path / "out") as project:
        assert project.images.count() == (5 if table == "image" else 6)
    unfiled = tmp_path / "out" / "unfiled"
    assert (len(list(unfiled.iterdir())) if unfiled.exists() else 0) == (table == "image")


def test_missing_and_damaged_originals_are_named(full: Path, tmp_path: Path) -> None:
    first, second, *_ = sorted((full / "originals").rglob("*.jpg"))
    first.unlink()
    second.write_bytes(b"changed")
    (full / "runs" / "link").symlink_to("/etc/passwd")
    report = rescue(full, tmp_path / "out")
    assert (report.missing, report.damaged) == ([first.name], [second.name])
    assert report.originals == 4
    assert not (tmp_path / "out" / "runs" / "link").exists()
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(StudioError, match="was stopped"):
        rescue(full, tmp_path / "out", stop=lambda: True)
    assert not (tmp_path / "out").exists()
