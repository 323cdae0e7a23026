"""The macro AUC: the mean over classes of the AUC of each class against the rest.

Every image takes part in the AUC of each class, as a positive of its own and a negative of the
others, so the AUCs of the classes depend on one another and their variances must not be added. What
an image contributes to the mean of them all is the mean of its placements (see
`studio.stats.delong`); the variance is that of these contributions within each class, summed over
groups after N. A. Obuchowski, Biometrics 53 (1997) 567-578. It is stratified: the counts of all
classes are taken as given, as DeLong takes those of two. With two classes it is DeLong's variance
exactly.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.delong import (
    Comparison,
    class_placements,
    logit_interval,
    method_name,
)
from studio.stats.groups import Groups, group_count, group_numbers, group_sums
from studio.stats.normal import normal_quantile, t_quantile, two_sided_p
from studio.stats.roc import Floats

Classes = npt.NDArray[np.intp]
_NO_VARIANCE = 1e-15


@dataclass(frozen=True, slots=True)
class MacroAuc:
    """The mean of `by_class` [c], one against the rest, with its interval at `level`.

    `value` and the AUC of a class are NaN where a class has no image. `low` and `high` are NaN and
    `estimable` is False where there is no spread to build an interval from: a class with one image
    or one group, all classes separated perfectly. `images` were counted in `groups` groups, 0 where
    groups are unknown.
    """

    value: float
    low: float
    high: float
    variance: float
    by_class: tuple[float, ...]
    level: float = 0.95
    images: int = 0
    groups: int = 0

    @property
    def estimable(self) -> bool:
        """Whether there is an interval."""
        return not math.isnan(self.low)

    @property
    def method(self) -> str:
        """What the interval was made by; "" where there is none."""
        return f"{method_name(self.groups, self.images)}, by class" if self.estimable else ""


def macro_auc(
    probabilities: npt.ArrayLike,
    truth: npt.ArrayLike,
    level: float = 0.95,
    groups: Sequence[Hashable | None] | None = None,
) -> MacroAuc:
    """Of `probabilities` [n, c] (any scores, higher for likelier) and true classes `truth` [n].

    `groups` [n] as in `auc_delong`. The interval is made on the logit scale; with groups its
    quantile is Student's, with Satterthwaite's degrees of freedom. Raises StudioError for shapes
    that do not fit together, fewer than two classes, and scores that are not finite.
    """
    normal_quantile(level)  # checks it
    values, classes = _checked(probabilities, truth)
    clusters = group_numbers(groups, classes.size)
    facts = (level, int(classes.size), group_count(clusters))
    by_class, contributions = _contributions(values, classes)
    value = float(by_class.mean())
    if math.isnan(value):
        return MacroAuc(value, math.nan, math.nan, math.nan, tuple(by_class.tolist()), *facts)
    variance, freedom = _variance(contributions, classes, values.shape[1], clusters)
    low = high = math.nan
    if 0 < value < 1 and variance > _NO_VARIANCE:
        low, high = logit_interval(value, math.sqrt(variance), t_quantile(level, freedom))
    return MacroAuc(value, low, high, variance, tuple(by_class.tolist()), *facts)


def compare_macro(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    truth: npt.ArrayLike,
    level: float = 0.95,
    groups: Sequence[Hashable | None] | None = None,
) -> Comparison:
    """The paired comparison of the macro AUCs of two score tables [n, c] on the same images.

    As `compare_delong`, which it is with two classes: z and its interval are normal, also with
    groups. Raises StudioError as `macro_auc`.
    """
    quantile = normal_quantile(level)
    first, classes = _checked(a, truth)
    second, _ = _checked(b, truth)
    if first.shape != second.shape:
        raise StudioError("Two macro AUCs are compared on the same images and classes.")
    clusters = group_numbers(groups, classes.size)
    compared = partial(
        Comparison, level=level, images=int(classes.size), groups=group_count(clusters)
    )
    (of_a, from_a), (of_b, from_b) = _contributions(first, classes), _contributions(second, classes)
    difference = float((of_a - of_b).mean())
    if math.isnan(difference):
        return compared(math.nan, math.nan, math.nan, math.nan, math.nan, False)
    variance, _ = _variance(from_a - from_b, classes, first.shape[1], clusters)
    if not variance > _NO_VARIANCE:
        return compared(difference, math.nan, math.nan, math.nan, math.nan, False)
    error = math.sqrt(variance)
    z, reach = difference / error, quantile * error
    return compared(difference, z, two_sided_p(z), difference - reach, difference + reach, True)


def _checked(probabilities: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[Floats, Classes]:
    values = np.asarray(probabilities, np.float64)
    classes = np.asarray(truth, np.intp).ravel()
    if values.ndim != 2 or values.shape[0] != classes.size or values.shape[1] < 2:
        raise StudioError(
            "A macro AUC needs one row of scores for each image, of two classes or more."
        )
    if classes.size and not 0 <= classes.min() <= classes.max() < values.shape[1]:
        raise StudioError("A true class has no column of scores.")
    if not np.isfinite(values).all():
        raise StudioError("Scores must be finite numbers.")
    return values, classes


def _contributions(values: Floats, classes: Classes) -> tuple[Floats, Floats]:
    """(AUC of each class [c], what each image adds to the mean of them [n]).

    An image of class k adds, as a positive, its placement over n_k, and as a negative of each other
    class its placement over the number of the rest; up to a constant of each class.
    """
    size = values.shape[1]
    aucs, made = np.full(size, math.nan), np.zeros(classes.size)
    for k in range(size):
        flags = classes == k
        count = int(flags.sum())
        if not 0 < count < classes.size:
            continue
        aucs[k], v10, v01 = class_placements(values[:, k], flags)
        made[flags] += v10 / (count * size)
        made[~flags] += v01 / ((classes.size - count) * size)
    return aucs, made


def _variance(
    contributions: Floats, classes: Classes, size: int, clusters: Groups | None
) -> tuple[float, float]:
    """(variance of the sum of `contributions` [n], its degrees of freedom); NaN where a class has
    one image or one group."""
    apart = clusters is None or group_count(clusters) == classes.size
    own = np.arange(classes.size) if clusters is None else clusters
    count = group_count(own)
    whole, parts, together, each = 0.0, 0.0, np.zeros(count), 0.0
    for k in range(size):
        flags = classes == k
        groups = np.unique(own[flags]).size
        if groups < 2:
            return math.nan, math.nan
        sums = group_sums(contributions[flags] - contributions[flags].mean(), own[flags], count)
        of_class = float(sums @ sums) * groups / (groups - 1)
        whole += of_class
        parts += of_class**2 / (groups - 1)
        together += sums
        each += float(sums @ sums)
    if apart:
        return whole, math.inf
    between = (float(together @ together) - each) * count / (count - 1)
    return max(0.0, whole + between), whole**2 / parts if parts > 0 else math.inf
