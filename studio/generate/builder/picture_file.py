"""A synthetic picture as a file that says so."""

import hashlib
import io
import os
from pathlib import Path

from PIL import Image

from studio.generate.builder.filters import Pictures
from studio.generate.builder.recipe import Format
from studio.generate.outputs import provenance

_PNG_LEVEL = 3  # half the time of zlib's usual 6 for a seventh more bytes


def encode(picture: Pictures, format_: Format, quality: int) -> bytes:
    """`[R, R, 3]` as the bytes of a file; the same bytes for the same picture."""
    stream, image = io.BytesIO(), Image.fromarray(picture)
    if format_ == "jpg":
        image.save(stream, "JPEG", quality=quality, subsampling=0, exif=provenance.exif())
    else:
        text, exif = provenance.png_text(), provenance.exif()
        image.save(stream, "PNG", compress_level=_PNG_LEVEL, exif=exif, pnginfo=text)
    return stream.getvalue()


def write_set_image(path: Path, picture: Pictures, format_: Format, quality: int) -> str:
    """Write it to the disk, replacing what a killed build left; returns its SHA-256."""
    data = encode(picture, format_, quality)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(data).hexdigest()
