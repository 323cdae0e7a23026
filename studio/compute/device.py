"""Where torch computes: the choice of a device, its description, its threads and precision."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from studio.errors import UsageError
from studio.wording import counted

if TYPE_CHECKING:
    import torch

CHOICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str = "auto") -> torch.device:
    """The device that ``name`` asks for; ``auto`` takes CUDA, then MPS, then the CPU.

    Raises:
        UsageError: the name is unknown or this machine has no such device.
    """
    import torch

    kind = name.split(":")[0]
    if kind not in CHOICES:
        raise UsageError(f"Device '{name}' is not known: choose one of {', '.join(CHOICES)}.")
    if kind == "auto":
        kind = next(k for k in ("cuda", "mps", "cpu") if available(k))
        return torch.device(kind)
    if not available(kind):
        raise UsageError(f"This machine has no usable '{kind}' device: choose auto or cpu.")
    return torch.device(name)


def available(kind: str) -> bool:
    """Whether torch can compute on ``kind`` (cpu, cuda or mps) here."""
    import torch

    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return kind == "cpu"


def describe(device: torch.device) -> str:
    """One line for people, such as ``CPU, 2 threads, x86_64`` or the name of the GPU."""
    import torch

    if device.type == "cuda":
        memory = torch.cuda.get_device_properties(device).total_memory / 2**30
        return f"{torch.cuda.get_device_name(device)}, {memory:.0f} GiB"
    if device.type == "mps":
        return "Apple GPU (MPS)"
    return f"CPU, {counted(torch.get_num_threads(), 'thread')}, {platform.machine()}"


def set_threads(threads: int | None) -> int:
    """Let torch use ``threads`` threads (None: the cores this process may use); returns them."""
    import torch

    count = threads or usable_cores()
    torch.set_num_threads(count)
    return count


def usable_cores() -> int:
    """Cores that this process is allowed on, at least one."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def cores_each(workers: int) -> int:
    """Cores for each of several trainings at once, at least one."""
    return max(1, usable_cores() // workers)
