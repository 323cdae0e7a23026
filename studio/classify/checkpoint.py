"""Checkpoints of a run: ``last.pt`` to go on from, ``best.pt`` beside it.

Each holds everything: network, optimiser, history, position in the epoch, generators, classes and
the record of the weights. Read with ``weights_only=True``: tensors, numbers and text, no code.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import torch

from studio.errors import StudioError

VERSION = 1
LAST = "last.pt"
BEST = "best.pt"


def save(run_dir: Path, content: dict[str, Any]) -> None:
    """Write ``last.pt`` to a temporary file and move it in place."""
    temporary = run_dir / (LAST + ".part")
    torch.save({"version": VERSION, **content}, temporary)
    temporary.replace(run_dir / LAST)


def promote(run_dir: Path) -> None:
    """Make ``best.pt`` what ``last.pt`` is now: a second name where the disk has hard links."""
    temporary = run_dir / (BEST + ".part")
    temporary.unlink(missing_ok=True)
    try:
        os.link(run_dir / LAST, temporary)
    except OSError:
        shutil.copyfile(run_dir / LAST, temporary)
    temporary.replace(run_dir / BEST)


def load(path: Path) -> dict[str, Any]:
    """A checkpoint, on the CPU.

    Raises:
        StudioError: the file is missing, damaged or from a newer version.
    """
    if not path.is_file():
        raise StudioError(f"The run {path.parent.name} has no {path.name}: train it first.")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    # A damaged file fails in zip, pickle or tensor code, each with its own error.
    except Exception as error:
        raise StudioError(
            f"{path.name} of the run {path.parent.name} is damaged ({type(error).__name__})."
        ) from error
    if not isinstance(content, dict) or "version" not in content:
        raise StudioError(f"{path.name} of the run {path.parent.name} is no checkpoint of a run.")
    if content["version"] > VERSION:
        raise StudioError(
            f"The run {path.parent.name} was trained by a newer studio: update this one."
        )
    return content


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """Torch's own generators, which dropout and stochastic depth draw from."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def restore_random_state(state: dict[str, torch.Tensor], device: torch.device) -> None:
    """Put back what ``random_state`` took."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
