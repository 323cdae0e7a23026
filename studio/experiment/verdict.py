"""What a table allows to be said, in sentences, and what it does not."""

import math
from collections.abc import Sequence

from studio.experiment.cells import AucOverSeeds, Cell
from studio.experiment.comparisons import HIERARCHICAL, MACRO, WILCOXON, Difference, MixComparison
from studio.experiment.table import ExperimentTable
from studio.wording import DASH, bounds, counted, number, p_value, signed, signed_interval

FEW = 7
"""Up to so many test sets, what they could not have shown is said."""
_Z_80 = 0.8416212335729143  # the normal quantile of 80 %
_LEVEL = 0.05
_SEEDS = (
    10  # from which the exact test over test sets keeps about its level; see docs/statistics.md
)
_MOST = 0.5  # a difference of AUCs that no training makes
_CARE = "Research use, not a diagnosis."


def verdict(table: ExperimentTable) -> list[str]:
    """Sentences about each mix, in the order of the plan, then about the table as a whole."""
    said = []
    for model in table.models:
        for mix in table.mixes:
            for macro in (False, True) if mix != table.baseline else ():
                if sentence := _of_mix(table, mix, model, macro=macro):
                    said.append(sentence)
    said += _limits(table)
    said.append(_CARE)
    return said


def headline(table: ExperimentTable) -> str:
    """The verdict in one sentence: which mixes are shown to be better or worse than the baseline.

    A mix that has seen test images counts only where the images that it has not seen show the same.
    """
    if not table.cells:
        return "No training has finished yet."
    if not table.baseline:
        return "The plan names no baseline, so that nothing is compared."
    over = [one for one in table.comparisons if one.test is None and one.of != MACRO]
    ranks = [one for one in over if one.method == WILCOXON]
    if not ranks:
        return "Nothing can be compared with the baseline yet."
    if all(one.tests == 1 for one in ranks):
        return "One test set: nothing can be said of others."
    if all(_least_p(table, one) >= _LEVEL for one in ranks):
        return "So few test sets cannot show a difference."
    shown = [one for one in ranks if _is_shown(table, one)]
    better = [one.mix for one in shown if one.rank_sign > 0 and one.difference > 0]
    worse = [one.mix for one in shown if one.rank_sign < 0 and one.difference < 0]
    said = [
        f"{_named(mixes)} {word} than {table.baseline} beyond chance"
        for mixes, word in ((better, "better"), (worse, "worse"))
        if mixes
    ]
    return f"{'; '.join(said) or f'No mix is shown to differ from {table.baseline}'}."


def _is_shown(table: ExperimentTable, ranks: MixComparison) -> bool:
    kept = ranks.without_leaking
    unseen = kept is None or _p_of(kept) < _LEVEL
    return _least_p(table, ranks) < _LEVEL and _p_of(ranks) < _LEVEL and unseen


def _named(mixes: Sequence[str]) -> str:
    names = list(dict.fromkeys(mixes))
    if len(names) > 2:
        return f"{counted(len(names), 'mix', 'mixes')} are"
    return f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'}"


def _of_mix(table: ExperimentTable, mix: str, model: str, *, macro: bool) -> str:
    own = [
        one
        for one in table.comparisons
        if (one.mix, one.model, one.of == MACRO) == (mix, model, macro)
    ]
    over = {one.method: one for one in own if one.test is None}
    ranks, spread = over.get(WILCOXON), over.get(HIERARCHICAL)
    if ranks is None or spread is None:
        return ""
    name = f"{mix} ({model})" if len(table.models) > 1 else mix
    measure = "macro AUC" if macro else f"AUC of {table.positive}" if table.several else "AUC"
    sets = counted(ranks.tests, "test set")
    if ranks.tests == 1:
        single = [one for one in own if one.test is not None]
        return f"{name} against {table.baseline}: {_single(single[0], measure)}" if single else ""
    found = (
        f"{name} has a higher mean {measure} than {table.baseline} on {ranks.better} of {sets}: "
        f"mean difference {signed_interval(spread.difference, spread.low, spread.high)}, "
        f"Wilcoxon exact {_p(ranks)}"
    )
    found = f"{found}. {_judged(ranks, spread, _least_p(table, ranks))}"
    if ranks.without_leaking is not None and spread.without_leaking is not None:
        kept = spread.without_leaking
        told = signed_interval(kept.difference, kept.low, kept.high)
        found += f" Without leaking images: {told}, {_p(ranks.without_leaking)}."
    return found


def _single(one: MixComparison, measure: str) -> str:
    told = signed_interval(one.difference, one.low, one.high)
    said = f"difference of {measure} on {one.test} {told}, {p_value(one.p)}, {one.method}."
    if (kept := one.without_leaking) is not None:
        told = signed_interval(kept.difference, kept.low, kept.high)
        said += f" Without leaking images: {told}, {p_value(kept.p)}."
    return said


def _p(one: MixComparison | Difference) -> str:
    """A p, and what Holm's correction makes of it where that is another."""
    if math.isnan(one.corrected) or one.corrected == one.p:
        return p_value(one.p)
    return f"{p_value(one.p)} ({p_value(one.corrected)} with Holm's correction)"


