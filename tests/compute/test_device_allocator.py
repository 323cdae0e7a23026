"""Devices by name, and memory that is kept where glibc can keep it."""

import subprocess
import sys

import pytest

from studio.compute import allocator, device
from studio.errors import UsageError


def test_auto_falls_back_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "available", lambda kind: kind == "cpu")
    assert device.pick_device("auto").type == "cpu"


@pytest.mark.parametrize("name", ["gpu", "", "cuda9"])
def test_unknown_devices_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="not known"):
        device.pick_device(name)


def test_a_device_that_is_absent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "available", lambda kind: kind == "cpu")
    with pytest.raises(UsageError, match="no usable 'cuda'"):
        device.pick_device("cuda")


def test_description_names_kind_and_threads() -> None:
    import torch

    assert device.describe(torch.device("cpu")).startswith("CPU, ")
    assert str(torch.get_num_threads()) in device.describe(torch.device("cpu"))


def test_threads_are_at_least_one() -> None:
    assert device.usable_cores() >= 1


def test_nothing_to_set_without_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator, "is_glibc", lambda: False)
    assert allocator.keep_memory() is False


@pytest.mark.skipif(not allocator.is_glibc(), reason="the setting belongs to Linux with glibc")
def test_freed_blocks_stay_with_the_process() -> None:
    script = """
import ctypes, resource
from studio.compute import allocator
assert allocator.keep_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def cycle():
    block = libc.malloc(64 << 20)
    ctypes.memset(block, 1, 64 << 20)
    libc.free(ctypes.c_void_p(block))
cycle()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    cycle()
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
assert faults < 1000, faults  # fresh pages would be 5 x 16,384
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
