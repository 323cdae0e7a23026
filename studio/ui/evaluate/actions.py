"""What can be done in the Evaluate workspace."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action

if TYPE_CHECKING:
    from studio.ui.evaluate.workspace import EvaluateWorkspace


def tr(text: str) -> str:
    return QCoreApplication.translate("EvaluateActions", text)


def evaluate_actions(work: "EvaluateWorkspace") -> list[Action]:
    """Evaluating, then what is done with the results."""
    here, mode = tr("Evaluate"), "evaluate"
    rules = (
        ("evaluate.youden", "youden", tr("Threshold of validation: Youden")),
        ("evaluate.se90", "se90", tr("Threshold of validation: sensitivity 90 %")),
        ("evaluate.se95", "se95", tr("Threshold of validation: sensitivity 95 %")),
        ("evaluate.sp95", "sp95", tr("Threshold of validation: specificity 95 %")),
    )
    pages = (
        ("evaluate.curves", "roc", tr("Show the ROC curve")),
        ("evaluate.matrix", "matrix", tr("Show the confusion matrix")),
        ("evaluate.calibration", "calibration", tr("Show calibration")),
        ("evaluate.decision", "decision", tr("Show net benefit (decision curve)")),
        ("evaluate.subgroups", "subgroups", tr("Show subgroups")),
        ("evaluate.errors", "errors", tr("Show errors by loss")),
        ("evaluate.labels", "labels", tr("Show candidates for wrong labels")),
    )
    return [
        Action("evaluate.add", tr("Add a test folder"), work.add_folder, here, mode),
        Action("evaluate.start", tr("Evaluate"), work.start, here, mode, work.can_start),
        Action("evaluate.next", tr("Next test set"), work.next_test, here, mode, work.has_results),
        Action(
            "evaluate.copy", tr("Copy the table as CSV"), work.copy_table, here, mode,
            work.has_results, bar=tr("Copy table"),
        ),
        Action(
            "evaluate.pairs", tr("Show the pairs of the leakage check"), work.show_pairs, here,
            mode, work.has_pairs,
        ),
        Action(
            "evaluate.export", tr("Export the results"), work.export, here, mode,
            work.has_results, bar=tr("Export"),
        ),
        *(
            Action(
                action_id, title, partial(work.use_rule, rule), here, mode,
                work.has_results,
            )
            for action_id, rule, title in rules
        ),
        *(
            Action(
                action_id, title, partial(work.view.pages.show_page, page), here, mode,
                work.has_results,
            )
            for action_id, page, title in pages
        ),
    ]  # fmt: skip
