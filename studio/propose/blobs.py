"""Blobs in scale space: places that differ from a closed ring around them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, hypot

import cv2
import numpy as np

from studio.propose.contrast import Map

RADII = tuple(2.5 * 2 ** (step / 2) for step in range(13))
"""Blob radii in pixels of the working picture, half an octave apart: 2.5 to 160."""

RING = 2.0
"""Distance of the ring from the centre, in radii: outside the blob, still on its skin."""

BLUR = 0.5
"""Sigma of the Gaussian that averages the centre and each place of the ring, in radii."""

DIRECTIONS = tuple((np.cos(angle), np.sin(angle)) for angle in np.arange(8) * np.pi / 4)

GRID = 5.0
"""Radius in pixels above which the map is reduced first: a large blob needs no finer grid."""

WHOLE = 0.75
"""Share of a blob's response at which a larger one around it is taken instead. An even disc of
radius R keeps 1 - exp(-2 (R / r)^2) of its contrast at radius r: 0.86 at R, 0.63 half an octave
above. So an even lesion is given its own radius, and one with a dark core its full extent."""

MOST = 100
"""Maxima considered at one radius: skin has thousands of small ones, and weaker than a hundred
others is texture."""

LEAST_RESPONSE = 0.5
"""Response below which a maximum is rounding noise of 8-bit pixels and not a blob."""


@dataclass(frozen=True)
class Blob:
    """A blob at (x, y) with `radius`, in pixels, and how far it stands out of its ring."""

    x: float
    y: float
    radius: float
    response: float

    def scaled(self, factor_x: float, factor_y: float) -> "Blob":
        """The same blob in a picture larger by the two factors."""
        radius = self.radius * max(factor_x, factor_y)
        return Blob(self.x * factor_x, self.y * factor_y, radius, self.response)


def ring_response(contrast: Map, radius: float) -> Map:
    """How far each pixel stands out of *every* side of its ring: float32 [H, W].

    The minimum over eight directions of centre minus ring. An edge of skin, a crease or a hair
    has at least one direction that looks like itself, so its minimum is near zero.
    """
    blurred = cv2.GaussianBlur(contrast, (0, 0), BLUR * radius, borderType=cv2.BORDER_REPLICATE)
    height, width = contrast.shape
    margin = ceil(RING * radius)
    padded = cv2.copyMakeBorder(blurred, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    highest = np.full_like(blurred, -np.inf)
    for direction_x, direction_y in DIRECTIONS:
        left = margin + round(RING * radius * direction_x)
        top = margin + round(RING * radius * direction_y)
        cv2.max(highest, padded[top : top + height, left : left + width], dst=highest)
    return np.asarray(blurred - highest, dtype=np.float32)


def find_blobs(maps: Sequence[Map]) -> list[Blob]:
    """Local maxima of the ring response in every map at every radius that fits, strongest first."""
    blobs = [
        blob
        for contrast in maps
        for radius in RADII
        if 2 * radius < min(contrast.shape)
        for blob in _maxima(contrast, radius)
    ]
    return sorted(blobs, key=lambda blob: -blob.response)


def _maxima(contrast: Map, radius: float) -> Iterator[Blob]:
    height, width = contrast.shape
    shrink = max(1.0, radius / GRID)
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    grid = cv2.resize(contrast, size, interpolation=cv2.INTER_AREA)
    response = ring_response(np.asarray(grid, np.float32), radius / shrink)
    peak = (response >= cv2.dilate(response, np.ones((3, 3)))) & (response > LEAST_RESPONSE)
    rows, columns = np.nonzero(peak)
    values = response[rows, columns]
    for index in np.argsort(-values, kind="stable")[:MOST]:
        yield Blob(
            x=(float(columns[index]) + 0.5) * width / size[0],
            y=(float(rows[index]) + 0.5) * height / size[1],
            radius=radius,
            response=float(values[index]),
        )


def distinct(blobs: list[Blob], keep: int, side: Callable[[Blob], float]) -> list[Blob]:
    """At most `keep` whole lesions, none of which is centred within the square of another.

    `blobs` come strongest first, and so do the results, each with the response that found it.
    `side` gives the side of a blob's square; distances are measured against half the larger.
    """
    kept: list[Blob] = []
    for blob in blobs:
        if len(kept) >= keep:
            break
        if not _is_apart(blob, kept, side):
            continue
        whole = _whole(blob, blobs)
        kept.append(whole if _is_apart(whole, kept, side) else blob)
    return kept


def _is_apart(blob: Blob, others: list[Blob], side: Callable[[Blob], float]) -> bool:
    reach = side(blob) / 2
    return all(
        hypot(blob.x - other.x, blob.y - other.y) > max(reach, side(other) / 2) for other in others
    )


def _whole(blob: Blob, blobs: list[Blob]) -> Blob:
    """The largest blob around this one that stands out nearly as far: the lesion of a dark core."""
    around = (
        other
        for other in blobs
        if other.radius > blob.radius
        and other.response >= WHOLE * blob.response
        and hypot(other.x - blob.x, other.y - blob.y) < other.radius
    )
    largest = max(around, key=lambda other: other.radius, default=blob)
    return replace(largest, response=blob.response)
