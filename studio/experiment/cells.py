"""The cells of the table of an experiment: a mix and a model on a test set, over its seeds.

Seeds are not patients. The mean and the SD over seeds tell how trainings vary; what is compared,
and has an interval over images, is the AUC of the scores averaged over the seeds.
"""

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.experiment.folder import ExperimentState
from studio.experiment.trainings import CellKey
from studio.opening import finite
from studio.results.classifier_run import load_test_scores
from studio.results.scores import ScoreSet, aligned
from studio.stats import Auc, MacroAuc, auc_delong, macro_auc

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FinishedRun:
    """The folder of a training that has finished, and its seed."""

    folder: Path
    seed: int


@dataclass(frozen=True)
class CellScores:
    """The scores of a cell: `tables` [s, n, c], one table a seed, the true classes `truth` [n] by
    their place in `classes`, groups, files, and the class `of` which an AUC is one.

    `unseen` [n] are the images that the mix has not seen: all but those that leak.
    """

    tables: Floats
    truth: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    groups: tuple[str, ...] | None
    files: tuple[str, ...]
    of: str
    unseen: Flags

    @property
    def several(self) -> bool:
        """Whether there are more than two classes."""
        return len(self.classes) > 2

    @property
    def positive(self) -> Flags:
        """Which images [n] are of the class `of`."""
        return np.asarray(self.truth == self.classes.index(self.of))

    @property
    def by_seed(self) -> Floats:
        """Scores of the class `of`, a row a seed [s, n]."""
        return np.asarray(self.tables[:, :, self.classes.index(self.of)])

    @property
    def mean(self) -> Floats:
        """The same averaged over seeds [n]."""
        return np.asarray(self.by_seed.mean(axis=0))

    @property
    def mean_table(self) -> Floats:
        """Scores of all classes averaged over seeds [n, c]."""
        return np.asarray(self.tables.mean(axis=0))

    def only(self, chosen: Flags) -> "CellScores":
        """Those of the images `chosen` [n]."""
        groups = self.groups
        if groups is not None:
            groups = tuple(g for g, k in zip(groups, chosen, strict=True) if k)
        return replace(
            self,
            tables=self.tables[:, chosen],
            truth=self.truth[chosen],
            groups=groups,
            files=tuple(f for f, k in zip(self.files, chosen, strict=True) if k),
            unseen=self.unseen[chosen],
        )


@dataclass(frozen=True)
class AucOverSeeds:
    """An AUC of the scores averaged over seeds, and that of each seed: one class against the rest,
    or the macro AUC over classes. Seeds whose AUC is undefined are left out."""

    auc: Auc | MacroAuc
    aucs: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean over seeds; NaN where no AUC is defined."""
        return float(np.mean(self.aucs)) if self.aucs else math.nan

    @property
    def sd(self) -> float:
        """The SD over seeds; NaN with fewer than two."""
        return float(np.std(self.aucs, ddof=1)) if len(self.aucs) > 1 else math.nan


@dataclass(frozen=True)
class Cell:
    """A mix and a model on a test set, over the seeds that have finished.

    `auc` is that of the averaged scores, `aucs` those of each seed, `auc_mean` and `auc_sd` theirs
    (the SD with n - 1; NaN with one seed). `without_leaking` is the AUC of the images that the mix
    has not seen, None where it has seen none; `leaking` counts the others. With more than two
    classes `macro` is the same of the macro AUC, `macro_without_leaking` that of the averaged
    scores, and `by_class` has each class against the rest.
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
    macro: AucOverSeeds | None = None
    macro_without_leaking: MacroAuc | None = None
    by_class: tuple[tuple[str, int, AucOverSeeds], ...] = ()
    scores: CellScores | None = field(default=None, compare=False, repr=False)

    @property
    def auc_mean(self) -> float:
        """The mean over seeds; NaN where no AUC is defined."""
        return AucOverSeeds(self.auc, self.aucs).mean

    @property
    def auc_sd(self) -> float:
        """The SD over seeds; NaN with fewer than two."""
        return AucOverSeeds(self.auc, self.aucs).sd

    def over_seeds(self, *, macro: bool = False) -> AucOverSeeds | None:
        """The AUC of the positive class, or the macro AUC, which two classes do not have."""
        return self.macro if macro else AucOverSeeds(self.auc, self.aucs)

    def to_dict(self) -> dict[str, Any]:
        """As JSON; NaN is None. `classes` is empty of two classes, `macro` and what belongs to it
        None."""
        told: dict[str, Any] = {
            "mix": self.mix,
            "test": self.test,
            "model": self.model,
            "repeats": self.repeats,
            **_figures("auc", AucOverSeeds(self.auc, self.aucs)),
            "auc_method": self.auc.method,
            "groups": self.auc.groups,
            "n_pos": self.n_pos,
            "n_neg": self.n_neg,
            "aucs": [finite(one) for one in self.aucs],
            **_figures("macro", self.macro),
            "classes": {
                name: {"n": n, **_figures("auc", found)} for name, n, found in self.by_class
            },
            "leaking": self.leaking,
            "without_leaking": None,
        }
        kept, macro = self.without_leaking, self.macro_without_leaking
        if kept is not None:
            told["without_leaking"] = {
                "auc": finite(kept.value),
                "auc_low": finite(kept.low),
                "auc_high": finite(kept.high),
                "n": kept.images,
            }
            if macro is not None:
                bounds = {"macro_low": finite(macro.low), "macro_high": finite(macro.high)}
                told["without_leaking"] |= {"macro": finite(macro.value), **bounds}
        return told


