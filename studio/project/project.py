"""A project on disk: a folder with `project.db`, the originals, a cache, runs and exports."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from studio import files
from studio.errors import StudioError
from studio.project import database, lock, migration, originals, schema, soundness
from studio.project.access import DATABASE, Mode, ProjectAccess, release
from studio.project.boxes import BoxStore
from studio.project.events import EventLog
from studio.project.images import ImageStore
from studio.project.labels import LabelStore
from studio.project.records import Label
from studio.project.runs import RunStore
from studio.project.snapshots import SnapshotStore
from studio.project.sources import SourceStore
from studio.project.status import status_of

_FOLDERS = ("originals", "cache", "runs", "exports")


class Project(ProjectAccess):
    """One open project; see `ProjectAccess`. All methods may be called from any thread. Stores:
    images, sources, boxes, events, snapshots, runs.
    """

    def __init__(
        self,
        path: Path,
        mode: Mode,
        held_by: lock.Holder | None,
        engine: Engine,
        me: lock.Holder | None,
    ) -> None:
        """Use `create` or `open`. `me` is what holds the lock, in mode "edit"."""
        super().__init__(path, mode, held_by, engine, me)
        self._labels = LabelStore(self)
        self.images = ImageStore(self)
        self.sources = SourceStore(self)
        self.boxes = BoxStore(self)
        self.events = EventLog(self, self.boxes.read)
        self.snapshots = SnapshotStore(self)
        self.runs = RunStore(self)

    @classmethod
    def create(
        cls, path: Path, labels: Sequence[str] = (), positive: str | None = None, reviewer: str = ""
    ) -> "Project":
        """A new project in an absent or empty folder, open for editing.

        `positive` names the positive class, by default one of USUAL_POSITIVES that is among the
        labels. Raises StudioError for a folder in use, a label that is none, or a disk that
        cannot be written; nothing of a project is left behind then.
        """
        path = Path(path).absolute()
        names = LabelStore.check_new(labels, positive)
        fresh = not path.exists()
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise StudioError(_in_use(path))
            try:
                _create_database(path / DATABASE, names, positive)
            except BaseException:
                if fresh:
                    with suppress(OSError):
                        path.rmdir()
                raise
            for folder in _FOLDERS:
                (path / folder).mkdir(exist_ok=True)
        except OSError as error:
            raise StudioError(f"{path} cannot be made a project: {error.strerror}.") from error
        return cls.open(path, reviewer=reviewer)

    @classmethod
    def open(
        cls,
        path: Path,
        mode: Mode = "edit",
        reviewer: str = "",
        *,
        take_over: lock.Holder | None = None,
        on_upgrade: migration.OnProgress = lambda done, total: None,
    ) -> "Project":
        """Open a project, upgrading the database of an older version; `on_upgrade` is told how far
        that is.

        Asked for "edit" while another process edits, or on a disk that cannot be written, the
        project comes in mode "read". `take_over` is the `held_by` of such a project, on another
        machine, that a person has said to be gone: it is replaced. Raises StudioError when `path`
        is not a project or is of a newer version, and DamagedProject when it is damaged or holds
        what the studio did not make.
        """
        path = Path(path).absolute()
        file = path / DATABASE
        if not file.exists():
            raise StudioError(
                f"{path} is not a CAN Studio project: it has no {DATABASE}. "
                "Make one with can-studio new."
            )
        database.check_header(file)
        holder = me = None
        if mode != "read" and not _writable(path):
            mode = "read"
        if mode == "edit":
            me = lock.Holder.this_process(reviewer)
            holder = _take_lock(path, me, take_over)
            if holder is not None:
                mode, me = "read", None
        engine = database.open_engine(file, write=mode != "read")
        try:
            with database.faults_as_sentences(file):
                _check_schema(engine, path, mode, reviewer, on_upgrade)
        except BaseException:
            release(engine, path, me)
            raise
        opened = cls(path, mode, holder, engine, me)
        try:
            opened.labels()  # become folders and columns: wrong ones refuse the project at once
        except BaseException:
            opened.close()
            raise
        if mode != "read":
            files.sweep(path, opened.exports_dir, path / "runs", opened.cache_dir)
            originals.sweep(opened.originals_dir, opened.images.sha256s_known)
        return opened

    def labels(self) -> list[Label]:
        """The classes of the project, by position."""
        return self._labels.list()

    def label_by_name(self, name: str) -> Label | None:
        """The label of this name."""
        return self._labels.by_name(name)

    def add_label(
        self, name: str, *, positive: bool | None = None, never_in_bulk: bool | None = None
    ) -> Label:
        """Add a class at the end; one that is there already is returned as it is.

        By default a label of USUAL_POSITIVES becomes positive where no label is, and the positive
        one is never decided in bulk. Raises StudioError for a name that cannot be a label.
        """
        return self._labels.add(name, positive, never_in_bulk)

    def rename_label(self, name: str, new: str, reviewer: str | None = None) -> Label:
        """Call a class by another name; its images and boxes keep it.

        Raises StudioError for an unknown label, and for a name that cannot be a label or that
        another label has.
        """
        return self._labels.rename(name, new, reviewer)

    def move_label(self, name: str, position: int, reviewer: str | None = None) -> list[Label]:
        """Put a class at another place, from 1, of the order; returns the new order."""
        return list(self._labels.move(name, position, reviewer))

    def remove_label(self, name: str, reviewer: str | None = None) -> None:
        """Take a class out. Raises StudioError when an image or a box has it."""
        self._labels.remove(name, reviewer)

    def set_positive_label(self, name: str | None, reviewer: str | None = None) -> None:
        """Make a class the positive one, which is then never decided in bulk; None for none."""
        self._labels.set_positive(name, reviewer)

    def get_setting(self, key: str, default: Any = None) -> Any:
        """What `set_setting` kept under this key."""
        table = schema.setting
        with self.connect() as connection:
            row = connection.execute(select(table.c.value).where(table.c.key == key)).first()
        return default if row is None else row[0]

    def set_setting(self, key: str, value: Any) -> None:
        """Keep a JSON value between sessions; None removes it."""
        self.require_edit()
        with self.begin() as connection:
            write_setting(connection, key, value)

    def status(self) -> dict[str, Any]:
        """The figures of the project, ready for JSON; see studio.project.status."""
        return status_of(self, self.labels())


def write_setting(connection: Connection, key: str, value: Any) -> None:
    """As `Project.set_setting`, in a transaction of the caller's."""
    table = schema.setting
    connection.execute(delete(table).where(table.c.key == key))
    if value is not None:
        connection.execute(insert(table).values(key=key, value=value))


