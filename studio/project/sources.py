"""Where the images came from, and what became of every row of every list."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, Select, func, insert, select, update

from studio.project import schema
from studio.project.access import ProjectAccess
from studio.project.records import NewSource, Source, SourceStatus, now, plain, row_reader

_source = schema.source
_TEXTS = ("list_name", "url_listed", "url", "host", "path", "label", "detail")


class SourceStore:
    """One row for each row of a list and for each file of a folder."""

    def __init__(self, project: ProjectAccess) -> None:
        self._project = project

    def add_many(self, sources: Sequence[NewSource]) -> list[int]:
        """Record sources in one transaction; returns their ids in order."""
        self._project.require_write()
        if not sources:
            return []
        with self._project.begin() as connection:
            first = (connection.scalar(select(func.max(_source.c.id))) or 0) + 1
            created = now()
            rows = [
                {**_row(source), "id": id_, "created": created}
                for id_, source in enumerate(sources, start=first)
            ]
            connection.execute(insert(_source), rows)
        return [row["id"] for row in rows]

    def waiting(self, limit: int | None = None) -> list[Source]:
        """Rows whose images are still to be fetched, in the order listed."""
        query = self._query().where(_source.c.status == SourceStatus.WAITING.value)
        return self._read(query.limit(limit))

    def failed(self) -> dict[str, int]:
        """How many sources failed, by reason."""
        with self._project.connect() as connection:
            query = (
                select(_source.c.reason, func.count())
                .where(_source.c.status == SourceStatus.FAILED.value)
                .group_by(_source.c.reason)
                .order_by(func.count().desc())
            )
            return {reason or "unknown": n for reason, n in connection.execute(query)}

    def failures(self, limit: int | None = None) -> list[Source]:
        """The sources that failed."""
        query = self._query().where(_source.c.status == SourceStatus.FAILED.value)
        return self._read(query.limit(limit))

    def in_doubt(self, limit: int | None = None) -> list[Source]:
        """The sources that need review and say why."""
        query = self._query().where(
            _source.c.status == SourceStatus.NEEDS_REVIEW.value, _source.c.reason.is_not(None)
        )
        return self._read(query.limit(limit))

    def of_list(self, list_name: str) -> list[Source]:
        """The rows of a list in its order."""
        return self._read(
            select(_source)
            .where(_source.c.list_name == plain(list_name))
            .order_by(_source.c.line, _source.c.id)
        )

    def of_image(self, image_id: int) -> list[Source]:
        """Everywhere an image came from."""
        return self._read(self._query().where(_source.c.image_id == image_id))

    def lists(self) -> list[str]:
        """The folders and lists that were read, by name."""
        with self._project.connect() as connection:
            query = select(_source.c.list_name).distinct().order_by(_source.c.list_name)
            return list(connection.scalars(query))

    def link(self, source_id: int, image_id: int, box_id: int | None = None) -> None:
        """Say that a row's image is there now, and which box came of the row."""
        self.link_many([(source_id, image_id, box_id)])

    def link_many(self, links: Sequence[tuple[int, int, int | None]]) -> None:
        """As `link`, for many (source, image, box) in one transaction."""
        self._project.require_write()
        with self._project.begin() as connection:
            for source_id, image_id, box_id in links:
                connection.execute(
                    update(_source)
                    .where(_source.c.id == source_id)
                    .values(
                        image_id=image_id,
                        box_id=box_id,
                        status=SourceStatus.IMAGE.value,
                        reason=None,
                        detail=None,
                    )
                )

    def fail(self, source_id: int, reason: str, detail: str) -> None:
        """Say that a row's image could not be had: a closed reason, and the sentence for people."""
        self._project.require_write()
        with self._project.begin() as connection:
            connection.execute(
                update(_source)
                .where(_source.c.id == source_id)
                .values(status=SourceStatus.FAILED.value, reason=reason, detail=plain(detail))
            )

    @staticmethod
    def _query() -> Select[Any]:
        return select(_source).order_by(_source.c.id)

    def _read(self, query: Select[Any]) -> list[Source]:
        with self._project.connect() as connection:
            return [source_of(row) for row in connection.execute(query).mappings()]


@row_reader("source")
def source_of(row: RowMapping) -> Source:
    """A source from a row of its table."""
    fields = {name: row[name] for name in Source.__dataclass_fields__ if name != "status"}
    return Source(status=SourceStatus(row["status"]), **fields)


def _row(source: NewSource) -> dict[str, Any]:
    row = asdict(source)
    row["status"] = SourceStatus(source.status).value
    row["url"] = source.url or source.url_listed  # what `status` counts as waiting
    for name in _TEXTS:
        if row[name] is not None:
            row[name] = plain(row[name])
    return row
