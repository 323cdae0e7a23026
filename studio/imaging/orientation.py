"""The eight EXIF orientations: how the stored (raw) frame is turned to be seen upright.

Orientation n says what is done to the stored pixels to display them (EXIF 2.32, tag 0x0112):
1 nothing, 2 mirrored left to right, 3 turned by 180°, 4 mirrored top to bottom, 5 transposed,
6 turned clockwise by 90°, 7 transversed, 8 turned anticlockwise by 90°.
"""

import numpy as np
import numpy.typing as npt

ORIENTATIONS = range(1, 9)
# Orientations 5 to 8 swap width and height.
SWAPPING = frozenset({5, 6, 7, 8})


def check_orientation(orientation: int) -> None:
    """Raise ValueError unless `orientation` is one of 1 to 8."""
    if orientation not in ORIENTATIONS:
        raise ValueError(f"an EXIF orientation is 1 to 8, not {orientation}")


def displayed_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """(width, height) of the displayed picture, from those of the raw frame; its own inverse."""
    check_orientation(orientation)
    return (height, width) if orientation in SWAPPING else (width, height)


def apply_orientation(array: npt.NDArray[np.uint8], orientation: int) -> npt.NDArray[np.uint8]:
    """Turn raw pixels [H, W, ...] upright; exact, and contiguous whatever the orientation."""
    check_orientation(orientation)
    if orientation in SWAPPING:
        array = array.swapaxes(0, 1)
    if orientation in {2, 3, 6, 7}:
        array = array[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        array = array[::-1]
    return np.ascontiguousarray(array)
