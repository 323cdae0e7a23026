"""One picture: sniff, decode, orient, crop, hash, quality.

Everything from outside passes through here and is hostile until shown otherwise: formats are told
by magic bytes, sizes are checked from the header before a pixel is decoded, and `Verifier` decodes
in child processes with limits.
"""

import os
import warnings

from PIL import Image

from studio.imaging.limits import MAX_PIXELS

# OpenCV reads its limit once, when it is first imported, so it is set before any room imports it.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# Set once and not around each call: the filters belong to the process, and threads decode.
# Pillow's remarks on odd metadata are no news for a user; its doubt about a size is a refusal.
warnings.filterwarnings("ignore", module=r"PIL\.")
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

from studio.imaging.crop import crop, crop_bounds, crop_for_export, crop_upright, resize  # noqa: E402
from studio.imaging.decode import decode, decode_oriented  # noqa: E402
from studio.imaging.dihedral import DIHEDRAL_TRANSFORMS, UPRIGHT, DihedralTransform  # noqa: E402
from studio.imaging.errors import ImageError, Reason, shown_name  # noqa: E402
from studio.imaging.formats import READABLE_FORMATS, USUAL_FORMATS, ImageFormat, sniff  # noqa: E402
from studio.imaging.hashes import NEAR, hamming, phash  # noqa: E402
from studio.imaging.limits import Limits  # noqa: E402
from studio.imaging.orientation import apply_orientation, displayed_size  # noqa: E402
from studio.imaging.probe import ImageInfo, probe  # noqa: E402
from studio.imaging.quality import clahe, grey_world, sharpness  # noqa: E402
from studio.imaging.square import Square, fit_square, to_exif, to_raw  # noqa: E402
from studio.imaging.verifier import Verifier  # noqa: E402
from studio.imaging.verify import VerifiedImage, verify  # noqa: E402

__all__ = [
    "DIHEDRAL_TRANSFORMS",
    "NEAR",
    "READABLE_FORMATS",
    "UPRIGHT",
    "USUAL_FORMATS",
    "DihedralTransform",
    "ImageError",
    "ImageFormat",
    "ImageInfo",
    "Limits",
    "Reason",
    "Square",
    "VerifiedImage",
    "Verifier",
    "apply_orientation",
    "clahe",
    "crop",
    "crop_bounds",
    "crop_for_export",
    "crop_upright",
    "decode",
    "decode_oriented",
    "displayed_size",
    "fit_square",
    "grey_world",
    "hamming",
    "phash",
    "probe",
    "resize",
    "sharpness",
    "shown_name",
    "sniff",
    "to_exif",
    "to_raw",
    "verify",
]
