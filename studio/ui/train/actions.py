"""What can be done in the Train workspace."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action

if TYPE_CHECKING:
    from studio.ui.train.workspace import TrainWorkspace


def tr(text: str) -> str:
    return QCoreApplication.translate("TrainActions", text)


def train_actions(work: "TrainWorkspace") -> list[Action]:
    """Runs first, then the operating point."""
    here, mode = tr("Train"), "train"
    return [
        Action("train.new", tr("New run"), work.new_run, here, mode),
        Action(
            "train.start", tr("Start training"), work.form.start, here, mode, work.form.can_start
        ),
        Action("train.check", tr("Check for leakage"), work.form.check, here, mode),
        Action(
            "train.pairs", tr("Show the pairs of the leakage check"), work.form.show_pairs, here,
            mode, work.form.has_pairs,
        ),
        Action("train.stop", tr("Stop the run"), work.stop, here, mode, work.can_stop),
        Action("train.resume", tr("Resume the run"), work.resume, here, mode, work.can_resume),
        Action("train.open", tr("Open a run folder"), work.open_folder, here, mode),
        Action("train.pin", tr("Pin the chosen run's curve"), work.pin, here, mode, work.has_runs),
        Action(
            "train.newer", tr("Newer epoch"), lambda: work.other_scores(-1), here, mode,
            work.has_point, repeats=True,
        ),
        Action(
            "train.older", tr("Earlier epoch"), lambda: work.other_scores(1), here, mode,
            work.has_point, repeats=True,
        ),
        *_point_actions(work, here, mode),
    ]  # fmt: skip


def _point_actions(work: "TrainWorkspace", here: str, mode: str) -> list[Action]:
    moves = (
        ("train.point_left", tr("Fewer false alarms"), -1),
        ("train.point_right", tr("More sensitive"), 1),
        ("train.point_left_10", tr("Far fewer false alarms"), -10),
        ("train.point_right_10", tr("Far more sensitive"), 10),
    )
    rules = (
        ("train.youden", "youden", tr("Operating point: Youden")),
        ("train.se90", "se90", tr("Operating point: sensitivity 90 %")),
        ("train.se95", "se95", tr("Operating point: sensitivity 95 %")),
        ("train.sp95", "sp95", tr("Operating point: specificity 95 %")),
    )
    return [
        *(
            Action(
                action_id, title, partial(work.operating.step, steps), here, mode,
                work.has_point, repeats=True, bar=tr("Move the point"),
            )
            for action_id, title, steps in moves
        ),
        *(
            Action(
                action_id, title, partial(work.operating.use_rule, rule), here, mode,
                work.has_point,
            )
            for action_id, rule, title in rules
        ),
    ]  # fmt: skip
