"""Which detectors have looked at which images, and when."""

from array import array
from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from studio.project import schema
from studio.project.access import ProjectAccess
from studio.project.long_reads import ids_of
from studio.project.records import now

_examination, _image = schema.examination, schema.image


def record_examinations(
    connection: Connection, image_ids: Sequence[int], detector: str, version: str
) -> None:
    """A detector has looked at these images, in the transaction that adds what it found."""
    if not image_ids:
        return
    common = {"detector": detector, "version": version, "time": now()}
    statement = insert(_examination).on_conflict_do_nothing()
    connection.execute(statement, [{"image_id": id_, **common} for id_ in image_ids])


def not_examined_by(project: ProjectAccess, detector: str, version: str) -> "array[int]":
    """Ids of the images that this version of a detector has not looked at, in order."""
    seen = select(_examination.c.image_id).where(
        _examination.c.detector == detector, _examination.c.version == version
    )
    query = select(_image.c.id).where(_image.c.id.not_in(seen)).order_by(_image.c.id)
    with project.connect() as connection:
        return ids_of(connection, query)
