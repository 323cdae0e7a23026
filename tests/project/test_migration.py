import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, text

from studio.errors import StudioError
from studio.project import BoxState, Project, events, lock, migration, schema
from studio.project.database import open_engine, writer_of
from studio.project.decisions import COLUMNS, decisions_on, from_log, log_of
from studio.project.examinations import not_examined_by
from studio.project.rescue import rescue
from studio.project.schema import metadata
from studio.review import Filter, Reviewer, box_queue, count_review, deciders


def empty(file: Path) -> Engine:
    file.touch()
    return open_engine(file, write=True)


def definitions(engine: Engine) -> dict[str, list[str]]:
    """The SQL of each table and index; constraints in any order."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL"))
        found = {name: re.sub(r"\s+", " ", sql) for name, sql in rows}
    found.pop("alembic_version")
    return {
        name: sorted(part.strip() for part in re.split(r",? (?=CONSTRAINT)|\)$", sql))
        for name, sql in found.items()
    }


def test_the_migrations_lead_to_the_metadata(tmp_path: Path) -> None:
    migrated, made = empty(tmp_path / "migrated.db"), empty(tmp_path / "made.db")
    migration.upgrade(writer_of(migrated))
    with writer_of(made).begin() as connection:
        migration.create_tables(connection)
    with migrated.connect() as connection:
        assert migration.revision_of(connection) == migration.HEAD
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert definitions(migrated) == definitions(made)
    migrated.dispose()
    made.dispose()


def test_head_is_the_newest_migration() -> None:
    script = ScriptDirectory.from_config(migration.alembic_config())
    assert script.get_heads() == [migration.HEAD]


def set_revision(project: Project, revision: str) -> Path:
    with project.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    project.close()
    return project.path


@pytest.mark.parametrize("mode", ["edit", "append", "read"])
def test_a_newer_project_is_refused_in_one_sentence(project: Project, mode: str) -> None:
    path = set_revision(project, "9001")
    before = (path / "project.db").read_bytes()
    with pytest.raises(StudioError, match="newer version of CAN Studio") as refusal:
        Project.open(path, mode=mode)  # type: ignore[arg-type]
    assert "\n" not in str(refusal.value)
    assert not (path / "project.lock").exists()
    assert (path / "project.db").read_bytes() == before


def test_an_older_project_is_upgraded_by_whoever_opens_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = set_revision(project, "0000")
    upgraded: list[Engine] = []
    monkeypatch.setattr(migration, "_known_revisions", lambda: {"0000", migration.HEAD})
    monkeypatch.setattr(migration, "upgrade", lambda engine, tell: upgraded.append(engine))
    for mode in ("edit", "append", "read"):
        Project.open(path, mode=mode).close()  # type: ignore[arg-type]
    assert len(upgraded) == 3
    assert not (path / "project.lock").exists()


# A small project of the version before, as that version wrote it, and what it said of it: a
# detector's boxes, a list's and hand-drawn ones, undos, and decisions of three reviewers.
BEFORE = Path(__file__).with_name("project_0001.sql")
QUEUE = [1, 2, 3, 6, 7, 8, 11, 12, 13, 30, 31, 15, 32, 20, 21, 22, 25, 26, 27]
UNDECIDED = [3, 13, 15, 20, 21, 22, 25, 26, 27]
DECIDED_BY = {"Ana": [1, 2, 7, 32], "Bo": [6, 8, 11, 31], "Cy": [12, 30]}
DECIDERS = {
    1: {1: "Ana", 2: "Ana"},
    2: {6: "Bo", 7: "Ana", 8: "Bo"},
    3: {11: "Bo", 13: "Ana", 12: "Cy"},
    4: {32: "Ana", 30: "Cy", 31: "Bo"},
}


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The folder of that project; its originals are not there."""
    path = tmp_path / "before"
    path.mkdir()
    with closing(sqlite3.connect(path / "project.db")) as connection:
        connection.executescript(BEFORE.read_text())
        connection.execute("PRAGMA journal_mode=WAL")
    return path


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path / "project.db")) as connection:
        return connection.execute(query).fetchall()


def test_a_project_of_the_version_before_keeps_everything(before: Path) -> None:
    kept = {
        "box": "id, image_id, cx, cy, side, label_id, state, origin, version, score, reason, "
        "comment, deleted",
        "event": "id, time, reviewer_id, image_id, box_id, action, before, after, detector, "
        "ms_spent, on_screen, reverts, batch",
        "image": "id, sha256, file, bytes, width, height, orientation, phash, label_id, stack_id",
        "source": "*",
        "snapshot": "*",
        "snapshot_box": "*",
        "setting": "*",
        "reviewer": "*",
        "label": "*",
    }
    then = {table: rows(before, f"SELECT {names} FROM {table}") for table, names in kept.items()}
    order = rows(before, "SELECT id, rank FROM box ORDER BY id")
    Project.open(before).close()
    now = {table: rows(before, f"SELECT {names} FROM {table}") for table, names in kept.items()}
    assert now == then
    assert rows(before, "SELECT id, position FROM box ORDER BY id") == order


