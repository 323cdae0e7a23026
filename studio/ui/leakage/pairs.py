"""Opening the pairs of a leakage check; what judging needs is loaded with the first of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from studio.ui.background import Task
from studio.ui.context import StudioContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.workflows.leakage import ComparedPair

_PARTS = ("validation", "test_in_validation")


def has_pairs(record: dict[str, Any] | None) -> bool:
    """Whether the record of a leakage check names any pair."""
    parts = [record or {}, *((record or {}).get(part) or {} for part in _PARTS)]
    return any(part.get("pairs") for part in parts)


def show_pairs(
    parent: QWidget,
    context: StudioContext,
    project: Path,
    record: dict[str, Any],
    *,
    evaluated: bool = False,
    judged: "Callable[[], object] | None" = None,
) -> None:
    """Open the pairs of a record (see `workflows.leakage.pairs_of`) in a window.

    `judged` is called when it is closed after somebody has said something.
    """

    def read(_: object) -> "list[ComparedPair]":
        from studio.datasets.verdicts import Verdicts, verdict_files
        from studio.workflows.leakage import pairs_of

        return pairs_of(record, Verdicts.read(verdict_files([project])), evaluated=evaluated)

    def show(pairs: "list[ComparedPair]") -> None:
        if not isValid(parent):  # closed while they were read
            return
        from studio.ui.leakage.pairs_dialog import PairsDialog

        left_out = sum((record.get(part) or {}).get("pairs_left_out", 0) for part in _PARTS)
        left_out += record.get("pairs_left_out", 0)
        dialog = PairsDialog(parent, context, project, pairs, left_out)
        if judged is not None:
            said: list[bool] = []
            dialog.judged.connect(lambda: said.append(True))
            dialog.finished.connect(lambda _: judged() if said else None)
        dialog.open()

    task = Task(read)
    task.done.connect(show)
    task.failed.connect(lambda error: context.toast(str(error), "error"))
    task.start()
