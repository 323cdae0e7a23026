"""What a table allows to be said, in sentences, and what it does not."""

import math

from studio.experiment.table import BOOTSTRAP, WILCOXON, Cell, ExperimentTable, MixComparison
from studio.stats.normal import t_quantile
from studio.wording import DASH, bounds, counted, number, p_value, signed, signed_interval

FEW = 7
"""Up to so many test sets, what they could not have shown is said."""
_Z_80 = 0.8416212335729143  # the normal quantile of 80 %
_MOST = 0.5  # a difference of AUCs that no training makes
_CARE = "Research use, not a diagnosis."


def verdict(table: ExperimentTable) -> list[str]:
    """Sentences about each mix, in the order of the plan, then about the table as a whole."""
    said = []
    for model in table.models:
        for mix in table.mixes:
            if mix != table.baseline and (sentence := _of_mix(table, mix, model)):
                said.append(sentence)
    said += _limits(table)
    said.append(_CARE)
    return said


def _of_mix(table: ExperimentTable, mix: str, model: str) -> str:
    over = {
        one.method: one
        for one in table.comparisons
        if (one.mix, one.model, one.test) == (mix, model, None)
    }
    ranks, spread = over.get(WILCOXON), over.get(BOOTSTRAP)
    if ranks is None or spread is None:
        return ""
    name = f"{mix} ({model})" if len(table.models) > 1 else mix
    sets = counted(ranks.tests, "test set")
    if ranks.tests == 1:
        single = _single(table, mix, model)
        return f"{name} against {table.baseline}: {single}" if single else ""
    found = (
        f"{name} has a higher mean AUC than {table.baseline} on {ranks.better} of {sets}: mean "
        f"difference {signed_interval(spread.difference, spread.low, spread.high)}, "
        f"Wilcoxon exact {p_value(ranks.p)}"
    )
    if not math.isnan(ranks.corrected) and ranks.corrected != ranks.p:
        found += f" ({p_value(ranks.corrected)} with Holm's correction)"
    return f"{found}. {_judged(ranks, spread)}"


def _single(table: ExperimentTable, mix: str, model: str) -> str:
    for one in table.comparisons:
        if (one.mix, one.model) == (mix, model) and one.test is not None:
            told = signed_interval(one.difference, one.low, one.high)
            return f"difference of AUC on {one.test} {told}, {p_value(one.p)}, {one.method}."
    return ""


def _judged(ranks: MixComparison, spread: MixComparison) -> str:
    p = ranks.corrected if not math.isnan(ranks.corrected) else ranks.p
    if p < 0.05:
        return f"It is {'better' if spread.difference > 0 else 'worse'} beyond chance."
    return "A difference is not shown."


def _limits(table: ExperimentTable) -> list[str]:
    """What these test sets could not have shown, and what was not independent."""
    said = []
    tests = max((one.tests for one in table.comparisons if one.test is None), default=0)
    reach = [
        _detectable(one)
        for one in table.comparisons
        if one.method == BOOTSTRAP and math.isfinite(one.high - one.low)
    ]
    if 1 < tests <= FEW:
        least = p_value(2.0 ** (1 - tests))
        seen = sum(reach) / len(reach) if reach else 1.0
        said.append(
            f"Test sets are few: with {tests} of them the exact test cannot give less than "
            f"{least}, "
            + (
                f"and a mean difference below {number(seen)} could hardly have been seen (power "
                "under 80 %)."
                if seen < _MOST
                else "and no difference could have been seen."
            )
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


def _detectable(one: MixComparison) -> float:
    """The least mean difference that is found with 80 % power: t + z(.8) standard errors, of which
    the interval reaches t."""
    t = t_quantile(0.95, one.tests - 1)
    return (one.high - one.low) / 2 * (t + _Z_80) / t


def _without(cell: Cell) -> str:
    kept = cell.without_leaking
    value = "undefined" if kept is None or math.isnan(kept.value) else number(kept.value)
    total = cell.n_pos + cell.n_neg
    return f"{cell.mix} on {cell.test}, {cell.leaking} of {total} (AUC without them {value})"


def cell_words(cell: Cell | None) -> str:
    """A cell as it is read: "0.874 (0.042)", mean and SD over seeds."""
    if cell is None:
        return DASH
    if not cell.aucs:
        return "undefined"
    spread = f" ({number(cell.auc_sd)})" if not math.isnan(cell.auc_sd) else ""
    return f"{number(cell.auc_mean)}{spread}"


def difference_words(one: MixComparison) -> str:
    """A comparison as it is read."""
    told = signed(one.difference)
    if math.isfinite(one.low):
        told += f" ({bounds(one.low, one.high)})"
    return f"{told}, {p_value(one.p)}"
