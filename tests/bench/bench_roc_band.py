"""Coverage of the ROC bands: how often they hold the true curve, by model, size and AUC.

    python tests/bench/bench_roc_band.py [--datasets 1000]

For each model, AUC and pair of sizes: the mean pointwise coverage over false positive rates from
.01 to .99, the least and where, the mean width, and how often the simultaneous band holds the whole
curve. Target: 94 to 96 % on average and 90 % or more at each rate, and 95 % for the whole curve.
"""

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from studio.stats import roc_band

Draw = Callable[[np.random.Generator, int], np.ndarray]
Model = tuple[str, Draw, Draw, Callable[[np.ndarray], np.ndarray]]
SIZES = ((8, 17), (20, 50), (50, 200))
AUCS = (0.70, 0.80, 0.90, 0.97)
AT = np.array([1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 85, 90, 95, 98, 99])


def models(auc: float) -> list[Model]:
    """(name, scores of positives, of negatives, true curve) with that AUC."""
    made: list[Model] = []
    for b in (1.0, 0.6, 1.4):
        a = norm.ppf(auc) * math.sqrt(1 + b * b)
        made.append(
            (
                f"binormal, b = {b:g}",
                lambda rng, m, a=a, b=b: (a + rng.normal(size=m)) / b,
                lambda rng, n: rng.normal(size=n),
                lambda t, a=a, b=b: norm.cdf(a + b * norm.ppf(t)),
            )
        )
    power = 1 / auc - 1
    made.append(
        (
            "exponential",
            lambda rng, m: rng.exponential(1 / power, m),
            lambda rng, n: rng.exponential(1, n),
            lambda t: t**power,
        )
    )
    if auc <= 0.86:  # a quarter of the positives look like negatives
        d = brentq(lambda x: 0.75 * norm.cdf(x / math.sqrt(2)) + 0.125 - auc, 0, 20)
        made.append(
            (
                "mixture",
                lambda rng, m: rng.normal(size=m) + d * (rng.random(m) < 0.75),
                lambda rng, n: rng.normal(size=n),
                lambda t: 0.75 * norm.cdf(d + norm.ppf(t)) + 0.25 * t,
            )
        )
    return made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--datasets", type=int, default=1000)
    count = parser.parse_args().datasets
    rng = np.random.default_rng(20)
    means, least, whole_means = [], [], []
    began, bands = time.perf_counter(), 0
    print("sizes     AUC  model               pointwise: mean   least  (at)   width   simultaneous")
    for m, n in SIZES:
        for auc in AUCS:
            for name, ups, downs, curve in models(auc):
                truth = curve(np.arange(1, 100) / 100)
                inside, whole, width = np.zeros(99), 0, 0.0
                flags = np.arange(m + n) < m
                for _ in range(count):
                    scores = np.concatenate([ups(rng, m), downs(rng, n)])
                    band = roc_band(scores, flags)
                    low, high = band.low[1:-1], band.high[1:-1]
                    inside += (low <= truth) & (truth <= high)
                    width += float((high - low).mean()) / count
                    band = roc_band(scores, flags, simultaneous=True)
                    low, high = band.low[1:-1], band.high[1:-1]
                    whole += bool(((low <= truth) & (truth <= high)).all())
                    bands += 2
                rates = inside[AT - 1] / count
                means.append(rates.mean())
                least.append(rates.min())
                whole_means.append(whole / count)
                print(
                    f"({m}, {n})".ljust(10) + f"{auc:.2f} {name:20s} {rates.mean():15.3f} "
                    f"{rates.min():7.3f}  (.{AT[rates.argmin()]:02d}) {width:7.3f} "
                    f"{whole / count:14.3f}",
                    flush=True,
                )
    print(
        f"All {len(means)} rows: pointwise mean {np.mean(means):.3f} ({min(means):.3f} to "
        f"{max(means):.3f}), least {min(least):.3f}, rows below .90 somewhere "
        f"{sum(one < 0.9 for one in least)}; simultaneous mean {np.mean(whole_means):.3f} "
        f"({min(whole_means):.3f} to {max(whole_means):.3f}); {count} data sets a row, "
        f"{1000 * (time.perf_counter() - began) / bands:.2f} ms a band."
    )


if __name__ == "__main__":
    main()
