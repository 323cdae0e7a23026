"""Which images might be the same: a quick search among many, before pairs are looked at closely.

An image is described by the lowest 8 x 8 coefficients of the cosine transform (DCT-II) of its grey
thumbnail, the first left out, each multiplied by its frequency and all scaled to length 1: a
perceptual hash whose coefficients keep their size in place of one bit each. Light and contrast
leave it as it is; mirroring and turning only change signs and transpose it, so that the eight
positions cost no transform. Trimmed copies are found by describing windows of either image, copies
with a mark in a corner by describing halves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import product

import numpy as np
import numpy.typing as npt

from studio.imaging.dihedral import DIHEDRAL_TRANSFORMS, DihedralTransform
from studio.imaging.likeness import SIDE

Floats = npt.NDArray[np.float32]
Window = tuple[float, float, float, float]
"""Left, right, top and bottom edge as parts of the sides, 0..1."""

LEAST = 0.7
"""Similarity (0..1) from which a pair is a candidate; copies have .75 and more, most .98."""

MOST = 5
"""Candidates of an image. A copy is the first of them, or nearly: copies are far more alike."""

_ORDERS = 8
_SMALL = 32  # pixels of the side from which coefficients are taken
_WHOLE: Window = (0.0, 1.0, 0.0, 1.0)
_HALVES: tuple[Window, ...] = ((0, 0.5, 0, 1), (0.5, 1, 0, 1), (0, 1, 0, 0.5), (0, 1, 0.5, 1))
_EDGES = ((0.0, 1.0), (0.05, 0.95), (0.0, 0.95), (0.05, 1.0))
_WIDE_EDGES = ((0.0, 1.0), (0.0, 0.9), (0.1, 1.0))
_CENTRES: tuple[Window, ...] = ((0.05, 0.95, 0.05, 0.95), (0.1, 0.9, 0.1, 0.9))
_TRIMS: tuple[Window, ...] = tuple(
    dict.fromkeys(
        (*across, *down)
        for edges in (_EDGES, _WIDE_EDGES, ((0.1, 0.9),))
        for across, down in product(edges, edges)
        if (*across, *down) != _WHOLE
    )
)
_SHORT_LIST = 64  # rows of each query that are compared in all windows
_QUERIES, _ROWS = 256, 8192  # compared at once: 256 x 8,192 similarities are 8 MB


@dataclass(frozen=True, slots=True)
class CopyCandidate:
    """Row and query that may be the same image.

    `position` is that of the query, `start` [2, 3] takes points of the row's thumbnail to points of
    the placed query, `negative` says that dark and light are exchanged.
    """

    query: int
    row: int
    similarity: float
    position: DihedralTransform
    start: Floats
    negative: bool


def find_candidates(
    rows: npt.NDArray[np.uint8],
    queries: npt.NDArray[np.uint8],
    most: int = MOST,
    least: float = LEAST,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[CopyCandidate]:
    """The `most` likeliest rows of each query that are `least` alike or more (0..1).

    `rows` and `queries` are thumbnails [N, 64, 64] and [M, 64, 64].

    Candidates come by query, the likeliest first. Memory does not grow with N times M; 100,000 rows
    and 2,000 queries take about a minute. `on_progress` gets queries done, often with the same
    number; what it raises ends the search.
    """
    found: list[CopyCandidate] = []
    for begin in range(0, len(queries) if len(rows) else 0, _QUERIES):
        tick = partial(on_progress, begin, len(queries))
        asked = _small(queries[begin : begin + _QUERIES])
        short = _short_list(rows, asked, tick)
        found += _ranked(rows, asked, short, begin, (most, least), tick)
        on_progress(min(begin + _QUERIES, len(queries)), len(queries))
    return found


def _short_list(
    rows: npt.NDArray[np.uint8], asked: Floats, tick: Callable[[], None]
) -> npt.NDArray[np.intp]:
    """The rows [M, K] most alike to each query in few windows."""
    best = np.empty((len(asked), 0), np.float32)
    names = np.empty((len(asked), 0), np.intp)
    for begin in range(0, len(rows), _ROWS):
        likeness = _likeness(_small(rows[begin : begin + _ROWS]), asked, tick)
        numbers = np.broadcast_to(np.arange(begin, begin + likeness.shape[1]), likeness.shape)
        best = np.concatenate([best, likeness], axis=1)
        names = np.concatenate([names, numbers], axis=1)
        kept = min(_SHORT_LIST, best.shape[1])
        top = np.argpartition(best, best.shape[1] - kept, axis=1)[:, best.shape[1] - kept :]
        best = np.take_along_axis(best, top, axis=1)
        names = np.take_along_axis(names, top, axis=1)
    return names


def _likeness(known: Floats, asked: Floats, tick: Callable[[], None]) -> Floats:
    """Similarity [M, N] in the whole, in halves and with an even margin cut off."""
    whole, trimmed = _unit(_coefficients(known, _WHOLE)), _of_windows(known, _CENTRES)
    halves = _of_windows(known, _HALVES)
    query, query_trimmed = _coefficients(asked, _WHOLE), _of_windows(asked, _CENTRES, unit=False)
    query_halves = _of_windows(asked, _HALVES, unit=False)
    best = np.zeros((len(asked), len(known)), np.float32)
    for position in DIHEDRAL_TRANSFORMS:
        placed = _unit(_placed(query, position))
        pairs = [(placed, whole), *((placed, one) for one in trimmed.values())]
        pairs += [(_unit(_placed(one, position)), whole) for one in query_trimmed.values()]
        pairs += [
            (_unit(_placed(one, position)), halves[_placed_window(window, position)])
            for window, one in query_halves.items()
        ]
        for a, b in pairs:
            tick()
            np.maximum(best, np.abs(a @ b.T), out=best)
    return best


def _ranked(
    rows: npt.NDArray[np.uint8],
    asked: Floats,
    short: npt.NDArray[np.intp],
    begin: int,
    bounds: tuple[int, float],
    tick: Callable[[], None],
) -> Iterator[CopyCandidate]:
    """The best of the short list [M, K], compared in all windows; `bounds` are most and least."""
    most, least = bounds
    listed = _small(rows[short.ravel()])
    shape = (*short.shape, _ORDERS * _ORDERS - 1)
    known = {
        window: _unit(_coefficients(listed, window)).reshape(shape)
        for window in (_WHOLE, *_HALVES, *_TRIMS)
    }
    best = np.zeros(short.shape, np.float32)
    signed, which = best.copy(), np.zeros(short.shape, np.intp)
    variants = []
    for number, (position, seen, of_row, query) in enumerate(_variants(asked)):
        tick()
        variants.append((position, seen, of_row))
        similarity = np.einsum("md,mkd->mk", query, known[of_row])
        # The whole comes first: a window must be better than it, not as good.
        better = np.abs(similarity) > best + 1e-4
        best[better], which[better] = np.abs(similarity)[better], number
        signed[better] = similarity[better]
    for query_number, order in enumerate(np.argsort(-best, axis=1)[:, :most]):
        for place in order:
            similarity = float(signed[query_number, place])
            if abs(similarity) < least:
                break
            position, seen, of_row = variants[which[query_number, place]]
            yield CopyCandidate(
                begin + query_number,
                int(short[query_number, place]),
                abs(similarity),
                position,
                _start(of_row, seen),
                similarity < 0,
            )


def _variants(asked: Floats) -> Iterator[tuple[DihedralTransform, Window, Window, Floats]]:
    """(position, window of the placed query, window of the row, description [M, 63])."""
    whole = _coefficients(asked, _WHOLE)
    halves, trims = (_of_windows(asked, windows, unit=False) for windows in (_HALVES, _TRIMS))
    for position in DIHEDRAL_TRANSFORMS:
        yield position, _WHOLE, _WHOLE, _unit(_placed(whole, position))
    for position in DIHEDRAL_TRANSFORMS:
        placed = _unit(_placed(whole, position))
        for window in _TRIMS:
            yield position, _WHOLE, window, placed
        for window, one in trims.items():
            seen = _placed_window(window, position)
            yield position, seen, _WHOLE, _unit(_placed(one, position))
        for window, one in halves.items():
            seen = _placed_window(window, position)
            yield position, seen, seen, _unit(_placed(one, position))


def _small(thumbnails: npt.NDArray[np.uint8]) -> Floats:
    """[N, 64, 64] to averages [N, 32, 32], 0..1."""
    step = SIDE // _SMALL
    blocks = thumbnails.reshape(len(thumbnails), _SMALL, step, _SMALL, step)
    return np.asarray(blocks.mean(axis=(2, 4), dtype=np.float32) / 255, np.float32)


def _coefficients(small: Floats, window: Window) -> Floats:
    """Weighted coefficients [N, 8, 8] of a window of [N, 32, 32]; row by column frequency."""
    left, right, top, bottom = window
    inner = np.matmul(_cosines(top, bottom), small)
    return np.asarray(np.matmul(inner, _cosines(left, right).T) * _weights(), np.float32)


def _of_windows(
    small: Floats, windows: tuple[Window, ...], unit: bool = True
) -> dict[Window, Floats]:
    found = {window: _coefficients(small, window) for window in windows}
    return {window: _unit(one) for window, one in found.items()} if unit else found


def _unit(coefficients: Floats) -> Floats:
    """[N, 8, 8] to rows [N, 63] of length 1, brightness left out; a flat image stays 0."""
    flat = coefficients.reshape(len(coefficients), -1)[:, 1:]
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(length, 1e-4), np.float32)


def _placed(coefficients: Floats, position: DihedralTransform) -> Floats:
    """The coefficients of the image in another position."""
    placed = coefficients.transpose(0, 2, 1) if position.transposed else coefficients
    signs = np.where(np.arange(_ORDERS) % 2, -1, 1).astype(np.float32)
    placed = placed * signs[:, None] if position.top_to_bottom else placed
    return placed * signs if position.left_to_right else placed


def _placed_window(window: Window, position: DihedralTransform) -> Window:
    left, right, top, bottom = window
    if position.transposed:
        left, right, top, bottom = top, bottom, left, right
    if position.top_to_bottom:
        top, bottom = 1 - bottom, 1 - top
    if position.left_to_right:
        left, right = 1 - right, 1 - left
    return left, right, top, bottom


def _start(of_row: Window, seen: Window) -> Floats:
    """The affine map [2, 3] between pixel centres that lays one window on the other."""
    scales = [
        (seen[i + 1] - seen[i]) / (of_row[i + 1] - of_row[i])  # of x, then of y
        for i in (0, 2)
    ]
    shifts = [
        (seen[i] - of_row[i] * scale) * SIDE + 0.5 * scale - 0.5
        for i, scale in zip((0, 2), scales, strict=True)
    ]
    return np.array([[scales[0], 0, shifts[0]], [0, scales[1], shifts[1]]], np.float32)


@cache
def _weights() -> Floats:
    return np.asarray(np.hypot(*np.indices((_ORDERS, _ORDERS))), np.float32)


@cache
def _cosines(low: float, high: float) -> Floats:
    """[8, 32]: what takes the pixels of a side to its coefficients between `low` and `high`."""
    points = 2 * _SMALL  # samples of the window, between pixels by linear interpolation
    at = (np.arange(points) + 0.5) / points
    place = np.clip((low + (high - low) * at) * _SMALL - 0.5, 0, _SMALL - 1)
    before = np.minimum(place.astype(int), _SMALL - 2)
    sample = np.zeros((points, _SMALL))
    sample[np.arange(points), before] = 1 - (place - before)
    sample[np.arange(points), before + 1] = place - before
    order = np.arange(_ORDERS)[:, None]
    cosines = np.cos(np.pi * order * at) / points * np.where(order == 0, 1, np.sqrt(2))
    return np.asarray(cosines @ sample, np.float32)
