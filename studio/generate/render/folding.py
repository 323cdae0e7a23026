"""Up-sampling convolution and its low-pass filter as one convolution on the small picture.

Inserting zeros, convolving 3 × 3 and filtering with four taps reaches 6 × 6 pixels of the widened
grid. Of those, each of the four output phases (even or odd row, even or odd column) meets only
nine that are not inserted zeros: a 3 × 3 convolution of its own. So one convolution with four
times the outputs and a pixel shuffle give exactly the same picture.
"""

import torch
import torch.nn.functional as fn
from torch import Tensor

UP_GAIN = 4  # three of four pixels were inserted as zeros


def folded_weight(weight: Tensor, kernel: Tensor) -> Tensor:
    """`[out, in, 3, 3]`, as stored for an up-sampling layer, to `[4 out, in, 3, 3]`.

    The outputs are ordered for `pixel_shuffle(…, 2)`: the four phases of a channel lie together.
    """
    out, inner = weight.shape[:2]
    # The layer convolves, torch correlates: both filters are joined in the convolution's sense.
    taps = (kernel * UP_GAIN).flip((0, 1))[None, None]
    wide = fn.conv2d(fn.pad(weight.reshape(out * inner, 1, 3, 3), (3, 3, 3, 3)), taps)
    wide = wide.reshape(out, inner, 6, 6).flip((2, 3))
    phases = [wide[..., 1 - row :: 2, 1 - column :: 2] for row in (0, 1) for column in (0, 1)]
    return torch.stack(phases, dim=1).reshape(4 * out, inner, 3, 3)
