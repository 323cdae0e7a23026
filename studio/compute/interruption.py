"""Leaving a pass through a network before its end, where one pass takes many seconds (on a CPU)."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

EVERY_S = 0.05


class Interrupted(Exception):
    """Asked to stop amid work of which nothing is kept: the next call does it again."""


@contextlib.contextmanager
def interruptible(
    stop_requested: Callable[[], bool], device: "torch.device | None" = None
) -> Iterator[None]:
    """While inside, every module asks `stop_requested` as it begins, forwards and backwards, at
    most twenty times a second, and raises Interrupted when told to stop. Results are the same to
    the bit. Only what this thread computes is left.

    Whoever catches it puts back what a pass changes: random numbers, running statistics and
    gradients. On an accelerator, `device`, a pass is short and nothing is asked.
    """
    if device is not None and device.type != "cpu":
        yield
        return
    from torch import Tensor
    from torch.nn.modules.module import (
        register_module_forward_hook,
        register_module_forward_pre_hook,
    )

    thread, asked = threading.get_ident(), time.monotonic()
    over = False

    def ask(*_: Any) -> None:
        nonlocal asked
        if over:
            return  # what was computed within is differentiated after the end
        if threading.get_ident() == thread and time.monotonic() - asked >= EVERY_S:
            if stop_requested():
                raise Interrupted
            asked = time.monotonic()

    def ask_backwards(_module: Any, _arguments: Any, output: Any) -> None:
        if threading.get_ident() == thread and isinstance(output, Tensor) and output.grad_fn:
            output.grad_fn.register_prehook(ask)

    handles = [
        register_module_forward_pre_hook(ask),
        register_module_forward_hook(ask_backwards),
    ]
    try:
        yield
    finally:
        over = True
        for handle in handles:
            handle.remove()