def _figures(name: str, found: AucOverSeeds | None) -> dict[str, float | None]:
    keys = (f"{name}_mean", f"{name}_sd", name, f"{name}_low", f"{name}_high")
    if found is None:
        return dict.fromkeys(keys)
    values = (found.mean, found.sd, found.auc.value, found.auc.low, found.auc.high)
    return {key: finite(value) for key, value in zip(keys, values, strict=True)}


def finished_runs(state: ExperimentState) -> dict[CellKey, list[FinishedRun]]:
    """The trainings that have finished of each cell that has any."""
    runs: dict[CellKey, list[FinishedRun]] = {}
    for cell in state.listed.cells:
        for one in state.of_cell(cell):
            if one.state == "finished":
                run = FinishedRun(one.run_dir, one.planned.seed)
                runs.setdefault(cell, []).append(run)
    return runs


def make_cell(
    key: CellKey,
    runs: Sequence[FinishedRun],
    positive: str | None,
    seen: Set[str],
    problems: list[str] | None = None,
) -> Cell:
    """The cell of these runs; `seen` names the files that they were trained on, `problems` gets a
    sentence for each run that is left out. Raises StudioError as `scores_of_class`."""
    scores = scores_of_class(runs, key.test, positive, seen, problems)
    whole = auc_over_seeds(scores, scores.of)
    assert isinstance(whole.auc, Auc)
    cell = Cell(
        *key[:2],
        key.model,
        len(scores.tables),
        whole.aucs,
        whole.auc,
        int(scores.positive.sum()),
        int((~scores.positive).sum()),
        scores=scores,
    )
    if scores.several:
        each = [(name, auc_over_seeds(scores, name)) for name in scores.classes]
        counts = np.bincount(scores.truth, minlength=len(scores.classes)).tolist()
        by_class = tuple((name, n, found) for (name, found), n in zip(each, counts, strict=True))
        cell = replace(cell, macro=macro_over_seeds(scores), by_class=by_class)
    if scores.unseen.all():
        return cell
    kept = scores.only(scores.unseen)
    return replace(
        cell,
        leaking=int((~scores.unseen).sum()),
        without_leaking=auc_delong(kept.mean, kept.positive, groups=kept.groups),
        macro_without_leaking=macro_auc(kept.mean_table, kept.truth, groups=kept.groups)
        if kept.several
        else None,
    )


def auc_over_seeds(scores: CellScores, name: str) -> AucOverSeeds:
    """Of the class `name` against the rest."""
    own = replace(scores, of=name)
    aucs = [auc_delong(row, own.positive).value for row in own.by_seed]
    pooled = auc_delong(own.mean, own.positive, groups=own.groups)
    return AucOverSeeds(pooled, tuple(one for one in aucs if not math.isnan(one)))


def macro_over_seeds(scores: CellScores) -> AucOverSeeds:
    """Of the macro AUC."""
    aucs = [macro_auc(table, scores.truth).value for table in scores.tables]
    pooled = macro_auc(scores.mean_table, scores.truth, groups=scores.groups)
    return AucOverSeeds(pooled, tuple(one for one in aucs if not math.isnan(one)))


def scores_of_class(
    runs: Sequence[FinishedRun],
    test: str,
    positive: str | None = None,
    seen: Set[str] = frozenset(),
    problems: list[str] | None = None,
) -> CellScores:
    """The scores of the class `positive`, or of the one that the runs call so, on a test set, by
    the seeds of the runs; images are in the order of the first. With `problems` a run whose scores
    cannot be read is left out with a sentence there. Raises StudioError where a run has no scores,
    with `problems` only where none has any, or was tested on other images."""
    found: list[ScoreSet] = []
    tables: list[Floats] = []
    damaged: dict[str, StudioError] = {}
    for one in sorted(runs, key=lambda run: run.seed):
        try:
            scores = load_test_scores(one.folder, test)
        except StudioError as error:
            if problems is None:
                raise
            damaged[one.folder.name] = error
            continue
        order = aligned(found[0], scores) if found else np.arange(scores.n)
        if order is None:
            raise StudioError(f"{one.folder.name} was not tested on the same images as the others.")
        columns = [scores.classes.index(name) for name in (found or [scores])[0].classes]
        found.append(scores)
        tables.append(scores.probabilities[order][:, columns])
    if damaged and not found:
        raise next(iter(damaged.values()))
    if problems is not None:
        problems += [
            f"{name} is left out of its cell on {test}: {error}" for name, error in damaged.items()
        ]
    first = found[0]
    name = positive or first.positive
    return CellScores(
        np.stack(tables),
        first.truth,
        first.classes,
        first.known_groups,
        first.files,
        name,
        np.array([file not in seen for file in first.files], bool),
    )
