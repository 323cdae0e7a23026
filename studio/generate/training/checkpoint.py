"""Checkpoints: all that a run needs to go on as if it had never stopped.

`checkpoint.json` names the newest whole file and its SHA-256, and the one before it. A file counts
only when its bytes have that sum, so that one cut short is never taken for a good one.
"""

import hashlib
from pathlib import Path
from typing import Any, cast

import torch

from studio.compute.tensors import load_checkpoint
from studio.errors import StudioError
from studio.files import replacing, write_json
from studio.opening import FileProblem, FileRefused, is_regular, read_json, sha256_file

VERSION = 1
INDEX = "checkpoint.json"
_DAMAGED = (
    "{0} is damaged and no longer says which checkpoint is whole. Begin a new run from the newest "
    "network-snapshot with --resume."
)


def save(run_dir: Path, images: int, content: dict[str, Any]) -> None:
    """Write a checkpoint and name it, then remove all but it and the one before.

    Killed at any moment, or by a power cut, this leaves the index naming files that are whole.
    """
    path = run_dir / f"checkpoint-{images:09d}.pt"
    # What is not before this one is of a course that the run did not take, or was damaged.
    earlier = (entry for entry in _entries(run_dir) if entry["images"] < images)
    known = [entry for entry in earlier if _is_whole(run_dir, entry)][:1]
    with replacing(path) as file:
        torch.save({"version": VERSION, **content}, file)
        file.flush()
        file.seek(0)
        digest = hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
    # Its name is on the disk before the index names it.
    entry = {"file": path.name, "sha256": digest, "images": images}
    _write_index(run_dir, [entry, *known])
    named = {entry["file"] for entry in [entry, *known]}
    for old in run_dir.glob("checkpoint-*"):
        if old.name not in named:
            old.unlink(missing_ok=True)


def load(run_dir: Path) -> dict[str, Any] | None:
    """The newest whole checkpoint, on the CPU; None where the run has not come to one.

    Raises:
        StudioError: there are checkpoints and none of them is whole, they were taken away, or a
            newer studio wrote them.
    """
    entries = _entries(run_dir)
    for entry in entries:
        if _is_whole(run_dir, entry):
            return _read(run_dir / entry["file"])
    # Killed during its first snapshot a run has one network and no checkpoint yet; with more it
    # had one, and beginning again would write over what it has come to.
    if entries or len(list(run_dir.glob("network-snapshot-*.safetensors"))) > 1:
        raise StudioError(
            f"No checkpoint of the run {run_dir.name} is whole: it cannot go on. Begin a new run "
            "from its newest network-snapshot with --resume."
        )
    return None


def images_shown(run_dir: Path) -> int:
    """How many pictures the run had been shown at its newest checkpoint; 0 before the first."""
    return max((entry["images"] for entry in _entries(run_dir)), default=0)


def _read(path: Path) -> dict[str, Any]:
    content = load_checkpoint(path)
    if not isinstance(content, dict) or type(content.get("version")) is not int:
        raise StudioError(f"{path} is not a checkpoint of a training.")
    if content["version"] > VERSION:
        raise StudioError(
            f"The run {path.parent.name} was trained by a newer studio: update this one."
        )
    return dict(content)


def _entries(run_dir: Path) -> list[dict[str, Any]]:
    path = run_dir / INDEX
    try:
        found = read_json(path)["checkpoints"]
        return [
            {"file": str(one["file"]), "sha256": one["sha256"], "images": int(one["images"])}
            for one in found
        ]
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            return []
        raise StudioError(f"{_DAMAGED.format(path)} ({error})") from None
    except (ValueError, KeyError, TypeError, OverflowError):
        raise StudioError(_DAMAGED.format(path)) from None


def _write_index(run_dir: Path, entries: list[dict[str, Any]]) -> None:
    # On the disk before what the index named until now is removed.
    write_json(run_dir / INDEX, {"checkpoints": entries}, indent=2)


def _is_whole(run_dir: Path, entry: dict[str, Any]) -> bool:
    path = run_dir / str(entry["file"])
    return path.parent == run_dir and is_regular(path) and sha256_file(path) == entry["sha256"]
