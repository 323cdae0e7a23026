"""What the files of an export or of a synthetic set show, by the manifest beside them.

Files of one origin — a photograph, a stack of near-duplicates, a seed of a network — are never
parted by a split, and no reader of a study meets one twice.
"""

from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.opening import FileRefused, read_json

MANIFEST = "manifest.json"
MOST_BYTES = 256 * 1024 * 1024


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
    stacks = {
        entry["sha256"]: f"stack {entry['stack']}"
        for entry in manifest["images"]
        if entry.get("stack") is not None
    }
    origins = {
        entry["path"]: stacks.get(entry["image"], entry["image"])
        for entry in manifest["files"]
        if "image" in entry
    }
    if not all(isinstance(word, str) for pair in origins.items() for word in pair):
        raise ValueError("a file or its image is no text")
    return origins
