"""The rectangle around a shape: polygons, turned rectangles, ellipses, and masks by their runs.

All functions give corners (x0, y0, x1, y1) in the unit of their input, or None where the input is
not such a shape. A mask is never unpacked: its rectangle follows from where its runs begin and end,
so that a mask which claims a billion pixels costs no more than its text.
"""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np

from studio.imaging.limits import MAX_PIXELS

Corners = tuple[float, float, float, float]
Point = tuple[float, float]

MAX_COORDINATE = 1e7
MAX_MASK_PIXELS = 1 << 31
MAX_PACKED = 4 * 1024 * 1024  # bytes of a packed mask; real ones have a tenth
MAX_KEPT = 256 * 1024  # characters of JSON that a row keeps of its shape

SHAPE_WORDS = {
    "rectangle": ("oblong rectangle", "oblong rectangles"),
    "rotated": ("turned rectangle", "turned rectangles"),
    "polygon": ("polygon", "polygons"),
    "ellipse": ("ellipse", "ellipses"),
    "mask": ("mask", "masks"),
    "line": ("line", "lines"),
    "points": ("set of points", "sets of points"),
}
"""The shapes by which boxes are counted whose form a square does not hold: (one, several)."""


def kept(**shape: Any) -> dict[str, Any]:
    """What a row keeps of a shape; of one that is longer than MAX_KEPT only its length."""
    length = len(json.dumps(shape))
    return shape if length <= MAX_KEPT else {"too_long": length}


def is_coordinate(value: object) -> bool:
    """Whether a value of a file is a finite number of a size that an image can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < MAX_COORDINATE and math.isfinite(value)


def pairs(values: object) -> list[Point] | None:
    """[x, y, x, y, …] or [[x, y], …] as points; None for anything else."""
    if not isinstance(values, list | tuple) or not values:
        return None
    if all(isinstance(one, list | tuple) and len(one) == 2 for one in values):
        values = [number for one in values for number in one]
    if len(values) % 2 or not all(map(is_coordinate, values)):
        return None
    return list(zip(map(float, values[::2]), map(float, values[1::2]), strict=True))


def around(points: Sequence[Point]) -> Corners:
    """The rectangle around at least one point."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def turned(corners: Corners, degrees: float, about: Point) -> list[Point]:
    """The corners of a rectangle turned clockwise, as seen, about a point; pixels, y down."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x0, y0, x1, y1 = corners
    cx, cy = about
    return [
        (cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos)
        for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    ]


def ellipse(cx: float, cy: float, rx: float, ry: float, degrees: float = 0.0) -> Corners:
    """The rectangle around an ellipse that is turned by `degrees` about its centre."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across, down = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)
    return cx - across, cy - down, cx + across, cy + down


def coco_mask(counts: object, size: object) -> Corners | None:
    """The rectangle around a COCO mask: `counts` (a list, or its compressed text) of runs down the
    columns of `size` [height, width], background first.

    Source of the compressed form: `rleFrString` in the COCO API's maskApi.c.
    """
    runs = _coco_runs(counts, size)
    if runs is None:
        return None
    found = _around_runs(*_ends(runs), _height(size))
    return None if found is None else (found[1], found[0], found[3], found[2])


def _coco_runs(counts: object, size: object) -> list[int] | None:
    if not isinstance(size, list | tuple) or len(size) != 2:
        return None
    height, width = size
    if not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in (height, width)):
        return None
    runs = _uncompressed(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(n) is int and n >= 0 for n in runs):
        return None
    if height * width > MAX_MASK_PIXELS or sum(runs) != height * width:
        return None
    return runs


def _height(size: Any) -> int:
    return int(size[0])


def _ends(runs: Sequence[int]) -> tuple[Any, Any]:
    """Where the runs of the mask begin and end, of runs that begin with the background."""
    ends = np.cumsum(np.asarray(runs, np.int64))
    return ends[0::2][: len(ends[1::2])], ends[1::2]


