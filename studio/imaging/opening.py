"""Open a file that may be anything: only regular files, by magic bytes, sizes before pixels."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from zipfile import is_zipfile

from PIL import Image

from studio.imaging.errors import ImageError, Reason, shown_name
from studio.imaging.formats import HEAD_BYTES, READABLE_FORMATS, ImageFormat, other_kind, sniff
from studio.imaging.limits import Limits
from studio.opening import FileProblem, FileRefused, open_regular
from studio.tables import is_workbook, workbook_sentence

_MORE_BYTES = 4_096


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
        kind = _readable_format(file, limits, name)
        file.seek(0)
        with _open_header(file, kind, name) as picture:
            width, height = picture.size
            if width * height > limits.max_pixels:
                raise _bomb(name, f"{width:,} x {height:,} pixels", limits.max_pixels)
            yield OpenPicture(file, size, kind, picture)


_SAID: dict[FileProblem, tuple[Reason, str]] = {
    FileProblem.BAD_NAME: (
        Reason.BAD_NAME,
        ": the name is too long or not valid here; give a shorter one.",
    ),
    FileProblem.MISSING: (Reason.MISSING, " does not exist."),
    FileProblem.NOT_FILE: (Reason.NOT_FILE, " is a folder or a device, not a file."),
}


def _open_regular(path: Path, name: str) -> BufferedReader:
    try:
        return open_regular(path)
    except FileRefused as error:
        # By its last part alone: the whole path would say where a person keeps photographs.
        cause = error.__cause__
        why = f": {cause.strerror}." if isinstance(cause, OSError) and cause.strerror else "."
        reason, said = _SAID.get(error.problem, (Reason.UNREADABLE, f" cannot be opened{why}"))
        raise ImageError(reason, f"{name}{said}") from error


def _readable_format(file: BufferedReader, limits: Limits, name: str) -> ImageFormat:
    head = file.read(HEAD_BYTES)
    kind = sniff(head)
    if kind is None:
        words = other_kind(head) or "not a picture that the studio knows"
        if is_workbook(name, head + file.read(_MORE_BYTES)):
            raise ImageError(Reason.NOT_IMAGE, workbook_sentence(name))
        if "ZIP" in words and not is_zipfile(file):
            sentence = f"{name} is a zip that is incomplete or damaged: copy it again."
            raise ImageError(Reason.NOT_IMAGE, sentence)
        if "archive" in words:
            sentence = f"{name} is {words}: unpack it and take the folder that comes out."
            raise ImageError(Reason.NOT_IMAGE, sentence)
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
    if isinstance(error, OSError) and error.errno is not None:  # of the disk, not of the bytes
        return Reason.UNREADABLE, f"it cannot be read: {error.strerror}."
    if isinstance(error, EOFError) or "truncated" in text or "could not create decoder" in text:
        return Reason.TRUNCATED, "the file is cut off before its end; fetch or copy it again."
    return Reason.UNREADABLE, "the file is damaged and cannot be decoded."
