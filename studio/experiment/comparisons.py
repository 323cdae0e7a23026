"""Each mix of an experiment compared with the baseline: on each test set, and over all of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from studio.experiment.cells import (
    Cell,
    CellScores,
    auc_over_seeds,
    macro_over_seeds,
)
from studio.opening import finite
from studio.stats import (
    Comparison,
    SignedRank,
    compare_delong,
    compare_macro,
    holm,
    mean_difference,
    signed_rank,
)

OVER_SEEDS = "scores averaged over seeds"
WILCOXON = "exact Wilcoxon signed rank over test sets, on mean AUC"
HIERARCHICAL = "hierarchical, over test sets with their groups and seeds in common"
MACRO = "macro"
"""What is compared in place of the AUC of a class: the macro AUC over more than two."""


@dataclass(frozen=True)
class Difference:
    """A difference of AUCs with its interval and its p, corrected for its family; NaN where it is
    not known. `images` were compared on one test set, `tests` test sets over several."""

    difference: float
    low: float
    high: float
    p: float
    images: int = 0
    tests: int = 1
    corrected: float = math.nan
    rank_sign: int = 0
    """1 where the ranks of the test sets speak for the mix, -1 against it, 0 where none were
    taken: a few sets can turn the mean the other way."""
    error: float = math.nan
    """The standard error of a hierarchical comparison."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON; NaN is None."""
        return {
            "difference": finite(self.difference),
            "low": finite(self.low),
            "high": finite(self.high),
            "p": finite(self.p),
            "p_holm": finite(self.corrected),
        }


@dataclass(frozen=True)
class MixComparison:
    """A mix minus the baseline: on one test set, or over all of them where `test` is None.

    `of` is the class whose AUC is compared, or `MACRO`. `corrected` is p with Holm's correction
    over the comparisons of its family: over test sets all mixes of one method and measure, on
    single test sets all mixes and sets of one measure. `rank_sign` and `error` are as in
    `Difference`.
    `without_leaking` is the same without the test images that either of the two
    has seen, None where neither has seen any.
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
    of: str = ""
    without_leaking: Difference | None = None
    rank_sign: int = 0
    error: float = math.nan

    def to_dict(self) -> dict[str, Any]:
        """As JSON; NaN is None."""
        found = Difference(self.difference, self.low, self.high, self.p, corrected=self.corrected)
        kept = self.without_leaking
        facts: dict[str, Any] = {"n": kept.images} if kept is not None and self.test else {}
        return {
            "mix": self.mix,
            "baseline": self.baseline,
            "model": self.model,
            "test": self.test,
            "of": self.of,
            **found.to_dict(),
            "method": self.method,
            "tests": self.tests,
            "better_on": self.better,
            "without_leaking": None if kept is None else {**kept.to_dict(), **facts},
        }


def compare_cells(
    cells: Sequence[Cell], baseline: str, mixes: Sequence[str], models: Sequence[str]
) -> list[MixComparison]:
    """Every comparison with the baseline that the cells allow: of the AUC of the positive class
    and, with more than two classes, of the macro AUC; first test by test, then over tests. A mix
    and a baseline that were tested on other images are not compared: see `on_other_images`."""
    compared = []
    pairs = [pair for pair in _pairs(cells, baseline) if pair.same_images]
    for macro in (False, True):
        if macro:
            pairs = [pair for pair in pairs if pair.one.several and pair.other.several]
        compared += [_on_test(pair, baseline, macro=macro) for pair in pairs]
        for model in models:
            for mix in mixes:
                own = [pair for pair in pairs if (pair.cell.mix, pair.cell.model) == (mix, model)]
                compared += _over_tests(own, baseline, macro=macro)
    return corrected(compared)


def on_other_images(cells: Sequence[Cell], baseline: str) -> list[str]:
    """A sentence for each cell that was not tested on the images of the baseline."""
    return [
        f"{pair.cell.mix} on {pair.cell.test} was not tested on the same images as {baseline}, so "
        "the two are not compared."
        for pair in _pairs(cells, baseline)
        if not pair.same_images
    ]


class _Pair(NamedTuple):
    """A cell of a mix and the baseline's, with the scores of each that are compared."""

    cell: Cell
    base: Cell
    one: CellScores
    other: CellScores

    @property
    def same_images(self) -> bool:
        return self.one.files == self.other.files

    def unseen(self) -> "_Pair | None":
        """Both without the images that either has seen; None where neither has seen any."""
        kept = self.one.unseen & self.other.unseen
        if kept.all():
            return None
        return self._replace(one=self.one.only(kept), other=self.other.only(kept))


def _pairs(cells: Sequence[Cell], baseline: str) -> list[_Pair]:
    """Each cell of another mix with the baseline's of the same test set and model."""
    base_cells = {(one.test, one.model): one for one in cells if one.mix == baseline}
    pairs = []
    for cell in cells:
        base = base_cells.get((cell.test, cell.model))
        if cell.mix == baseline or base is None:
            continue
        if cell.scores is not None and base.scores is not None:
            pairs.append(_Pair(cell, base, cell.scores, base.scores))
    return pairs