def test_queues_and_deciders_are_those_of_the_version_before(before: Path) -> None:
    with Project.open(before) as project:
        assert list(box_queue(project)) == QUEUE
        undecided = Filter(states=frozenset({BoxState.UNDECIDED}))
        assert list(box_queue(project, undecided)) == UNDECIDED
        counts = count_review(project)
        assert (counts.strong_done, counts.strong) == (10, 19)
        for name, ids in DECIDED_BY.items():
            chosen = Filter(reviewers=frozenset({name}))
            assert list(box_queue(project, chosen)) == ids
        for image_id in project.images.ids():
            found = {box: who.reviewer for box, who in deciders(project, image_id).items()}
            assert found == DECIDERS.get(image_id, {})


def test_ranks_count_each_detector_and_examinations_say_when(before: Path) -> None:
    with Project.open(before) as project:
        boxes = project.boxes.of_image(4)
        assert [box.origin for box in boxes] == ["coco"] * 2 + ["blob"] * 5 + ["hand"]
        assert [box.rank for box in boxes] == [0, 1, 0, 1, 2, 3, 4, 0]
        assert not len(not_examined_by(project, "blob", "0"))
        assert len(not_examined_by(project, "blob", "1")) == 6
        assert project.status()["examined"] == {"blob 0": 6}
    times = "SELECT count(*) FROM examination AS x JOIN event AS e ON e.image_id = x.image_id "
    assert rows(before, times + "WHERE e.action = 'propose' AND x.time = e.time") == [(29,)]


def test_each_reviewer_has_the_decision_that_the_log_gives(before: Path) -> None:
    with Project.open(before) as project, project.connect() as connection:
        held = {
            (row.box_id, row.reviewer_id): (
                row.event_id,
                {name: getattr(row, name) for name in COLUMNS},
            )
            for row in connection.execute(select(schema.decision))
        }
        reviewers = range(1, 4)
        boxes = project.boxes.by_ids(range(1, 40))
        from_the_log = {
            (box.id, own): found
            for box in boxes
            for own in reviewers
            if (found := from_log(log_of(connection, box.id), own, events.columns_of(box)))
        }
        assert held == from_the_log
        assert len(held) == 14
        # Ana rejected it, said later that it was for a face, and Bo accepted it after that.
        said = {one.reviewer: (one.state, one.reason) for one in decisions_on(connection, 31)}
    assert said == {"Ana": (BoxState.REJECTED, "face"), "Bo": (BoxState.ACCEPTED, None)}


def test_undo_goes_on_where_the_version_before_stopped(before: Path) -> None:
    with Project.open(before) as project:
        undone = Reviewer(project, "Bo").undo()
        assert undone is not None
        assert undone.box_id == 31
        box = project.boxes.by_id(31)
        assert (box.state, box.reason) == (BoxState.REJECTED, "face")
        assert deciders(project, 4)[31].reviewer == "Ana"


KILLED = """
import os, sys
from pathlib import Path
from studio.project import Project

steps = []

def tell(done, total):
    steps.append(done)
    if len(steps) == int(sys.argv[2]):
        os.kill(os.getpid(), 9)

Project.open(Path(sys.argv[1]), on_upgrade=tell).close()
"""


@pytest.mark.parametrize("step", [1, 3, 5])
def test_a_killed_upgrade_leaves_the_project_as_it_was(
    before: Path, step: int, child: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    process = child([sys.executable, "-c", KILLED, str(before), str(step)])
    assert process.wait(60) == -9
    assert rows(before, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert rows(before, "SELECT count(proposed_by) FROM image") == [(6,)]
    with Project.open(before) as project:
        assert list(box_queue(project)) == QUEUE


def test_a_project_that_is_being_edited_is_not_upgraded_by_a_reader(before: Path) -> None:
    me = lock.Holder.this_process("Ana")
    assert lock.acquire(before, me) is None
    for mode in ("append", "read"):
        with pytest.raises(StudioError, match="is editing it: close it there first"):
            Project.open(before, mode)  # type: ignore[arg-type]
    lock.give_back(before, me)
    Project.open(before, "read").close()
    assert rows(before, "SELECT version_num FROM alembic_version") == [(migration.HEAD,)]


def test_a_damaged_project_of_the_version_before_is_saved_and_upgraded(
    before: Path, tmp_path: Path
) -> None:
    report = rescue(before, tmp_path / "whole")
    assert (report.refused, report.unreadable) == ({}, {})
    with Project.open(tmp_path / "whole") as project:
        assert list(box_queue(project)) == QUEUE
        assert deciders(project, 4)[31].reviewer == "Bo"
        assert project.status()["examined"] == {"blob 0": 6}


@pytest.mark.parametrize("upgraded", [False, True])
def test_a_lost_first_page_of_an_older_project_is_replaced(
    before: Path, tmp_path: Path, upgraded: bool
) -> None:
    if upgraded:
        Project.open(before).close()
    with (before / "project.db").open("r+b") as file:
        file.write(bytes(4096))
    rescue(before, tmp_path / "out")
    with Project.open(tmp_path / "out") as project:
        assert list(box_queue(project)) == QUEUE
