"""The statistics of a reviewer's programs: R's pROC, glm, fisher.test, wilcox.test and p.adjust.

Debian's r-base-core and r-cran-proc have all of it; without them these tests are skipped.
"""

import math
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from studio.stats import (
    auc_delong,
    auc_power,
    calibration,
    compare_delong,
    equal_rates,
    holm,
    signed_rank,
    wilson,
)
from studio.stats.delong import logit_interval
from studio.stats.normal import normal_quantile

SCRIPT = r"""
suppressMessages(library(pROC))
d <- read.csv("scores.csv")
say <- function(...) cat(paste(sprintf("%.15g", c(...)), collapse = " "), "\n")
curve <- function(x) roc(d$truth, x, levels = c(0, 1), direction = "<")
a <- curve(d$a); b <- curve(d$b)
say(auc(a), var(a, method = "delong"), ci.auc(a, method = "delong")[c(1, 3)])
paired <- roc.test(a, b, method = "delong", paired = TRUE)
say(paired$statistic, paired$p.value)
half <- d$half == 1
one <- roc(d$truth[half], d$a[half], levels = c(0, 1), direction = "<")
two <- roc(d$truth[!half], d$a[!half], levels = c(0, 1), direction = "<")
say(var(one, method = "delong"), var(two, method = "delong"), auc(one), auc(two))
p <- 1 / (1 + exp(-d$a)); x <- log(p / (1 - p))
strict <- glm.control(epsilon = 1e-15, maxit = 200)
fit <- glm(d$truth ~ x, family = binomial, control = strict)
large <- glm(d$truth ~ 1 + offset(x), family = binomial, control = strict)
say(coef(fit)[2], sqrt(vcov(fit)[2, 2]), coef(large), sqrt(vcov(large)))
say(fisher.test(matrix(c(3, 9, 4, 9, 1, 8), 2))$p.value)
say(wilcox.test(c(.012, .034, -.004, .021, .009, .027, -.015), exact = TRUE)$p.value)
say(p.adjust(c(.012, .003, .04, .2, .0105, .04), "holm"))
say(prop.test(17, 23, correct = FALSE)$conf.int)
say(power.roc.test(ncases = 60, ncontrols = 90, auc = .7, sig.level = .05)$power)
"""


@cache
def rscript() -> str | None:
    """The program, None where it, or pROC, is not there."""
    found = shutil.which("Rscript")
    if found is None:
        return None
    with_proc = [found, "-e", "quit(status = !requireNamespace('pROC', quietly = TRUE))"]
    done = subprocess.run(with_proc, capture_output=True, timeout=120)
    return found if done.returncode == 0 else None


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Truth, two scores with ties, and a half of the images."""
    randomness = np.random.default_rng(7)
    truth = np.arange(150) % 5 < 2
    a = (randomness.normal(size=150) + 0.9 * truth).round(2)
    b = (0.6 * a + randomness.normal(size=150) + 0.3 * truth).round(2)
    return truth, a, b, np.arange(150) < 75


@pytest.fixture(scope="module")
def said(
    data: tuple[np.ndarray, ...], tmp_path_factory: pytest.TempPathFactory
) -> list[list[float]]:
    program = rscript()
    if program is None:
        pytest.skip("needs Rscript and pROC (Debian: r-base-core, r-cran-proc)")
    folder: Path = tmp_path_factory.mktemp("r")
    truth, a, b, half = data
    rows = [f"{int(t)},{x},{y},{int(h)}" for t, x, y, h in zip(truth, a, b, half, strict=True)]
    (folder / "scores.csv").write_text("\n".join(["truth,a,b,half", *rows]), "utf-8")
    (folder / "script.R").write_text(SCRIPT, "utf-8")
    done = subprocess.run(
        [program, "script.R"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return [[float(word) for word in line.split()] for line in done.stdout.splitlines()]


def test_delongs_variance_and_test_are_procs(
    said: list[list[float]], data: tuple[np.ndarray, ...]
) -> None:
    truth, a, b, _ = data
    found = auc_delong(a, truth)
    value, variance, low, high = said[0]
    assert (found.value, found.variance) == pytest.approx((value, variance), abs=1e-12)
    reach = normal_quantile(0.95) * math.sqrt(found.variance)  # pROC's interval is not on logits
    assert (value - reach, value + reach) == pytest.approx((low, high), abs=1e-12)
    bounds = logit_interval(value, math.sqrt(variance), normal_quantile(0.95))
    assert (found.low, found.high) == pytest.approx(bounds, abs=1e-12)
    compared = compare_delong(a, b, truth)
    assert (compared.z, compared.p) == pytest.approx(said[1], abs=1e-10)


def test_the_variances_of_subgroups_are_procs(
    said: list[list[float]], data: tuple[np.ndarray, ...]
) -> None:
    truth, a, _, half = data
    found = [auc_delong(a[own], truth[own]) for own in (half, ~half)]
    assert [one.variance for one in found] == pytest.approx(said[2][:2], abs=1e-12)
    assert [one.value for one in found] == pytest.approx(said[2][2:], abs=1e-12)


def test_coxs_calibration_is_that_of_glm(
    said: list[list[float]], data: tuple[np.ndarray, ...]
) -> None:
    truth, a, _, _ = data
    slope, slope_error, large, large_error = said[3]
    found, z = calibration(1 / (1 + np.exp(-a)), truth), normal_quantile(0.95)
    assert found.slope == pytest.approx(slope, abs=1e-9)
    assert found.slope_high == pytest.approx(slope + z * slope_error, abs=1e-9)
    assert found.intercept == pytest.approx(large, abs=1e-9)
    assert found.intercept_low == pytest.approx(large - z * large_error, abs=1e-9)


def test_tests_and_intervals_are_those_of_r(said: list[list[float]]) -> None:
    hits = np.repeat([True, False] * 3, [3, 9, 4, 9, 1, 8])
    names = list("a" * 12 + "b" * 13 + "c" * 9)
    assert equal_rates(hits, names).p == pytest.approx(said[4][0], abs=1e-9)
    differences = [0.012, 0.034, -0.004, 0.021, 0.009, 0.027, -0.015]
    assert signed_rank(differences).p == pytest.approx(said[5][0], abs=1e-12)
    assert holm([0.012, 0.003, 0.04, 0.2, 0.0105, 0.04]) == pytest.approx(said[6], abs=1e-12)
    share = wilson(17, 23)
    assert (share.low, share.high) == pytest.approx(said[7], abs=1e-12)
    assert auc_power(0.7, 60, 90) == pytest.approx(said[8][0], abs=1e-9)
