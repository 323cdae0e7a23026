"""Access to one open project: where it lies, its connections, and what they may be used for.

The stores (images, boxes, events and so on) stand on this, and `Project` brings them together.
"""

import time
import warnings
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

from sqlalchemy import Connection, Engine

from studio.errors import StudioError
from studio.project import database, lock

Mode = Literal["edit", "append", "read"]
DATABASE = "project.db"
_ASK_LOCK_S = 2.0  # no oftener than this is the lock looked at between decisions


class ProjectAccess:
    """The folder and the database of an open project.

    `mode` is "edit" for the one studio that decides, "append" for jobs that only add, "read" for
    everybody else; `held_by`, and `holder` in words, say who edits when that is the reason for
    "read". All methods may be called from any thread.
    """

    def __init__(
        self,
        path: Path,
        mode: Mode,
        held_by: lock.Holder | None,
        engine: Engine,
        me: lock.Holder | None,
    ) -> None:
        """`me` is what holds the lock, in mode "edit"."""
        self.path = path
        self.mode = mode
        self.held_by = held_by
        self.holder = None if held_by is None else str(held_by)
        self._me = me
        self._lock_asked = time.monotonic()
        self.engine = engine
        self._writer = database.writer_of(engine)
        self._forgotten = weakref.finalize(self, _release_forgotten, engine, path, me)

    def close(self) -> None:
        """Give the lock back and close all connections; safe to call twice."""
        if self._forgotten.detach() is not None:
            release(self.engine, self.path, self._me)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def originals_dir(self) -> Path:
        """The bytes exactly as received."""
        return self.path / "originals"

    @property
    def cache_dir(self) -> Path:
        """Thumbnails and crops, safe to delete."""
        return self.path / "cache"

    @property
    def exports_dir(self) -> Path:
        """Frozen exports."""
        return self.path / "exports"

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection of this thread for reading, with one consistent view of the database."""
        with database.faults_as_sentences(self.path / DATABASE), self._connection() as open_:
            yield open_

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that writes; durable on the disk when the block has ended.

        Raises StudioError in a project that is open for reading.
        """
        self.require_write()
        with (
            database.faults_as_sentences(self.path / DATABASE),
            self._connection(self._writer) as open_,
            open_.begin(),
        ):
            yield open_

    @contextmanager
    def _connection(self, engine: Engine | None = None) -> Iterator[Connection]:
        """A pooled connection, or one of its own for a thread that still works for a project which
        was closed meanwhile: what it gave back to the pool would stay open."""
        with (engine or self.engine).connect() as open_:
            try:
                yield open_
            finally:
                if not self._forgotten.alive and not open_.closed:
                    open_.detach()

    def require_write(self) -> None:
        """Raise StudioError unless this project may be added to (modes edit and append)."""
        if self.mode == "read":
            raise StudioError(self._read_only())

    def require_edit(self) -> None:
        """Raise StudioError unless this project may be decided in (mode edit)."""
        if self.mode == "append":
            raise StudioError(f"{self.path.name} is open for adding only: a job cannot decide.")
        self.require_write()
        self._require_lock()

    def _require_lock(self) -> None:
        """Raise StudioError where the lock was taken over from another machine meanwhile, also by
        somebody who has closed the project again."""
        clock = time.monotonic()
        if clock - self._lock_asked < _ASK_LOCK_S:
            return
        holder = lock.holder_of(self.path)
        if holder != self._me:
            since = " and closed again" if holder is None else f": {holder} is editing it"
            raise StudioError(
                f"{self.path.name} was taken over{since}. Nothing was changed here; open the "
                "project again."
            )
        self._lock_asked = clock

    def _read_only(self) -> str:
        if self.holder:
            return f"{self.path.name} is open for reading only: {self.holder} is editing it."
        return f"{self.path.name} is open for reading only: it cannot be changed."


def release(engine: Engine, path: Path, me: lock.Holder | None) -> None:
    """Close all connections, and let the next studio edit where `me` has the lock."""
    engine.dispose()
    if me is not None:
        lock.give_back(path, me)


def _release_forgotten(engine: Engine, path: Path, me: lock.Holder | None) -> None:
    """For a project that was collected open: others may edit it, and whoever left it is told."""
    release(engine, path, me)
    warnings.warn(f"unclosed project {path}", ResourceWarning, stacklevel=2)
