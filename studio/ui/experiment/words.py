"""Sentences of the Experiment workspace that more than one of its parts says."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from studio.experiment.folder import ExperimentState
from studio.experiment.presets import PRESETS, MissingSet
from studio.experiment.table import ExperimentTable
from studio.wording import count, counted

_NAMED = 3  # trainings that failed, with their reasons


def tr(text: str) -> str:
    return QCoreApplication.translate("Experiment", text)


def preset_words() -> list[tuple[str, str]]:
    """The presets, as (name, words) of a drop-down."""
    words = {
        "paper": tr("The paper's plan"),
        "paper-small": tr("The paper's plan, small"),
        "does-synthetic-help": tr("Does synthetic help?"),
    }
    return [(name, words.get(name, name)) for name in PRESETS]


def missing_words(missing: Sequence[MissingSet]) -> str:
    """Which data sets are not in the folder, and that the plan does without them."""
    if not missing:
        return ""
    names = ", ".join(one.name for one in missing)
    return tr("Not in the folder, and left out of the plan: {0}.").format(names)


def nothing_yet() -> str:
    """Before the first training has finished."""
    return tr("No training has finished yet.")


def failure_words(state: ExperimentState) -> str:
    """The trainings that failed with their reasons, "" where none has."""
    failed = [one for one in state.trainings.values() if one.state == "failed"]
    if not failed:
        return ""
    head = counted(
        len(failed),
        tr("{0} training failed twice and is left out:"),
        tr("{0} trainings failed twice and are left out:"),
    )
    lines = [
        f"{one.planned.name}: {one.error or tr('no reason was given')}" for one in failed[:_NAMED]
    ]
    if len(failed) > _NAMED:
        lines.append(tr("and {0} more").format(count(len(failed) - _NAMED)))
    return "\n".join([head, *lines])


def leakage_words(state: ExperimentState, table: ExperimentTable) -> str:
    """Whether test images were looked for among the training images; what was found is said by the
    verdict."""
    if not state.leakage_checked:
        return tr("Test images were not looked for among the training images.")
    if any(cell.leaking for cell in table.cells):
        return ""
    return tr("No test image was found among the training images.")
