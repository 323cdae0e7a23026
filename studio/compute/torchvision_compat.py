"""The one way by which the studio imports torchvision and timm.

torchvision registers shape functions for ``torchvision::nms`` and ``::qnms`` while it is imported.
When its compiled part does not match the installed torch (a CPU torch beside a torchvision from
another index, the commonest of all torch installations gone wrong) those operators do not exist
and the import dies with "operator torchvision::nms does not exist" -- and timm with it, although
neither classification nor timm ever calls them. This module declares the two schemas, without
kernels, and imports again; detection operators then still refuse to run, as they should.
"""

from __future__ import annotations

import importlib
import sys
import threading
from types import ModuleType
from typing import Any

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

_lock = threading.RLock()
# torch.library forgets a schema when the object that defined it is collected.
_libraries: list[Any] = []


def import_torchvision() -> ModuleType:
    """torchvision, its operators declared first where they are missing.

    A sound installation is imported as it is. Safe to call from several threads and repeatedly.

    Raises:
        RuntimeError: torchvision is broken in another way than this module can mend.
    """
    with _lock:
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            if "torchvision::" not in str(error):
                raise
            _forget("torchvision")
            define_missing_operators()
            return importlib.import_module("torchvision")


def import_timm() -> ModuleType:
    """timm, after torchvision has been made importable."""
    with _lock:
        import_torchvision()
        return importlib.import_module("timm")


def define_missing_operators() -> list[str]:
    """Declare those of the two schemas that torch does not know; returns their names."""
    import torch

    with _lock:
        missing = [name for name in SCHEMAS if not hasattr(torch.ops.torchvision, name)]
        if missing:
            library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
            for name in missing:
                library.define(SCHEMAS[name])  # type: ignore[no-untyped-call]
            _libraries.append(library)
        return missing


def _forget(package: str) -> None:
    """Drop what a failed import left behind, so that the next one starts from nothing."""
    for name in [n for n in sys.modules if n == package or n.startswith(package + ".")]:
        del sys.modules[name]
