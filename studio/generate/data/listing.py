"""What lies in a folder, before anything is decoded: pictures to be, and their classes."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import StudioError
from studio.generate.data.pictures import LeftOut
from studio.imaging import READABLE_FORMATS, shown_name, sniff
from studio.imaging.formats import HEAD_BYTES
from studio.opening import FileRefused, open_regular

_JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Entry:
    """A file that should be a picture.

    `name` is its name within the source, `label` its class; `stamp` changes when its bytes do.
    `member` is its place in the zip at `path`; `square` `(cx, cy, side)`, in pixels of the raw
    frame, is the part that is meant. Entries of one `group` are never parted by a split.
    """

    name: str
    path: Path
    stamp: tuple[int, ...]
    label: str | None = None
    member: int | None = None
    square: tuple[float, float, float] | None = None
    group: str | None = None


@dataclass
class Listing:
    """A source as listed. `classes` None: it has none, or they were not asked for.

    `archive` is the zip that the entries are members of.
    """

    source: str
    entries: list[Entry] = field(default_factory=list)
    classes: tuple[str, ...] | None = None
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    archive: Path | None = None

    def leave_out(self, file: str, sentence: str) -> None:
        """Name a file that is not taken."""
        self.left_out.append(LeftOut(file, sentence))


def is_junk(name: str) -> bool:
    """Whether a part of a name is what systems leave in folders, of which nobody needs to hear."""
    hidden = name.startswith(".") and not name.startswith("..")
    return hidden or name.lower() in _JUNK


def list_folder(path: Path, classes: bool = True) -> Listing:
    """List a folder of pictures, or of class folders; StudioError when it cannot be read.

    With `classes`, a folder whose pictures lie in subfolders is one of class folders (sorted
    names; what lies deeper belongs to the class above it). Of a folder with both, the part with
    more pictures counts and the rest is left out. Without, all pictures at any depth are one set.
    """
    listing = Listing(path.name or str(path))
    folders, loose = _top(path, listing)
    if not classes or not folders:
        _take(listing, path, loose, None)
        for folder in folders:
            _take(listing, path, _below(path, folder, listing), None)
        return listing
    found = {folder.name: list(_below(path, folder, listing)) for folder in folders}
    found = {name: files for name, files in found.items() if files}
    inside = [file for files in found.values() for file in files]
    if not inside:
        _take(listing, path, loose, None)
        return listing
    loose = [file for file in loose if _head_is_image(file)]
    if loose and sum(map(_head_is_image, inside)) < len(loose):
        _take(listing, path, loose, None)
        _skip(listing, path, inside, _IN_FOLDERS)
        return listing
    listing.classes = tuple(found)
    for name, files in found.items():
        _take(listing, path, files, name)
    _skip(listing, path, loose, _LOOSE)
    return listing


_IN_FOLDERS = "lies in a folder below most of the pictures and is left out."
_LOOSE = "lies in no class folder and is left out."


def _top(path: Path, listing: Listing) -> tuple[list[Path], list[Path]]:
    try:
        entries = sorted(path.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise StudioError(f"The folder {path} cannot be read: {error.strerror}.") from error
    folders, files = [], []
    for entry in entries:
        if is_junk(entry.name):
            continue
        if not _is_dir(entry):
            files.append(entry)
        elif entry.is_symlink() and path.resolve().is_relative_to(entry.resolve()):
            listing.leave_out(entry.name, f"{shown_name(entry)} is a link that leads round to it.")
        else:
            folders.append(entry)
    return folders, files


def _below(root: Path, folder: Path, listing: Listing) -> Iterator[Path]:
    def closed(error: OSError) -> None:
        where = Path(error.filename)
        listing.leave_out(
            where.relative_to(root).as_posix(),
            f"The folder {shown_name(where)} cannot be listed: {error.strerror}.",
        )

    for parent, names, files in os.walk(folder, onerror=closed):
        names[:] = sorted(name for name in names if not is_junk(name))
        for name in names:
            if (link := Path(parent, name)).is_symlink():
                listing.leave_out(
                    link.relative_to(root).as_posix(),
                    f"{shown_name(link)} is a link to a folder, which is not followed.",
                )
        yield from (Path(parent, name) for name in sorted(files) if not is_junk(name))


def _take(
    listing: Listing, root: Path, files: "Iterator[Path] | list[Path]", label: str | None
) -> None:
    for file in files:
        name = file.relative_to(root).as_posix()
        try:
            stat = file.stat()
        except OSError as error:
            listing.leave_out(name, f"{shown_name(file)} cannot be opened: {error.strerror}.")
            continue
        listing.entries.append(Entry(name, file, (stat.st_size, stat.st_mtime_ns), label))


def _skip(listing: Listing, root: Path, files: "Iterator[Path] | list[Path]", why: str) -> None:
    for file in files:
        listing.leave_out(file.relative_to(root).as_posix(), f"{shown_name(file)} {why}")


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a ring of links; opening it will say so
        return False


def _head_is_image(path: Path) -> bool:
    try:
        with open_regular(path) as file:
            return sniff(file.read(HEAD_BYTES)) in READABLE_FORMATS
    except (OSError, FileRefused):
        return False
