"""Which images of a project the files of a score table are: its originals and its exports."""

import json
from collections.abc import Iterable
from pathlib import Path

from studio.project import Project

_SHA256 = 64  # characters


def images_of_files(project: Project, files: Iterable[str]) -> frozenset[str]:
    """The SHA-256 sums of the project's images that `files` are or were cropped from; files from
    elsewhere, and exports without a manifest that can be read, are left out."""
    originals, exports = project.path / "originals", project.path / "exports"
    manifests: dict[Path, dict[str, str]] = {}
    found = set()
    for file in map(Path, files):
        if file.is_relative_to(originals):
            if len(file.stem) == _SHA256:
                found.add(file.stem)
        elif file.is_relative_to(exports):
            folder = exports / file.relative_to(exports).parts[0]
            if folder not in manifests:
                manifests[folder] = _images_of(folder / "manifest.json")
            image = manifests[folder].get(file.relative_to(folder).as_posix())
            if image is not None:
                found.add(image)
    return frozenset(found)


def _images_of(manifest: Path) -> dict[str, str]:
    """The original of each file of an export."""
    try:
        told = json.loads(manifest.read_bytes())
        return {str(one["path"]): str(one["image"]) for one in told["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
