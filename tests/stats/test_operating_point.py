"""Rules that choose a point, and a threshold that is given."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.stats import RULES, confusion, nearest_point, operating_point, roc_curve

cases = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=50).filter(
    lambda rows: 0 < sum(flag for _, flag in rows) < len(rows)
)


@given(cases, st.one_of(st.sampled_from(RULES), st.floats(-1, 10)))
def test_a_point_is_what_its_threshold_gives(
    rows: list[tuple[int, bool]], rule: str | float
) -> None:
    scores = [score for score, _ in rows]
    flags = [flag for _, flag in rows]
    point = operating_point(roc_curve(scores, flags), rule)
    counts = confusion(scores, flags, point.threshold)
    assert point.sensitivity == pytest.approx(counts.sensitivity)
    assert point.specificity == pytest.approx(counts.specificity)


@given(cases)
def test_no_other_point_is_better(rows: list[tuple[int, bool]]) -> None:
    roc = roc_curve([score for score, _ in rows], [flag for _, flag in rows])
    best = operating_point(roc, "youden")
    assert best.sensitivity - best.fpr == pytest.approx((roc.tpr - roc.fpr).max())
    for rule, target in (("se90", 0.9), ("se95", 0.95)):
        point = operating_point(roc, rule)
        assert point.sensitivity >= target - 1e-9
        enough = roc.tpr >= target - 1e-9
        assert point.fpr == pytest.approx(roc.fpr[enough].min())
    point = operating_point(roc, "sp95")
    assert point.specificity >= 0.95 - 1e-9
    assert point.sensitivity == pytest.approx(roc.tpr[roc.fpr <= 0.05 + 1e-9].max())


def test_nine_of_ten_is_ninety_percent() -> None:
    scores = np.arange(20)
    flags = np.array([0, 1] + [0] * 9 + [1] * 9)
    assert operating_point(roc_curve(scores, flags), "se90").sensitivity == pytest.approx(0.9)


def test_of_equal_gains_the_more_sensitive() -> None:
    roc = roc_curve([4, 3, 2, 1], [1, 0, 1, 0])
    assert operating_point(roc, "youden").sensitivity == 1


def test_a_threshold_is_kept_as_given() -> None:
    roc = roc_curve([0.1, 0.4, 0.6, 0.9], [0, 1, 0, 1])
    point = operating_point(roc, 0.5)
    assert (point.threshold, point.sensitivity, point.specificity) == (0.5, 0.5, 0.5)
    assert operating_point(roc, 0.6).specificity == 0.5
    assert operating_point(roc, 2.0).sensitivity == 0
    assert operating_point(roc, -math.inf).sensitivity == 1


def test_a_dragged_marker_stays_on_the_curve() -> None:
    roc = roc_curve([0.1, 0.4, 0.6, 0.9], [0, 1, 0, 1])
    point = nearest_point(roc, 0.02, 0.45)
    assert (point.fpr, point.sensitivity) == (0, 0.5)
    assert point.threshold == 0.9


def test_what_cannot_be_chosen() -> None:
    roc = roc_curve([1, 2], [0, 1])
    with pytest.raises(StudioError, match="best"):
        operating_point(roc, "best")
    with pytest.raises(StudioError, match="number"):
        operating_point(roc, math.nan)
    one_class = roc_curve([1, 2], [1, 1])
    with pytest.raises(StudioError, match="one class"):
        operating_point(one_class, "youden")
    with pytest.raises(StudioError, match="one class"):
        nearest_point(one_class, 0, 1)
