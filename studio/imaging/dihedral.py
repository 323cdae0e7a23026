"""The eight positions of a square image: as it is, mirrored, and both of them turned."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class DihedralTransform:
    """How an image is put before it is compared: transposed first, then flipped."""

    transposed: bool = False
    top_to_bottom: bool = False
    left_to_right: bool = False

    @property
    def mirrored(self) -> bool:
        """Whether the image is seen as in a mirror, turned or not."""
        return self.transposed ^ self.top_to_bottom ^ self.left_to_right

    @property
    def turned(self) -> bool:
        """Whether the image, mirrored or not, does not stand upright."""
        return self.transposed or self.top_to_bottom

    def apply(self, pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """An image [H, W] or [H, W, C] in this position."""
        placed = pixels.swapaxes(0, 1) if self.transposed else pixels
        placed = placed[::-1] if self.top_to_bottom else placed
        placed = placed[:, ::-1] if self.left_to_right else placed
        return np.ascontiguousarray(placed)


UPRIGHT = DihedralTransform()
DIHEDRAL_TRANSFORMS = tuple(
    DihedralTransform(transposed, top_to_bottom, left_to_right)
    for transposed in (False, True)
    for top_to_bottom in (False, True)
    for left_to_right in (False, True)
)
