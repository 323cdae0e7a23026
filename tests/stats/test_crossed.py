"""Pooled intervals: they hold for readers and pictures that were not in the study."""

from statistics import NormalDist

import numpy as np
import pytest

from studio.errors import StudioError
from studio.stats import jackknife, pooled_mean

CDF = np.vectorize(NormalDist().cdf)


def study(rng: np.random.Generator, readers: int, pictures: int, sr: float, sp: float):
    skill = sr * rng.standard_normal(readers)[:, None]
    ease = sp * rng.standard_normal(pictures)[None, :]
    return (rng.random((readers, pictures)) < CDF(0.5 + skill + ease)).astype(float)


@pytest.mark.parametrize(("readers", "sr", "sp"), [(4, 0.3, 0.5), (3, 0.0, 0.7), (6, 0.3, 0.0)])
def test_the_interval_holds_the_mean_of_all_readers_and_pictures(
    readers: int, sr: float, sp: float
) -> None:
    rng = np.random.default_rng(5)
    true = NormalDist().cdf(0.5 / np.sqrt(1 + sr**2 + sp**2))
    found = [pooled_mean(study(rng, readers, 120, sr, sp)) for _ in range(400)]
    # 94 to 99 % in 3,000 runs; here 95 % less three standard errors of 400.
    assert sum(one.low <= true <= one.high for one in found) >= 367


def test_answers_of_several_readers_are_not_taken_for_independent() -> None:
    """Ten readers who all err on the same pictures know no more than one."""
    one = (np.arange(100) < 70).astype(float)
    few = pooled_mean(np.tile(one, (10, 1)))
    binomial = np.sqrt(0.7 * 0.3 / 100)
    assert few.error == pytest.approx(binomial, rel=0.02)


def test_fixed_readers_leave_pictures_as_the_only_sample() -> None:
    """The error is that of the mean over pictures of what these readers said."""
    values = study(np.random.default_rng(3), 5, 80, 0.4, 0.4)
    found = pooled_mean(values, fixed_readers=True)
    assert found.error == pytest.approx(values.mean(axis=0).std(ddof=1) / np.sqrt(80))
    assert found.freedom == 79
    assert found.error < pooled_mean(values).error


def test_strata_are_no_variance_of_pictures() -> None:
    rng = np.random.default_rng(2)
    strata = np.repeat([0, 1], 60)
    share = np.where(strata == 1, 0.95, 0.2)
    values = (rng.random((4, 120)) < share).astype(float)
    assert pooled_mean(values, strata).error < 0.8 * pooled_mean(values).error


def test_one_reader_or_no_variance_has_no_interval() -> None:
    assert not pooled_mean(np.ones((1, 9))).estimable
    assert pooled_mean(np.ones((3, 9))).value == 1
    assert not pooled_mean(np.ones((3, 9))).estimable
    with pytest.raises(StudioError, match="stratum"):
        pooled_mean(np.ones((3, 9)), [1, 0])


def test_pseudo_values_of_a_mean_are_its_values() -> None:
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    whole, pseudo = jackknife(lambda kept: float(np.mean([values[i] for i in kept])), values)
    assert whole == pytest.approx(0.6)
    assert pseudo == pytest.approx(values)
