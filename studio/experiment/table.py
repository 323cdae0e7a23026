"""The table of an experiment: each mix on each test set, and its difference to the baseline."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.experiment.cells import Cell, FinishedRun, finished_runs, make_cell
from studio.experiment.comparisons import MixComparison, compare_cells, on_other_images
from studio.experiment.folder import read_experiment, read_leakage
from studio.experiment.plan import ExperimentPlan
from studio.experiment.trainings import CellKey

__all__ = ["Cell", "ExperimentTable", "MixComparison", "experiment_table", "make_table"]


@dataclass(frozen=True)
class ExperimentTable:
    """Cells in the order of the plan, comparisons to the baseline, trainings that have finished of
    how many, and sentences about what could not be read."""

    positive: str
    baseline: str
    mixes: tuple[str, ...]
    tests: tuple[str, ...]
    models: tuple[str, ...]
    cells: tuple[Cell, ...]
    comparisons: tuple[MixComparison, ...]
    finished: int
    trainings: int
    problems: tuple[str, ...] = ()

    def cell(self, mix: str, test: str, model: str) -> Cell | None:
        """The cell, None where nothing has finished."""
        at = (mix, test, model)
        return next((one for one in self.cells if (one.mix, one.test, one.model) == at), None)

    @property
    def several(self) -> bool:
        """Whether any cell has more than two classes, and so a macro AUC."""
        return any(cell.macro is not None for cell in self.cells)

    def over_tests(self, mix: str, model: str) -> list[Cell]:
        """The cells of a mix whose AUC is defined."""
        own = [one for one in self.cells if (one.mix, one.model) == (mix, model)]
        return [one for one in own if one.aucs]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "positive": self.positive,
            "baseline": self.baseline,
            "cells": [cell.to_dict() for cell in self.cells],
            "comparisons": [one.to_dict() for one in self.comparisons],
            "trainings": self.finished,
            "trainings_planned": self.trainings,
            "problems": list(self.problems),
        }


def experiment_table(folder: Path) -> ExperimentTable:
    """The table of the trainings of an experiment that have finished. Raises StudioError where the
    folder holds none."""
    state = read_experiment(folder)
    leakage = read_leakage(state.folder)
    runs = finished_runs(state)
    seen: dict[CellKey, frozenset[str]] = {}
    for cell in runs:
        if leakage is not None:
            folders = state.of_cell(cell)[0].planned.folders
            seen[cell] = frozenset(image.file for image in leakage.of(folders, cell.test))
    return make_table(state.plan, runs, seen, state.counts["finished"], len(state.listed.trainings))


def make_table(
    plan: ExperimentPlan,
    runs: Mapping[CellKey, Sequence[FinishedRun]],
    leaking: Mapping[CellKey, Set[str]],
    finished: int,
    trainings: int,
) -> ExperimentTable:
    """The table of the runs that have finished, by the cells that they are of. `leaking` names the
    files of test images that the trainings of a cell have seen."""
    cells: list[Cell] = []
    problems: list[str] = []
    tests, mixes = tuple(plan.tests), plan.mix_names
    positive = plan.positive or ""
    for mix in mixes:
        for test in tests:
            for model in plan.models:
                key = CellKey(mix, test, model)
                own = runs.get(key, ())
                if not own:
                    continue
                try:
                    seen = leaking.get(key, frozenset())
                    cell = make_cell(key, own, plan.positive, seen, problems)
                except StudioError as error:
                    problems.append(f"{mix} on {test}: {error}")
                else:
                    cells.append(cell)
                    positive = cell.scores.of if cell.scores is not None else positive
    comparisons: list[MixComparison] = []
    if plan.baseline is not None:
        comparisons = compare_cells(cells, plan.baseline, mixes, plan.models)
        problems += on_other_images(cells, plan.baseline)
    return ExperimentTable(
        positive,
        plan.baseline or "",
        mixes,
        tests,
        plan.models,
        tuple(cells),
        tuple(comparisons),
        finished,
        trainings,
        tuple(problems),
    )
