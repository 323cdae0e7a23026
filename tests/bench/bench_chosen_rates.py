"""Coverage of sensitivity and specificity at a threshold that was chosen on the same images.

    python tests/bench/bench_chosen_rates.py [--datasets 400] [--resamples 200]

The true rates of the chosen threshold, for Wilson's interval and for the bootstrap that chooses
again. Target: near 95 %.
"""

import argparse
import math

import numpy as np
from scipy.stats import norm

from studio.stats import chosen_rates

RULES = ("youden", "se90", "sp95")
SIZES = ((8, 17), (20, 40), (50, 200))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--datasets", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=200)
    given = parser.parse_args()
    rng = np.random.default_rng(40)
    rows = []
    print(
        "sizes      AUC  model        rule     SE: Wilson  honest  flatters"
        "   SP: Wilson  honest  flatters"
    )
    for m, n in SIZES:
        for auc, model in (
            (0.7, "binormal"),
            (0.85, "binormal"),
            (0.97, "binormal"),
            (0.85, "exponential"),
        ):
            for rule in RULES:
                flags = np.arange(m + n) < m
                mean, power = norm.ppf(auc) * math.sqrt(2), 1 / auc - 1
                inside, excess = np.zeros(4), np.zeros(2)
                for seed in range(given.datasets):
                    if model == "binormal":
                        scores = rng.normal(size=m + n) + mean * flags
                    else:
                        scores = rng.exponential(np.where(flags, 1 / power, 1.0))
                    found = chosen_rates(scores, flags, rule, resamples=given.resamples, seed=seed)
                    cut = found.point.threshold
                    if model == "binormal":
                        truth = norm.sf(cut - mean), norm.cdf(cut)
                    else:
                        truth = math.exp(-power * cut), 1 - math.exp(-cut)
                    parts = (
                        found.plain.sensitivity, found.sensitivity,
                        found.plain.specificity, found.specificity,
                    )  # fmt: skip
                    for number, part in enumerate(parts):
                        inside[number] += part.low <= truth[number // 2] <= part.high
                    excess += parts[0].value - truth[0], parts[2].value - truth[1]
                rates, excess = inside / given.datasets, excess / given.datasets
                rows.append(rates)
                print(
                    f"({m}, {n})".ljust(10) + f"{auc:.2f}  {model:12s} {rule:8s} {rates[0]:10.3f} "
                    f"{rates[1]:7.3f} {excess[0]:9.3f} {rates[2]:12.3f} {rates[3]:7.3f} "
                    f"{excess[1]:9.3f}",
                    flush=True,
                )
    table = np.array(rows)
    print(
        f"Honest: mean SE {table[:, 1].mean():.3f} (least {table[:, 1].min():.3f}), SP "
        f"{table[:, 3].mean():.3f} (least {table[:, 3].min():.3f}); Wilson: SE "
        f"{table[:, 0].mean():.3f} (least {table[:, 0].min():.3f}), SP {table[:, 2].mean():.3f} "
        f"(least {table[:, 2].min():.3f}); {given.datasets} data sets a row."
    )


if __name__ == "__main__":
    main()
