"""The learning-rate range test: what is read from a curve, and a real one."""

from pathlib import Path

import numpy as np
import pytest

from studio.classify import DataSplit, TrainConfig, TrainData
from studio.classify.range_test import range_test, read_curve
from studio.errors import StudioError, UsageError

from .conftest import MODEL, draw


def test_the_suggestion_is_a_tenth_of_the_rate_of_the_least_loss() -> None:
    """Of a curve whose own least is at 1e-2, smoothing moves the least by about ten steps."""
    rates = np.geomspace(1e-6, 1, 601)
    logs = np.log10(rates)
    losses = 2 - 1.5 / (1 + np.exp(-4 * (logs + 4))) + np.where(logs > -2, 20 * (logs + 2), 0)
    found = read_curve(rates.tolist(), losses.tolist())
    assert found.least is not None
    assert found.least == pytest.approx(1e-2, rel=0.3)
    assert found.suggestion == pytest.approx(found.least / 10)
    assert found.steepest == pytest.approx(1e-4, rel=0.6), "the middle of the fall"


def test_the_smoothed_loss_is_a_weighted_mean_of_those_before() -> None:
    losses = [3.0, 1.0, 2.0, *([1.5] * 9)]
    found = read_curve(np.geomspace(1e-5, 1e-1, 12).tolist(), losses)
    weights = 0.9 ** np.arange(12)
    for number in (0, 2, 11):
        own = weights[: number + 1][::-1]
        by_hand = float(np.average(losses[: number + 1], weights=own))
        assert found.smoothed[number] == pytest.approx(by_hand, abs=1e-12)


def test_a_loss_that_only_rises_gives_no_rate() -> None:
    found = read_curve(np.geomspace(1e-5, 1, 30).tolist(), np.linspace(1, 5, 30).tolist())
    assert (found.suggestion, found.least, found.steepest) == (None, None, None)
    with pytest.raises(StudioError, match="after 3 steps"):
        read_curve([1e-3, 1e-2, 1e-1], [1.0, 2.0, 3.0])


def test_a_network_learns_at_the_rates_between(tmp_path: Path) -> None:
    items = [
        draw(tmp_path / f"{label}{number}.png", label, number)
        for label in ("melanocyticnevus", "malignantmelanoma")
        for number in range(8)
    ]
    data = TrainData(train=[DataSplit(name="train", items=items)])
    config = TrainConfig(
        model=MODEL, weights="none", size=32, batch=8, threads=1, class_weights="balanced",
        cache_dir=tmp_path / "cache",
    )  # fmt: skip
    found = range_test(config, data, low=1e-5, high=5, steps=40)
    assert found.rates[0] == pytest.approx(1e-5)
    assert len(found.rates) == len(found.losses) == len(found.smoothed) <= 40
    assert found.ended_early == (len(found.rates) < 40)
    again = range_test(config, data, low=1e-5, high=5, steps=40)
    assert again == found, "the same by its seed"
    for options, words in (({"low": 1.0, "high": 0.1}, "rates go"), ({"steps": 5}, "steps")):
        with pytest.raises(UsageError, match=words):
            range_test(config, data, **options)
