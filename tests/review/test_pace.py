import pytest

from studio.review import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_pace_of_steady_work() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.per_minute() is None
    assert pace.seconds_for(100) is None
    for _ in range(50):
        clock.now += 0.85
        pace.decided()
    assert pace.per_minute() == pytest.approx(60 / 0.85)
    assert pace.seconds_for(132_673) == pytest.approx(132_673 * 0.85)


def test_a_break_does_not_slow_the_pace() -> None:
    clock = Clock()
    pace = Pace(break_seconds=60, clock=clock)
    for pause in (2, 2, 3600, 2, 2):
        clock.now += pause
        pace.decided()
    assert pace.per_minute() == pytest.approx(30)


def test_only_the_last_minutes_count() -> None:
    clock = Clock()
    pace = Pace(window_seconds=10, clock=clock)
    for step in [5.0] * 20 + [1.0] * 20:
        clock.now += step
        pace.decided()
    assert pace.per_minute() == pytest.approx(60)


def test_a_page_counts_all_its_boxes() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    pace.decided(24)
    clock.now += 12
    pace.decided(24)
    assert pace.per_minute() == pytest.approx(120)
