"""Save what can be saved of a damaged project into a new one.

The damaged project is only read. Its database is copied and read row by row, around the pages that
are damaged; every value is checked as if it came from outside, and what passes goes into a new
database. Originals are copied when their bytes still have their SHA-256, runs and exports as far as
they can be read. The report says what was saved, what was lost, and why.
"""

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Integer, MetaData, Table

from studio import files
from studio.errors import StudioError
from studio.imaging import Square
from studio.opening import FileRefused, open_regular, parse_json, sha256_file, shown_text
from studio.project import database, migration, originals, schema
from studio.project.names import safe_label
from studio.project.records import Action, BoxState, SourceStatus
from studio.project.runs import is_run_folder

DATABASE = "project.db"
REPORT = "rescue.json"
_FIRST = "0001"  # the revision of the first projects
_PART_ROWS = 2048
_AROUND_S = 10.0  # of reading row by row around damage; ever larger parts are given up after it
_MOST_ROWS = 50_000_000
_BLOCK = 1 << 20
MAX_BYTES = 64 << 30  # of a database

Progress = Callable[[int, int, str], None]
Row = dict[str, Any]


@dataclass
class RescueReport:
    """What was saved, and what was not.

    `rows` counts the rows saved by table, `unreadable` those on damaged pages and `refused` those
    with values that cannot be. `renamed` are labels that could not be folders. Of the originals,
    `missing` and `damaged` name those of the images saved, and `unfiled` counts files that no
    image saved knows; they lie in the folder of that name.
    """

    project: str
    out: str
    rows: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    originals: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unfiled: int = 0
    other_files: int = 0
    unreadable_files: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing was lost."""
        lost = sum(self.unreadable.values()) + sum(self.refused.values())
        return not (lost or self.missing or self.damaged or self.unreadable_files)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "whole": self.whole}


def rescue(
    project: Path,
    out: Path,
    on_progress: Progress = lambda done, total, what: None,
    stop: Callable[[], bool] = lambda: False,
) -> RescueReport:
    """Save what can be saved of `project` into `out`, a new folder, which becomes a project.

    Raises StudioError when there is no database to read, nothing in it can be read, `out` is in use
    or lies in the project, or `stop` said so; nothing is left of `out` then.
    """
    project, out = Path(project).absolute(), Path(out).absolute()
    _check_places(project, out)
    report = RescueReport(str(project), str(out))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with files.building(out) as part:
            part.mkdir()
            shas = _save_database(project, part, report)
            _save_originals(project, part, shas, report, on_progress, stop)
            for name in ("runs", "exports"):
                _copy_tree(project / name, part / name, report, stop)
            (part / "cache").mkdir()
            files.write_json(part / REPORT, report.to_dict())
    except OSError as error:
        raise StudioError(f"{out} cannot be written: {error.strerror or error}.") from error
    return report


def _check_places(project: Path, out: Path) -> None:
    if not (project / DATABASE).exists():
        raise StudioError(f"{project} has no {DATABASE}: there is nothing to save.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudioError(f"{out} is not an empty folder: choose a new one.")
    if out.resolve().is_relative_to(project.resolve()):
        raise StudioError(f"{out} lies in the damaged project: choose a folder elsewhere.")


# --- the database ---------------------------------------------------------------------------------


def _save_database(project: Path, part: Path, report: RescueReport) -> list[tuple[str, str]]:
    """Write the new database; returns (sha256, suffix) of the images saved."""
    with files.temporary_folder() as folder:
        copy = _copied(project / DATABASE, folder)
        fresh = part / DATABASE
        with contextlib.closing(_open_damaged(copy, folder)) as source:
            # An older database is saved as it is, and what was saved is upgraded.
            tables = _make_empty(fresh, _revision_of(source))
            target = sqlite3.connect(fresh, isolation_level=None)
            try:
                target.execute("PRAGMA foreign_keys=OFF")
                target.execute("BEGIN")
                kept, patience = _Kept(report, tables), _Patience()
                for table in tables.sorted_tables:
                    _save_table(source, target, table, kept, patience, report)
                target.execute("COMMIT")
            finally:
                target.close()
        _upgrade(fresh)
        target = sqlite3.connect(fresh, isolation_level=None)
        try:
            if not any(report.rows.values()):
                raise StudioError(f"No row of {project / DATABASE} can be read: nothing is saved.")
            if target.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
                raise StudioError(f"What was saved of {project} does not fit together.")
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return target.execute("SELECT sha256, suffix FROM image ORDER BY id").fetchall()
        finally:
            target.close()


def _copied(file: Path, folder: Path) -> Path:
    """The database and its log, copied, so that reading it changes nothing.

    Raises StudioError where the disk for temporary files has no room for them.
    """
    for suffix in ("", "-wal"):
        source = file.with_name(file.name + suffix)
        if suffix and not source.exists():
            continue
        size, free = source.stat().st_size, shutil.disk_usage(folder).free
        if size > min(free // 2, MAX_BYTES):
            raise StudioError(
                f"{source} has {size:,} bytes, too many to be copied: {free:,} bytes are free in "
                f"{folder.parent}."
            )
        with (
            open_regular(source, follow_links=False) as reading,
            (folder / source.name).open("wb") as writing,
        ):
            shutil.copyfileobj(reading, writing, _BLOCK)
    return folder / file.name


def _make_empty(file: Path, revision: str) -> MetaData:
    """Make a database of a revision, as a new project had it then; returns its tables."""
    file.touch()
    engine = database.open_engine(file, write=True)
    tables = schema.metadata
    try:
        database.use_write_ahead_log(engine)
        writer = database.writer_of(engine)
        if revision == migration.HEAD:
            with writer.begin() as connection:
                migration.create_tables(connection)
        else:
            migration.upgrade(writer, revision=revision)
            tables = MetaData()
            tables.reflect(engine)
            tables.remove(tables.tables["alembic_version"])
    finally:
        engine.dispose()
    return tables


def _upgrade(file: Path) -> None:
    engine = database.open_engine(file, write=True)
    try:
        with engine.connect() as connection:
            outdated = migration.revision_of(connection) != migration.HEAD
        if outdated:
            migration.upgrade(database.writer_of(engine))
    finally:
        engine.dispose()


def _revision_of(source: sqlite3.Connection) -> str:
    columns = source.execute("PRAGMA table_info(image)").fetchall()
    return _FIRST if any(column[1] == "proposed_by" for column in columns) else migration.HEAD


def _first_pages(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The first pages, with the list of tables, that a project may have had, each with the
    revision that the database says it has: made now, upgraded, or of the first version."""
    new, old, layout = (folder / name for name in ("new.db", "old.db", "layout.db"))
    _make_empty(new, migration.HEAD)
    yield migration.HEAD, _first_page(new)
    tables = _make_empty(layout, _FIRST)  # by the migration, which makes the tables in its order
    old.touch()
    engine = database.open_engine(old, write=True)
    try:
        with database.writer_of(engine).begin() as connection:
            migration.create_tables(connection, tables, _FIRST)
    finally:
        engine.dispose()
    yield _FIRST, _first_page(old)
    _upgrade(old)
    yield migration.HEAD, _first_page(old)


