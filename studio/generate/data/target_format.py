"""The form that every picture of a set is given: square, one resolution, RGB or gray."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.errors import UsageError
from studio.imaging import ImageError, Reason

Pixels = NDArray[np.uint8]
SMALLEST, LARGEST = 4, 2048
NEARLY = 0.01
"""Part of the longer side by which a picture may miss being square: that is how crops round."""


class FormatChange(StrEnum):
    """What was done to a picture that a reader of the data set may want to know."""

    SCALED = "scaled"
    """It had another size than the set."""
    ENLARGED = "enlarged"
    """It had a smaller one."""
    TRIMMED = "trimmed"
    """It was nearly square, and was made so."""


class Transform(StrEnum):
    """What becomes of a picture that is not square; without one it is left out."""

    CENTER_CROP = "center-crop"
    """The largest central square."""
    CENTER_CROP_WIDE = "center-crop-wide"
    """The largest central part of 4 : 3, with black bars above and below it."""


@dataclass(frozen=True)
class TargetFormat:
    """`resolution` (pixels, a power of two from 4 to 2048), `transform`, `channels` (3 or 1)."""

    resolution: int
    transform: Transform | None = None
    channels: int = 3

    def __post_init__(self) -> None:
        if not SMALLEST <= self.resolution <= LARGEST or self.resolution & (self.resolution - 1):
            raise UsageError(
                f"A resolution is a power of two from {SMALLEST} to {LARGEST}, such as 256, not "
                f"{self.resolution}."
            )
        if self.channels not in (1, 3):
            raise UsageError(f"A picture has 3 channels, or 1 for gray, not {self.channels}.")

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(C, R, R)` of one picture."""
        return self.channels, self.resolution, self.resolution


def convert_image(
    pixels: Pixels, form: TargetFormat, name: str
) -> tuple[Pixels, set[FormatChange]]:
    """RGB `[H, W, 3]` as `[C, R, R]`, and what that changed.

    Scaled with Pillow's Lanczos filter, the official data set's; gray is ITU-R 601 luma. Without a
    transform, sides that differ by at most NEARLY are trimmed to the shorter one; raises ImageError
    where they differ by more.
    """
    picture = Image.fromarray(pixels)
    side, longer = min(picture.size), max(picture.size)
    changes = set()
    if side != form.resolution or longer != side:
        changes.add(FormatChange.SCALED)
    if side < form.resolution:
        changes.add(FormatChange.ENLARGED)
    if form.transform is Transform.CENTER_CROP_WIDE:
        picture = _wide(picture, form.resolution)
    elif form.transform is Transform.CENTER_CROP:
        picture = _centre(picture, side, side)
    elif longer - side > NEARLY * longer:
        raise ImageError(
            Reason.UNSUPPORTED,
            f"{name} is {picture.width} x {picture.height} pixels and not square: crop it, or ask "
            "for the transform center-crop.",
        )
    elif longer != side:
        picture = _centre(picture, side, side)
        changes.add(FormatChange.TRIMMED)
    return _planes(_scaled(picture, form.resolution, form.resolution), form.channels), changes


def _planes(picture: Image.Image, channels: int) -> Pixels:
    planes = np.asarray(picture).transpose(2, 0, 1)
    return np.ascontiguousarray(planes if channels == 3 else np.asarray(picture.convert("L"))[None])


def _wide(picture: Image.Image, resolution: int) -> Image.Image:
    height = resolution * 3 // 4
    width = min(picture.width, round(picture.height * resolution / height))
    part = _centre(picture, width, min(picture.height, round(width * height / resolution)))
    square = Image.new("RGB", (resolution, resolution))
    square.paste(_scaled(part, resolution, height), (0, (resolution - height) // 2))
    return square


def _centre(picture: Image.Image, width: int, height: int) -> Image.Image:
    width, height = max(width, 1), max(height, 1)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def _scaled(picture: Image.Image, width: int, height: int) -> Image.Image:
    if picture.size == (width, height):
        return picture
    return picture.resize((width, height), Image.Resampling.LANCZOS)
