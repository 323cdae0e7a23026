"""The names that the Datasets workspace shows."""

from PySide6.QtCore import QCoreApplication

from studio.datasets.exports import FORMATS


def tr(text: str) -> str:
    return QCoreApplication.translate("Datasets", text)


def state_words() -> dict[str, str]:
    """States of boxes in the order in which they are shown."""
    return {
        "accepted": tr("Accepted"),
        "adjusted": tr("Adjusted"),
        "unsure": tr("Unsure"),
        "undecided": tr("Undecided"),
        "rejected": tr("Rejected"),
    }


def format_words() -> dict[str, str]:
    """Titles of the formats of exports."""
    return {name: tr(format_.title) for name, format_ in FORMATS.items()}
