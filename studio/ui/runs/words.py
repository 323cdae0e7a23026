"""A run's state and time in words."""

from datetime import datetime

from PySide6.QtCore import QObject


def state_word(owner: QObject, state: str) -> str:
    """A state of a job as people say it."""
    return {
        "queued": owner.tr("waiting"),
        "running": owner.tr("running"),
        "stopping": owner.tr("stopping"),
        "stopped": owner.tr("stopped"),
        "finished": owner.tr("finished"),
        "failed": owner.tr("failed"),
        "crashed": owner.tr("crashed"),
        "unreadable": owner.tr("cannot be read"),
    }.get(state, state)


def local_time(stamp: str) -> str:
    """An ISO time in UTC as a short local one."""
    try:
        return datetime.fromisoformat(stamp).astimezone().strftime("%d %b %H:%M")
    except ValueError:
        return ""
