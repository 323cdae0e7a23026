"""Whether a file that decodes is whole: decoders forgive a missing end, a dataset should not."""

import mmap
from io import BufferedReader

from studio.imaging.formats import ImageFormat

_START_OF_SCAN = 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def is_complete(file: BufferedReader, kind: ImageFormat) -> bool:
    """Whether the end that its format demands is there (true for formats that demand none).

    A download that stopped and was padded with zeros decodes to a grey lower half without an error;
    its end marker is what is missing. Bytes after the end are allowed: telephones append videos.
    """
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if kind is ImageFormat.JPEG:
            return _jpeg_ends(data)
        if kind is ImageFormat.PNG:
            return _png_ends(data)
        if kind is ImageFormat.WEBP:
            return len(data) >= 8 + int.from_bytes(data[4:8], "little")
    return True


def _jpeg_ends(data: mmap.mmap) -> bool:
    """An end marker after the first scan: the one of an EXIF thumbnail lies before it."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return False
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker == _START_OF_SCAN:
            return data.find(b"\xff\xd9", at) >= 0
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _png_ends(data: mmap.mmap) -> bool:
    at = 8
    while at + 12 <= len(data):
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return False
