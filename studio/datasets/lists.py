"""What a project keeps of a CAN list besides its rows, so that it can be written back exactly.

The rows themselves lie in the `source` table (`CanRow.as_read`). Comments, blank lines and rows
that could not be used belong to no image; they are kept among the project's settings by list.
"""

from sqlalchemy import insert, select

from studio.datasets.formats.can import CanList, CanText
from studio.project import Project
from studio.project.records import plain
from studio.project.schema import setting


def remember_list(project: Project, list_name: str, can_list: CanList) -> None:
    """Keep the lines of `can_list` that are no rows; a list that is known stays as it is.

    `list_name` is the one under which its rows stand in the `source` table. Only adds, so that a
    job may call it (mode "append"), which `Project.set_setting` does not allow.
    """
    texts = [[text.line, text.raw, text.end] for text in can_list.texts]
    with project.begin() as connection:
        known = select(setting.c.key).where(setting.c.key == _key(list_name))
        if connection.execute(known).first() is None:
            connection.execute(insert(setting).values(key=_key(list_name), value=texts))


def recall_texts(project: Project, list_name: str) -> list[CanText]:
    """The lines that `remember_list` kept; none for a list that it has not seen."""
    return [CanText(*text) for text in project.get_setting(_key(list_name), [])]


def _key(list_name: str) -> str:
    return f"can_list_texts/{plain(list_name)}"
