"""A photograph as the target of a projection."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.generate.networks.config import GeneratorConfig
from studio.imaging import decode


def read_target(path: Path, config: GeneratorConfig) -> Tensor:
    """The middle square of a picture `[1, C, R, R]` in −1 … 1, upright, Lanczos-resized.

    Raises ImageError when the file is not a picture.
    """
    pixels = decode(path, frame="exif")
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    square = Image.fromarray(pixels[top : top + side, left : left + side])
    square = square.resize((config.resolution,) * 2, Image.Resampling.LANCZOS)
    if config.img_channels == 1:
        square = square.convert("L")
    array = np.asarray(square, np.float32).reshape(config.resolution, config.resolution, -1)
    return torch.from_numpy(array.copy()).permute(2, 0, 1)[None] / 127.5 - 1
