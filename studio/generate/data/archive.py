"""A zip of pictures: listed with suspicion, and its members lent to the decoder one at a time."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, ZipInfo

from studio.archives import (
    BROKEN,
    MOST_RATIO,
    UNREADABLE,
    member_name,
    open_archive,
    require_bearable,
    why_refused,
)
from studio.folders import is_hidden
from studio.generate.data.decoder import Fetch
from studio.generate.data.document import apply_document
from studio.generate.data.labels import FILE, MOST_BYTES
from studio.generate.data.listing import ImageListing, ListingEntry, arrange_classes
from studio.imaging import ImageError, Limits, Reason, shown_name

_SMALL = 1 << 20
_CHUNK = 1 << 20
_OFFICIAL = re.compile(
    r"\d{5}/img\d{8}\.[a-z]+"
)  # which the official tool numbers, a thousand each
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff"})


def list_archive(path: Path, classes: bool = True) -> ImageListing:
    """List a zip as the official tool writes it, or as people make them: with a top folder, with
    class folders, with names that a Windows program parted by backslashes.

    `dataset.json`, where there is one (also a folder down), gives classes and groups; without one
    the folders are the classes. Names never become paths. StudioError when the zip cannot be read
    or is a bomb.
    """
    with open_archive(path) as archive:
        members = archive.infolist()
        require_bearable(path, members)
        listing = ImageListing(path.name, archive=path)
        documents = _take(listing, path, members)
        document = _place_of_document(documents)
        _strip_top(listing, document)
        if document is not None:
            _apply_document(listing, archive, members[documents[document]], classes)
        elif classes and not all(_OFFICIAL.fullmatch(entry.name) for entry in listing.entries):
            arrange_classes(listing, lambda entry: _suffix(entry) in _PICTURES)
    if classes and listing.classes is None and document is None:
        told = f"{listing.source} has no {FILE} and no class folders: its pictures have no classes."
        listing.notes.append(told)
    return listing


@contextmanager
def members_of(path: Path) -> Iterator[Fetch]:
    """Lends members of the zip at `path`, from any thread; ImageError for a damaged one."""
    with open_archive(path) as archive:
        members = archive.infolist()

        def fetch(entry: ListingEntry, lent: Path) -> Path:
            try:
                member = members[entry.member or 0]
                with archive.open(member) as packed, lent.open("wb") as file:
                    while chunk := packed.read(_CHUNK):
                        file.write(chunk)
            except UNREADABLE as error:
                raise ImageError(
                    Reason.UNREADABLE,
                    f"{shown_name(entry.name)} is damaged in the zip and cannot be unpacked.",
                ) from error
            return lent

        yield fetch


def _take(listing: ImageListing, path: Path, members: list[ZipInfo]) -> dict[str, int]:
    """List the members; the places of those called `dataset.json`, by the folder that they are in
    ("" at the top)."""
    seen: set[str] = set()
    documents: dict[str, int] = {}
    for place, member in enumerate(members):
        written, name = member.filename, member_name(member)
        parts = PurePosixPath(name).parts
        if name.endswith("/") or any(map(is_hidden, parts)):
            continue
        why = "is in the zip twice; the first is taken." if name in seen else _wrong(member, name)
        seen.add(name)
        if why:
            told = shown_name(written) if written else "A member"
            listing.leave_out(written, f"{told} {why}")
        elif parts[-1] == FILE:
            documents["/".join(parts[:-1])] = place
        else:
            entry = ListingEntry(name, path, (member.file_size, member.CRC), member=place)
            listing.entries.append(entry)
    listing.entries.sort(key=lambda entry: entry.name)
    return documents


def _place_of_document(documents: dict[str, int]) -> str | None:
    """The folder of the `dataset.json` that counts: the one nearest to the top, if it is one."""
    depths = sorted((len(PurePosixPath(folder).parts), folder) for folder in documents)
    if not depths or (len(depths) > 1 and depths[0][0] == depths[1][0]):
        return None
    return depths[0][1]


def _strip_top(listing: ImageListing, document: str | None) -> None:
    """Name the entries from the folder in which the data set lies: that of `dataset.json`, or the
    only folder at the top if what it holds is parted into folders itself."""
    names = [entry.name for entry in listing.entries]
    top = document or ""
    if document is None and names:
        first = {name.partition("/")[0] if "/" in name else "" for name in names}
        below = {name.split("/")[1] for name in names if name.count("/") > 1}
        if len(first) == 1 and len(below) > 1 and all(name.count("/") > 1 for name in names):
            top = first.pop()
    if not top:
        return
    kept = []
    for entry in listing.entries:
        if entry.name.startswith(f"{top}/"):
            kept.append(replace(entry, name=entry.name.removeprefix(f"{top}/")))
        else:
            where = f"lies outside the folder {shown_name(top)} of the data set and is left out."
            listing.leave_out(entry.name, f"{shown_name(entry.name)} {where}")
    listing.entries = kept
    if document is None:
        listing.notes.append(f"The classes are the folders in {shown_name(top)}.")


def _suffix(entry: ListingEntry) -> str:
    return PurePosixPath(entry.name).suffix.lower()


def _wrong(member: ZipInfo, name: str) -> str:
    """What speaks against unpacking a member, or nothing."""
    refused = why_refused(member, name, Limits().max_bytes)
    if not refused and member.file_size > max(_SMALL, MOST_RATIO * member.compress_size):
        return "unpacks to far more bytes than a picture would."
    return refused


def _apply_document(
    listing: ImageListing, archive: ZipFile, member: ZipInfo, classes: bool
) -> None:
    def read() -> bytes:
        if member.file_size > MOST_BYTES:
            raise OSError("it is too large")
        try:
            return archive.read(member)
        except BROKEN as error:
            raise OSError("it is damaged") from error

    apply_document(listing, read, classes)