def _p_of(one: MixComparison | Difference) -> float:
    """p with Holm's correction, where there is one."""
    return one.p if math.isnan(one.corrected) else one.corrected


def _judged(ranks: MixComparison, spread: MixComparison, least: float) -> str:
    p = _p_of(ranks)
    if least >= _LEVEL:
        return "So few test sets could not show a difference by this test, however large."
    if p >= _LEVEL:
        return "A difference is not shown."
    up = ranks.rank_sign > 0
    if up == (spread.difference > 0):
        return f"It is {'better' if up else 'worse'} beyond chance."
    more, other = ("higher", "lower") if up else ("lower", "higher")
    return f"It is {more} on more test sets than chance allows, but {other} on average."


def _least_p(table: ExperimentTable, one: MixComparison) -> float:
    """The least p, with Holm's correction, that the exact test can give a mix of this table."""
    family = sum(other.method == WILCOXON and other.of == one.of for other in table.comparisons)
    return float(min(1.0, max(1, family) * 2.0 ** (1 - one.tests)))


def _limits(table: ExperimentTable) -> list[str]:
    """What these test sets could not have shown, and what was not independent."""
    said = []
    tests = max((one.tests for one in table.comparisons if one.test is None), default=0)
    reach = [
        _detectable(one)
        for one in table.comparisons
        if one.method == HIERARCHICAL and math.isfinite(one.high - one.low)
    ]
    if 1 < tests <= FEW:
        said.append(_few_tests(table, tests, sum(reach) / len(reach) if reach else 1.0))
    seeds = min((cell.repeats for cell in table.cells), default=0)
    if tests > 1 and 0 < seeds < _SEEDS:
        said.append(
            f"The same {counted(seeds, 'training')} of a mix are scored on all test sets: a "
            "lucky seed counts on each of them. In simulations the exact test called chance a "
            "difference in 12 % with three seeds and in 6 to 8 % with ten."
        )
    if tests == 1:
        said.append("With one test set nothing can be said of others.")
    leaking = [cell for cell in table.cells if cell.leaking]
    if leaking:
        said.append(
            f"In {counted(len(leaking), 'cell')} the mix has seen test images: "
            f"{'; '.join(_without(cell) for cell in leaking[:3])}"
            f"{f'; and {len(leaking) - 3} more' if len(leaking) > 3 else ''}."
        )
    if any(cell.auc.groups == 0 for cell in table.cells):
        said.append("Where groups are unknown, each image counts as independent.")
    if table.finished < table.trainings:
        said.append(f"{table.finished} of {counted(table.trainings, 'training')} have finished.")
    return said


def _few_tests(table: ExperimentTable, tests: int, reach: float) -> str:
    """What the exact test and the intervals can show with so many test sets."""
    least, ranks = 2.0 ** (1 - tests), [c for c in table.comparisons if c.method == WILCOXON]
    corrected = min((_least_p(table, one) for one in ranks if one.tests == tests), default=least)
    said = (
        f"Test sets are few: with {tests} of them the exact test cannot give less than "
        f"{p_value(least)}"
    )
    if corrected > least:
        said += f", and with Holm's correction over the mixes not less than {p_value(corrected)}"
    if corrected >= _LEVEL:
        said += ", so that it cannot show a difference at all"
    if reach >= _MOST:
        return f"{said}; nor could the intervals show one."
    return (
        f"{said}; by the intervals, a mean difference below {number(reach)} could hardly have been "
        "seen (power under 80 %)."
    )


def _detectable(one: MixComparison) -> float:
    """The least mean difference that is found with 80 % power: t + z(.8) standard errors, of which
    the interval reaches t."""
    return (one.high - one.low) / 2 + _Z_80 * one.error


def _without(cell: Cell) -> str:
    kept = cell.without_leaking
    value = "undefined" if kept is None or math.isnan(kept.value) else number(kept.value)
    total = cell.n_pos + cell.n_neg
    found = f"AUC without them {value}"
    if (macro := cell.macro_without_leaking) is not None:
        found += f", macro {'undefined' if math.isnan(macro.value) else number(macro.value)}"
    return f"{cell.mix} on {cell.test}, {cell.leaking} of {total} ({found})"


def cell_words(cell: Cell | None, *, macro: bool = False) -> str:
    """A cell as it is read: "0.874 (0.042)", mean and SD over seeds of the AUC of the positive
    class or of the macro AUC."""
    found = None if cell is None else cell.over_seeds(macro=macro)
    return DASH if found is None else seeds_words(found)


def seeds_words(found: AucOverSeeds) -> str:
    """Mean and SD over seeds."""
    if not found.aucs:
        return "undefined"
    spread = f" ({number(found.sd)})" if not math.isnan(found.sd) else ""
    return f"{number(found.mean)}{spread}"


def difference_words(one: MixComparison) -> str:
    """A comparison as it is read."""
    told = _difference_words(one)
    if one.without_leaking is not None:
        told += f"; without leaking images {_difference_words(one.without_leaking)}"
    return told


def _difference_words(one: MixComparison | Difference) -> str:
    told = signed(one.difference)
    if math.isfinite(one.low):
        told += f" ({bounds(one.low, one.high)})"
    return f"{told}, {p_value(one.p)}"
