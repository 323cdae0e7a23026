"""The copy that is shown: one size, one encoder, no metadata, one file size, whatever it was.

What would give a kind away is evened out where it can be. Pictures are squared, made small by one
filter and written by one encoder; files are filled up with zeros behind their end to one length and
get one time. A synthetic picture that was never compressed gets what JPEG did to the real ones, at
their quality and at the size that they had: JPEG halves the grid of colours, which a picture shows
that had it at the size at which it is seen, and hardly one that was three times as large. What
cannot be evened out is how large a picture was before: it stays in the key.
"""

import io
import os
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from studio.imaging import ImageFormat, Limits, decode, resize
from studio.imaging.opening import open_picture
from studio.study.sources import StudyCandidate

Pixels = npt.NDArray[np.uint8]
FIRST_QUALITY = 90
"""Of the first round where no real file is a JPEG: crops kept as PNG were cut from such ones."""

MOST_TIMES = 4
"""A picture that was larger than this many times what is shown has no traces left of its JPEG."""

# ITU-T T.81 annex K, table K.1: its sum, scaled by quality, is what the usual encoders write.
_STANDARD_LUMA_SUM = 3688


def square(pixels: Pixels) -> Pixels:
    """The largest centred square [S, S, 3] of a picture [H, W, 3]."""
    height, width = pixels.shape[:2]
    side = min(height, width)
    y, x = (height - side) // 2, (width - side) // 2
    return np.ascontiguousarray(pixels[y : y + side, x : x + side])


@dataclass(frozen=True)
class FirstRound:
    """The JPEG that real pictures have behind them: its quality, and their side in pixels."""

    quality: int
    side: int

    def traces(self, pixels: Pixels, size: int) -> npt.NDArray[np.int16]:
        """What it would have changed of a picture [S, S, 3], as seen at [size, size, 3].

        Taken apart and added, since making a picture larger and small again would soften it.
        """
        before = resize(pixels, self.side)
        stream = io.BytesIO(to_jpeg(before, self.quality, "4:2:0"))
        after = np.asarray(Image.open(stream))
        change: npt.NDArray[np.int16] = resize(after, size).astype(np.int16) - resize(before, size)
        return change


def copy_pixels(path: Path, size: int, first: FirstRound | None) -> Pixels:
    """The picture at `path` as [size, size, 3], with the traces of a first JPEG if asked for."""
    pixels = square(decode(path, frame="exif"))
    small = resize(pixels, size)
    if first is None:
        return small
    changed: Pixels = np.clip(small + first.traces(pixels, size), 0, 255).astype(np.uint8)
    return changed


def to_jpeg(pixels: Pixels, quality: int, subsampling: str = "4:4:4") -> bytes:
    """The bytes of a JPEG without metadata."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(
        stream, "JPEG", quality=quality, subsampling=subsampling, optimize=False
    )
    return stream.getvalue()


def jpeg_quality(path: Path) -> int | None:
    """About the quality 1..100 by which a JPEG was written; None for other formats.

    From the sum of its luminance table against the standard one, by the scaling of the Independent
    JPEG Group: 5000 / q below 50, 200 - 2 q from there on, in percent.
    """
    with open_picture(path, Limits()) as opened:
        if opened.format is not ImageFormat.JPEG:
            return None
        tables = getattr(opened.picture, "quantization", {})
    if 0 not in tables:
        return None
    percent: float = 100 * sum(tables[0]) / _STANDARD_LUMA_SUM
    quality = (200 - percent) / 2 if percent <= 100 else 5000 / percent
    return min(100, max(1, round(quality)))


def first_round(real: Iterable[StudyCandidate], size: int) -> FirstRound:
    """The median quality of the real JPEG files (FIRST_QUALITY where there are none) and the median
    side of the real pictures, up to MOST_TIMES the `size` that is shown."""
    qualities, sides = [], [size]
    for one in real:
        sides.append(min(one.checked.info.exif_size))
        if (quality := jpeg_quality(one.path)) is not None:
            qualities.append(quality)
    quality = round(statistics.median(qualities)) if qualities else FIRST_QUALITY
    side = round(statistics.median(sides[1:] or sides))
    return FirstRound(quality, min(side, MOST_TIMES * size))


def write_copies(folder: Path, copies: dict[str, bytes]) -> None:
    """Write `token.jpg` for each, of one length and one time, in the order of the tokens."""
    folder.mkdir()
    longest = max(map(len, copies.values()), default=0)
    written = []
    for token in sorted(copies):
        path = folder / f"{token}.jpg"
        path.write_bytes(copies[token].ljust(longest, b"\0"))
        written.append(path)
    if written:
        moment = int(written[0].stat().st_mtime)
        for path in written:
            os.utime(path, (moment, moment))
