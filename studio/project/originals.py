"""The bytes exactly as received, at `originals/ab/<sha256><suffix>`, never modified."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from studio import files
from studio.errors import StudioError
from studio.files import replacing
from studio.imaging.formats import ImageFormat
from studio.opening import FileRefused, open_regular, read_text, sha256_file
from studio.project.lock import guarded
from studio.project.names import quoted

_BLOCK = 1 << 20
_SHA256 = re.compile("[0-9a-f]{64}")
_ADDING = "adding"
_LOCK = "adding.lock"
_SUFFIXES = frozenset(kind.suffix for kind in ImageFormat)
_NAME = re.compile(rf"[0-9a-f]{{64}}({'|'.join(map(re.escape, sorted(_SUFFIXES)))})")


def check_name(sha256: object, suffix: object) -> None:
    """Raise StudioError unless they can be the name of an original: both come from a database,
    which may come from anywhere, and are about to be a path."""
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise StudioError(f"{quoted(str(sha256))} is not the SHA-256 of a picture")
    if suffix not in _SUFFIXES:
        raise StudioError(f"{quoted(str(suffix))} is not the suffix of a picture")


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
    name = quoted(str(original)) if isinstance(original, Path) else "the picture"
    try:
        if target.exists():
            return _unchanged(target, sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        # All parts lie in one folder, which is swept when the project is opened.
        with replacing(target, parts=originals) as stream:
            if _copy(original, stream) != sha256:
                raise StudioError(f"{name} changed while it was imported. Import it again.")
    except OSError as error:
        raise StudioError(f"{name} cannot be copied: {error.strerror}.") from error
    return target


@contextmanager
def adding(originals: Path, names: Sequence[tuple[str, str]]) -> Iterator[None]:
    """While originals, pairs of hash and suffix, are kept and not yet in the database: should this
    process be killed meanwhile, `sweep` removes those that never came to be in it."""
    originals.mkdir(exist_ok=True)
    note = originals / files.new_name(_ADDING)
    with _notes_locked(originals):
        files.write_text(note, "".join(f"{sha256}{suffix}\n" for sha256, suffix in names))
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def sweep(originals: Path, known: Callable[[set[str]], set[str]]) -> None:
    """Remove what killed imports left: files that are not in the database.

    `known` gives those of the hashes whose images are. What a running import is about is not
    touched, and neither is a file that no import noted.
    """
    files.sweep(originals)
    if all(alive for _, alive in files.owners_in(originals, _ADDING)):
        return
    # An import that begins now waits, and then copies anew what is removed here: it must not find
    # an original of a killed import there, be about to use it, and lose it.
    with _notes_locked(originals):
        notes = files.owners_in(originals, _ADDING)
        left = {path: _noted(path) for path, alive in notes if not alive}
        busy = {name for path, alive in notes if alive for name in _noted(path)}
        names = {name for found in left.values() for name in found} - busy
        kept = known({name.partition(".")[0] for name in names})
        for name in names:
            sha256, dot, kind = name.partition(".")
            if sha256 not in kept:
                location(originals, sha256, dot + kind).unlink(missing_ok=True)
        for path in left:
            path.unlink(missing_ok=True)


@contextmanager
def _notes_locked(originals: Path) -> Iterator[None]:
    """While nothing else writes or sweeps the notes of imports."""
    path = originals / _LOCK
    with guarded(path):
        try:
            yield
        finally:
            if os.name == "posix":  # an open file cannot be removed elsewhere
                path.unlink(missing_ok=True)


def _noted(note: Path) -> list[str]:
    """The originals that a note names, each of which can be one."""
    try:
        lines = read_text(note, errors="replace", follow_links=False).splitlines()
    except FileRefused:
        return []
    return [line for line in lines if _NAME.fullmatch(line)]


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


def _copy(original: Path | bytes, stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    for block in _blocks(original):
        digest.update(block)
        stream.write(block)
    return digest.hexdigest()


def _blocks(original: Path | bytes) -> Iterator[bytes]:
    if isinstance(original, bytes):
        yield original
        return
    with open_regular(original) as stream:
        while block := stream.read(_BLOCK):
            yield block
