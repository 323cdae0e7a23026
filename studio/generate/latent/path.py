"""The way from one latent to another, and how to walk it in even steps.

`t` (0 … 1) is where one stands on a path: at 0 and 1 it gives back exactly what it was made of.
`length_fraction` (0 … 1) is the part of its length, by some measure, that is behind at t.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from studio.generate.latent.layers import GROUPS, Group, rows_of
from studio.generate.latent.noise import NoiseMaps, noise_at
from studio.generate.networks.generator import NoiseMode

Floats = NDArray[np.float64]
ALIKE = 0.1  # probabilities of two ends that differ by less
FIT_POINTS = 4097
ROUNDING = 1e-9  # of t, in legs


@dataclass(frozen=True, eq=False)
class LatentPath:
    """Straight lines in w from a latent `[L, W]` to another, each group of rows at its own pace.

    The way leads through the latents `inner`, which part it into legs that are equal in t. At t
    every group has come to t times its `reach`: 1 takes it all the way to the target, 0 leaves it
    at the source. Latents that bring noise maps all bring them; they go with `noise_mode` "const".
    """

    source: Tensor
    target: Tensor
    source_noise: NoiseMaps | None = None
    target_noise: NoiseMaps | None = None
    reach: Mapping[Group, float] = field(default_factory=lambda: dict.fromkeys(GROUPS, 1.0))
    noise_mode: NoiseMode = "const"
    inner: tuple[Tensor, ...] = ()
    inner_noise: tuple[NoiseMaps, ...] = ()

    @property
    def keyframes(self) -> list[float]:
        """Where the way passes the latents that it is made of, both ends included."""
        legs = len(self.inner) + 1
        return [number / legs for number in range(legs + 1)]

    def group_ts(self, t: float) -> dict[Group, float]:
        """Where each group of rows stands at t, between the source (0) and the target (1)."""
        return {group: t * self.reach[group] for group in GROUPS}

    def at(self, t: float) -> Tensor:
        """The latent `[L, W]` at t; bit for bit the source at 0, and at 1 the target for groups
        that go all the way."""
        return self.at_groups(self.group_ts(t))

    def at_groups(self, ts: Mapping[Group, float]) -> Tensor:
        """The latent with each group of rows at a t of its own, whatever the reach."""
        latent = self.source.clone()
        stops = (self.source, *self.inner, self.target)
        for group, t in ts.items():
            rows = list(rows_of(group, len(latent)))
            leg, on_leg = self._leg(t)
            latent[rows] = between(stops[leg][rows], stops[leg + 1][rows], on_leg)
        return latent

    def noise(self, t: float) -> NoiseMaps | None:
        """The noise maps at t; None where both ends have the network's own."""
        return self.noise_groups(self.group_ts(t))

    def noise_groups(self, ts: Mapping[Group, float]) -> NoiseMaps | None:
        """The noise maps with each group of rows at a t of its own."""
        if self.source_noise is None or self.target_noise is None:
            return None
        stops = (self.source_noise, *self.inner_noise, self.target_noise)
        legs = {group: self._leg(t) for group, t in ts.items()}
        return noise_at(stops, legs, len(self.source))

    def _leg(self, t: float) -> tuple[int, float]:
        """The leg that t lies on, and where on it: exactly 0 or 1 at a keyframe."""
        legs = len(self.inner) + 1
        place = t * legs
        if abs(place - round(place)) < ROUNDING:
            place = float(round(place))
        leg = min(int(place), legs - 1)
        return leg, place - leg


def between(a: Tensor, b: Tensor, t: float) -> Tensor:
    """a at t = 0 and b at t = 1, exactly; torch's `lerp` is exact at both ends by definition."""
    if t == 0:
        return a.clone()
    return b.clone() if t == 1 else torch.lerp(a, b, t)


@dataclass(frozen=True, eq=False)
class PathSpacing:
    """A measure along a path: at `ts` (rising, from 0 to 1) it has come to `travelled`."""

    ts: Floats
    travelled: Floats

    @property
    def length(self) -> float:
        return float(self.travelled[-1])

    def t_at(self, length_fraction: float) -> float:
        """The t at which this part (0 … 1) of the whole length is behind."""
        if length_fraction <= 0 or self.length == 0:
            return float(np.clip(length_fraction, 0, 1))
        if length_fraction >= 1:
            return 1.0
        return float(np.interp(length_fraction * self.length, self.travelled, self.ts))

    def length_fraction(self, t: float) -> float:
        """The part of the whole length that is behind at t: the inverse of `t_at`."""
        if t in (0, 1) or self.length == 0:
            return float(np.clip(t, 0, 1))
        return float(np.interp(t, self.ts, self.travelled) / self.length)

    def steps(self, n: int) -> list[float]:
        """`n` values of t, both ends included, with even lengths between them."""
        if n < 2:
            raise ValueError("a path has at least its two ends")
        return [self.t_at(i / (n - 1)) for i in range(n)]


def through(ts: Sequence[float], keyframes: Sequence[float]) -> list[float]:
    """The values of t with the nearest one moved onto each keyframe, so that each keyframe is among
    them. There must be at least as many values of t as keyframes; both rise, from 0 to 1."""
    moved = list(ts)
    free = 1  # values of t before it lie on a keyframe or before one
    inner = keyframes[1:-1]
    for number, wanted in enumerate(inner):
        last = len(moved) - 1 - (len(inner) - number)  # the later keyframes need places, too
        place = min(range(free, last + 1), key=lambda one: abs(moved[one] - wanted))
        moved[place] = wanted
        free = place + 1
    return moved


