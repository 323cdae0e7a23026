"""A zip of pictures: listed with suspicion, and its members lent to the decoder one at a time."""

import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo, is_zipfile

from studio.errors import StudioError
from studio.generate.data.decoder import Fetch
from studio.generate.data.document import apply_document
from studio.generate.data.labels import FILE, MOST_BYTES
from studio.generate.data.listing import Entry, Listing, is_junk
from studio.imaging import ImageError, Limits, Reason, shown_name
from studio.opening import FileRefused, open_regular

MOST_MEMBERS = 2_000_000
MOST_RATIO = 200
"""Of bytes unpacked to bytes in the zip, for what is larger than a mebibyte: pictures stay far
below it."""
_SMALL = 1 << 20
_ROOMY = 1 << 30
_CHUNK = 1 << 20
_OUTSIDE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|\\")
_ENCRYPTED = 0x1
_FIRST = b"PK\x03\x04"  # of a member, with which nearly every zip begins
# What zipfile raises on hostile bytes, beside what the file system does.
_BROKEN = (BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error)
_UNREADABLE = (*_BROKEN, OSError, ValueError)


def is_archive(path: Path) -> bool:
    """Whether the bytes at `path` are a zip's, whatever its name says."""
    try:
        with open_regular(path) as file:
            return is_zipfile(file)
    except (OSError, FileRefused):
        return False


def is_cut_archive(path: Path) -> bool:
    """Whether a file that is no zip began as one: its directory stands at the end."""
    try:
        with open_regular(path) as file:
            return file.read(len(_FIRST)) == _FIRST
    except (OSError, FileRefused):
        return False


def list_archive(path: Path, classes: bool = True) -> Listing:
    """List a zip as the official tool writes it; StudioError when it cannot be read or is a bomb.

    Names never become paths. `dataset.json`, where there is one, gives classes and groups.
    """
    with _opened(path) as archive:
        members = archive.infolist()
        _require_bearable(path, members)
        listing = Listing(path.name, archive=path)
        _take(listing, path, members)
        _apply_document(listing, archive, classes)
    return listing


@contextmanager
def members_of(path: Path) -> Iterator[Fetch]:
    """Lends members of the zip at `path`, from any thread; ImageError for a damaged one."""
    with _opened(path) as archive:
        members = archive.infolist()

        def fetch(entry: Entry, lent: Path) -> Path:
            try:
                member = members[entry.member or 0]
                with archive.open(member) as packed, lent.open("wb") as file:
                    while chunk := packed.read(_CHUNK):
                        file.write(chunk)
            except _UNREADABLE as error:
                raise ImageError(
                    Reason.UNREADABLE,
                    f"{shown_name(entry.name)} is damaged in the zip and cannot be unpacked.",
                ) from error
            return lent

        yield fetch


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    with open_regular(path) as file:
        try:
            archive = ZipFile(file)
        except _UNREADABLE as error:
            raise StudioError(f"{path.name} cannot be read as a zip: copy it again.") from error
        with archive:
            yield archive


def _require_bearable(path: Path, members: list[ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise StudioError(
            f"{path.name} has {len(members):,} members, more than the {MOST_MEMBERS:,} allowed."
        )
    claimed = sum(member.file_size for member in members)
    if claimed > _ROOMY + MOST_RATIO * path.stat().st_size:
        raise StudioError(
            f"{path.name} claims {claimed:,} bytes unpacked, far more than pictures would: it is "
            "not read."
        )


def _take(listing: Listing, path: Path, members: list[ZipInfo]) -> None:
    seen: set[str] = set()
    entries = []
    for place, member in enumerate(members):
        name = member.filename
        if name.endswith("/") or any(map(is_junk, PurePosixPath(name).parts)) or name == FILE:
            continue
        why = "is in the zip twice; the first is taken." if name in seen else _wrong(member)
        seen.add(name)
        if why:
            listing.leave_out(name, f"{shown_name(name) if name else 'A member'} {why}")
        else:
            entries.append(Entry(name, path, (member.file_size, member.CRC), member=place))
    listing.entries = sorted(entries, key=lambda entry: entry.name)


def _wrong(member: ZipInfo) -> str:
    """What speaks against unpacking a member, or nothing."""
    if not member.filename:
        return "has no name."
    if _OUTSIDE.search(member.filename):
        return "has a name that leads out of the zip."
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, which a zip of pictures has no need of."
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted: unpack the zip with its password first."
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others may ask for any memory
        return "is packed in an uncommon way: pack the zip again."
    if member.file_size > Limits().max_bytes:
        return f"has {member.file_size:,} bytes, more than the {Limits().max_bytes:,} allowed."
    if member.file_size > max(_SMALL, MOST_RATIO * member.compress_size):
        return "unpacks to far more bytes than a picture would."
    return ""


def _apply_document(listing: Listing, archive: ZipFile, classes: bool) -> None:
    found = [member for member in archive.infolist() if member.filename == FILE]
    if not found:
        if classes:
            told = f"{listing.source} has no {FILE}, so its pictures have no classes."
            listing.notes.append(told)
        return

    def read() -> bytes:
        if found[0].file_size > MOST_BYTES:
            raise OSError("it is too large")
        try:
            return archive.read(found[0])
        except _BROKEN as error:
            raise OSError("it is damaged") from error

    apply_document(listing, read, classes)
