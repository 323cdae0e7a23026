"""What a project keeps of a CAN list besides its rows, so that it can be written back exactly.

The rows themselves lie in the `source` table (`CanRow.as_read`). Comments, blank lines and rows
that could not be used belong to no image; they are kept among the project's settings by list.
"""

from sqlalchemy import insert, select, update

from studio.datasets.formats.can import CanList, CanText
from studio.project import Project
from studio.project.records import plain
from studio.project.schema import setting, source


def remember_list(project: Project, list_name: str, can_list: CanList) -> None:
    """Keep the lines of `can_list` that are not rows; a list of which rows are here stays as it is.

    Called before the first of its rows goes in, so that an import that breaks off loses nothing;
    what one left that broke off before any row is replaced. `list_name` is the one under which its
    rows stand in the `source` table. A job may call it (mode "append"), which
    `Project.set_setting` does not allow.
    """
    texts = [[text.line, text.raw, text.end] for text in can_list.texts]
    key = _key(list_name)
    with project.begin() as connection:
        known = connection.scalar(select(setting.c.key).where(setting.c.key == key))
        rows = select(source.c.id).where(source.c.list_name == list_name).limit(1)
        if known is None:
            connection.execute(insert(setting).values(key=key, value=texts))
        elif connection.scalar(rows) is None:
            connection.execute(update(setting).where(setting.c.key == key).values(value=texts))


def recall_texts(project: Project, list_name: str) -> list[CanText]:
    """The lines that `remember_list` kept; none for a list that it has not seen."""
    return [CanText(*text) for text in project.get_setting(_key(list_name), [])]


def _key(list_name: str) -> str:
    return f"can_list_texts/{plain(list_name)}"
