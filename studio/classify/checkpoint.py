"""Checkpoints of a run: ``last.pt`` to go on from, ``best.pt`` beside it.

Each holds everything: network, optimiser, history, position in the epoch, generators, classes and
the record of the weights. Read with ``weights_only=True``: tensors, numbers and text, no code.

They outlast what the checkpoints of networks do. A file is on the disk before it has its name, and
``checkpoints.json`` has the SHA-256 of those that are whole: one that a power cut or a bad disk
left damaged is never taken for a good one. ``previous.pt`` is the one before the last, from which
a run goes on where the last is damaged.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any, cast

import torch

from studio.compute.tensors import load_checkpoint
from studio.errors import StudioError
from studio.files import building, replacing, write_json
from studio.jobs.kinds import CLASSIFIER_BEST, CLASSIFIER_LAST, CLASSIFIER_PREVIOUS
from studio.opening import FileRefused, read_json, sha256_file

VERSION = 1
LAST = CLASSIFIER_LAST
PREVIOUS = CLASSIFIER_PREVIOUS
BEST = CLASSIFIER_BEST
INDEX = "checkpoints.json"
_KNOWN = 3  # the last, the one before it, and the one being written
_MOST_INDEX = 65_536  # bytes


def save(run_dir: Path, content: dict[str, Any]) -> None:
    """Write ``last.pt``; the one that it replaces becomes ``previous.pt``.

    Killed at any moment, or by a power cut, this leaves a whole checkpoint of which the index knows
    the sum.
    """
    last = run_dir / LAST
    with replacing(last) as file:
        torch.save({"version": VERSION, **content}, file)
        file.flush()
        file.seek(0)
        fresh = hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
        index = _index(run_dir)
        known = index["last"] if isinstance(index.get("last"), list) else []
        # Before the file takes its name: what is called last.pt has a sum of these at any moment.
        sums = [fresh, *(one for one in known if one != fresh)][:_KNOWN]
        write_json(run_dir / INDEX, {**index, "last": sums})
        # A damaged one does not take the place of the spare that is whole.
        if last.is_file() and (not known or sha256_file(last) in known):
            _second_name(last, run_dir / PREVIOUS)


def promote(run_dir: Path) -> None:
    """Make ``best.pt`` what ``last.pt`` is now: a second name where the disk has hard links."""
    index = _index(run_dir)
    known = index.get("best") if isinstance(index.get("best"), list) else []
    sums = [sha256_file(run_dir / LAST), *(known or ())][:2]
    write_json(run_dir / INDEX, {**index, "best": sums})
    _second_name(run_dir / LAST, run_dir / BEST)


def _second_name(file: Path, name: Path) -> None:
    with building(name) as part:
        try:
            os.link(file, part)
        except OSError:
            shutil.copyfile(file, part)


def load(path: Path) -> dict[str, Any]:
    """A checkpoint, on the CPU; in place of a damaged ``last.pt`` the one before it.

    Raises:
        StudioError: the file is missing, none is whole, or a newer version wrote it.
    """
    run = path.parent.name
    spare = path.with_name(PREVIOUS)
    paths = [path, spare] if path.name == LAST and spare.exists() else [path]
    if not any(one.exists() for one in paths):
        raise StudioError(f"The run {run} has no {path.name}: train it first.")
    first: StudioError | None = None
    for one in paths:
        try:
            return _read(one)
        except StudioError as error:
            first = first or error
    assert first is not None
    raise first


def _read(path: Path) -> dict[str, Any]:
    run = path.parent.name
    index = _index(path.parent)
    known = index.get("best" if path.name == BEST else "last")
    try:
        if isinstance(known, list) and sha256_file(path) not in known:
            raise StudioError(
                f"{path.name} of the run {run} is damaged: it does not have the bytes that were "
                "saved."
            )
        content = load_checkpoint(path)
    except FileRefused as error:
        raise StudioError(f"{path.name} of the run {run} is damaged. {error}") from error
    if not isinstance(content, dict) or type(content.get("version")) is not int:
        raise StudioError(f"{path.name} of the run {run} is not a checkpoint of a run.")
    if content["version"] > VERSION:
        raise StudioError(f"The run {run} was trained by a newer studio: update this one.")
    return content


def _index(run_dir: Path) -> dict[str, Any]:
    """The sums of whole files by name; {} where there is no index, as in older runs, or it is
    damaged: files are then judged by whether they can be read."""
    try:
        found = read_json(run_dir / INDEX, _MOST_INDEX)
    except FileRefused:
        return {}
    return found if isinstance(found, dict) else {}


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
