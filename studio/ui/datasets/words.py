"""What the Datasets workspace calls things."""

from datetime import datetime

from PySide6.QtCore import QCoreApplication


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
    """Formats of exports."""
    return {
        "folder": tr("Class folders of squared crops"),
        "coco": tr("COCO JSON"),
        "yolo": tr("YOLO"),
        "voc": tr("Pascal VOC"),
        "can": tr("CAN list"),
        "csv": tr("CSV table"),
    }


def when(iso: str) -> str:
    """A recorded UTC time in the reader's own zone, to the minute."""
    try:
        return f"{datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return iso
