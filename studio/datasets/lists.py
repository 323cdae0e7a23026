"""What a project keeps of a CAN list besides its rows, so that it can be written back exactly.

The rows themselves lie in the `source` table (`CanRow.as_read`). Comments, blank lines and rows
that could not be used belong to no image; they are kept in the project's settings by list.
"""

from typing import Any, Protocol

from studio.datasets.formats.can import CanList, CanText


class Settings(Protocol):
    """The part of a project that this module needs."""

    def get_setting(self, key: str, default: Any = None) -> Any: ...

    def set_setting(self, key: str, value: Any) -> None: ...


def remember_list(project: Settings, list_name: str, can_list: CanList) -> None:
    """Keep the lines of `can_list` that are no rows. Importing it again changes nothing.

    `list_name` is the one under which its rows stand in the `source` table.
    """
    texts = [[text.line, text.raw, text.end] for text in can_list.texts]
    project.set_setting(_key(list_name), texts)


def recall_texts(project: Settings, list_name: str) -> list[CanText]:
    """The lines that `remember_list` kept; none for a list that it has not seen."""
    return [CanText(*text) for text in project.get_setting(_key(list_name), [])]


def _key(list_name: str) -> str:
    return f"can_list_texts/{list_name}"
