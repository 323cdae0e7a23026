"""Sensitivity, specificity, PPV and NPV at a threshold, with intervals that know of groups."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy.typing as npt

from studio.stats.confusion import Confusion, confusion
from studio.stats.groups import group_count, group_numbers
from studio.stats.intervals import Proportion, proportion_of
from studio.stats.normal import normal_quantile
from studio.stats.roc import Flags, checked


@dataclass(frozen=True, slots=True)
class Rates:
    """The four rates at `counts.threshold`, each with its interval, level and method.

    PPV and NPV are those at the prevalence of these images. `groups` is how many groups the images
    come in, 0 where groups are unknown and each image counts as independent.
    """

    counts: Confusion
    sensitivity: Proportion
    specificity: Proportion
    ppv: Proportion
    npv: Proportion
    groups: int

    @property
    def prevalence(self) -> float:
        """Share of the positive among these images, 0..1; NaN of none."""
        n = self.counts.n
        return (self.counts.tp + self.counts.fn) / n if n else float("nan")


def rates_at(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    threshold: float,
    groups: Sequence[Hashable | None] | None = None,
    level: float = 0.95,
) -> Rates:
    """The rates of calling `scores` [n] >= `threshold` positive, for the flags `positive` [n].

    `groups` [n] as in `auc_delong`; without them the intervals are Wilson's, with them see
    `clustered_wilson`. They hold for a threshold that was chosen elsewhere; for one chosen on these
    very images see `chosen_rates`. Raises StudioError as `confusion` does.
    """
    normal_quantile(level)  # checks it
    counts = confusion(scores, positive, threshold)
    numbers, flags = checked(scores, positive)
    clusters = group_numbers(groups, flags.size)
    single = group_count(clusters) == flags.size
    called = numbers >= threshold

    def share(hits: Flags, among: Flags) -> Proportion:
        own = None if clusters is None else clusters[among]
        return proportion_of(hits[among], own, level, single=single)

    return Rates(
        counts,
        sensitivity=share(called, flags),
        specificity=share(~called, ~flags),
        ppv=share(flags, called),
        npv=share(~flags, ~called),
        groups=group_count(clusters),
    )
