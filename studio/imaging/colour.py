"""Any Pillow mode and profile to 8-bit sRGB."""

import io
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

_PROFILED_MODES = {"RGB", "CMYK", "L"}
_GRID = 17  # colours a channel by which a profile is compared with sRGB
_SAME = 3  # of 255: by which profiles that are sRGB differ, in the darkest colours


def to_srgb(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Loaded pixels as sRGB uint8 [H, W, 3].

    An embedded ICC profile is applied (a broken one ignored), transparency is laid on white, deep
    greys are scaled by their full range of 16 bits (floating-point ones by their largest value).
    """
    profile = picture.info.get("icc_profile")
    picture, alpha = _simple_mode(picture)
    if isinstance(profile, bytes) and profile:
        picture = _through_profile(picture, profile)
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    if alpha is not None:
        white = Image.new("RGB", picture.size, (255, 255, 255))
        picture = Image.composite(picture, white, alpha)
    return np.array(picture, dtype=np.uint8)


def _simple_mode(picture: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The picture as RGB, L or CMYK, with its alpha beside it where it has one."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return _grey_from_deep(picture), None
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        return rgba.convert("RGB"), rgba.getchannel("A")
    if picture.mode in _PROFILED_MODES:
        return picture, None
    return picture.convert("L" if picture.mode == "1" else "RGB"), None


def _grey_from_deep(picture: Image.Image) -> Image.Image:
    deep = np.asarray(picture).astype(np.float32)
    full = float(deep.max(initial=0.0)) if picture.mode == "F" else 65535.0
    scaled = np.rint(deep * (255.0 / (full or 1.0)))
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))


def _through_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        transform = _transform(profile, picture.mode)
        if transform is None:
            return picture
        return ImageCms.applyTransform(picture, transform) or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        # A profile for another kind of pixels, or damaged: the numbers are taken as sRGB.
        return picture


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform to sRGB, or None when the profile changes nothing that could be seen.

    That is measured: a profile may be called sRGB and have another curve, such as the linear ones
    that GIMP and renderers embed.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    return None if mode == "RGB" and _keeps_colours(transform) else transform


def _keeps_colours(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a transform moves no channel of a grid over all colours by more than rounding."""
    levels = np.linspace(0, 255, _GRID).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    before = Image.fromarray(grid.reshape(_GRID, _GRID * _GRID, 3))
    after = ImageCms.applyTransform(before, transform)
    if after is None:
        return False
    moved = np.abs(np.asarray(after, np.int16) - np.asarray(before, np.int16))
    return int(moved.max()) <= _SAME
