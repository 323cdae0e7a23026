import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from studio.errors import StudioError
from studio.project import Project, migration
from studio.project.database import open_engine, writer_of
from studio.project.schema import metadata


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


def test_an_older_project_is_upgraded_by_whoever_edits(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = set_revision(project, "0000")
    upgraded = []
    monkeypatch.setattr(migration, "_known_revisions", lambda: {"0000", migration.HEAD})
    monkeypatch.setattr(migration, "upgrade", upgraded.append)
    with pytest.raises(StudioError, match="open it once for editing"):
        Project.open(path, mode="read")
    assert upgraded == []
    Project.open(path).close()
    assert len(upgraded) == 1
