"""How often intervals hold the truth, and how often tests reject where nothing is to be found.

    python tests/bench/bench_coverage.py [--datasets 1000] [--only macro subgroups hierarchical]

Macro AUC of several classes, single images and groups; sensitivity and AUC of subgroups; the mean
difference over test sets and seeds, beside the bootstrap at three levels that counts twice what
varies within a test set. Targets: intervals near 95 %, tests of independent images near 5 %; exact
tests may reject less often, never more. (Clustered DeLong: bench_clustered.py; the rates at a
chosen threshold: bench_chosen_rates.py; the band: bench_roc_band.py.)
"""

import argparse
import math

import numpy as np
from scipy.stats import norm

from studio.stats import (
    clustered_wilson,
    compare_macro,
    compare_subgroups,
    equal_rates,
    macro_auc,
    mean_difference,
    rate_difference,
    signed_rank,
)
from studio.stats.delong import midranks

Rng = np.random.Generator


def tables(
    rng: Rng, counts: tuple[int, ...], skill: float, crops: int, icc: float, ways: int = 1
) -> tuple[list[np.ndarray], np.ndarray, list[int]]:
    """Score tables [n, c] of `ways` models that share half of their noise, classes, groups."""
    truth = np.repeat(np.arange(len(counts)), np.array(counts) * crops)
    groups = np.arange(truth.size) // crops
    own = np.eye(len(counts))[truth] * skill

    def noise() -> np.ndarray:
        group = rng.normal(size=(groups[-1] + 1, len(counts)))[groups]
        return math.sqrt(icc) * group + math.sqrt(1 - icc) * rng.normal(size=own.shape)

    shared = noise()
    made = [own + math.sqrt(0.5) * shared + math.sqrt(0.5) * noise() for _ in range(ways)]
    return made, truth, groups.tolist()


def of_macro(rng: Rng, datasets: int) -> None:
    """Classes by their numbers of groups; five to sixty."""
    print("macro AUC: classes, images a group, truth, interval holds, paired test rejects")
    cases = (
        ((40,) * 6, 1.5, 1, 0.0), ((8, 10, 30, 60), 1.5, 1, 0.0), ((12,) * 10, 1.5, 1, 0.0),
        ((15,) * 4, 1.2, 4, 0.7), ((10, 15, 30), 1.5, 5, 0.5),
    )  # fmt: skip
    for counts, skill, crops, icc in cases:
        many = tuple(60 * count for count in counts)
        truth = float(
            np.mean([
                macro_auc(one[0], classes).value
                for one, classes, _ in (tables(rng, many, skill, 1, 0.0) for _ in range(10))
            ])
        )  # fmt: skip
        found = np.zeros(2)
        for _ in range(datasets):
            (a, b), classes, groups = tables(rng, counts, skill, crops, icc, 2)
            known = groups if crops > 1 else None
            one = macro_auc(a, classes, groups=known)
            found += (
                one.low <= truth <= one.high,
                compare_macro(a, b, classes, groups=known).p < 0.05,
            )
        print(f"  {counts!s:28} {crops} {truth:.3f} {found[0] / datasets:.3f} "
              f"{found[1] / datasets:.3f}", flush=True)  # fmt: skip


def of_subgroups(rng: Rng, datasets: int) -> None:
    """Two or three subgroups of one skill, a share of .8, images alone or four a group."""
    print("subgroups: groups in each, images a group, AUC test rejects, rate test rejects, "
          "interval of the difference of rates holds")  # fmt: skip
    for sizes, crops in (((40, 40), 1), ((15, 60), 1), ((100, 200), 1), ((20, 40, 60), 1),
                         ((80, 90, 120, 150), 1), ((30, 60), 4), ((40, 60, 80), 4)):  # fmt: skip
        names = np.repeat([f"part {n}" for n in range(len(sizes))], np.array(sizes) * crops)
        groups = np.arange(names.size) // crops
        found = np.zeros(3)
        for _ in range(datasets):
            flags = (rng.random(groups[-1] + 1) < 0.5)[groups]
            own = rng.normal(size=groups[-1] + 1)[groups]
            scores = 1.4 * flags + math.sqrt(0.6) * own + math.sqrt(0.4) * rng.normal(size=own.size)
            known = groups.tolist() if crops > 1 else None
            found[0] += compare_subgroups(scores, flags, names.tolist(), None, known).p < 0.05
            hits = scores - 1.4 * flags > norm.ppf(0.2)
            found[1] += equal_rates(hits, names.tolist(), known).p < 0.05
            shares = [
                clustered_wilson(
                    hits[names == f"part {n}"], None if known is None else
                    groups[names == f"part {n}"].tolist(),
                )
                for n in range(2)
            ]  # fmt: skip
            difference = rate_difference(*shares)
            found[2] += difference.low <= 0 <= difference.high
        a, b, c = found / datasets
        print(f"  {sizes!s:22} {crops} {a:.3f} {b:.3f} {c:.3f}", flush=True)


