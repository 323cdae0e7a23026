"""One number for blur, and two ways to see a photograph better."""

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
# Blur is judged at one scale, else a large soft photograph would pass for a sharp small one.
SHARPNESS_SIDE = 960


def sharpness(rgb: Pixels) -> float:
    """Variance of the Laplacian of the luma (0..255) with the longer side at 960 pixels or less.

    Above zero for anything but a flat picture; comparable between photographs of one kind only
    (Pech-Pacheco et al. 2000).
    """
    grey = Image.fromarray(rgb).convert("L")
    longer = max(grey.size)
    if longer > SHARPNESS_SIDE:
        factor = SHARPNESS_SIDE / longer
        size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
        grey = grey.resize(size, Image.Resampling.BOX)
    luma = np.asarray(grey, dtype=np.int32)
    if min(luma.shape) < 3:
        return 0.0
    centre = luma[1:-1, 1:-1]
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return float(np.var(around - 4 * centre))


def clahe(rgb: Pixels) -> Pixels:
    """Contrast-limited equalisation of the lightness, for the eye only: [H, W, 3] to the same."""
    import cv2  # late: the window must be up before OpenCV is loaded

    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)


def grey_world(rgb: Pixels) -> Pixels:
    """White balance that makes the mean colour grey, for the eye only: [H, W, 3] to the same."""
    means = rgb.reshape(-1, 3).mean(axis=0)
    gains = means.mean() / np.maximum(means, 1.0)
    balanced = np.rint(rgb * gains.astype(np.float32))
    return np.asarray(np.clip(balanced, 0, 255), dtype=np.uint8)
