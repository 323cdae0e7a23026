"""Whether a database is whole and holds nothing that the studio did not put there.

A `project.db` may come from anywhere. A trigger would run at every decision, a view or a table
under a known name would answer in the place of the studio's own, a generated column would compute
what a reviewer is shown; and a file with a few wrong bytes answers some questions and not others.
"""

import shlex
from pathlib import Path

from sqlalchemy import Connection

from studio import files
from studio.errors import StudioError
from studio.opening import FileRefused, read_json, shown_text
from studio.project import schema

RESCUE = "Save what can be saved: can-studio rescue"
_OWN_TABLES = frozenset(schema.metadata.tables) | {"alembic_version"}
_ALWAYS_CHECKED = 16 * 1024 * 1024  # bytes; checking a larger file takes a time that is felt
_CHECKED = "checked.json"


class DamagedProject(StudioError):
    """A database that is damaged or was tampered with; what it holds may be saved (`rescue`)."""

    @classmethod
    def of(cls, file: Path, what: str) -> "DamagedProject":
        """`what` follows the name of the database: "is damaged"."""
        folder = shlex.quote(str(file.parent))
        return cls(f"{file} {what}. Restore it from a backup. {RESCUE} {folder} OUT.")


def check_objects(connection: Connection, file: Path) -> None:
    """Raise DamagedProject for a trigger, a view, a table or a computed column of somebody else.

    The names that SQLite keeps for itself and indexes, which only make a query fast, are let pass.
    """
    rows = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE type <> 'index' LIMIT 1000"
    )
    for kind, name, made_by in rows.all():
        told = shown_text(str(name), 60)
        plain = kind == "table" and "virtual" not in str(made_by)[:40].casefold()
        if plain and (name in _OWN_TABLES or str(name).startswith("sqlite_")):
            continue
        raise DamagedProject.of(
            file, f"holds a {kind} “{told}” that CAN Studio did not make, and is not opened"
        )
    hidden = connection.exec_driver_sql(
        "SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_xinfo(m.name) AS c "
        "WHERE m.type = 'table' AND c.hidden <> 0 LIMIT 1"
    ).first()
    if hidden is not None:
        told = shown_text(f"{hidden[0]}.{hidden[1]}", 60)
        raise DamagedProject.of(
            file, f"has a computed column “{told}” that CAN Studio did not make, and is not opened"
        )


def check_pages(connection: Connection, file: Path) -> None:
    """Raise DamagedProject unless SQLite finds the pages of the database to fit together.

    A large file that has not changed since it was last found whole is not checked again.
    """
    if file.stat().st_size > _ALWAYS_CHECKED and _stamp(file) == _last_stamp(file):
        return
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        told = shown_text(" ".join(str(found).replace("*** in database main ***", "").split()), 100)
        told = told.rstrip(".")
        raise DamagedProject.of(file, f"is damaged ({told})")
    note_checked(file)


def note_checked(file: Path) -> None:
    """Remember that a large database is whole as it is now: it was checked, or closed by us."""
    if file.stat().st_size <= _ALWAYS_CHECKED:
        return
    try:
        files.write_json(_stamp_file(file), _stamp(file), durable=False)
    except (OSError, ValueError):
        return  # a project that cannot be written is checked each time


def _stamp(file: Path) -> list[int]:
    found = file.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _last_stamp(file: Path) -> object:
    log = file.with_name(file.name + "-wal")
    if log.exists() and log.stat().st_size:
        return None  # what it holds is not in the file yet
    try:
        return read_json(_stamp_file(file), 1000, follow_links=False)
    except FileRefused:
        return None


def _stamp_file(file: Path) -> Path:
    return file.parent / "cache" / _CHECKED
