"""ROC curves against scikit-learn and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as reference_curve

from studio.errors import StudioError
from studio.stats import roc_curve

# Few distinct scores: ties everywhere.
cases = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(flag for _, flag in rows) < len(rows)
)


@given(cases)
def test_against_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows]) / 7
    flags = np.array([flag for _, flag in rows])
    roc = roc_curve(scores, flags)
    fpr, tpr, thresholds = reference_curve(flags, scores, drop_intermediate=False)
    np.testing.assert_allclose(roc.fpr, fpr)
    np.testing.assert_allclose(roc.tpr, tpr)
    np.testing.assert_allclose(roc.thresholds, thresholds)
    assert roc.auc == pytest.approx(roc_auc_score(flags, scores))


def test_by_hand() -> None:
    roc = roc_curve([0.9, 0.8, 0.8, 0.1], [1, 1, 0, 0])
    assert roc.fpr.tolist() == [0, 0, 0.5, 1]
    assert roc.tpr.tolist() == [0, 0.5, 1, 1]
    assert roc.thresholds.tolist() == [math.inf, 0.9, 0.8, 0.1]
    assert (roc.positives, roc.negatives) == (2, 2)
    assert roc.auc == 0.875


@pytest.mark.parametrize("flags", [[1, 1], [0, 0], []])
def test_one_class_has_no_curve(flags: list[int]) -> None:
    roc = roc_curve([0.5] * len(flags), flags)
    assert not roc.estimable
    assert math.isnan(roc.auc)


def test_what_is_no_list_of_scores() -> None:
    with pytest.raises(StudioError, match="3 scores but 2 labels"):
        roc_curve([1, 2, 3], [0, 1])
    with pytest.raises(StudioError, match="Score 2 of 3 is nan"):
        roc_curve([1, math.nan, 3], [0, 1, 1])
