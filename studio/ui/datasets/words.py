"""The names that the Datasets workspace shows."""

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication

from studio.datasets.exports import FORMATS

DISPUTED = "disputed"
"""The state of a box on which two readers do not agree."""


def tr(text: str) -> str:
    return QCoreApplication.translate("Datasets", text)


def state_words(present: Collection[str] = ()) -> dict[str, str]:
    """States of boxes in the order in which they are shown; the one that only boxes of two readers
    have where it is `present`."""
    words = {
        "accepted": tr("Accepted"),
        "adjusted": tr("Adjusted"),
        "unsure": tr("Unsure"),
        "disputed": tr("Disputed"),
        "undecided": tr("Undecided"),
        "rejected": tr("Rejected"),
    }
    return {state: word for state, word in words.items() if state != DISPUTED or state in present}


def format_words() -> dict[str, str]:
    """Titles of the formats of exports."""
    return {name: tr(format_.title) for name, format_ in FORMATS.items()}
