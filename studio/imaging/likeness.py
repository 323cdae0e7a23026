"""Do two images show the same picture: a close look at the pixels of a pair.

The one is laid on the other first, by the affine map under which their detail agrees best
(Evangelidis and Psarakis 2008, "ECC", as OpenCV has it). Then the detail is compared: what lies
between about a hundredth and a twentieth of the side, such as edges, hair and texture, its contrast
made even over the image. Two centred moles share their blob, and with it the bits of a perceptual
hash; two fingers share their outline; but neither share their detail. A copy keeps it through
recompression, a smaller size and other colours.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SIDE = 64
"""Side of a thumbnail in pixels, from which candidates are found."""

CLOSE_SIDE = 128
"""Side in pixels of what a pair is judged by."""

SAME = 0.83
"""Agreement (-1..1) from which a pair is the same picture.

Of 200 clinical crops of nails and 100 generated nevi, copies had .83 and more, all but a few .9;
other nails had .76 and less, other nevi of the same network .8 (`tests/bench/bench_leakage.py`)."""

POSSIBLE = 0.78
"""Agreement from which a person should look at a pair."""

_TYPICAL, _SPARSE = 0.55, 0.3
"""Median agreement (-1..1) of the 64 blocks that a pair needs to be the same picture, and to be
worth a person's look.