def is_one_piece(counts: object, size: object) -> bool:
    """Whether a COCO mask is a single connected area of an image that could be read at all."""
    runs = _coco_runs(counts, size)
    if runs is None or sum(runs) > MAX_PIXELS:
        return False
    values = np.arange(len(runs)) % 2
    mask = np.repeat(values.astype(np.uint8), runs).reshape(-1, _height(size))
    pieces, _ = cv2.connectedComponents(mask, connectivity=8)
    return bool(pieces == 2)


def cvat_mask(rle: str, left: int, top: int, width: int, height: int) -> Corners | None:
    """The rectangle around a mask of CVAT: runs along the rows of a rectangle of the image,
    background first, as `0, 12, 3`."""
    try:
        runs = [int(one) for one in rle.split(",")]
    except ValueError:
        return None
    if min(runs) < 0 or not 0 < width * height <= MAX_MASK_PIXELS or sum(runs) != width * height:
        return None
    found = _around_runs(*_ends(runs), width)
    if found is None:
        return None
    x0, y0, x1, y1 = found
    return left + x0, top + y0, left + x1, top + y1


def studio_mask(data: object, width: int, height: int) -> Corners | None:
    """The rectangle around a brush mask of Label Studio: `data` is the list of bytes that packs the
    RGBA pixels of the image in runs; alpha above 0 is the mask.

    Source of the packing: thi.ng/rle-pack, as in `brush.py` of label-studio-converter.
    """
    if not isinstance(data, list) or len(data) > MAX_PACKED:
        return None
    if not all(type(n) is int and 0 <= n < 256 for n in data):
        return None
    if not 0 < width * height <= MAX_MASK_PIXELS // 4:
        return None
    try:
        runs = [run for run in _unpacked(bytes(data), width * height * 4) if run[2] > 0]
    except ValueError:
        return None
    # Of every four values the last is alpha: a run has some if it reaches one.
    table = np.asarray([(begin // 4, (end - 4) // 4 + 1) for begin, end, _ in runs], np.int64)
    table = table.reshape(-1, 2)
    # A run that begins in the middle of a pixel still has its alpha if it reaches the fourth value.
    table = table[table[:, 1] > table[:, 0]]
    return _around_runs(table[:, 0], table[:, 1], width)


def _around_runs(begins: Any, ends: Any, length: int) -> Corners | None:
    """The rectangle around the runs [begin, end) of an image that is read in rows of `length`; None
    where no run has a pixel."""
    full = ends > begins
    begins, ends = begins[full], ends[full]
    if not len(begins):
        return None
    first, last = begins // length, (ends - 1) // length
    broken = first != last
    low = np.where(broken, 0, begins % length)
    high = np.where(broken, length, (ends - 1) % length + 1)
    return float(low.min()), float(first.min()), float(high.max()), float(last.max() + 1)


def _uncompressed(text: str) -> list[int] | None:
    runs: list[int] = []
    value, place = 0, 0
    for letter in text:
        code = ord(letter) - 48
        if not 0 <= code < 64 or place > 60:
            return None
        value |= (code & 31) << place
        place += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << place
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value, place = 0, 0
    return runs if not place else None


def _unpacked(data: bytes, length: int) -> Iterator[tuple[int, int, int]]:
    """(begin, end, value) of the runs. ValueError where data is lacking, or of another length."""
    at = 0

    def read(bits: int) -> int:
        nonlocal at
        if at + bits > 8 * len(data):
            raise ValueError
        part = int.from_bytes(data[at // 8 : (at + bits + 7) // 8], "big")
        at += bits
        return (part >> (-at % 8)) & ((1 << bits) - 1)

    if read(32) != length:
        raise ValueError
    word = read(5) + 1
    if word != 8:
        raise ValueError
    sizes = [read(4) + 1 for _ in range(4)]
    begin = 0
    while begin < length:
        is_run = read(1)
        end = min(begin + 1 + read(sizes[read(2)]), length)
        if is_run:
            yield begin, end, read(word)
        else:
            for place in range(begin, end):
                yield place, place + 1, read(word)
        begin = end
