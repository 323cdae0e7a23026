"""Open a file that may be anything: only regular files, by magic bytes, sizes before pixels."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from PIL import Image

from studio.imaging.errors import ImageError, Reason, shown_name
from studio.imaging.formats import HEAD_BYTES, READABLE_FORMATS, ImageFormat, other_kind, sniff
from studio.imaging.limits import Limits


@dataclass(frozen=True)
class OpenPicture:
    """An open file with a header that has passed the limits; no pixel is decoded yet."""

    file: BufferedReader
    size: int
    format: ImageFormat
    picture: Image.Image


@contextmanager
def open_picture(path: Path, limits: Limits) -> Iterator[OpenPicture]:
    """Open `path` as a picture, or raise ImageError with the reason; closes it afterwards."""
    name = shown_name(path)
    with _open_regular(path, name) as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            raise ImageError(Reason.EMPTY, f"{name} is empty (0 bytes): fetch or copy it again.")
        if size > limits.max_bytes:
            raise ImageError(
                Reason.TOO_BIG,
                f"{name} has {size:,} bytes, more than the {limits.max_bytes:,} allowed.",
            )
        kind = _readable_format(file.read(HEAD_BYTES), limits, name)
        file.seek(0)
        with _open_header(file, kind, name) as picture:
            width, height = picture.size
            if width * height > limits.max_pixels:
                raise _bomb(name, f"{width:,} x {height:,} pixels", limits.max_pixels)
            yield OpenPicture(file, size, kind, picture)


def _open_regular(path: Path, name: str) -> BufferedReader:
    # Without O_NONBLOCK the open itself would wait for the other end of a FIFO.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except ValueError as error:  # a NUL, or a character the file system cannot hold
        raise ImageError(Reason.BAD_NAME, f"{name} cannot be the name of a file.") from error
    except OSError as error:
        raise _cannot_open(error, name) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ImageError(Reason.NOT_FILE, f"{name} is a folder or a device, not a file.")
    return os.fdopen(descriptor, "rb")


def _cannot_open(error: OSError, name: str) -> ImageError:
    if error.errno in {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}:
        return ImageError(
            Reason.BAD_NAME, f"{name}: the name is too long or not valid here; give a shorter one."
        )
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return ImageError(Reason.MISSING, f"{name} does not exist.")
    if error.errno in {errno.EISDIR, errno.ENXIO}:
        return ImageError(Reason.NOT_FILE, f"{name} is a folder or a device, not a file.")
    why = os.strerror(error.errno) if error.errno else "unknown error"
    return ImageError(Reason.UNREADABLE, f"{name} cannot be opened: {why}.")


def _readable_format(head: bytes, limits: Limits, name: str) -> ImageFormat:
    kind = sniff(head)
    if kind is None:
        words = other_kind(head) or "no picture that the studio knows"
        raise ImageError(Reason.NOT_IMAGE, f"{name} is {words}, whatever its name says.")
    if kind in limits.formats & READABLE_FORMATS:
        return kind
    if kind in READABLE_FORMATS:
        hint = f"{kind.upper()} pictures are read only when asked for."
    else:
        hint = f"{kind.upper()} pictures cannot be read here; convert it to JPEG or PNG first."
    raise ImageError(Reason.UNSUPPORTED, f"{name}: {hint}")


def _open_header(file: BufferedReader, kind: ImageFormat, name: str) -> Image.Image:
    try:
        return Image.open(file, formats=[kind.upper()])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _bomb(name, "far too many pixels", Image.MAX_IMAGE_PIXELS or 0) from error
    except Exception as error:  # Pillow's parsers raise anything on hostile bytes
        reason, words = blame(error)
        raise ImageError(reason, f"{name}: {words}") from error


def _bomb(name: str, claim: str, allowed: int) -> ImageError:
    return ImageError(
        Reason.BOMB, f"{name} claims {claim}, more than the {allowed:,} allowed; not decoded."
    )


def blame(error: Exception) -> tuple[Reason, str]:
    """Reason and words for what Pillow raised on the bytes of a file."""
    text = str(error).lower()
    if isinstance(error, MemoryError):
        return Reason.TOO_BIG, "it needs more memory to decode than is allowed."
    if isinstance(error, EOFError) or "truncated" in text or "could not create decoder" in text:
        return Reason.TRUNCATED, "the file is cut off before its end; fetch or copy it again."
    return Reason.UNREADABLE, "the file is damaged and cannot be decoded."
