"""The blob detector, version 0: no weights, works on the first day.

A lesion is a blob that is darker or redder than the skin all around it. The steps are
contrast maps, blobs in scale space, and a context square for each blob; one file each.
"""

import numpy as np
from numpy.typing import NDArray

from studio.propose.detector import WORKING_SIDE, Proposal

HALF_RESPONSE = 12.0
"""Response (units of CIELAB lightness) that scores 0.5: about a plain nevus on fair skin."""


class BlobDetector:
    """A `Detector` that needs nothing but the pixels."""

    name = "blob"
    version = "0"

    def propose(
        self, rgb: NDArray[np.uint8], keep: int = 10, *, full_size: tuple[int, int] | None = None
    ) -> list[Proposal]:
        """See `Detector.propose`. A picture without any blob (uniform, or a few pixels wide) has
        no proposal.

        The score is the ring response r as r / (r + HALF_RESPONSE): it orders proposals within and
        between pictures and is not a probability.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
            raise ValueError(f"expected a uint8 picture [H, W, 3], got {rgb.dtype} {rgb.shape}")
        # Late, since cv2 would be a third of the time until the window is up.
        from studio.propose.blobs import distinct, find_blobs
        from studio.propose.contrast import contrast_maps, reduce
        from studio.propose.squares import context_side, context_square

        working = reduce(rgb, WORKING_SIDE)
        width, height = full_size or (rgb.shape[1], rgb.shape[0])
        blobs = [
            blob.scaled(width / working.shape[1], height / working.shape[0])
            for blob in find_blobs(contrast_maps(working))
        ]
        chosen = distinct(blobs, keep, side=lambda blob: context_side(blob, width, height))
        return [
            Proposal(
                square=context_square(blob, width, height),
                score=blob.response / (blob.response + HALF_RESPONSE),
            )
            for blob in chosen
        ]
