"""The four counts and their rates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from studio.errors import StudioError
from studio.stats import Confusion, confusion

rows = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40)


@given(rows, st.integers(-1, 6))
def test_against_scikit_learn(cases: list[tuple[int, bool]], threshold: int) -> None:
    scores = np.array([score for score, _ in cases])
    flags = np.array([flag for _, flag in cases])
    found = confusion(scores, flags, threshold)
    (tn, fp), (fn, tp) = confusion_matrix(flags, scores >= threshold, labels=[False, True])
    assert (found.tp, found.fp, found.tn, found.fn) == (tp, fp, tn, fn)
    assert found.n == len(cases)


TABLE = Confusion(tp=90, fp=40, tn=160, fn=10, threshold=0.5)


def test_rates_by_hand() -> None:
    assert TABLE.sensitivity == 0.9
    assert TABLE.specificity == 0.8
    assert TABLE.youden == pytest.approx(0.7)
    assert TABLE.accuracy == pytest.approx(250 / 300)
    assert TABLE.ppv() == pytest.approx(90 / 130)
    assert TABLE.npv() == pytest.approx(160 / 170)


def test_predictive_values_at_a_stated_prevalence() -> None:
    assert TABLE.ppv(1 / 3) == pytest.approx(TABLE.ppv())
    assert TABLE.npv(1 / 3) == pytest.approx(TABLE.npv())
    assert TABLE.ppv(0.01) == pytest.approx(0.009 / (0.009 + 0.198))
    assert TABLE.npv(0.01) == pytest.approx(0.792 / (0.792 + 0.001))
    assert TABLE.ppv(0) == 0
    assert TABLE.npv(1) == 0
    with pytest.raises(StudioError, match="prevalence"):
        TABLE.ppv(5)
    with pytest.raises(StudioError, match="prevalence"):
        TABLE.npv(-0.1)


def test_intervals_count_the_right_images() -> None:
    assert (TABLE.sensitivity_interval().k, TABLE.sensitivity_interval().n) == (90, 100)
    assert (TABLE.specificity_interval().k, TABLE.specificity_interval().n) == (160, 200)
    assert (TABLE.ppv_interval().k, TABLE.ppv_interval().n) == (90, 130)
    assert (TABLE.npv_interval().k, TABLE.npv_interval().n) == (160, 170)
    assert TABLE.sensitivity_interval().low < 0.9 < TABLE.sensitivity_interval().high


def test_an_absent_class_is_undefined_and_never_zero() -> None:
    found = confusion([0.2, 0.9], [0, 0], 0.5)
    assert math.isnan(found.sensitivity)
    assert found.specificity == 0.5
    assert math.isnan(confusion([0.2], [0], 0.5).ppv())
    assert math.isnan(found.ppv(0.3))


def test_an_infinite_threshold_calls_nothing_positive() -> None:
    assert confusion([1, 2], [1, 0], math.inf).tp == 0
    with pytest.raises(StudioError, match="threshold"):
        confusion([1, 2], [1, 0], math.nan)
