"""How much one file may cost before it is refused."""

from dataclasses import dataclass

from studio.imaging.formats import USUAL_FORMATS, ImageFormat

# The largest phones give 108 megapixels; three bytes each of this stay under half a gigabyte.
MAX_PIXELS = 120_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file: bytes, pixels, formats, and what its decoder may take.

    `seconds` and `memory_bytes` (address space) bind the child process of a `Verifier`; the rest is
    checked from the file's header before anything is decoded.
    """

    max_bytes: int = 200_000_000
    max_pixels: int = MAX_PIXELS
    formats: frozenset[ImageFormat] = USUAL_FORMATS
    seconds: float = 30.0
    memory_bytes: int = 900_000_000
