"""The bytes exactly as received, at `originals/ab/<sha256><suffix>`, never modified."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.errors import StudioError
from studio.files import sync_folder
from studio.imaging import sha256_file
from studio.imaging.formats import ImageFormat
from studio.opening import open_regular
from studio.project.names import shown

_BLOCK = 1 << 20
_SHA256 = re.compile("[0-9a-f]{64}")
_SUFFIXES = frozenset(kind.suffix for kind in ImageFormat)


def check_name(sha256: object, suffix: object) -> None:
    """Raise StudioError unless they can be the name of an original: both come from a database,
    which may come from anywhere, and are about to be a path."""
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise StudioError(f"{shown(str(sha256))} is not the SHA-256 of a picture")
    if suffix not in _SUFFIXES:
        raise StudioError(f"{shown(str(suffix))} is not the suffix of a picture")


def location(originals: Path, sha256: str, suffix: str) -> Path:
    """Where the original with this hash lies. Raises StudioError for what cannot be its name."""
    check_name(sha256, suffix)
    return originals / sha256[:2] / (sha256 + suffix)


def keep(originals: Path, original: Path | bytes, sha256: str, suffix: str) -> Path:
    """Copy an original into the project unless it is there; returns where it lies.

    The copy appears whole or not at all, and the bytes are hashed again on the way: a file that
    changed since it was checked is refused. Raises StudioError for that, for a file that cannot be
    read, a disk that is full, and a kept original that no longer has its bytes.
    """
    target = location(originals, sha256, suffix)
    name = shown(str(original)) if isinstance(original, Path) else "the picture"
    try:
        if target.exists():
            return _unchanged(target, sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        # The process id keeps two importers of the same picture apart.
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            if _copy(original, part) != sha256:
                raise StudioError(f"{name} changed while it was imported. Import it again.")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(target.parent)
    except OSError as error:
        raise StudioError(f"{name} cannot be copied: {error.strerror}.") from error
    return target


def absent(originals: Path, names: Sequence[tuple[str, str]]) -> list[int]:
    """The places in `names`, pairs of hash and suffix, of originals that are not on the disk.

    Folders are listed instead of asking for each file, so that a share of 132,673 originals is
    checked by 256 listings. A folder that cannot be listed has none: an unmounted share is an
    empty folder, a broken link or an error.
    """
    by_folder: dict[str, list[int]] = {}
    for place, (sha256, _) in enumerate(names):
        by_folder.setdefault(sha256[:2], []).append(place)
    missing: list[int] = []
    for folder, places in by_folder.items():
        try:
            present = {entry.name for entry in (originals / folder).iterdir()}
        except OSError:
            present = set()
        missing += [n for n in places if "".join(names[n]) not in present]
    return sorted(missing)


def _unchanged(target: Path, sha256: str) -> Path:
    # Hashing costs little here: an import asks about pictures that are in the project beforehand,
    # so only what another left that broke off is met.
    if sha256_file(target) != sha256:
        raise StudioError(f"The kept original {target} is damaged. Restore it from a backup.")
    return target


def _copy(original: Path | bytes, part: Path) -> str:
    digest = hashlib.sha256()
    with part.open("wb") as stream:
        for block in _blocks(original):
            digest.update(block)
            stream.write(block)
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest()


def _blocks(original: Path | bytes) -> Iterator[bytes]:
    if isinstance(original, bytes):
        yield original
        return
    with open_regular(original) as stream:
        while block := stream.read(_BLOCK):
            yield block
