"""The table of an experiment: each mix on each test set, and its difference to the baseline.

Seeds are not patients. `auc_mean` and `auc_sd` tell how trainings vary by seed; what is compared,
and has an interval over images, is the AUC of the scores averaged over the seeds.
"""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.experiment.folder import ExperimentState, read_experiment, read_leakage
from studio.experiment.plan import ExperimentPlan
from studio.experiment.trainings import CellKey
from studio.results.classifier_run import load_test_scores
from studio.results.scores import ScoreSet, aligned
from studio.stats import (
    Auc,
    Comparison,
    TestSetScores,
    auc_delong,
    compare_delong,
    holm,
    mean_difference,
    signed_rank,
)

Floats = npt.NDArray[np.float64]
OVER_SEEDS = "scores averaged over seeds"
WILCOXON = "exact Wilcoxon signed rank over test sets, on mean AUC"
BOOTSTRAP = "bootstrap over test sets, groups and seeds"


@dataclass(frozen=True)
class FinishedRun:
    """The folder of a training that has finished, and its seed."""

    folder: Path
    seed: int


@dataclass(frozen=True)
class Cell:
    """A mix and a model on a test set, over the seeds that have finished.

    `auc` is that of the averaged scores, `aucs` those of each seed, `auc_mean` and `auc_sd` theirs
    (the SD with n - 1; NaN with one seed). `without_leaking` is the AUC of the images that the mix
    has not seen, None where it has seen none; `leaking` counts the others.
    """

    mix: str
    test: str
    model: str
    repeats: int
    aucs: tuple[float, ...]
    auc: Auc
    n_pos: int
    n_neg: int
    leaking: int = 0
    without_leaking: Auc | None = None
    scores: "CellScores | None" = field(default=None, compare=False, repr=False)

    @property
    def auc_mean(self) -> float:
        """The mean over seeds; NaN where no AUC is defined."""
        return float(np.mean(self.aucs)) if self.aucs else math.nan

    @property
    def auc_sd(self) -> float:
        """The SD over seeds; NaN with fewer than two."""
        return float(np.std(self.aucs, ddof=1)) if len(self.aucs) > 1 else math.nan

    def to_dict(self) -> dict[str, Any]:
        """As JSON; NaN is None."""
        kept = self.without_leaking
        return {
            "mix": self.mix,
            "test": self.test,
            "model": self.model,
            "repeats": self.repeats,
            "auc_mean": _known(self.auc_mean),
            "auc_sd": _known(self.auc_sd),
            "auc": _known(self.auc.value),
            "auc_low": _known(self.auc.low),
            "auc_high": _known(self.auc.high),
            "auc_method": self.auc.method,
            "groups": self.auc.groups,
            "n_pos": self.n_pos,
            "n_neg": self.n_neg,
            "aucs": [_known(one) for one in self.aucs],
            "leaking": self.leaking,
            "without_leaking": None
            if kept is None
            else {
                "auc": _known(kept.value),
                "auc_low": _known(kept.low),
                "auc_high": _known(kept.high),
                "n": kept.images,
            },
        }


@dataclass(frozen=True)
class CellScores:
    """The scores of a cell for the class `of`: one row a seed [s, n], flags [n], groups, and the
    files of the images."""

    by_seed: Floats
    positive: npt.NDArray[np.bool_]
    groups: tuple[str, ...] | None
    files: tuple[str, ...]
    of: str

    @property
    def mean(self) -> Floats:
        """Averaged over seeds [n]."""
        return np.asarray(self.by_seed.mean(axis=0))


@dataclass(frozen=True)
class MixComparison:
    """A mix minus the baseline: on one test set, or over all of them where `test` is None.

    `corrected` is p with Holm's correction over the comparisons of its family: all mixes of one
    method and, on single test sets, all of these.
    """

    mix: str
    baseline: str
    model: str
    test: str | None
    difference: float
    low: float
    high: float
    p: float
    method: str
    tests: int = 1
    better: int = 0
    corrected: float = math.nan

    def to_dict(self) -> dict[str, Any]:
        """As JSON; NaN is None."""
        return {
            "mix": self.mix,
            "baseline": self.baseline,
            "model": self.model,
            "test": self.test,
            "difference": _known(self.difference),
            "low": _known(self.low),
            "high": _known(self.high),
            "p": _known(self.p),
            "p_holm": _known(self.corrected),
            "method": self.method,
            "tests": self.tests,
            "better_on": self.better,
        }


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
            folders = [part.folder for part in state.of_cell(cell)[0].planned.folders]
            seen[cell] = frozenset(image.file for image in leakage.of(folders, cell.test))
    return make_table(state.plan, runs, seen, state.counts["finished"], len(state.listed.trainings))


def finished_runs(state: ExperimentState) -> dict[CellKey, list[FinishedRun]]:
    """The trainings that have finished of each cell that has any."""
    runs: dict[CellKey, list[FinishedRun]] = {}
    for cell in state.listed.cells:
        for one in state.of_cell(cell):
            if one.state == "finished":
                run = FinishedRun(one.run_dir, one.planned.seed)
                runs.setdefault(cell, []).append(run)
    return runs


