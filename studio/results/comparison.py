"""Runs compared on the same images: the paired DeLong test, with Holm's correction for several.

Several runs beside one are several tests of it, so their p values are corrected.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.results.classifier_run import ClassifierReader, ClassifierRun, load_scores
from studio.results.curves import Curve, Detail, class_curve
from studio.results.run_identity import UNNUMBERED, RunIdentity, run_label
from studio.results.scores import ScoreSet, aligned
from studio.stats import Comparison, compare_delong, holm


@dataclass(frozen=True)
class ComparedRun:
    """Another run's curve beside the one that is looked at.

    `comparison` is None where it has not been measured on the same images; `difference` there is
    the AUC looked at minus this one's. `corrected` is its p value after Holm's correction for all
    that are compared; None where there is but one.
    """

    run_dir: Path
    title: str
    key: str
    curve: Curve
    comparison: Comparison | None
    corrected: float | None = None
    identity: RunIdentity = UNNUMBERED

    @property
    def name(self) -> str:
        """What the run is called everywhere."""
        return run_label(self)


def load_compared(run_dir: Path, shown: Detail, key: str, name: str = "") -> ComparedRun | None:
    """The evaluation of a run that matches `key`, compared with what is shown.

    Both are of class `name` against the rest, whichever class the other run calls positive; without
    a name of the positive class of what is shown. A test set is compared with the test set of that
    name, everything else with the newest validation of the other run. None where it has nothing to
    compare.
    """
    run = ClassifierReader(run_dir).read()
    wanted = key if key.startswith("test ") else run.newest
    if wanted is None or wanted not in run.files():
        return None
    return compare_scores(run, wanted, load_scores(run, wanted), shown.scores, name)


def compare_scores(
    run: ClassifierRun, key: str, scores: ScoreSet, shown: ScoreSet, name: str = ""
) -> ComparedRun | None:
    """As `load_compared`, of scores that were read before."""
    name = name or shown.positive
    curve = class_curve(scores, name).drawn if name in scores.classes else None
    if curve is None:
        return None
    compared = compare(shown, scores, name)
    return ComparedRun(run.run_dir, run.title, key, curve, compared, identity=run.identity)


def compare(shown: ScoreSet, other: ScoreSet, name: str = "") -> Comparison | None:
    """The paired comparison for class `name` against the rest, or the positive one of `shown`.

    None unless the images and the classes are the same.
    """
    order = aligned(shown, other)
    if order is None:
        return None
    name = name or shown.positive
    return compare_delong(
        shown.scores(name),
        other.scores(name)[order],
        shown.flags(name),
        groups=shown.known_groups or _ordered(other, order),
    )


def _ordered(scores: ScoreSet, order: npt.NDArray[np.int64]) -> list[str] | None:
    """The groups of a run that knows them, for one that was scored before they were kept."""
    return [scores.groups[place] for place in order] if scores.groups else None


def corrected(found: Sequence[ComparedRun]) -> list[ComparedRun]:
    """The same with Holm's correction over all that can be compared, where there are several."""
    ps = [one.comparison.p if one.comparison else math.nan for one in found]
    if sum(not math.isnan(p) for p in ps) < 2:
        return list(found)
    return [
        replace(one, corrected=None if math.isnan(p) else p)
        for one, p in zip(found, holm(ps), strict=True)
    ]
