"""Stages and trainings in words."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from studio.wording import duration, number, percent, significant
from studio.workflows.generate.stage_state import GOING, StageState
from studio.workflows.generate.stages import Stage, StageData, StagePlan


def tr(text: str) -> str:
    return QCoreApplication.translate("TrainingWords", text)


def kimg_words(kimg: float) -> str:
    """84.25 as "84.3", 10000.0 as "10,000"."""
    return number(kimg, 0) if kimg >= 100 or kimg == int(kimg) else significant(kimg)


def numbers_words(stage: Stage) -> str:
    """The numbers that tell a stage from another."""
    settings, parts = stage.settings, []
    for name, form in (
        ("resolution", "{0} px"),
        ("kimg", "{0} kimg"),
        ("gamma", "γ {0}"),
        ("batch", tr("batch {0}")),
    ):
        value = settings.get(name)
        if isinstance(value, int | float):
            parts.append(
                form.format(kimg_words(value) if name == "kimg" else significant(value, 6))
            )
    return " · ".join(parts)


def more_numbers_words(stage: Stage) -> str:
    """What else was set, in one line."""
    settings, parts = stage.settings, []
    if settings.get("mirror"):
        parts.append(tr("mirrored"))
    if settings.get("cond"):
        parts.append(tr("told the class"))
    if settings.get("freezed"):
        parts.append(tr("freeze-D {0}").format(settings["freezed"]))
    return " · ".join(parts)


def data_words(data: StageData) -> str:
    """Where the pictures come from, short."""
    words = {
        "none": data.wanted.partition(":")[0].rstrip(".") or tr("no pictures yet"),
        "folder": Path(data.path).name or tr("no pictures yet"),
        "project": tr("this project's crops"),
        "snapshot": tr("snapshot {0}").format(data.snapshot),
        "sample": tr("synthetic sample crops"),
    }[data.kind]
    return f"{words}: {data.only}" if data.only else words


def start_words(plan: StagePlan, stage: Stage) -> str:
    """What a stage begins from, short."""
    start = stage.start
    if start.kind == "network":
        return Path(start.file).name if start.file else tr("network file")
    if start.kind == "stage" and plan.parent(stage) is not None:
        return tr("{0}, {1}").format(
            start.stage, tr("best") if start.result == "best" else tr("latest")
        )
    return tr("random weights")


def state_words(stage: Stage, state: StageState | None, plan: StagePlan) -> str:
    """How a stage stands."""
    if state is None:
        return ""
    share = "" if state.share is None else percent(state.share, 0)
    total = stage.kimg if state.kimg is None else state.kimg  # of its run, where it has one
    kimg = kimg_words((state.share or 0) * total)
    far = tr("{0} · {1} of {2} kimg").format(share, kimg, kimg_words(total)) if share else ""
    words = {
        "no_data": tr("something is missing"),
        "waiting": tr("waiting for {0}").format(stage.start.stage),
        "ready": tr("not begun"),
        "running": far or tr("starting"),
        "stopping": tr("stopping"),
        "stopped": tr("stopped at {0}").format(far) if far else tr("stopped"),
        "failed": tr("failed"),
        "crashed": tr("crashed"),
        "done": tr("done · {0} kimg").format(kimg_words(total)),
    }
    if state.state == "no_data" and stage.data.kind == "none":
        return tr("no pictures yet")
    if state.longer is not None:
        more = kimg_words(state.longer)
        return tr("done · {0} kimg, {1} asked for").format(kimg_words(total), more)
    if state.changed and state.state not in GOING:
        return tr("{0} · settings changed since").format(words[state.state])
    return words[state.state]


def estimate_words(seconds: float, memory_mb: float | None) -> str:
    """About 2 h 05 min on this computer, 1.2 GB."""
    time = tr("about {0} on this computer").format(long_duration(seconds))
    if memory_mb is None:
        return time
    return f"{time}, {memory_words(memory_mb)}"


def memory_words(memory_mb: float) -> str:
    """Memory given in MiB: "1.2 GB", "640 MB"."""
    if memory_mb >= 1024:
        return f"{number(memory_mb / 1024, 1)} GB"
    return f"{number(memory_mb, 0)} MB"


def long_duration(seconds: float) -> str:
    """As `duration`, in days where it is days."""
    days = seconds / 86400
    return tr("{0} days").format(number(days, 1)) if days >= 2 else duration(seconds)
