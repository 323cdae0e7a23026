"""The import of timm survives a torchvision that does not match its torch."""

import subprocess
import sys
from types import ModuleType

import pytest

from studio.compute import torchvision_compat

MISSING = "operator torchvision::nms does not exist"


class FakeImport:
    """Stands for importlib.import_module: fails `failures` times with `message`."""

    def __init__(self, failures: int, message: str = MISSING) -> None:
        self.failures, self.message, self.calls = failures, message, 0

    def __call__(self, name: str) -> ModuleType:
        self.calls += 1
        if self.calls <= self.failures:
            raise RuntimeError(self.message)
        return ModuleType(name)


@pytest.fixture
def defined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(
        torchvision_compat, "define_missing_operators", lambda: calls.append("defined")
    )
    monkeypatch.setattr(torchvision_compat, "_forget", lambda package: calls.append("forgot"))
    return calls


def test_a_sound_torchvision_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, defined: list[str]
) -> None:
    monkeypatch.setattr(torchvision_compat.importlib, "import_module", FakeImport(0))
    torchvision_compat.import_torchvision()
    assert defined == []


def test_missing_operators_are_defined_before_the_second_import(
    monkeypatch: pytest.MonkeyPatch, defined: list[str]
) -> None:
    importer = FakeImport(1)
    monkeypatch.setattr(torchvision_compat.importlib, "import_module", importer)
    torchvision_compat.import_torchvision()
    assert defined == ["forgot", "defined"]
    assert importer.calls == 2


def test_another_fault_is_not_hidden(monkeypatch: pytest.MonkeyPatch, defined: list[str]) -> None:
    monkeypatch.setattr(
        torchvision_compat.importlib, "import_module", FakeImport(1, "no CUDA runtime")
    )
    with pytest.raises(RuntimeError, match="no CUDA"):
        torchvision_compat.import_torchvision()
    assert defined == []


def test_many_threads_import_timm_and_defining_again_does_nothing() -> None:
    script = """
import threading
from studio.compute.torchvision_compat import define_missing_operators, import_timm
found = []
threads = [threading.Thread(target=lambda: found.append(import_timm())) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
assert len(found) == 4 and all(f is found[0] for f in found)
define_missing_operators()  # a sound torchvision 0.24 needs none and lacks qnms
assert define_missing_operators() == []
import torch
assert hasattr(torch.ops.torchvision, "nms") and hasattr(torch.ops.torchvision, "qnms")
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_importing_the_packages_does_not_import_torch() -> None:
    script = (
        "import sys, studio.classify, studio.compute.backbones, studio.compute.weights,"
        " studio.compute.allocator, studio.compute.device; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
