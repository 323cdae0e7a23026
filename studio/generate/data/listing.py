"""What lies in a folder, before anything is decoded: pictures to be, and their classes."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.errors import StudioError
from studio.folders import PassedKind, walk_folder
from studio.generate.data.training_images import RejectedFile
from studio.imaging import shown_name
from studio.imaging.formats import is_image_file


@dataclass(frozen=True)
class ListingEntry:
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
class ImageListing:
    """A source as listed. `classes` None: it has none, or they were not asked for.

    `archive` is the zip that the entries are members of.
    """

    source: str
    entries: list[ListingEntry] = field(default_factory=list)
    classes: tuple[str, ...] | None = None
    left_out: list[RejectedFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    archive: Path | None = None

    def leave_out(self, file: str, sentence: str) -> None:
        """Name a file that is not taken."""
        self.left_out.append(RejectedFile(file, sentence))


def name_key(name: str) -> str:
    """What two spellings of a name within a source have in common: slashes and Unicode form."""
    parts = (part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
    return unicodedata.normalize("NFC", "/".join(parts) or name)


def list_folder(path: Path, classes: bool = True) -> ImageListing:
    """List a folder of pictures, or of class folders; StudioError when it cannot be read.

    With `classes`, a folder whose pictures lie in subfolders is one of class folders (see
    `arrange_classes`). Without, all pictures at any depth are one set. Links to folders are
    followed once; what was not followed is left out with a sentence, links outside are noted.
    """
    listing = ImageListing(path.name or str(path))
    try:
        tree = walk_folder(path)
    except OSError as error:
        raise StudioError(f"The folder {path} cannot be read: {error.strerror}.") from error
    for one in tree.passed:
        if one.kind is PassedKind.OUTSIDE:
            listing.notes.append(one.sentence)
        elif one.kind is not PassedKind.HIDDEN:
            listing.leave_out("/".join(one.parts), one.sentence)
    for file in tree.files:
        name = "/".join(file.parts)
        try:
            stat = file.path.stat()
        except OSError as error:
            listing.leave_out(name, f"{shown_name(file.path)} cannot be opened: {error.strerror}.")
            continue
        listing.entries.append(ListingEntry(name, file.path, (stat.st_size, stat.st_mtime_ns)))
    if classes:
        arrange_classes(listing, lambda entry: is_image_file(entry.path))
    return listing


def arrange_classes(listing: ImageListing, is_image: Callable[[ListingEntry], bool]) -> None:
    """Give the entries that lie in folders the names of these as classes.

    Classes are the folders at the top (sorted names; what lies deeper belongs to the class above
    it). Of a source with loose pictures too, the part with more pictures counts and the rest is
    left out; without any folder nothing changes.
    """
    inside = [entry for entry in listing.entries if "/" in entry.name]
    if not inside:
        return
    loose = [entry for entry in listing.entries if "/" not in entry.name and is_image(entry)]
    if loose and sum(map(is_image, inside)) < len(loose):
        listing.entries = [entry for entry in listing.entries if "/" not in entry.name]
        _leave_out(listing, inside, _IN_FOLDERS)
        return
    names = sorted({entry.name.partition("/")[0] for entry in inside})
    listing.classes = tuple(names)
    labelled = [replace(entry, label=entry.name.partition("/")[0]) for entry in inside]
    listing.entries = sorted(labelled, key=lambda entry: str(entry.label))
    _leave_out(listing, loose, _LOOSE)


_IN_FOLDERS = "lies in a folder below most of the pictures and is left out."
_LOOSE = "lies in no class folder and is left out."


def _leave_out(listing: ImageListing, entries: Iterable[ListingEntry], why: str) -> None:
    for entry in entries:
        listing.leave_out(entry.name, f"{shown_name(entry.name)} {why}")