def aucs(
    rng: Rng, tests: int, seeds: int, between: float, common: float, apart: float
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """AUCs [T, S] of two ways on 30 and 60 images a set; deviations of skill by test set, by seed
    on all test sets, and by both. With the scores [2, S, 90] of each set."""
    flags = np.arange(90) < 30
    lucky = rng.normal(0, common, (2, seeds))
    found, scores = np.empty((2, tests, seeds)), []
    for test in range(tests):
        image, skill = rng.normal(size=90), rng.normal(1.3, 0.3)
        own = skill + rng.normal(0, between, (2, 1)) + lucky + rng.normal(0, apart, (2, seeds))
        noise = 0.5 * rng.normal(size=(2, 1, 90)) + 0.5 * rng.normal(size=(2, seeds, 90))
        table = own[:, :, None] * flags + image + noise
        scores.append(table)
        for way in range(2):
            for seed in range(seeds):
                ranks = midranks(table[way, seed])
                found[way, test, seed] = (ranks[flags].mean() - 15.5) / 60
    return found[0], found[1], scores


def three_levels(rng: Rng, sets: list[np.ndarray], replicates: int = 200) -> tuple[float, float]:
    """The interval of a bootstrap over test sets, images and seeds, each drawn again within the one
    above, as it stood here before."""
    from studio.stats.normal import t_quantile

    count, flags = len(sets), np.arange(90) < 30
    drawn = np.empty((count, replicates))
    values = []
    for number, table in enumerate(sets):
        ranks = np.apply_along_axis(midranks, -1, table)
        values.append((ranks[0][:, flags].mean() - ranks[1][:, flags].mean()) / 60)
        for r in range(replicates):
            ups, downs = rng.integers(30, size=30), rng.integers(30, 90, size=60)
            means = []
            for way in range(2):
                chosen = table[way, rng.integers(table.shape[1], size=table.shape[1])]
                below = np.sort(chosen[:, downs], axis=1)
                means.append(np.mean([
                    np.searchsorted(low, row[ups]).mean() / 60
                    for low, row in zip(below, chosen, strict=True)
                ]))  # fmt: skip
            drawn[number, r] = means[0] - means[1]
    which = rng.integers(count, size=(replicates, count))
    means_of = drawn[which, rng.integers(replicates, size=which.shape)].mean(axis=1)
    reach = t_quantile(0.95, count - 1) * means_of.std(ddof=1) * math.sqrt(count / (count - 1))
    value = float(np.mean(values))
    return value - reach, value + reach


def of_hierarchy(rng: Rng, datasets: int, beside: int) -> None:
    print("test sets, seeds; SD of skill by test set, by seed, by both; interval holds; Wilcoxon "
          "rejects; bootstrap at three levels holds")  # fmt: skip
    kept: list[float] = []
    for tests in (3, 5, 7):
        for seeds in (3, 10):
            for spread in ((0.0, 0.0, 0.0), (0.0, 0.1, 0.05), (0.2, 0.0, 0.1), (0.2, 0.15, 0.1)):
                found = np.zeros(3)
                for number in range(datasets):
                    first, second, scores = aucs(rng, tests, seeds, *spread)
                    one = mean_difference(list(first), list(second))
                    found[0] += one.low <= 0 <= one.high
                    found[1] += signed_rank(first.mean(axis=1) - second.mean(axis=1)).p < 0.05
                    if number < beside:
                        low, high = three_levels(rng, scores)
                        found[2] += low <= 0 <= high
                kept.append(found[0] / datasets)
                told = f"{found[2] / beside:.3f}" if beside else ""
                print(f"  {tests} {seeds:2} {spread} {found[0] / datasets:.3f} "
                      f"{found[1] / datasets:.3f} {told}", flush=True)  # fmt: skip
    print(f"  over all: {np.mean(kept):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--datasets", type=int, default=1000)
    parser.add_argument("--beside", type=int, default=0, help="datasets of the bootstrap beside")
    parser.add_argument("--only", nargs="*", default=["macro", "subgroups", "hierarchical"])
    asked = parser.parse_args()
    rng = np.random.default_rng(11)
    if "macro" in asked.only:
        of_macro(rng, asked.datasets)
    if "subgroups" in asked.only:
        of_subgroups(rng, asked.datasets)
    if "hierarchical" in asked.only:
        of_hierarchy(rng, asked.datasets, asked.beside)


if __name__ == "__main__":
    main()
