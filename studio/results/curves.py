"""ROC curves made ready to be drawn: few points, the same shape."""

from dataclasses import dataclass, field

import numpy as np

from studio.results.scores import Floats, ScoreSet
from studio.stats import Auc, Roc, RocBand, auc_delong, roc_band, roc_curve
from studio.stats.macro import MacroAuc, macro_auc

MOST_POINTS = 2000  # of a drawn curve; a screen has no more
_MACRO_POINTS = 201


@dataclass(frozen=True)
class Curve:
    """A drawn curve: `fpr`, `tpr` [P], and the AUC with its interval."""

    fpr: Floats
    tpr: Floats
    auc: Auc


@dataclass(frozen=True)
class ClassCurve:
    """One class against the rest: full curve for operating points, thin one for drawing.

    `drawn` is None where a class has no example; `band` (pointwise) and `whole_band` (simultaneous)
    are None where none was asked for or can be estimated.
    """

    roc: Roc
    drawn: Curve | None
    band: RocBand | None = None
    whole_band: RocBand | None = None


@dataclass(frozen=True)
class Detail:
    """Everything that is shown of one evaluation.

    `classes` holds the positive class first; with more than two classes the others follow. `macro`
    is the mean curve over classes where there are more than two and each of them has examples,
    `macro_auc` its AUC with an interval; None of two classes.
    """

    scores: ScoreSet
    classes: dict[str, ClassCurve]
    macro: tuple[Floats, Floats, float] | None = None
    empty_classes: tuple[str, ...] = field(default=())
    macro_auc: MacroAuc | None = None

    @property
    def positive(self) -> ClassCurve:
        return self.classes[self.scores.positive]

    @property
    def band(self) -> RocBand | None:
        """The pointwise band of the positive class."""
        return self.positive.band

    @property
    def whole_band(self) -> RocBand | None:
        """The simultaneous band of the positive class."""
        return self.positive.whole_band


def simplified(roc: Roc) -> tuple[Floats, Floats]:
    """(fpr, tpr) without the points that lie on a straight line, at most MOST_POINTS of them."""
    fpr, tpr = roc.fpr, roc.tpr
    if fpr.size > 2:
        before = np.diff(fpr[:-1]) * np.diff(tpr[1:])
        after = np.diff(fpr[1:]) * np.diff(tpr[:-1])
        corner = np.concatenate([[True], np.abs(before - after) > 1e-15, [True]])
        fpr, tpr = fpr[corner], tpr[corner]
    if fpr.size > MOST_POINTS:
        kept = np.unique(np.linspace(0, fpr.size - 1, MOST_POINTS).round().astype(np.intp))
        fpr, tpr = fpr[kept], tpr[kept]
    return fpr, tpr


def class_curve(scores: ScoreSet, name: str, band: bool = False) -> ClassCurve:
    """The curve of class `name` against the rest, with its bands where `band` asks for them."""
    values, flags = scores.scores(name), scores.flags(name)
    roc = roc_curve(values, flags)
    if not roc.estimable:
        return ClassCurve(roc, None)
    auc = auc_delong(values, flags, groups=scores.known_groups)
    drawn = Curve(*simplified(roc), auc)
    if not band:
        return ClassCurve(roc, drawn)
    groups = scores.known_groups
    pointwise = _estimable(roc_band(values, flags, groups))
    simultaneous = _estimable(roc_band(values, flags, groups, simultaneous=True))
    return ClassCurve(roc, drawn, pointwise, simultaneous)


def detail(scores: ScoreSet, band: bool = True) -> Detail:
    """All curves of an evaluation, and with `band` the bands around each.

    For 10,000 images tenths of a second, so never on the Qt thread.
    """
    names = [scores.positive, *(n for n in scores.classes if n != scores.positive)]
    several = len(names) > 2
    shown = names if several else names[:1]
    curves = {name: class_curve(scores, name, band) for name in shown}
    empty = tuple(name for name, count in scores.counts().items() if count == 0)
    if not several:
        return Detail(scores, curves, empty_classes=empty)
    macro = macro_auc(scores.probabilities, scores.truth, groups=scores.known_groups)
    return Detail(scores, curves, _macro(curves), empty, macro)


def _estimable(band: RocBand) -> RocBand | None:
    return band if band.estimable else None


def _macro(curves: dict[str, ClassCurve]) -> tuple[Floats, Floats, float] | None:
    drawn = [curve.drawn for curve in curves.values() if curve.drawn is not None]
    if len(drawn) < len(curves):
        return None
    grid = np.linspace(0, 1, _MACRO_POINTS)
    # Where a curve rises vertically the highest of its points counts.
    mean = np.mean([_rate_at(grid, curve) for curve in drawn], axis=0)
    return (
        np.concatenate([[0.0], grid]),
        np.concatenate([[0.0], mean]),
        float(np.mean([curve.auc.value for curve in drawn])),
    )


def _rate_at(grid: Floats, curve: Curve) -> Floats:
    last = np.append(np.diff(curve.fpr) > 0, True)
    first = np.append(True, np.diff(curve.fpr) > 0)
    left = np.searchsorted(curve.fpr[last], grid, side="right") - 1
    at, top = curve.fpr[last], curve.tpr[last]
    following, bottom = curve.fpr[first], curve.tpr[first]
    right = np.minimum(left + 1, at.size - 1)
    width = following[right] - at[left]
    share = np.divide(grid - at[left], width, out=np.zeros_like(grid), where=width > 0)
    return np.asarray(top[left] + share * (bottom[right] - top[left]))
