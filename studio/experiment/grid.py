"""The grid of an experiment as it fills: mixes down, test sets across, told by events alone."""

import statistics
from dataclasses import dataclass, replace

from studio.experiment.folder import ExperimentState
from studio.experiment.plan import ExperimentPlan
from studio.experiment.table import Cell
from studio.experiment.trainings import CellKey, list_trainings
from studio.results.curves import Curve, simplified
from studio.stats import roc_curve


@dataclass(frozen=True)
class GridCell:
    """A mix on a test set by a model, over the trainings that have finished so far.

    `mean` and `sd` (n - 1) are of the AUCs over seeds, None where undefined; `difference` is that
    of the means to the baseline's, over whatever seeds either has.
    """

    key: CellKey
    planned: int
    finished: int = 0
    running: int = 0
    failed: int = 0
    mean: float | None = None
    sd: float | None = None
    difference: float | None = None


def progress_grid(state: ExperimentState) -> dict[CellKey, GridCell]:
    """Every cell of the plan."""
    told = {key: _progress(state, key) for key in state.listed.cells}
    baseline = state.plan.baseline
    if baseline is None:
        return told
    found = {}
    for key, cell in told.items():
        base = told[CellKey(baseline, key.test, key.model)]
        known = cell.mean is not None and base.mean is not None and key.mix != baseline
        difference = cell.mean - base.mean if known else None  # type: ignore[operator]
        found[key] = replace(cell, difference=difference)
    return found


def planned_grid(plan: ExperimentPlan) -> dict[CellKey, GridCell]:
    """Every cell of a plan that has not been begun."""
    return {key: GridCell(key, len(names)) for key, names in list_trainings(plan).cells.items()}


def _progress(state: ExperimentState, key: CellKey) -> GridCell:
    states = [one.state for one in state.of_cell(key)]
    aucs = [auc for auc in state.aucs(key) if auc is not None]
    return GridCell(
        key,
        len(states),
        states.count("finished"),
        states.count("running"),
        states.count("failed"),
        statistics.fmean(aucs) if aucs else None,
        statistics.stdev(aucs) if len(aucs) > 1 else None,
    )


def cell_curve(cell: Cell) -> Curve | None:
    """The ROC curve of the scores averaged over seeds; None where a class has no image."""
    if cell.scores is None:
        return None
    roc = roc_curve(cell.scores.mean, cell.scores.positive)
    return Curve(*simplified(roc), cell.auc) if roc.estimable else None