def make_table(
    plan: ExperimentPlan,
    runs: Mapping[CellKey, Sequence[FinishedRun]],
    leaking: Mapping[CellKey, Set[str]],
    finished: int,
    trainings: int,
) -> ExperimentTable:
    """The table of the runs that have finished, by the cells that they are of. `leaking` names the
    files of test images that the trainings of a cell have seen."""
    cells, problems = [], []
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
                    cell = _cell(key, own, plan.positive, leaking.get(key, frozenset()))
                except StudioError as error:
                    problems.append(f"{mix} on {test}: {error}")
                else:
                    cells.append(cell)
                    positive = cell.scores.of if cell.scores is not None else positive
    comparisons = []
    if plan.baseline is not None:
        comparisons += _by_test(cells, plan.baseline)
        for model in plan.models:
            comparisons += _over_tests(cells, plan.baseline, mixes, model)
    return ExperimentTable(
        positive,
        plan.baseline or "",
        mixes,
        tests,
        plan.models,
        tuple(cells),
        tuple(_corrected(comparisons)),
        finished,
        trainings,
        tuple(problems),
    )


def _cell(key: CellKey, runs: Sequence[FinishedRun], positive: str | None, seen: Set[str]) -> Cell:
    scores = scores_of_class(runs, key.test, positive)
    aucs = [auc_delong(row, scores.positive).value for row in scores.by_seed]
    pooled = auc_delong(scores.mean, scores.positive, groups=scores.groups)
    cell = Cell(
        *key[:2],
        key.model,
        len(runs),
        tuple(one for one in aucs if not math.isnan(one)),
        pooled,
        int(scores.positive.sum()),
        int((~scores.positive).sum()),
        scores=scores,
    )
    kept = np.array([file not in seen for file in scores.files], bool)
    if kept.all():
        return cell
    groups = (
        None
        if scores.groups is None
        else [g for g, k in zip(scores.groups, kept, strict=True) if k]
    )
    without = auc_delong(scores.mean[kept], scores.positive[kept], groups=groups)
    return replace(cell, leaking=int((~kept).sum()), without_leaking=without)


def scores_of_class(
    runs: Sequence[FinishedRun], test: str, positive: str | None = None
) -> CellScores:
    """The scores of the class `positive`, or of the one that the runs call so, on a test set, by
    the seeds of the runs; images are in the order of the first. Raises StudioError where a run has
    no scores, or was tested on other images."""
    found: list[ScoreSet] = []
    rows = []
    for one in sorted(runs, key=lambda run: run.seed):
        scores = load_test_scores(one.folder, test)
        order = aligned(found[0], scores) if found else np.arange(scores.n)
        if order is None:
            raise StudioError(f"{one.folder.name} was not tested on the same images as the others.")
        found.append(scores)
        rows.append(scores.scores(positive or found[0].positive)[order])
    first = found[0]
    name = positive or first.positive
    return CellScores(np.stack(rows), first.flags(name), first.known_groups, first.files, name)


def _by_test(cells: Sequence[Cell], baseline: str) -> list[MixComparison]:
    """Paired DeLong of each mix and the baseline on each test set."""
    compared = []
    for cell, base in _beside_baseline(cells, baseline):
        one, other = cell.scores, base.scores
        if one is None or other is None or one.files != other.files:
            continue
        found: Comparison = compare_delong(
            one.mean, other.mean, one.positive, groups=one.groups or other.groups
        )
        compared.append(
            MixComparison(
                cell.mix,
                baseline,
                cell.model,
                cell.test,
                found.difference,
                found.low,
                found.high,
                found.p,
                f"{found.method}, {OVER_SEEDS}",
                better=int(found.difference > 0),
            )
        )
    return compared


def _over_tests(
    cells: Sequence[Cell], baseline: str, mixes: Sequence[str], model: str
) -> list[MixComparison]:
    """Of each mix over the test sets: Wilcoxon's test, and the bootstrap at three levels."""
    compared = []
    for mix in mixes:
        pairs = [
            (cell, base)
            for cell, base in _beside_baseline(cells, baseline)
            if (cell.mix, cell.model) == (mix, model) and cell.aucs and base.aucs
        ]
        if not pairs:
            continue
        differences = np.array([cell.auc_mean - base.auc_mean for cell, base in pairs])
        common = (mix, baseline, model, None, float(differences.mean()))
        better = int((differences > 0).sum())
        ranks = signed_rank(differences)
        compared.append(
            MixComparison(*common, math.nan, math.nan, ranks.p, WILCOXON, len(pairs), better)
        )
        whole = mean_difference([_both(cell, base) for cell, base in pairs])
        compared.append(
            MixComparison(*common, whole.low, whole.high, whole.p, BOOTSTRAP, len(pairs), better)
        )
    return compared


def _both(cell: Cell, base: Cell) -> TestSetScores:
    one, other = cell.scores, base.scores
    assert one is not None
    assert other is not None
    if one.files != other.files:
        raise StudioError(f"{cell.mix} and {base.mix} were not tested on the same images.")
    return TestSetScores(one.by_seed, other.by_seed, one.positive, one.groups or other.groups)


def _beside_baseline(cells: Sequence[Cell], baseline: str) -> list[tuple[Cell, Cell]]:
    """Each cell of another mix with the baseline's of the same test set and model."""
    base = {(one.test, one.model): one for one in cells if one.mix == baseline}
    return [
        (one, base[one.test, one.model])
        for one in cells
        if one.mix != baseline and (one.test, one.model) in base
    ]


def _corrected(comparisons: Sequence[MixComparison]) -> list[MixComparison]:
    families: dict[tuple[str, bool], list[int]] = {}
    for number, one in enumerate(comparisons):
        if not math.isnan(one.p):
            families.setdefault((one.method, one.test is None), []).append(number)
    made = list(comparisons)
    for numbers in families.values():
        for number, p in zip(numbers, holm([made[n].p for n in numbers]), strict=True):
            made[number] = replace(made[number], corrected=p)
    return made


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
