"""Bringing a project's database to the schema of this version, by Alembic."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, MetaData, text

from studio.errors import StudioError
from studio.project import schema

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"
"""The revision of `schema`. Written here so that opening a project does not load Alembic."""

OnProgress = Callable[[int, int], None]
_VERSIONS = "alembic_version"


def create_tables(
    connection: Connection, tables: MetaData = schema.metadata, revision: str = HEAD
) -> None:
    """The tables of this version, or others, in an empty database. Equal to `upgrade`, by test."""
    tables.create_all(connection)
    connection.execute(
        text(f"CREATE TABLE {_VERSIONS} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    )
    connection.execute(text(f"INSERT INTO {_VERSIONS} VALUES (:head)"), {"head": revision})


def revision_of(connection: Connection) -> str | None:
    """The revision that a database has, None when it is not a project's."""
    # Asked of the list of objects itself: a view of that name could run for ever.
    kind = text("SELECT type FROM sqlite_master WHERE name = :name")
    if connection.scalar(kind, {"name": _VERSIONS}) != "table":
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSIONS}"))
    return revision


def check_revision(revision: str | None, project: Path) -> bool:
    """Whether the database must be upgraded.

    Raises StudioError when it is not a project's database, or of a newer version.
    """
    if revision == HEAD:
        return False
    if revision is None:
        raise StudioError(f"{project} is not a CAN Studio project: its project.db holds another's.")
    if revision not in _known_revisions():
        raise StudioError(
            f"{project} was made by a newer version of CAN Studio (schema {revision[:40]!r}): "
            "install the newest version to open it."
        )
    return True


def upgrade(
    engine: Engine,
    on_progress: OnProgress = lambda done, total: None,
    revision: str = HEAD,
) -> None:
    """Upgrade a database to a revision, in one transaction: a process that is killed meanwhile
    leaves the database as it was. `on_progress` is told how many steps of how many are done."""
    from alembic import command

    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        config.attributes["on_progress"] = on_progress
        command.upgrade(config, revision)


def alembic_config() -> "Config":
    """Alembic's configuration for the migrations packaged with the studio."""
    from alembic.config import Config

    folder = Path(__file__).with_name("migrations")
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(alembic_config())
    return {revision.revision for revision in script.walk_revisions()}
