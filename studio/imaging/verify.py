"""Look at every byte of a file once: is it a whole picture, which one, and how sharp."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from studio.imaging.completeness import is_complete
from studio.imaging.decode import load_pixels
from studio.imaging.errors import ImageError, Reason, shown_name
from studio.imaging.hashes import phash
from studio.imaging.limits import Limits
from studio.imaging.opening import open_picture
from studio.imaging.orientation import apply_orientation
from studio.imaging.probe import ImageInfo, read_info
from studio.imaging.quality import SHARPNESS_SIDE, sharpness


@dataclass(frozen=True, slots=True)
class VerifiedImage:
    """A file that decoded wholly, with what one decoding gives.

    `phash` is that of the upright picture, so that copies that differ in their stored rotation
    only are near-duplicates.
    """

    info: ImageInfo
    sha256: str
    phash: str
    sharpness: float


def verify(path: Path, limits: Limits | None = None) -> ImageInfo:
    """Probe and decode `path` wholly in this process; raises ImageError.

    For bytes of unknown origin use a `Verifier`, whose child process can be spared.
    """
    return examine(path, limits or Limits()).info


def examine(
    path: Path, limits: Limits, before_decode: Callable[[ImageInfo], None] | None = None
) -> VerifiedImage:
    """Verify `path` with its hashes and sharpness, from one open file and one decoding.

    The whole coded stream of a JPEG is read even though its pixels are made at reduced size, so
    damage is found as surely, in a fraction of the time and memory. `before_decode` is called with
    the header once the limits have passed it.
    """
    name = shown_name(path)
    with open_picture(path, limits) as opened:
        info = read_info(opened)
        if before_decode is not None:
            before_decode(info)
        sha256 = _digest(opened.file, name)
        pixels = load_pixels(opened, name, SHARPNESS_SIDE)
        if not is_complete(opened.file, info.format):
            raise ImageError(
                Reason.TRUNCATED,
                f"{name}: the file is cut off before its end; fetch or copy it again.",
            )
    pixels = apply_orientation(pixels, info.orientation)
    return VerifiedImage(info, sha256, phash(pixels), sharpness(pixels))


def _digest(file: BufferedReader, name: str) -> str:
    position = file.tell()
    file.seek(0)
    try:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ImageError(Reason.UNREADABLE, f"{name} cannot be read to its end.") from error
    file.seek(position)
    return digest
