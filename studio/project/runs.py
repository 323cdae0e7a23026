"""The folders of long jobs: `runs/0001-train`."""

import re
from pathlib import Path

from sqlalchemy import RowMapping, func, insert, select

from studio.project import schema
from studio.project.access import ProjectAccess
from studio.project.records import Run, now, plain

_run = schema.run
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,19}")
_FOLDER = re.compile(r"runs/[0-9]{4,19}-[a-z][a-z0-9_-]{0,40}")


class RunStore:
    """The runs of a project, oldest first."""

    def __init__(self, project: ProjectAccess) -> None:
        self._project = project

    def new_folder(self, kind: str, title: str, snapshot_id: int | None = None) -> Path:
        """Make and record an empty folder for a job. `kind` is a word such as "train"."""
        if not _KIND.fullmatch(kind):
            raise ValueError(f"{kind!r} is not a kind of run: use up to 20 of a-z, 0-9, - and _")
        self._project.require_write()
        runs = self._project.path / "runs"
        with self._project.begin() as connection:
            number = (connection.scalar(select(func.max(_run.c.id))) or 0) + 1
            # A folder may be there without its row when a disk was full or somebody copied it in.
            while (folder := runs / f"{number:04d}-{kind}").exists():
                number += 1
            folder.mkdir(parents=True)
            connection.execute(
                insert(_run).values(
                    id=number,
                    kind=kind,
                    title=plain(title),
                    folder=folder.relative_to(self._project.path).as_posix(),
                    snapshot_id=snapshot_id,
                    created=now(),
                )
            )
        return folder

    def list(self, *kinds: str) -> list[Run]:
        """The runs of these kinds, or all. Their folders may have been removed since."""
        query = select(_run).order_by(_run.c.id)
        if kinds:
            query = query.where(_run.c.kind.in_(kinds))
        with self._project.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [self._run_of(row) for row in rows if is_run_folder(row["folder"])]

    def _run_of(self, row: RowMapping) -> Run:
        return Run(**{**row, "folder": self._project.path / row["folder"]})


def is_run_folder(folder: object) -> bool:
    """Whether a folder of the table is one that `new_folder` made: jobs write there, and a
    database may come from anywhere."""
    return isinstance(folder, str) and _FOLDER.fullmatch(folder) is not None
