"""Zips from outside: opened with suspicion, their members named and refused by the same rules.

Names of members never become paths as they stand: `member_name` gives one with slashes, and
`why_refused` says what speaks against a member.
"""

import re
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo, is_zipfile

from studio.errors import StudioError
from studio.imaging import sniff
from studio.opening import FileRefused, open_regular

MOST_MEMBERS = 2_000_000
MOST_RATIO = 200
"""Of bytes unpacked to bytes in the zip, of all members together: images stay far below it."""
_ROOMY = 1 << 30
_OUTSIDE = re.compile(r"(^|/)\.\.(/|$)|^/|(^|/)[A-Za-z]:")
# What Windows takes for a device (whatever follows the first dot) or for a stream of a file.
_NOT_A_FILE = re.compile(
    r"(^|/)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\.[^/]*)?(/|$)"
    r"|:|[\x00-\x1f]|(^|/)(?!\.(/|$))[. ]+(/|$)",
    re.IGNORECASE,
)
_HEAD_BYTES = 64
_ENCRYPTED = 0x1
_UTF8 = 0x800
_FIRST = b"PK\x03\x04"  # of a member, with which nearly every zip begins
# What zipfile raises on hostile bytes, beside what the file system does.
BROKEN = (BadZipFile, LargeZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error)
UNREADABLE = (*BROKEN, OSError, ValueError)


def is_archive(path: Path) -> bool:
    """Whether the bytes at `path` are a zip's, whatever its name says.

    A picture is none: any bytes may follow it, and those that end a zip may be among them.
    """
    try:
        with open_regular(path) as file:
            return sniff(file.read(_HEAD_BYTES)) is None and is_zipfile(file)
    except (OSError, FileRefused):
        return False


def is_cut_archive(path: Path) -> bool:
    """Whether a file that is not a valid zip began as one: its directory stands at the end."""
    try:
        with open_regular(path) as file:
            return file.read(len(_FIRST)) == _FIRST
    except (OSError, FileRefused):
        return False


@contextmanager
def open_archive(path: Path) -> Iterator[ZipFile]:
    """A zip, open for reading. Raises StudioError for what is not one."""
    with open_regular(path) as file:
        try:
            archive = ZipFile(file)
        except UNREADABLE as error:
            raise StudioError(f"{path.name} cannot be read as a zip: copy it again.") from error
        with archive:
            yield archive


def require_bearable(path: Path, members: Sequence[ZipInfo]) -> None:
    """Raise StudioError for a zip of too many members, or one that claims to be a bomb."""
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


def member_name(member: ZipInfo) -> str:
    """The name of a member with slashes, in UTF-8 where an old tool forgot to say that it is."""
    name = member.filename
    if not member.flag_bits & _UTF8 and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/").removeprefix("./")


def why_refused(member: ZipInfo, name: str, max_bytes: int) -> str:
    """What speaks against unpacking a member of this name, as the end of a sentence, or nothing."""
    if not name:
        return "has no name."
    if _OUTSIDE.search(name):
        return "has a name that leads out of the zip."
    if _NOT_A_FILE.search(name):
        return "has a name that not every computer can hold: rename it and pack the zip again."
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link, which a zip of pictures has no need of."
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted: unpack the zip with its password first."
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others may ask for any memory
        return "is packed in an uncommon way: pack the zip again."
    if member.file_size > max_bytes:
        return f"has {member.file_size:,} bytes, more than the {max_bytes:,} allowed."
    return ""
