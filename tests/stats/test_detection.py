"""d' and c against figures worked out by hand and by simulation."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.stats import d_prime, detection

Z = NormalDist().inv_cdf


def test_value_and_criterion_of_corrected_rates() -> None:
    found = detection(80, 100, 30, 100)
    hit, alarm = 80.5 / 101, 30.5 / 101
    assert found.d_prime == pytest.approx(Z(hit) - Z(alarm))
    assert found.criterion == pytest.approx(-(Z(hit) + Z(alarm)) / 2)
    assert found.d_high - found.d_prime == pytest.approx(found.d_prime - found.d_low)
    assert found.c_high - found.c_low == pytest.approx((found.d_high - found.d_low) / 2)


def test_a_perfect_reader_has_a_finite_figure_with_an_interval() -> None:
    found = detection(50, 50, 0, 50)
    assert 4 < found.d_prime < 5
    assert found.d_low < found.d_prime < found.d_high


def test_one_kind_alone_gives_nothing() -> None:
    assert not detection(0, 0, 3, 10).estimable
    with pytest.raises(StudioError, match="11 of 10"):
        detection(11, 10, 0, 10)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_exchanging_the_kinds_changes_the_sign_only(signals: int, noises: int, data) -> None:
    hits = data.draw(st.integers(0, signals))
    alarms = data.draw(st.integers(0, noises))
    one, other = detection(hits, signals, alarms, noises), detection(alarms, noises, hits, signals)
    assert one.d_prime == pytest.approx(-other.d_prime)
    assert one.criterion == pytest.approx(other.criterion)
    assert one.d_prime == d_prime(hits, signals, alarms, noises)
    assert math.isfinite(one.d_low)
    assert math.isfinite(one.d_high)


def test_the_interval_holds_the_true_figure_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    true = 1.2
    hit, alarm = NormalDist().cdf(true / 2), NormalDist().cdf(-true / 2)
    hits, alarms = rng.binomial(100, hit, 1000), rng.binomial(100, alarm, 1000)
    found = [detection(int(h), 100, int(a), 100) for h, a in zip(hits, alarms, strict=True)]
    assert 930 <= sum(one.d_low <= true <= one.d_high for one in found) <= 975
