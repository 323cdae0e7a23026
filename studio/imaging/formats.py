"""What a file is, by its first bytes: names and suffixes are claims, magic bytes are evidence."""

from enum import StrEnum
from pathlib import Path

from studio.opening import FileRefused, open_regular

HEAD_BYTES = 64


class ImageFormat(StrEnum):
    """The picture formats that the studio knows by sight (not all of them are read)."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    BMP = "bmp"
    GIF = "gif"
    TIFF = "tiff"
    HEIC = "heic"
    AVIF = "avif"

    @property
    def suffix(self) -> str:
        """The file suffix of the format, with its dot."""
        return _SUFFIX.get(self, f".{self.value}")


_SUFFIX = {ImageFormat.JPEG: ".jpg", ImageFormat.TIFF: ".tif"}

# Read without being asked for; TIFF is read when `Limits.formats` names it; the others never are.
USUAL_FORMATS = frozenset(
    {ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.BMP, ImageFormat.GIF}
)
READABLE_FORMATS = USUAL_FORMATS | {ImageFormat.TIFF}

_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}

_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%pdf", "a PDF document"),
    (b"pk\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"rar!", "a RAR archive"),
    (b"<svg", "an SVG drawing"),
    (b"{", "a JSON text"),
    (b"\x00\x00\x00\x0cjp", "a JPEG 2000 picture"),
    (b"\x7felf", "a program"),
    (b"mz", "a program"),
)


def sniff(head: bytes) -> ImageFormat | None:
    """The format that the first bytes of a file (16 or more are wanted) show, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    if head.startswith((b"GIF87a", b"GIF89a")):
        return ImageFormat.GIF
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return ImageFormat.TIFF
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _AVIF_BRANDS:
            return ImageFormat.AVIF
        return ImageFormat.HEIC if brand in _HEIC_BRANDS else None
    # Two letters alone are weak evidence: the four reserved bytes of a BMP header are zero.
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return ImageFormat.BMP
    return None


def other_kind(head: bytes) -> str | None:
    """A few words for a file that is not a picture ("a web page (HTML)"), or None."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<script")):
        return "a web page (HTML)"
    for magic, words in _OTHER_KINDS:
        if text.startswith(magic):
            return words
    if head[4:8] == b"ftyp":
        return "a video"
    return None


def is_image_file(path: Path) -> bool:
    """Whether the first bytes of a file are those of a picture that the studio reads."""
    try:
        with open_regular(path) as file:
            return sniff(file.read(HEAD_BYTES)) in READABLE_FORMATS
    except (OSError, FileRefused):
        return False
