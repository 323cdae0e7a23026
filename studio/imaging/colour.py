"""Any Pillow mode and profile to 8-bit sRGB."""

import io
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

_PROFILED_MODES = {"RGB", "CMYK", "L"}


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
    """The transform to sRGB, or None when the profile is sRGB already."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if mode == "RGB" and "srgb" in ImageCms.getProfileDescription(source).lower():
        return None
    return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
