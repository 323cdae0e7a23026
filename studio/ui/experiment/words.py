"""Sentences of the Experiment workspace that more than one of its parts says."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from studio.experiment.presets import PRESETS, MissingSet


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
