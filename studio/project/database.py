"""SQLite as a project needs it: durable commits, one connection a thread, sentences for faults.

Reading goes through plain transactions; writing begins with BEGIN IMMEDIATE, so that two writers
(the window and a job) wait for one another at the beginning and never in the middle.
"""

import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from studio.errors import StudioError
from studio.opening import open_regular
from studio.project.records import WrongValue
from studio.project.soundness import DamagedProject

BUSY_MS = 15_000
_MAGIC = b"SQLite format 3\0"
_FAULTS = (
    ("locked", "is busy: another program kept writing for too long. Try again"),
    ("busy", "is busy: another program kept writing for too long. Try again"),
    ("readonly", "cannot be written: its disk or folder is read-only"),
    ("full", "cannot be written: the disk is full. Free some space and try again"),
    ("disk i/o", "cannot be read or written: the disk reports an error"),
    ("unable to open", "cannot be opened: its folder cannot be written or is gone"),
)
_DAMAGES = (
    "malformed",
    "not a database",
    "corrupt",
    "no such",  # a table or a column
    "could not decode",
    "out of range",
    "json cannot hold blob",
)


def open_engine(file: Path, *, write: bool) -> Engine:
    """An engine whose connections are safe to use from any thread, one at a time each.

    Without `write`, SQLite itself refuses every change.
    """
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(file, write),
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=64,
    )
    event.listen(engine, "begin", _begin)
    return engine


def writer_of(engine: Engine) -> Engine:
    """The same engine and pool, for transactions that write."""
    return engine.execution_options(studio_write=True)


def use_write_ahead_log(engine: Engine) -> None:
    """Have the database, for good, log its changes: readers never wait for a writer then."""
    connection = engine.raw_connection()  # outside the transactions that `_begin` starts
    try:
        connection.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def check_header(file: Path) -> None:
    """Refuse, with a sentence, a file that cannot be a whole SQLite database.

    Raises StudioError for an empty, foreign or cut file. The length is compared only where no
    write-ahead log could hold the missing pages.
    """
    with open_regular(file) as stream:
        head = stream.read(100)
        size = stream.seek(0, 2)
    if not head:
        raise DamagedProject.of(file, "is empty")
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise DamagedProject.of(file, "is not a database")
    page = int.from_bytes(head[16:18], "big")
    expected = (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    log = file.with_name(file.name + "-wal")
    if size < expected and not (log.exists() and log.stat().st_size):
        raise DamagedProject.of(file, "is cut short")


@contextmanager
def faults_as_sentences(file: Path) -> Iterator[None]:
    """Turn faults of the disk or of the file into a StudioError; defects of ours pass as they are.

    Violated constraints are defects and are not caught. A value that no row of ours can have (a
    state that there is not, text in the place of a number) is damage.
    """
    try:
        yield
    except WrongValue as error:
        raise DamagedProject.of(file, f"holds a wrong value ({error})") from error
    except (ValueError, TypeError, RecursionError) as error:
        # SQLite's own messages may quote bytes of a damaged file, which Python then cannot decode.
        if not isinstance(error, UnicodeDecodeError) and not _in_result(error):
            raise
        raise DamagedProject.of(file, "holds a wrong value") from error
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        text = str(cause).lower()
        for sign, sentence in _FAULTS:
            if sign in text and not isinstance(cause, sqlite3.IntegrityError):
                raise StudioError(f"{file} {sentence}.") from error
        if any(sign in text for sign in _DAMAGES):
            raise DamagedProject.of(file, "is damaged") from error
        raise


def _in_result(error: BaseException) -> bool:
    """Whether SQLAlchemy failed to make a value of what the database holds, such as JSON."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = "" if trace is None else trace.tb_frame.f_globals.get("__name__", "")
    return name.partition(".")[0] in ("sqlalchemy", "json")


def _connect(file: Path, write: bool) -> sqlite3.Connection:
    try:
        return _prepared(_raw(file, f"mode={'rw' if write else 'ro'}"), write)
    except sqlite3.OperationalError:
        if write or _has_log(file):
            raise
    # `immutable` is for a disk that cannot hold the shared-memory file that readers of a
    # write-ahead log need; it is only right while nobody can write there.
    return _prepared(_raw(file, "mode=ro&immutable=1"), write)


def _prepared(connection: sqlite3.Connection, write: bool) -> sqlite3.Connection:
    """The connection as a project needs it; closed when SQLite refuses the file."""
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master LIMIT 1")
            cursor.execute("PRAGMA foreign_keys=ON")
            # A schema from outside calls no function with side effects, and no page lies about
            # its cells.
            cursor.execute("PRAGMA trusted_schema=OFF")
            cursor.execute("PRAGMA cell_size_check=ON")
            if write:
                # FULL: the commit has reached the disk before the call returns, also when power
                # fails.
                cursor.execute("PRAGMA synchronous=FULL")
            else:
                cursor.execute("PRAGMA query_only=ON")
            cursor.execute("PRAGMA cache_size=-32768")
    except BaseException:
        connection.close()
        raise
    return connection


def _raw(file: Path, query: str) -> sqlite3.Connection:
    uri = "file:" + urllib.parse.quote(str(file.resolve().as_posix())) + "?" + query
    # No implicit transactions: `_begin` says when and how one starts.
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
    )


def _has_log(file: Path) -> bool:
    log = file.with_name(file.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _begin(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    write = options.get("studio_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