Two round moles on plain skin can be laid on one another so that their outlines agree, which are all
the detail that such images have. Of 22 pairs of rendered moles that agreed so, the median block had
.22, and .47 at most; of 1,100 copies of nails and generated nevi that agreed as a whole, .68 and
more. Copies of rendered moles that were compressed until their skin was blank fall below, too."""

_FAR = 0.5  # agreement of thumbnails below which nothing closer is looked at
_BLOCKS = 8
_AT_THE_EDGE = 6  # blocks of the border that may differ: a mark, a caption, a scale
_FINE, _COARSE, _EVEN = 1.0, 4.0, 6.0  # standard deviations, pixels
_PLAIN, _USUAL, _LESS, _MORE = 0.4, 0.8, 0.04, 0.06  # what uneven detail adds or takes
_NOISE = 3.0  # grey levels below which detail is not made stronger
_ROUNDS, _PRECISION = 40, 1e-4
_MOST_SCALE, _MOST_SHEAR = 1.25, 0.12  # 0.12 is a turn by 7 degrees
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


def thumbnail(rgb: npt.NDArray[np.uint8], side: int = SIDE) -> Grey:
    """The grey image [side, side] of a picture [H, W, 3], squeezed to a square as training does."""
    picture = Image.fromarray(rgb).convert("L")
    smaller = min(picture.size) >= side
    kind = Image.Resampling.BOX if smaller else Image.Resampling.BICUBIC
    return np.asarray(picture.resize((side, side), kind), np.uint8)


@dataclass(frozen=True, slots=True)
class ImageAlignment:
    """`score` (-1..1) of the detail, and the map [2, 3] from points of the first to the second."""

    score: float
    matrix: Floats

    def scaled(self, factor: float) -> "ImageAlignment":
        """The same for images that are `factor` times as large."""
        matrix = self.matrix.copy()
        corner = 0.5 * matrix[:, :2].sum(axis=1)  # centres of pixels lie half a pixel inside
        matrix[:, 2] = (matrix[:, 2] + 0.5 - corner) * factor - 0.5 + corner
        return ImageAlignment(self.score, matrix)


def align_thumbnails(
    first: Grey, second: Grey, start: Floats, *, thorough: bool = True
) -> ImageAlignment | None:
    """How two thumbnails [64, 64] lie on one another; None where they are different pictures.

    `start` is where to begin: the map of `Candidate.start`. The second is in its position already.
    `thorough` looks farther around, for twice the time.
    """
    details = _detail(first.astype(np.float32)), _detail(second.astype(np.float32))
    whole = np.eye(2, 3, dtype=np.float32)
    starts = [whole] if np.allclose(start, whole) else [whole, start]
    tried = [*starts, *(_aligned(*details, one, 5) for one in starts)]
    best = max((_measured(first, second, one) for one in tried if one is not None), key=_score)
    if best.score < _FAR and thorough:
        # Detail draws from near only; the picture itself from farther.
        coarse = _aligned(first, second, start, 5)
        refined = None if coarse is None else _aligned(*details, coarse, 5)
        more = [_measured(first, second, one) for one in (coarse, refined) if one is not None]
        best = max([best, *more], key=_score)
    return best if best.score >= _FAR else None


def align_images(first: Grey, second: Grey, rough: ImageAlignment) -> ImageAlignment:
    """How far two images [128, 128] are the same picture, beginning from their thumbnails' map.

    What counts is the detail with its contrast made even, to which every part adds alike. The
    detail as it is, to which the lesion adds most, moves the score by a little: it holds where a
    brighter copy has lost its lightest parts, and fails where generated images of one network share
    the texture of their skin. A pair that agrees in a few strong places only stays below SAME: a
    person has to look at it.
    """
    start = rough.scaled(CLOSE_SIDE / SIDE).matrix
    details = _detail(first.astype(np.float32)), _detail(second.astype(np.float32))
    tried = [start, _aligned(*details, start, 3)]
    best = max((_measured(first, second, one) for one in tried if one is not None), key=_score)
    plain = _measured(first, second, best.matrix, even=False).score
    moved = best.score + min(max(_PLAIN * (plain - _USUAL), -_LESS), _MORE)
    typical = _typical_agreement(*_details_laid(first, second, best.matrix))
    if typical < _SPARSE:
        most = 0.99 * POSSIBLE
    elif typical < _TYPICAL:
        most = (POSSIBLE + SAME) / 2
    else:
        most = 1.0
    return ImageAlignment(min(moved, most), best.matrix)


def _score(one: ImageAlignment) -> float:
    return one.score


def _detail(grey: Floats, even: bool = True) -> Floats:
    """Between two blurs; `even` divides it by its own strength round about."""
    fine = cv2.GaussianBlur(grey, (0, 0), _FINE) - cv2.GaussianBlur(grey, (0, 0), _COARSE)
    if not even:
        return np.asarray(fine, np.float32)
    strength = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), _EVEN))
    return np.asarray(fine / (strength + _NOISE), np.float32)


def _aligned(
    first: Grey | Floats, second: Grey | Floats, start: Floats, blur: int
) -> Floats | None:
    """The map under which the two correlate best; None where there is none near `start`."""
    everywhere = np.ones(first.shape, np.uint8)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ROUNDS, _PRECISION)
    try:
        _, matrix = cv2.findTransformECC(
            first, second, start.copy(), cv2.MOTION_AFFINE, criteria, everywhere, blur
        )
    except cv2.error:  # it does not converge: they are different pictures, or flat
        return None
    return np.asarray(matrix, np.float32) if _is_copying(matrix) else None


def _is_copying(matrix: npt.NDArray[Any]) -> bool:
    """Whether a map is one that a copy has: little turned, sides nearly equally scaled."""
    scales = float(matrix[0, 0]), float(matrix[1, 1])
    return (
        all(1 / _MOST_SCALE < scale < _MOST_SCALE for scale in scales)
        and max(scales) < 1.2 * min(scales)
        and max(abs(float(matrix[0, 1])), abs(float(matrix[1, 0]))) < _MOST_SHEAR
    )


def _measured(first: Grey, second: Grey, matrix: Floats, even: bool = True) -> ImageAlignment:
    """The correlation of the detail of both where they lie on one another.

    The few blocks of the border that differ most are left out: a mark in a corner makes no other
    picture. The lesion, in the middle, always counts.
    """
    a, b = _details_laid(first, second, matrix, even)
    aa, bb, ab = _of_blocks(a * a), _of_blocks(b * b), _of_blocks(a * b)
    difference = np.where(_border(), aa + bb - 2 * ab, -1.0)
    kept = np.argsort(difference)[:-_AT_THE_EDGE]
    power = float(np.sqrt(aa[kept].sum() * bb[kept].sum()))
    return ImageAlignment(float(ab[kept].sum()) / max(power, 1.0), matrix)


def _details_laid(
    first: Grey, second: Grey, matrix: Floats, even: bool = True
) -> tuple[Floats, Floats]:
    """The detail of both, the second laid on the first; zero where it does not reach."""
    size = first.shape[::-1]
    moved = cv2.warpAffine(
        second.astype(np.float32), matrix, size, flags=_WARP, borderMode=cv2.BORDER_REPLICATE
    )
    shared = cv2.warpAffine(np.ones(size, np.float32), matrix, size, flags=_WARP) > 0.99
    return (
        np.asarray(_detail(first.astype(np.float32), even) * shared, np.float32),
        np.asarray(_detail(np.asarray(moved, np.float32), even) * shared, np.float32),
    )


def _typical_agreement(a: Floats, b: Floats) -> float:
    """The median, over the blocks, of the correlation of two details."""
    powers = np.sqrt(_of_blocks(a * a) * _of_blocks(b * b))
    return float(np.median(_of_blocks(a * b) / np.maximum(powers, 1.0)))


def _of_blocks(values: Floats) -> Floats:
    """Sums [64] over the blocks of an image."""
    step = len(values) // _BLOCKS
    return np.asarray(values.reshape(_BLOCKS, step, _BLOCKS, step).sum(axis=(1, 3)).ravel())


def _border() -> npt.NDArray[np.bool_]:
    """Which of the 64 blocks lie at the border."""
    inner = np.zeros((_BLOCKS, _BLOCKS), np.bool_)
    inner[1:-1, 1:-1] = True
    return ~inner.ravel()
