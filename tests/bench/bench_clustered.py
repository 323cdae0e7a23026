"""Coverage of the AUC and size of the paired test with several crops of each photograph.

    python tests/bench/bench_clustered.py [--datasets 1000]

Binormal scores, five crops a photograph, an intraclass correlation of .7 within a class; two models
that share half of their variance. Target: intervals near 95 %, the test rejecting near 5 %.
"""

import argparse
import math

import numpy as np
from scipy.stats import norm

from studio.stats import auc_delong, clustered_wilson, compare_delong

CROPS, ICC, SHARED = 5, 0.7, 0.5


def scores(rng: np.random.Generator, photographs: int) -> np.ndarray:
    """Standard normal scores [photographs * CROPS], correlated within each photograph."""
    own = np.repeat(rng.normal(size=photographs), CROPS)
    return math.sqrt(ICC) * own + math.sqrt(1 - ICC) * rng.normal(size=photographs * CROPS)


def covers(low: float, high: float, bound: float, truth: float) -> bool:
    return bound <= truth if math.isnan(low) else low <= truth <= high


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--datasets", type=int, default=1000)
    count = parser.parse_args().datasets
    rng = np.random.default_rng(30)
    print(
        "photographs  classes      AUC  coverage: clustered  as independent"
        "   rejects: clustered  as independent"
    )
    for up, down in ((12, 25), (20, 41), (40, 80)):
        for auc in (0.7, 0.85, 0.95):
            for mixed in (False, True):
                n = up + down
                groups = np.repeat(np.arange(n), CROPS).tolist()
                found = np.zeros(4)
                for _ in range(count):
                    flags = np.repeat(np.arange(n) < up, CROPS)
                    if mixed:  # crops of both classes in one photograph
                        flags = rng.random(n * CROPS) < up / n
                    shift = norm.ppf(auc) * math.sqrt(2) * flags
                    both = scores(rng, n)
                    a, b = (
                        shift + math.sqrt(SHARED) * both + math.sqrt(1 - SHARED) * scores(rng, n)
                        for _ in range(2)
                    )
                    for column, known in enumerate((groups, None)):
                        one = auc_delong(a, flags, groups=known)
                        found[column] += covers(one.low, one.high, one.bound, auc)
                        found[2 + column] += compare_delong(a, b, flags, groups=known).p < 0.05
                rates = found / count
                kind = "mixed" if mixed else "one each"
                print(
                    f"({up}, {down})".ljust(13) + f"{kind:10s} {auc:6.2f} {rates[0]:20.3f} "
                    f"{rates[1]:15.3f} {rates[2]:20.3f} {rates[3]:15.3f}",
                    flush=True,
                )
    print("photographs  share  coverage: clustered Wilson  Wilson")
    for groups_of in (15, 30, 60):
        for share in (0.6, 0.8, 0.9, 0.95):
            names = np.repeat(np.arange(groups_of), CROPS).tolist()
            inside = np.zeros(2)
            for _ in range(count):
                hits = scores(rng, groups_of) < norm.ppf(share)
                for column, known in enumerate((names, None)):
                    part = clustered_wilson(hits, known)
                    inside[column] += part.low <= share <= part.high
            print(
                f"{groups_of:11d} {share:6.2f} {inside[0] / count:27.3f} {inside[1] / count:7.3f}"
            )


if __name__ == "__main__":
    main()
