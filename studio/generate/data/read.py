"""Training pictures out of folders and official zips: listed, decoded once, mapped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.archives import is_archive, is_cut_archive
from studio.errors import StudioError, UsageError
from studio.folders import is_hidden
from studio.generate.data.archive import list_archive
from studio.generate.data.decoding import Decoding, OnProgress, Stop, change_notes
from studio.generate.data.document import apply_document
from studio.generate.data.groups import numbered
from studio.generate.data.labels import FILE, read_bounded
from studio.generate.data.listing import ImageListing, list_folder
from studio.generate.data.store import Index, digest_of, json_key, new_set, open_set
from studio.generate.data.target_format import Pixels, TargetFormat, Transform
from studio.generate.data.training_images import TrainingImages

VERSION = 1
"""Of the decoding: what was decoded under another one is decoded anew."""
MOST_IN_MEMORY = 2 << 30
"""Bytes of decoded pictures that are held in memory where no folder is given to keep them in."""


def read_pictures(
    source: Path,
    resolution: int,
    *,
    classes: bool = True,
    transform: Transform | None = None,
    channels: int = 3,
    cache: Path | None = None,
    on_progress: OnProgress = lambda done, total: None,
    stop: Stop = lambda: False,
    workers: int | None = None,
) -> TrainingImages:
    """Pictures of a folder, of class folders, or of an official zip, at `resolution`.

    What cannot be used is named in `left_out` and the rest is read. `cache` is a folder that keeps
    the decoded pictures: the next reading maps them, as long as no file has changed. Without one
    they are held in memory, up to 2 GiB.

    Raises UsageError for a wrong request, StudioError when the source cannot be read or has no
    usable picture, ReadingStoppedError when `stop`, which is asked between pictures, says so.
    """
    form = TargetFormat(resolution, transform, channels)
    listing = list_source(source, classes)
    return read_listing(listing, form, cache, on_progress, stop, workers)


def list_source(source: Path, classes: bool = True) -> ImageListing:
    """What lies at `source`, by its kind; StudioError when it is neither folder nor zip."""
    if source.is_dir():
        return _list_folder(source, classes)
    if is_archive(source):
        return list_archive(source, classes)
    if not source.exists():
        raise UsageError(f"There is no folder or zip {source}.")
    if is_cut_archive(source):
        raise StudioError(f"{source.name} is a zip that was cut off or damaged: copy it again.")
    raise UsageError(f"{source.name} is neither a folder of pictures nor a zip.")


def _list_folder(source: Path, classes: bool) -> ImageListing:
    """A folder; the `dataset.json` of an unpacked zip says more of classes than its folders do."""
    source = _unpacked(source)
    labels = source / FILE
    if not labels.is_file():
        return list_folder(source, classes)
    listing = list_folder(source, classes=False)
    listing.entries = [entry for entry in listing.entries if entry.path != labels]
    apply_document(listing, lambda: read_bounded(labels), classes)
    return listing


def _unpacked(source: Path) -> Path:
    """The folder that is meant: unpacking a zip with a top folder makes one folder too many."""
    try:
        inside = [one for one in source.iterdir() if not is_hidden(one.name)]
    except OSError:
        return source  # listing it says what is wrong
    if len(inside) != 1 or not inside[0].is_dir() or inside[0].is_symlink():
        return source
    same = inside[0].name.casefold() == source.name.casefold()
    return inside[0] if same or (inside[0] / FILE).is_file() else source


def read_listing(
    listing: ImageListing,
    form: TargetFormat,
    cache: Path | None = None,
    on_progress: OnProgress = lambda done, total: None,
    stop: Stop = lambda: False,
    workers: int | None = None,
) -> TrainingImages:
    """Decode what was listed, or map what was decoded before. Raises as `read_pictures` does."""
    work = Decoding(listing, form, on_progress, stop, workers)
    if cache is None:
        return _pictures(listing, *_in_memory(work))
    folder = cache / f"pictures-{form.resolution}-{_key(listing, form)}"
    found = open_set(folder)
    if found is None:
        _onto_disk(work, folder)
        found = open_set(folder)
    if found is None:
        raise StudioError(f"{folder} was damaged while it was written: is the disk in order?")
    return _pictures(listing, *found)


def _in_memory(work: Decoding) -> tuple[Pixels, Index]:
    need = len(work.listing.entries) * int(np.prod(work.form.shape))
    if need > MOST_IN_MEMORY:
        raise StudioError(
            f"{len(work.listing.entries):,} pictures of {work.form.resolution} px need "
            f"{need / 2**30:.1f} GiB: give a folder to keep them decoded in."
        )
    pixels = np.empty((len(work.listing.entries), *work.form.shape), np.uint8)
    rows = iter(pixels)

    def append(row: Pixels) -> None:
        next(rows)[:] = row

    index = work.run(append)
    pixels = pixels[: len(index.files)]
    return pixels, replace(index, sha256=digest_of(pixels, index))


def _onto_disk(work: Decoding, folder: Path) -> None:
    with new_set(folder, work.form.shape, len(work.listing.entries)) as writer:
        writer.finish(work.run(writer.rows.append))


def _key(listing: ImageListing, form: TargetFormat) -> str:
    entries = [(e.name, e.stamp, e.label, e.square) for e in listing.entries]
    return json_key([VERSION, form.resolution, form.transform, form.channels, entries])


def _pictures(listing: ImageListing, pixels: Pixels, index: Index) -> TrainingImages:
    notes = [*listing.notes, *change_notes(listing, index, pixels.shape[-1])]
    names, classes = _classes(listing, index, notes)
    return TrainingImages(
        pixels=pixels,
        classes=classes,
        names=names,
        files=index.files,
        left_out=(*listing.left_out, *index.left_out),
        sha256=index.sha256,
        source=listing.source,
        notes=tuple(notes),
        groups=np.array(numbered(index.groups), np.int64) if index.groups else None,
    )


def _classes(
    listing: ImageListing, index: Index, notes: list[str]
) -> tuple[tuple[str, ...], NDArray[np.int64] | None]:
    """Names and indices of the classes that have pictures."""
    if listing.classes is None:
        return (), None
    present = set(index.labels)
    names = tuple(name for name in listing.classes if name in present)
    for name in listing.classes:
        if name not in present:
            notes.append(f"The class {name} has no usable picture and is left away.")
    places = {name: place for place, name in enumerate(names)}
    return names, np.array([places[str(label)] for label in index.labels], np.int64)