def _first_page(file: Path) -> bytes:
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(100)[16:18], "big")
        stream.seek(0)
        return stream.read(size)


def _open_damaged(copy: Path, folder: Path) -> sqlite3.Connection:
    """The copy, open, by its own first page or by that of a new database of the same schema."""
    try:
        return _tried(copy)
    except sqlite3.DatabaseError:
        copy.with_name(copy.name + "-wal").unlink(missing_ok=True)
    with contextlib.suppress(sqlite3.DatabaseError):
        return _tried(copy)
    # The first page, with the list of tables, is lost. The tables lie where they lie in another
    # project of the same version, and the page of the version says whether that is so.
    candidates = list(_first_pages(folder))
    for revision, page in candidates:
        _replace_first_page(copy, page)
        with contextlib.suppress(sqlite3.DatabaseError):
            found = _tried(copy)
            if _says(found, revision):
                return found
            found.close()
    _replace_first_page(copy, candidates[0][1])
    try:
        return _tried(copy)
    except sqlite3.DatabaseError as error:
        raise StudioError(f"Nothing of {copy.name} can be read: {error}.") from error


def _replace_first_page(copy: Path, content: bytes) -> None:
    page = bytearray(content)
    page[28:32] = (copy.stat().st_size // len(page)).to_bytes(4, "big")
    page[32:40] = bytes(8)  # no free pages that anybody would look for
    with copy.open("r+b") as file:
        file.write(page)


def _says(connection: sqlite3.Connection, revision: str) -> bool:
    """Whether the table of the version is where it is looked for, and holds this revision."""
    try:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.DatabaseError:
        return False
    return rows == [(revision,)]


def _tried(copy: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(copy, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA writable_schema=ON")  # reads on past a wrong entry
        connection.execute("PRAGMA cell_size_check=ON")
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'image'"
        if connection.execute(tables).fetchone() != (1,):
            raise sqlite3.DatabaseError("it has no table of images")
        return connection
    except BaseException:
        connection.close()
        raise


def _save_table(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    table: Table,
    kept: "_Kept",
    patience: "_Patience",
    report: RescueReport,
) -> None:
    name = table.name
    saved = unreadable = refused = 0
    columns = _columns(source, table)
    marks = ", ".join("?" for _ in table.c)
    names = ", ".join(f'"{column.name}"' for column in table.c)
    statement = f'INSERT OR IGNORE INTO "{name}" ({names}) VALUES ({marks})'
    for found in _rows(source, name, columns, patience) if columns else ():
        if found is None:
            unreadable += 1
            continue
        row = _checked(table, found)
        row = None if row is None else kept.check(name, row)
        if row is None:
            refused += 1
            continue
        values = [row[column.name] for column in table.c]
        if target.execute(statement, values).rowcount == 1:
            kept.keep(name, row)
            saved += 1
        else:
            refused += 1
    report.rows[name] = saved
    if unreadable:
        report.unreadable[name] = unreadable
    if refused:
        report.refused[name] = refused


def _columns(source: sqlite3.Connection, table: Table) -> list[str]:
    """The columns of ours that the damaged table has; none where it is not a plain table."""
    try:
        kind = "SELECT type, sql FROM sqlite_master WHERE name = ?"
        rows = source.execute(kind, (table.name,)).fetchall()
        if len(rows) != 1 or rows[0][0] != "table" or "VIRTUAL" in str(rows[0][1])[:40].upper():
            return []
        info = source.execute(f'PRAGMA table_xinfo("{table.name}")').fetchall()
    except sqlite3.DatabaseError:
        return []
    plain = {row[1] for row in info if row[6] == 0}
    return [column.name for column in table.c if column.name in plain]


def _rows(
    source: sqlite3.Connection, name: str, columns: Sequence[str], patience: "_Patience"
) -> Iterator[Row | None]:
    """The rows of a table in their order, None for each that cannot be read."""
    names = ", ".join(f'"{column}"' for column in columns)
    select = f'SELECT rowid, {names} FROM "{name}" NOT INDEXED WHERE rowid'
    last, top = -1, None
    while True:
        try:
            part = source.execute(f"{select} > ? ORDER BY rowid LIMIT {_PART_ROWS}", (last,))
            rows = part.fetchall()
            if any(row[0] <= last for row in rows):  # pages that lead back to earlier ones
                raise sqlite3.DatabaseError("rows are out of order")
        except sqlite3.DatabaseError:
            top = _top(source, name) if top is None else top
            if last >= top:
                return
            upper = min(last + patience.part(), top)
            yield from _around(source, select, columns, last + 1, upper, patience)
            last = upper
            continue
        if not rows:
            return
        for row in rows:
            yield dict(zip(columns, row[1:], strict=True))
        last = max(row[0] for row in rows)


def _around(
    source: sqlite3.Connection,
    select: str,
    columns: Sequence[str],
    low: int,
    high: int,
    patience: "_Patience",
) -> Iterator[Row | None]:
    """The rows from `low` to `high`, in ever smaller parts where one cannot be read."""
    try:
        rows = source.execute(f"{select} BETWEEN ? AND ? ORDER BY rowid", (low, high)).fetchall()
    except sqlite3.DatabaseError:
        if low == high or patience.is_over():
            yield None
        else:
            middle = (low + high) // 2
            yield from _around(source, select, columns, low, middle, patience)
            yield from _around(source, select, columns, middle + 1, high, patience)
        return
    for row in rows:
        yield dict(zip(columns, row[1:], strict=True))


def _top(source: sqlite3.Connection, name: str) -> int:
    """The highest row id, or, where that cannot be read, more than a file of its size can have."""
    with contextlib.suppress(sqlite3.DatabaseError):
        found = source.execute(f'SELECT max(rowid) FROM "{name}"').fetchone()[0]
        if isinstance(found, int):
            return min(found, _MOST_ROWS)  # a damaged one may be of any size
    with contextlib.suppress(sqlite3.DatabaseError):
        pages: int = source.execute("PRAGMA page_count").fetchone()[0]
        return min(pages * 128, _MOST_ROWS)
    return 0


class _Patience:
    """How long rows are looked for one by one; the parts that are tried grow afterwards, so that a
    database without a readable page comes to an end."""

    def __init__(self) -> None:
        self._end = time.monotonic() + _AROUND_S
        self._part = _PART_ROWS

    def is_over(self) -> bool:
        """Whether a part that cannot be read is given up as a whole."""
        return time.monotonic() > self._end

    def part(self) -> int:
        """How many rows to try next."""
        if self.is_over():
            self._part = min(2 * self._part, _MOST_ROWS)
        return self._part


# --- what a value may be --------------------------------------------------------------------------


def _checked(table: Table, found: Mapping[str, Any]) -> Row | None:
    """The row with values of the right types, None where one that is needed is not."""
    row: Row = {}
    for column in table.c:
        value = _value(column, found.get(column.name))
        if value is None and not column.nullable:
            known = schema.metadata.tables[table.name].c.get(column.name, column)
            default = known.default.arg if known.default is not None else None  # type: ignore[attr-defined]
            if default is None:
                return None
            value = default
        row[column.name] = value
    return row


def _value(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return bool(value) if value in (0, 1) else None
    if isinstance(kind, Integer):
        return value if isinstance(value, int) else None
    if isinstance(kind, Float):
        return float(value) if isinstance(value, int | float) and isfinite(value) else None
    if not isinstance(value, str):
        return None
    if isinstance(kind, JSON):
        try:
            parse_json(value)
        except ValueError:
            return None
    return value.replace("\0", "�")


class _Kept:
    """Which rows are in the new database, and what of a row fits to them."""

    def __init__(self, report: RescueReport, tables: MetaData) -> None:
        self._report = report
        self._tables = tables.tables
        self._ids: dict[str, set[Any]] = {name: set() for name in self._tables}
        self._folded: set[str] = set()
        self._positive = False

    def keep(self, table: str, row: Row) -> None:
        """Remember a row that was saved."""
        if "id" in row:
            self._ids[table].add(row["id"])

    def check(self, table: str, row: Row) -> Row | None:
        """The row as it can be kept; None for one that cannot."""
        for column in self._tables[table].foreign_keys:
            name, other = column.parent.name, column.column.table.name
            if row[name] is not None and row[name] not in self._ids[other]:
                if not column.parent.nullable:
                    return None
                row[name] = None
        try:
            return getattr(self, f"_{table}", self._any)(row)
        except (ValueError, StudioError):
            return None

    @staticmethod
    def _any(row: Row) -> Row:
        return row

    def _label(self, row: Row) -> Row:
        try:
            name = safe_label(row["name"])
        except StudioError:
            name = ""
        if not name or name.casefold() in self._folded:
            old, name = row["name"], f"label {row['id']}"
            while name.casefold() in self._folded:
                name += " again"
            self._report.renamed[shown_text(str(old), 80)] = name
        self._folded.add(name.casefold())
        positive = bool(row["positive"]) and not self._positive
        self._positive |= positive
        return {**row, "name": name, "positive": positive}

    @staticmethod
    def _image(row: Row) -> Row:
        originals.check_name(row["sha256"], row["suffix"])
        if min(row["width"], row["height"], row["bytes"]) < 1 or not 1 <= row["orientation"] <= 8:
            raise ValueError("it has no size")
        return row

    @staticmethod
    def _box(row: Row) -> Row:
        Square(row["cx"], row["cy"], row["side"])
        BoxState(row["state"])
        return row

    _decision = _box

    @staticmethod
    def _snapshot_box(row: Row) -> Row:
        Square(row["cx"], row["cy"], row["side"])
        BoxState(row["state"])
        return row

    @staticmethod
    def _source(row: Row) -> Row:
        SourceStatus(row["status"])
        return row

    @staticmethod
    def _event(row: Row) -> Row:
        Action(row["action"])
        return row

    @staticmethod
    def _run(row: Row) -> Row:
        if not is_run_folder(row["folder"]):
            raise ValueError("it lies elsewhere")
        return row


# --- files ----------------------------------------------------------------------------------------


def _save_originals(
    project: Path,
    part: Path,
    images: Sequence[tuple[str, str]],
    report: RescueReport,
    on_progress: Progress,
    stop: Callable[[], bool],
) -> None:
    target = part / "originals"
    target.mkdir()
    known: set[str] = set()
    for done, (sha256, suffix) in enumerate(images):
        _raise_if_stopped(stop)
        on_progress(done, len(images), "Copying originals")
        source = originals.location(project / "originals", sha256, suffix)
        known.add(source.name)
        try:
            if sha256_file(source) != sha256:
                report.damaged.append(source.name)
            else:
                originals.keep(target, source, sha256, suffix)
                report.originals += 1
        except (OSError, StudioError):
            (report.damaged if source.exists() else report.missing).append(source.name)
    on_progress(len(images), len(images), "Copying originals")
    for source in _regular_files(project / "originals"):
        if source.name not in known and not files.is_part(source.name):
            _raise_if_stopped(stop)
            place = part / "unfiled" / source.name
            if not place.exists() and _copy(source, place, report):
                report.unfiled += 1


def _copy_tree(source: Path, target: Path, report: RescueReport, stop: Callable[[], bool]) -> None:
    target.mkdir()
    for file in _regular_files(source):
        _raise_if_stopped(stop)
        if not files.is_part(file.name) and _copy(file, target / file.relative_to(source), report):
            report.other_files += 1


def _regular_files(folder: Path) -> Iterator[Path]:
    """The files under a folder; links, devices and what cannot be listed are passed over."""
    for place, _, names in os.walk(folder, followlinks=False):
        for name in sorted(names):
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _copy(source: Path, target: Path, report: RescueReport) -> bool:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open_regular(source, follow_links=False) as reading, target.open("xb") as writing:
            shutil.copyfileobj(reading, writing, _BLOCK)
        return True
    except (FileRefused, OSError):
        target.unlink(missing_ok=True)
        report.unreadable_files.append(shown_text(str(source)))
        return False


def _raise_if_stopped(stop: Callable[[], bool]) -> None:
    if stop():
        raise StudioError("The rescue was stopped; nothing was written.")
