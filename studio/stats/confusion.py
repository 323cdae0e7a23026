"""The four counts at a threshold and the rates that are made of them."""

import math
from dataclasses import dataclass

import numpy.typing as npt

from studio.errors import StudioError
from studio.stats.intervals import Proportion, wilson
from studio.stats.roc import checked


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts at `threshold`: a score at or above it is called positive. Rates are NaN over 0."""

    tp: int
    fp: int
    tn: int
    fn: int
    threshold: float

    @property
    def n(self) -> int:
        """Number of images."""
        return self.tp + self.fp + self.tn + self.fn

    @property
    def sensitivity(self) -> float:
        """Share of the positive that are called so, 0..1."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> float:
        """Share of the negative that are called so, 0..1."""
        return _ratio(self.tn, self.tn + self.fp)

    @property
    def accuracy(self) -> float:
        """Share of the images that are called rightly, 0..1."""
        return _ratio(self.tp + self.tn, self.n)

    @property
    def youden(self) -> float:
        """Sensitivity + specificity - 1."""
        return self.sensitivity + self.specificity - 1

    def ppv(self, prevalence: float | None = None) -> float:
        """Share of truly positive among the called positive, 0..1.

        At the prevalence of these images, or by Bayes' rule at a stated one (0..1), which is the
        only one that means anything for a clinic with another mix.
        """
        if prevalence is None:
            return _ratio(self.tp, self.tp + self.fp)
        hits = self.sensitivity * _checked_prevalence(prevalence)
        return _ratio(hits, hits + (1 - self.specificity) * (1 - prevalence))

    def npv(self, prevalence: float | None = None) -> float:
        """Share of truly negative among the called negative, 0..1; `prevalence` as in `ppv`."""
        if prevalence is None:
            return _ratio(self.tn, self.tn + self.fn)
        rightly = self.specificity * (1 - _checked_prevalence(prevalence))
        return _ratio(rightly, rightly + (1 - self.sensitivity) * prevalence)

    def sensitivity_interval(self, level: float = 0.95) -> Proportion:
        """Wilson interval of the sensitivity."""
        return wilson(self.tp, self.tp + self.fn, level)

    def specificity_interval(self, level: float = 0.95) -> Proportion:
        """Wilson interval of the specificity."""
        return wilson(self.tn, self.tn + self.fp, level)

    def ppv_interval(self, level: float = 0.95) -> Proportion:
        """Wilson interval of the PPV at the prevalence of these images."""
        return wilson(self.tp, self.tp + self.fp, level)

    def npv_interval(self, level: float = 0.95) -> Proportion:
        """Wilson interval of the NPV at the prevalence of these images."""
        return wilson(self.tn, self.tn + self.fn, level)


def confusion(scores: npt.ArrayLike, positive: npt.ArrayLike, threshold: float) -> Confusion:
    """Counts of `scores` [n] >= `threshold` against the flags `positive` [n].

    Raises StudioError when the lengths differ, a score is not finite or the threshold is NaN.
    """
    if math.isnan(threshold):
        raise StudioError("The threshold of a confusion matrix must be a number.")
    numbers, flags = checked(scores, positive)
    called = numbers >= threshold
    return Confusion(
        tp=int((called & flags).sum()),
        fp=int((called & ~flags).sum()),
        tn=int((~called & ~flags).sum()),
        fn=int((~called & flags).sum()),
        threshold=float(threshold),
    )


def _checked_prevalence(prevalence: float) -> float:
    if not 0 <= prevalence <= 1:
        raise StudioError(f"A prevalence lies between 0 and 1, not at {prevalence}.")
    return prevalence


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
