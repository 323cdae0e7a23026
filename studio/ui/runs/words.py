"""A run's state, figures and time in words."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QObject

from studio.experiment.summaries import ExperimentSummary
from studio.results.run_list import ClassifierSummary, GanSummary, RunSummary
from studio.wording import interval, moment, number, progress, significant


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
        parts = [f"{significant(run.kimg, 4)} kimg"] if run.kimg is not None else []
        parts += [f"KID {number(run.kid, 4)}"] if run.kid is not None else []
        return " · ".join(parts)
    if isinstance(run, ExperimentSummary):
        return progress(run.finished, run.trainings, tr("trainings")) if run.trainings else ""
    if not isinstance(run, ClassifierSummary) or run.epochs == 0:
        return ""
    if run.auc is None:
        return tr("AUC undefined")
    return tr("AUC {0}").format(interval(run.auc, run.low, run.high))


def local_time(stamp: str) -> str:
    """An ISO time as a local one, "" where nothing is known."""
    return moment(stamp) if stamp else ""


def details_words(details: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The details of a run (see `run_identity.run_details`) with what each is in words."""
    words = {
        "title": tr("Title"),
        "model": tr("Model"),
        "recipe": tr("Recipe"),
        "seed": tr("Seed"),
        "folder": tr("Folder"),
    }
    return [(words[what], value) for what, value in details]
