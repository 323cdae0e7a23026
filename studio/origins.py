"""What the files of an export or of a synthetic set show, by the manifest beside them.

Files of one origin — a photograph, a group of photographs (a patient, a lesion, a stack of
near-duplicates), a seed of a network — are never parted by a split, and no reader of a study meets
one twice.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.opening import FileRefused, read_json

MANIFEST = "manifest.json"
MOST_BYTES = 256 * 1024 * 1024
STACK_KEY = "stack of "
"""How the key of a stack of photographs begins; see `stack_key`."""


def read_origins(folder: Path) -> dict[str, str]:
    """Origin of each file, by its path relative to `folder` with slashes; {} without a manifest.

    Raises StudioError for a manifest that is none of the studio's.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return {}
    try:
        return _origins(read_json(manifest, MOST_BYTES))
    except (FileRefused, ValueError, TypeError, AttributeError, KeyError):
        raise StudioError(
            f"{manifest} is not the manifest of an export: each file stands for itself."
        ) from None


def _origins(manifest: dict[str, Any]) -> dict[str, str]:
    # Manifests of earlier versions name the stack only.
    groups = {
        entry["sha256"]: entry.get("group") or f"stack {entry['stack']}"
        for entry in manifest["images"]
        if entry.get("group") or entry.get("stack") is not None
    }
    origins = {
        entry["path"]: groups.get(entry["image"], entry["image"])
        for entry in manifest["files"]
        if "image" in entry
    }
    if not all(isinstance(word, str) for pair in origins.items() for word in pair):
        raise ValueError("a file or its image is not a text")
    return origins


class Photographs:
    """Which photographs files show, by the manifests of the exports that they lie in.

    A file is looked up in the nearest folder above it that has a manifest, so that it does not
    matter from which folder it was read: by its path, or by a name that is there only once, for
    parts of an export that were moved. Manifests that are none of the studio's say nothing.
    """

    _MOST_FOLDERS = 4  # above a file: an export, its split, its class, and one to spare

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, frozenset[str]]] = {}

    def of(self, file: Path) -> frozenset[str]:
        """Names that all files of one photograph, or of one group of photographs, share: the
        SHA-256 of the photograph, the key of its stack, its patient and its lesion; empty where
        nothing is known."""
        for folder in list(file.parents)[: self._MOST_FOLDERS]:
            if folder not in self._folders:
                self._folders[folder] = _photographs(folder)
            if known := self._folders[folder]:
                inside = file.relative_to(folder).as_posix()
                return known.get(inside) or known.get(file.name, frozenset())
        return frozenset()


def stack_key(sha256s: Iterable[str]) -> str:
    """A name for a stack of photographs that is the same in every project and export."""
    return f"{STACK_KEY}{min(sha256s)}"


def _photographs(folder: Path) -> dict[str, frozenset[str]]:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return {}
    try:
        return _names(read_json(manifest, MOST_BYTES))
    except (FileRefused, ValueError, TypeError, AttributeError, KeyError):
        return {}


def _names(manifest: dict[str, Any]) -> dict[str, frozenset[str]]:
    keys = {
        entry["sha256"]: (entry.get("stack_key"), *entry.get("groups", ()))
        for entry in manifest["images"]
    }
    found = {
        str(entry["path"]): frozenset(
            str(name) for name in (entry["image"], *keys.get(entry["image"], ())) if name
        )
        for entry in manifest["files"]
        if "image" in entry
    }
    counts = Counter(path.rpartition("/")[2] for path in found)
    alone = {path: base for path in found if counts[base := path.rpartition("/")[2]] == 1}
    return {**{base: found[path] for path, base in alone.items()}, **found}
