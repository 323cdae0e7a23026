"""The power of several readers: against the analysis that will be made, on made-up readers."""

import numpy as np
import pytest

from studio.errors import StudioError
from studio.stats import (
    ReaderPlan,
    equivalence_from_error,
    equivalence_power,
    pooled_mean,
    pooled_power,
)


@pytest.mark.parametrize(
    ("readers", "pictures", "accuracy"), [(3, 160, 0.5), (6, 120, 0.52), (8, 200, 0.55)]
)
def test_it_is_how_often_the_analysis_shows_equivalence(
    readers: int, pictures: int, accuracy: float
) -> None:
    rng, plan = np.random.default_rng(1), ReaderPlan(readers, pictures)
    truth = np.arange(pictures) % 2 == 0
    hard = np.sqrt(plan.picture_share * accuracy * (1 - accuracy))
    shown = 0
    for _ in range(400):
        chance = accuracy + rng.normal(0, plan.reader_spread, (readers, 1))
        chance = chance + rng.choice([-hard, hard], (1, pictures))
        found = pooled_mean((rng.random((readers, pictures)) < chance).astype(float), truth)
        shown += equivalence_from_error(found.value, found.error, found.freedom).shown
    assert pooled_power(plan, accuracy) == pytest.approx(shown / 400, abs=0.07)


def test_what_helps_and_what_does_not() -> None:
    assert pooled_power(ReaderPlan(1, 228), 0.52) == equivalence_power(228, accuracy=0.52)
    powers = [pooled_power(ReaderPlan(readers, 228), 0.52) for readers in (2, 4, 8, 16)]
    assert powers == sorted(powers)
    apart = [pooled_power(ReaderPlan(5, 228, spread), 0.5) for spread in (0.0, 0.05, 0.1)]
    assert apart == sorted(apart, reverse=True)
    # Where readers differ much, pictures alone do not help.
    assert pooled_power(ReaderPlan(3, 5000, 0.1)) < 0.5
    assert pooled_power(ReaderPlan(5, 2)) == 0
    assert pooled_power(ReaderPlan(10, 400), 0.7) < 0.001


@pytest.mark.parametrize(
    "plan", [ReaderPlan(0, 10), ReaderPlan(3, 10, -1), ReaderPlan(3, 10, 0, 1)]
)
def test_what_is_no_plan(plan: ReaderPlan) -> None:
    with pytest.raises(StudioError, match="plan"):
        pooled_power(plan)
