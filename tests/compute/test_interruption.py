"""A pass is left in its middle, forwards and backwards, and is the same to the bit where not."""

import threading

import pytest
import torch
from torch import nn

from studio.compute import interruption
from studio.compute.interruption import Interrupted, interruptible


@pytest.fixture(autouse=True)
def _asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interruption, "EVERY_S", 0)


def network() -> nn.Module:
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.Conv2d(8, 4, 3)]
    return nn.Sequential(*layers)


def gradients(of: nn.Module) -> list[torch.Tensor]:
    """Of a loss with a gradient in it, as the penalties of a discriminator have."""
    pixels = torch.linspace(-1, 1, 3 * 64 * 2).reshape(2, 3, 8, 8).requires_grad_()
    out = of(pixels).square().sum()
    (slope,) = torch.autograd.grad(out, pixels, create_graph=True)
    (out + slope.square().sum()).backward()
    return [one.grad for one in of.parameters() if one.grad is not None]


def asks(limit: int | None = None) -> tuple[list[str], bool]:
    """Who asked, forwards or backwards, until one pass was at its end or left."""
    asked: list[str] = []

    def stop() -> bool:
        asked.append("backward" if torch._C._current_graph_task_id() >= 0 else "forward")
        return len(asked) == limit

    of = network()
    try:
        with interruptible(stop, torch.device("cpu")):
            gradients(of)
    except Interrupted:
        return asked, True
    return asked, False


def test_it_is_left_wherever_it_is() -> None:
    asked, left = asks()
    assert not left
    assert asked.count("forward") == 5
    assert asked.count("backward") >= 10  # each way back
    for limit in range(1, len(asked) + 1):
        assert asks(limit) == (asked[:limit], True)


def test_asking_changes_nothing() -> None:
    plain = gradients(network())
    with interruptible(lambda: False):
        asked = gradients(network())
    assert len(plain) == 6
    assert all(torch.equal(one, other) for one, other in zip(plain, asked, strict=True))


def test_other_threads_other_times_and_accelerators_are_left_alone() -> None:
    def in_a_thread() -> None:
        thread = threading.Thread(target=lambda: done.append(gradients(network())))
        thread.start()
        thread.join()

    done: list[list[torch.Tensor]] = []
    with interruptible(lambda: True):
        in_a_thread()
    assert len(done) == 1
    gradients(network())
    with interruptible(lambda: True, torch.device("cuda")):
        gradients(network())


def test_what_was_computed_within_is_differentiated_after_the_end() -> None:
    stopping = False
    with interruptible(lambda: stopping):
        total = network()(torch.ones(2, 3, 8, 8)).sum()
    stopping = True
    total.backward()  # raises nothing
