"""A run's state, figures and time in words."""

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QObject

from studio.results.run_list import ClassifierSummary, GanSummary, RunSummary
from studio.results.scores import decimal


def tr(text: str) -> str:
    return QCoreApplication.translate("Runs", text)


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


def figures_words(run: RunSummary) -> str:
    """A run's most telling figures, "" where there is none yet."""
    if isinstance(run, GanSummary):
        parts = [f"{run.kimg:,.4g} kimg"] if run.kimg is not None else []
        parts += [f"KID {run.kid:.4f}"] if run.kid is not None else []
        return " · ".join(parts)
    if not isinstance(run, ClassifierSummary) or run.epochs == 0:
        return ""
    if run.auc is None:
        return tr("AUC undefined")
    if run.low is None or run.high is None:
        return tr("AUC {0}").format(decimal(run.auc))
    return tr("AUC {0} ({1} to {2})").format(*map(decimal, (run.auc, run.low, run.high)))


def local_time(stamp: str) -> str:
    """An ISO time in UTC as a short local one."""
    try:
        return datetime.fromisoformat(stamp).astimezone().strftime("%d %b %H:%M")
    except ValueError:
        return ""
