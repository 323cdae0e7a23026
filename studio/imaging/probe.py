"""What a picture says of itself, from its header alone."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from studio.imaging.formats import ImageFormat
from studio.imaging.limits import Limits
from studio.imaging.opening import OpenPicture, open_picture
from studio.imaging.orientation import ORIENTATIONS, displayed_size

_IMAGE_DESCRIPTION = 0x010E
_ORIENTATION = 0x0112
_DESCRIPTION_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """The header of a picture: `width` and `height` are those of the raw (stored) frame."""

    format: ImageFormat
    width: int
    height: int
    orientation: int  # EXIF, 1..8
    has_icc: bool
    description: str  # EXIF ImageDescription: text from outside
    bytes: int

    @property
    def suffix(self) -> str:
        """The suffix that the bytes deserve (".jpg"), whatever the name of the file says."""
        return self.format.suffix

    @property
    def exif_size(self) -> tuple[int, int]:
        """(width, height) as displayed, after the orientation is applied."""
        return displayed_size(self.width, self.height, self.orientation)

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.width * self.height


def probe(path: Path, limits: Limits | None = None) -> ImageInfo:
    """Read the header of `path`; no pixel is decoded. Raises ImageError."""
    with open_picture(path, limits or Limits()) as opened:
        return read_info(opened)


def read_info(opened: OpenPicture) -> ImageInfo:
    """The header of an open picture, as found."""
    orientation, description = read_exif(opened.picture)
    width, height = opened.picture.size
    return ImageInfo(
        format=opened.format,
        width=width,
        height=height,
        orientation=orientation,
        has_icc=bool(opened.picture.info.get("icc_profile")),
        description=description,
        bytes=opened.size,
    )


def read_exif(picture: Image.Image) -> tuple[int, str]:
    """(orientation 1..8, description) from the header; (1, "") where there is none or it is broken.

    Only EXIF that precedes the pixels counts: asking Pillow for more would decode a PNG wholly.
    """
    data = picture.info.get("exif")
    exif = Image.Exif()
    try:
        if isinstance(data, bytes):
            exif.load(data)
        elif picture.format == "TIFF":
            exif = picture.getexif()
        orientation = exif.get(_ORIENTATION, 1)
        description = exif.get(_IMAGE_DESCRIPTION, "")
    except Exception:  # Pillow's EXIF parser raises anything on hostile bytes
        return 1, ""
    if not isinstance(orientation, int) or orientation not in ORIENTATIONS:
        orientation = 1
    if isinstance(description, bytes):
        description = description.decode("utf-8", "replace")
    if not isinstance(description, str):
        description = ""
    return orientation, description.strip("\0 ")[:_DESCRIPTION_CHARACTERS]
