"""Rates at a threshold that was chosen on the same images."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from studio.errors import StudioError
from studio.stats import chosen_rates, operating_point, roc_curve


def binormal(m: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    flags = np.arange(m + n) < m
    return np.random.default_rng(seed).normal(size=m + n) + 1.2 * flags, flags


def test_it_is_the_point_of_the_rule_with_other_intervals() -> None:
    scores, flags = binormal(40, 80, 1)
    found = chosen_rates(scores, flags, "youden", resamples=100)
    assert found.point == operating_point(roc_curve(scores, flags), "youden")
    assert found.sensitivity.value == found.plain.sensitivity.value == found.point.sensitivity
    assert found.specificity.value == found.plain.specificity.value
    assert found.sensitivity.low < found.plain.sensitivity.low
    assert found.sensitivity.method == "bootstrap that chooses the threshold again"
    assert found.sensitivity_excess + found.specificity_excess > 0.02
    again = chosen_rates(scores, flags, "youden", resamples=100)
    assert again.sensitivity == found.sensitivity
    other = chosen_rates(np.exp(3 * scores), flags, "youden", resamples=100)
    assert other.sensitivity == found.sensitivity  # ranks alone matter


def test_it_covers_and_knows_how_much_the_rates_flatter() -> None:
    """The true rates at the chosen threshold, binormal; tests/bench has a table."""
    inside, flattery, told = 0, [], []
    for seed in range(60):
        scores, flags = binormal(20, 40, seed)
        found = chosen_rates(scores, flags, "youden", resamples=60)
        truth = norm.sf(found.point.threshold - 1.2)
        inside += found.sensitivity.low <= truth <= found.sensitivity.high
        flattery.append(found.sensitivity.value - truth)
        told.append(found.sensitivity_excess)
        assert found.sensitivity.low <= found.plain.sensitivity.low + 0.02
    assert inside >= 54
    assert np.mean(told) == pytest.approx(np.mean(flattery), abs=0.035)


@pytest.mark.parametrize("rule", ["youden", "se90", "sp95"])
def test_groups_widen_it(rule: str) -> None:
    rng = np.random.default_rng(5)
    flags = np.repeat(np.arange(36) < 16, 5)
    scores = np.repeat(rng.normal(size=36), 5) + 0.3 * rng.normal(size=180) + 1.5 * flags
    groups = np.repeat(range(36), 5).tolist()
    alone = chosen_rates(scores, flags, rule, resamples=80)
    together = chosen_rates(scores, flags, rule, groups, resamples=80)
    widths = [
        sum(part.high - part.low for part in (found.sensitivity, found.specificity))
        for found in (alone, together)
    ]
    assert widths[1] > 1.2 * widths[0]
    assert (together.sensitivity.groups, together.specificity.groups) == (16, 20)


def test_what_cannot_be_estimated_or_asked() -> None:
    few = chosen_rates([0.9, 0.2, 0.3], [1, 0, 0], "youden", resamples=50)
    assert few.sensitivity.value == 1
    assert math.isnan(few.sensitivity.low)
    assert math.isnan(few.sensitivity_excess)
    with pytest.raises(StudioError, match="one class"):
        chosen_rates([1, 2], [1, 1], "youden")
    with pytest.raises(StudioError, match="20 resamples"):
        chosen_rates([1, 2], [1, 0], "youden", resamples=2)
    with pytest.raises(StudioError, match="No rule"):
        chosen_rates([1, 2], [1, 0], "best")
    tied = chosen_rates([1.0] * 12, [1, 0] * 6, "se90", resamples=50)
    assert tied.sensitivity.low < tied.sensitivity.value == tied.sensitivity.high == 1