def even_in_w() -> PathSpacing:
    """No measure at all: even steps of t."""
    ends = np.array([0.0, 1.0])
    return PathSpacing(ends, ends)


_SHORTEST = 1e-290  # of a path; parts of shorter ones are below what a double can tell apart


def measured(ts: Sequence[float], steps: Sequence[float]) -> PathSpacing:
    """A spacing from the lengths `steps[i]` between `ts[i]` and `ts[i + 1]`.

    A piece without any length keeps a trace of one, so that t can always be found again.
    """
    lengths = np.asarray(steps, float)
    if lengths.sum() < _SHORTEST:
        lengths = np.zeros_like(lengths)
    floor = lengths.sum() * 1e-9
    return PathSpacing(np.asarray(ts, float), np.concatenate([[0], np.cumsum(lengths + floor)]))


def by_arc_length(
    distance: Callable[[float, float], float | Floats],
    *,
    pieces: int = 32,
    tolerance: float = 0.1,
    most: int = 128,
) -> PathSpacing:
    """Measure a path with `distance(t0, t1)`, by one ruler or by several at once (`[K]`): the
    spacing that is called perceptual where the rulers compare pictures.

    Each ruler's lengths are taken as parts of the whole path by that ruler, and a piece counts as
    long as the ruler to which it is longest. With M the sum of these (1 where all rulers agree, K
    at most), no step of the even ones is longer than M times the mean by any of them, and no other
    spacing keeps all of them below that: for each t, some ruler has the speed that counts.

    A piece is halved while it holds more than `tolerance` of an even share (1 / `pieces`) over half
    of one, until none does or `most` pieces are reached.
    """
    ts = list(np.linspace(0, 1, pieces + 1))
    lengths = [np.atleast_1d(distance(a, b)) for a, b in pairwise(ts)]

    def longest() -> Floats:
        by_ruler = np.array(lengths, float)
        whole = by_ruler.sum(axis=0)
        parts = by_ruler[:, whole > 0] / whole[whole > 0]
        return parts.max(axis=1, initial=0.0)

    while len(lengths) < most and (here := longest()).sum() > 0:
        worst = int(np.argmax(here))
        if here[worst] <= (1 + tolerance) * here.sum() / pieces / 2:
            break
        middle = (ts[worst] + ts[worst + 1]) / 2
        halves = [
            np.atleast_1d(distance(ts[worst], middle)),
            np.atleast_1d(distance(middle, ts[worst + 1])),
        ]
        ts.insert(worst + 1, middle)
        lengths[worst : worst + 1] = halves
    return measured(ts, longest().tolist())


def by_probability(ts: Sequence[float], probabilities: Sequence[float]) -> PathSpacing:
    """Even steps of a classifier's probability between what it is at both ends.

    The wiggles of a curve are not walked up and down: between its ends it is replaced by its
    isotonic regression (Barlow et al. 1972; scikit-learn), which a curve without jumps equals
    wherever the regression rises or falls. So the steps differ by one `n`-th of the net change,
    and what they add up to is the net change. Where the ends are alike (`ALIKE`) but the curve
    leaves their neighbourhood, it is walked to the farthest point and back.
    """
    t, p = np.asarray(ts, float), np.asarray(probabilities, float)
    low, high = min(p[0], p[-1]), max(p[0], p[-1])
    beyond = np.maximum(p - high, low - p)
    if high - low >= ALIKE or beyond.max() <= ALIKE:
        turns = [0, len(t) - 1]
    else:
        turns = [0, int(np.argmax(beyond)), len(t) - 1]
    legs = [_monotone(t[a : b + 1], p[a : b + 1]) for a, b in pairwise(turns)]
    return measured(
        np.concatenate([legs[0][0], *(leg[0][1:] for leg in legs[1:])]).tolist(),
        np.concatenate([np.diff(leg[1]) for leg in legs]).tolist(),
    )


def _monotone(t: Floats, p: Floats) -> tuple[Floats, Floats]:
    """A finer grid of t, and how far a curve has come there from its first to its last value.

    The regression is fitted to the curve as it is drawn, by straight lines between its points,
    so that a place with many points has no more weight than its width.
    """
    from sklearn.isotonic import IsotonicRegression

    grid = np.union1d(t, np.linspace(t[0], t[-1], FIT_POINTS))
    sign = 1.0 if p[-1] >= p[0] else -1.0
    values = sign * np.interp(grid, t, p)
    widths = np.gradient(grid)
    fitted = IsotonicRegression().fit_transform(grid, values, sample_weight=widths)
    return grid, np.clip(fitted, values[0], values[-1]) - values[0]


def crossings(
    ts: Sequence[float], probabilities: Sequence[float], level: float = 0.5
) -> list[float]:
    """Where the curve crosses `level`, by linear interpolation between its points."""
    t, p = np.asarray(ts, float), np.asarray(probabilities, float) - level
    found = []
    above = p >= 0
    for i in np.flatnonzero(above[:-1] != above[1:]):
        found.append(float(t[i] - p[i] * (t[i + 1] - t[i]) / (p[i + 1] - p[i])))
    return found


def step_ratio(lengths: Sequence[float]) -> float:
    """Longest over mean step: 1 when a path is walked evenly."""
    steps = np.asarray(lengths, float)
    return float(steps.max() / steps.mean()) if steps.size and steps.mean() > 0 else 1.0