def _on_test(pair: _Pair, baseline: str, *, macro: bool) -> MixComparison:
    """Paired DeLong of a mix and the baseline on a test set."""
    found = _paired(pair, macro=macro)
    kept = pair.unseen()
    return MixComparison(
        pair.cell.mix,
        baseline,
        pair.cell.model,
        pair.cell.test,
        found.difference,
        found.low,
        found.high,
        found.p,
        f"{found.method}, {OVER_SEEDS}",
        better=int(found.difference > 0),
        of=MACRO if macro else pair.one.of,
        without_leaking=None if kept is None else _difference(_paired(kept, macro=macro)),
    )


def _paired(pair: _Pair, *, macro: bool) -> Comparison:
    one, other = pair.one, pair.other
    groups = one.groups or other.groups
    if macro:
        return compare_macro(one.mean_table, other.mean_table, one.truth, groups=groups)
    return compare_delong(one.mean, other.mean, one.positive, groups=groups)


def _difference(found: Comparison) -> Difference:
    return Difference(found.difference, found.low, found.high, found.p, found.images)


def _over_tests(pairs: Sequence[_Pair], baseline: str, *, macro: bool) -> list[MixComparison]:
    """Of a mix over the test sets: Wilcoxon's test, and the hierarchical interval."""
    found = _over(pairs, macro=macro)
    if found is None:
        return []
    kept = [pair.unseen() for pair in pairs]
    without = None
    if any(pair is not None for pair in kept):
        without = _over([new or old for new, old in zip(kept, pairs, strict=True)], macro=macro)
    cell, one = pairs[0].cell, pairs[0].one
    return [
        MixComparison(
            cell.mix,
            baseline,
            cell.model,
            None,
            own.difference,
            own.low,
            own.high,
            own.p,
            method,
            own.tests,
            found.better,
            of=MACRO if macro else one.of,
            without_leaking=None if without is None else without.by_method[method],
            rank_sign=own.rank_sign,
            error=own.error,
        )
        for method, own in found.by_method.items()
    ]


class _OverTests(NamedTuple):
    """What each method says, and on how many test sets the mix has the higher mean AUC."""

    by_method: Mapping[str, Difference]
    better: int


def _over(pairs: Sequence[_Pair], *, macro: bool) -> _OverTests | None:
    """Of those test sets on which both AUCs are defined; None without one."""
    aucs = [
        (_aucs(pair.cell, pair.one, macro=macro), _aucs(pair.base, pair.other, macro=macro))
        for pair in pairs
    ]
    known = [(one, other) for one, other in aucs if one and other]
    if not known:
        return None
    values = np.array([np.mean(one) - np.mean(other) for one, other in known])
    mean, tests = float(values.mean()), len(known)
    ranks = signed_rank(values)
    whole = mean_difference([one for one, _ in known], [other for _, other in known])
    found = {
        WILCOXON: Difference(
            mean, math.nan, math.nan, ranks.p, tests=tests, rank_sign=_sign(ranks)
        ),
        HIERARCHICAL: Difference(
            mean, whole.low, whole.high, whole.p, tests=tests, error=whole.error
        ),
    }
    return _OverTests(found, int((values > 0).sum()))


def _sign(ranks: SignedRank) -> int:
    middle = ranks.n * (ranks.n + 1) / 4
    return 0 if math.isnan(ranks.w) else (ranks.w > middle) - (ranks.w < middle)


def _aucs(cell: Cell, scores: CellScores, *, macro: bool) -> tuple[float, ...]:
    """Of each seed; none where it is undefined. Those of all its images the cell has already."""
    known = cell.over_seeds(macro=macro) if scores is cell.scores else None
    if known is None:
        known = macro_over_seeds(scores) if macro else auc_over_seeds(scores, scores.of)
    return known.aucs


def corrected(comparisons: Sequence[MixComparison]) -> list[MixComparison]:
    """With Holm's correction in each family, also of what is without leaking images."""
    families: dict[tuple[str, str, bool], list[int]] = {}
    for number, one in enumerate(comparisons):
        method = one.method if one.test is None else ""  # clustered or not, they are one family
        families.setdefault((method, one.of, one.test is None), []).append(number)
    made = list(comparisons)
    for numbers in families.values():
        own = [made[number] for number in numbers]
        kept = [one.without_leaking for one in own]
        whole = holm([one.p for one in own])
        without = holm([one.p if k is None else k.p for one, k in zip(own, kept, strict=True)])
        for place, number in enumerate(numbers):
            known = kept[place]
            if known is not None:
                known = replace(known, corrected=without[place])
            made[number] = replace(made[number], corrected=whole[place], without_leaking=known)
    return made
