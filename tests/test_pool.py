"""The ordered pool: order, laziness, errors in their places, and a stop."""

import threading
import time

import pytest

from studio.pool import OrderedPool


def test_results_come_in_order_whatever_is_done_first() -> None:
    def work(item: int) -> int:
        time.sleep(0.02 if item % 2 else 0)
        return item * item

    with OrderedPool(3) as pool:
        assert list(pool.map(work, range(20))) == [(n, n * n) for n in range(20)]


def test_items_are_drawn_a_few_ahead_and_dropped_when_the_loop_is_left() -> None:
    drawn: list[int] = []
    worked: list[int] = []
    go_on = threading.Event()

    def items():
        for n in range(1000):
            drawn.append(n)
            yield n

    def work(item: int) -> None:
        if item:
            go_on.wait()
        worked.append(item)

    with OrderedPool(2) as pool:
        for _ in pool.map(work, items()):
            break
        go_on.set()
    assert len(drawn) == 8
    assert len(worked) <= 4


def test_an_error_comes_in_the_place_of_its_item() -> None:
    def work(item: int) -> float:
        return 1 / item

    with OrderedPool(2) as pool:
        found = list(pool.try_map(work, [1, 0, 2], ZeroDivisionError))
        assert [item for item, _ in found] == [1, 0, 2]
        assert isinstance(found[1][1], ZeroDivisionError)
        assert (found[0][1], found[2][1]) == (1, 0.5)
        with pytest.raises(TypeError):
            list(pool.try_map(work, [1, "a"], ZeroDivisionError))  # type: ignore[list-item]


def test_a_stop_keeps_what_has_begun_and_drops_the_rest() -> None:
    begun = threading.Event()
    stopped = threading.Event()

    def work(item: int) -> int:
        begun.set()
        stopped.wait()
        return item

    def stop() -> bool:
        begun.wait()
        stopped.set()
        return True

    with OrderedPool(1) as pool:
        assert list(pool.map(work, range(50), stop)) == [(0, 0)]