def is_project(path: Path) -> bool:
    """Whether a folder looks like a project, without opening it."""
    return (Path(path) / DATABASE).is_file()


def _in_use(path: Path) -> str:
    if is_project(path):
        return f"{path} is a project already: open it, or choose another folder."
    return f"{path} is not empty: choose another folder for the project."


def _create_database(file: Path, labels: Sequence[str], positive: str | None) -> None:
    # Under another name first, so that a crash leaves no half-made project behind.
    with files.building(file) as part:
        part.touch(exist_ok=False)
        engine = database.open_engine(part, write=True)
        try:
            with database.faults_as_sentences(part):
                database.use_write_ahead_log(engine)
                with database.writer_of(engine).begin() as connection:
                    migration.create_tables(connection)
                    LabelStore.insert_first(connection, labels, positive)
        finally:
            engine.dispose()  # closing the last connection folds the write-ahead log into the file


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path / DATABASE, os.W_OK)


def _take_lock(path: Path, me: lock.Holder, asked: lock.Holder | None) -> lock.Holder | None:
    """Take the lock, also from `asked`; returns who has it where `me` does not get it."""
    try:
        return lock.acquire(path, me) if asked is None else lock.take_over(path, me, asked)
    except OSError as error:
        raise StudioError(f"{path / lock.NAME} cannot be written: {error.strerror}.") from error


def _check_schema(
    engine: Engine, path: Path, mode: Mode, reviewer: str, on_upgrade: migration.OnProgress
) -> None:
    with engine.connect() as connection:
        revision = migration.revision_of(connection)
        outdated = migration.check_revision(revision, path)
        soundness.check_objects(connection, path / DATABASE)
        soundness.check_pages(connection, path / DATABASE)
    if not outdated:
        return
    if mode == "edit":
        migration.upgrade(database.writer_of(engine), on_upgrade)
    else:
        _upgrade_to_read(path, reviewer, on_upgrade)


def _upgrade_to_read(path: Path, reviewer: str, on_upgrade: migration.OnProgress) -> None:
    """Upgrade a project that is not opened for editing, by whoever may edit it now."""
    older = f"{path} was made by an older version of CAN Studio"
    if not _writable(path):
        raise StudioError(
            f"{older} and cannot be written: open a copy of it on a disk that can be written."
        )
    me = lock.Holder.this_process(reviewer)
    holder = _take_lock(path, me, None)
    if holder is not None:
        raise StudioError(f"{older}, and {holder} is editing it: close it there first.")
    try:
        engine = database.open_engine(path / DATABASE, write=True)
        try:
            migration.upgrade(database.writer_of(engine), on_upgrade)
        finally:
            engine.dispose()
    finally:
        lock.give_back(path, me)
