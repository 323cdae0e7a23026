"""Power of a test set: the figures of pROC's manual, and simulation."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from studio.errors import StudioError
from studio.stats import auc_power, auc_variance, detectable_auc, detectable_difference


def test_the_power_of_one_curve_is_that_of_procs_manual() -> None:
    """power.roc.test(ncases = 41, ncontrols = 72, auc = 0.73, sig.level = 0.05)"""
    assert auc_power(0.73, 41, 72) == pytest.approx(0.9897453, abs=5e-8)
    assert auc_power(0.27, 41, 72) == pytest.approx(0.9897453, abs=5e-8)


@pytest.mark.parametrize(("auc", "least", "most"), [(0.5, 0.93, 1.1), (0.8, 1.15, 1.4)])
def test_the_variance_errs_on_the_side_of_larger_sets(
    auc: float, least: float, most: float
) -> None:
    """Beside that of the AUCs of 4,000 simulated sets of 60 and 90 images."""
    randomness = np.random.default_rng(2)
    ups = randomness.normal(norm.ppf(auc) * math.sqrt(2), 1, (4000, 60, 1))
    downs = randomness.normal(0, 1, (4000, 1, 90))
    aucs = np.array([(up > down).mean() for up, down in zip(ups, downs, strict=True)])
    assert least < auc_variance(auc, 60, 90) / aucs.var() < most


@pytest.mark.parametrize(("positives", "negatives"), [(15, 15), (41, 72), (400, 90)])
def test_the_detectable_auc_has_the_power_asked_for(positives: int, negatives: int) -> None:
    for power in (0.5, 0.8, 0.9):
        found = detectable_auc(positives, negatives, power)
        assert auc_power(found, positives, negatives) == pytest.approx(power, abs=1e-9)
        assert auc_power(found - 0.01, positives, negatives) < power


def test_a_detectable_difference_is_found_as_often_as_asked() -> None:
    error = 0.021
    found = detectable_difference(error)
    assert found == pytest.approx(2.801585218 * error, rel=1e-9)  # 1.959963985 + 0.841621234
    z = norm.ppf(0.975)
    assert norm.sf(z - found / error) + norm.cdf(-z - found / error) == pytest.approx(0.8, abs=1e-5)


def test_what_has_no_value_is_undefined() -> None:
    assert math.isnan(auc_variance(1.0, 20, 20))
    assert math.isnan(auc_power(0.8, 0, 20))
    assert math.isnan(detectable_auc(20, 0))
    assert math.isnan(detectable_auc(1, 1))
    assert math.isnan(detectable_difference(math.nan))
    assert math.isnan(detectable_difference(0.0))
    with pytest.raises(StudioError, match="between 0 and 1"):
        detectable_difference(0.02, power=1.0)
