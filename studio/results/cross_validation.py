"""What a cross-validation found: the scores of all images, each by the run that did not see it, and
the figures that are made of them.

The scores of the folds are pooled, so that every image counts once and patients stay the unit of
the intervals. Each fold has a network of its own, whose scores may lie a little higher or lower
than another's, which pooling takes for errors. The macro AUC within each fold is told beside it.
"""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.opening import finite
from studio.results.assessment import FEWEST, age_band
from studio.results.operating import summary
from studio.results.scores import GROUP, SQUARE, ScoreSet, read_scores, write_scores
from studio.stats import auc_delong
from studio.stats.groups import group_count, group_numbers
from studio.stats.intervals import Proportion
from studio.stats.macro import macro_auc
from studio.stats.subgroups import top_accuracy
from studio.tables import read_table

FOLD = "fold"
_TAKEN = frozenset({"file", "path", "image", "label", "score", SQUARE, GROUP, FOLD})


def pool(parts: Sequence[ScoreSet]) -> tuple[ScoreSet, list[int]]:
    """The scores of all folds as one set, and the fold of each image, counted from 1.

    Raises StudioError where the folds differ in their classes or an image stands in two of them.
    """
    first = parts[0]
    for part in parts[1:]:
        if part.classes != first.classes or part.positive != first.positive:
            raise StudioError("The folds differ in their classes: run the cross-validation again.")
    keys = [key for part in parts for key in part.image_keys()]
    if len(set(keys)) < len(keys):
        raise StudioError("An image was scored in two folds: run the cross-validation again.")
    crops, grouped = any(part.squares for part in parts), any(part.groups for part in parts)
    return (
        ScoreSet(
            tuple(file for part in parts for file in part.files),
            np.concatenate([part.truth for part in parts]),
            first.classes,
            first.positive,
            np.concatenate([part.probabilities for part in parts]),
            tuple(s for part in parts for s in part.squares or (None,) * part.n) if crops else (),
            tuple(g for part in parts for g in part.groups or ("",) * part.n) if grouped else (),
        ),
        [number for number, part in enumerate(parts, 1) for _ in range(part.n)],
    )


def write_pooled(
    path: Path, scores: ScoreSet, folds: Sequence[int], values: Mapping[str, Sequence[str]]
) -> None:
    """The scores with a column `fold` and one for each of `values`, one row an image."""
    known = {name: own for name, own in values.items() if name not in _TAKEN}
    write_scores(path, scores, {FOLD: [str(fold) for fold in folds], **known})


def read_pooled(
    path: Path, positive: str, classes: Sequence[str]
) -> tuple[ScoreSet, list[int], dict[str, list[str]]]:
    """What `write_pooled` wrote: the scores, the fold of each image, and what is known of it by the
    names of the columns. Raises StudioError for a file that is no such table."""
    scores = read_scores(path, positive, classes)
    head, *body = read_table(path)
    if FOLD not in head:
        raise StudioError(f"{path} is not of a cross-validation: it has no column {FOLD}.")
    at = head.index(FOLD)
    try:
        folds = [int(row[at]) for row in body]
    except (ValueError, IndexError):
        raise StudioError(f"{path} has a row without a fold.") from None
    names = head[at + 1 :]
    values = {
        name: [row[at + 1 + place] if len(row) > at + 1 + place else "" for row in body]
        for place, name in enumerate(names)
    }
    return scores, folds, values


def cross_validation_figures(
    scores: ScoreSet, folds: Sequence[int], values: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Every figure of a cross-validation, in JSON's own types.

    Those of `studio.results.operating.summary` of the pooled scores, `groups` (None where nothing
    is known of any image), `top1` and `top3` {value, low, high}, `by_fold` [{fold, n, macro, auc}]
    with `fold_mean` and `fold_sd` of the macro AUCs of the folds, and `subgroups`: for each field
    of `values` that has two values or more, by value {n, groups, classes, macro, macro_low,
    macro_high, auc, low, high, of}. `macro` is the mean over the `classes` that occur in the
    subgroup, `auc` that of the positive class. Values with fewer than `FEWEST` images are left out
    and counted under "few", images without a value under "unknown".
    """
    by_fold = []
    numbers = np.asarray(folds)
    for fold in sorted(set(folds)):
        part = _part(scores, numbers == fold)
        by_fold.append({"fold": fold, "n": part.n, "macro": _macro(part)["macro"], **_own(part)})
    known = [one["macro"] for one in by_fold if one["macro"] is not None]
    several = len(scores.classes) > 3
    return {
        **summary(scores, None, "youden"),
        "groups": group_count(group_numbers(scores.known_groups, scores.n)) or None,
        "top1": _share(top_accuracy(scores.probabilities, scores.truth, 1)),
        "top3": _share(top_accuracy(scores.probabilities, scores.truth, 3)) if several else None,
        "folds": len(by_fold),
        "by_fold": by_fold,
        "fold_mean": statistics.fmean(known) if known else None,
        "fold_sd": statistics.stdev(known) if len(known) > 1 else None,
        "subgroups": {
            field: found
            for field, own in values.items()
            if (found := _subgroups(scores, field, own))
        },
    }


def _subgroups(scores: ScoreSet, field: str, values: Sequence[str]) -> dict[str, Any] | None:
    names = [age_band(one) for one in values] if field == "age" else list(values)
    counts = {name: names.count(name) for name in sorted(set(names) - {""})}
    kept = [name for name, count in counts.items() if count >= FEWEST]
    if len(kept) < 2:
        return None
    told = {}
    for name in kept:
        part = _part(scores, np.array([one == name for one in names]))
        groups = group_count(group_numbers(part.known_groups, part.n)) or None
        told[name] = {"n": part.n, "groups": groups, **_macro(part), **_own(part)}
    few = sum(count for name, count in counts.items() if name not in kept)
    return {"values": told, "few": few, "unknown": names.count("")}


def _part(scores: ScoreSet, chosen: Any) -> ScoreSet:
    """The images of a set for which `chosen` [N] is true."""
    places = np.flatnonzero(chosen).tolist()
    return ScoreSet(
        tuple(scores.files[one] for one in places),
        scores.truth[places],
        scores.classes,
        scores.positive,
        scores.probabilities[places],
        tuple(scores.squares[one] for one in places) if scores.squares else (),
        tuple(scores.groups[one] for one in places) if scores.groups else (),
    )


def _macro(scores: ScoreSet) -> dict[str, Any]:
    """The macro AUC over the classes that occur, which are counted."""
    present = np.unique(scores.truth)
    if len(present) < 2:
        return {"classes": len(present), **dict.fromkeys(("macro", "macro_low", "macro_high"))}
    found = macro_auc(
        scores.probabilities[:, present],
        np.searchsorted(present, scores.truth),
        groups=scores.known_groups,
    )
    figures = {"macro": found.value, "macro_low": found.low, "macro_high": found.high}
    return {"classes": len(present), **{name: finite(value) for name, value in figures.items()}}


def _own(scores: ScoreSet) -> dict[str, Any]:
    """The AUC of the positive class, `of` how many images."""
    flags = scores.flags(scores.positive)
    of = int(flags.sum())
    if of in (0, scores.n):
        return {"auc": None, "low": None, "high": None, "of": of}
    found = auc_delong(scores.scores(scores.positive), flags, groups=scores.known_groups)
    figures = {"auc": found.value, "low": found.low, "high": found.high}
    return {**{name: finite(value) for name, value in figures.items()}, "of": of}


def _share(found: Proportion) -> dict[str, Any]:
    return {"value": finite(found.value), "low": finite(found.low), "high": finite(found.high)}
