"""Which cache of prepared images a run or some files have, how large it is, and removing it."""

import os
from collections.abc import Iterable
from pathlib import Path

from studio.classify import DataSplit
from studio.imaging.prepared import PreparedImages, clear, measure, own_cache
from studio.project import is_project

FOLDER = "prepared"


def cache_of(trained: Iterable[DataSplit], at: Path | None = None) -> Path:
    """The folder of the cache for a run in `at`, or for work without one, that trains on `trained`.

    It is in the project in which the run lies, else in the one in which all of these images lie,
    else the user's own. There images are found by content, whatever folder a run takes them from.
    """
    if at is not None and (project := project_above(at)) is not None:
        return project / "cache" / FOLDER
    folders = {Path(item.file).absolute().parent for split in trained for item in split.items}
    projects = {project_above(folder) for folder in folders}
    found = projects.pop() if len(projects) == 1 else None
    return own_cache() if found is None else found / "cache" / FOLDER


def project_above(path: Path) -> Path | None:
    """The project that a path is or lies in."""
    whole = path.absolute()
    return next((one for one in (whole, *whole.parents) if is_project(one)), None)


def writable(cache: Path) -> Path | None:
    """A cache, None where it cannot be written: a run then keeps its pixels in its own folder."""
    try:
        PreparedImages(cache).make()
    except OSError:
        return None
    return cache if os.access(cache, os.W_OK) else None


def cache_size(project: Path | None = None) -> int:
    """Bytes of the cache of a project, or of the user's own."""
    return measure(cache_folder(project))


def remove_cache(project: Path | None = None) -> int:
    """Remove what `cache_size` measures; returns its bytes."""
    return clear(cache_folder(project))


def cache_folder(project: Path | None = None) -> Path:
    """The cache of a project, or the user's own."""
    return own_cache() if project is None else project / "cache" / FOLDER
