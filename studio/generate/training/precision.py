"""How exactly a GPU computes while it trains."""

import torch


def disable_tf32(device: torch.device) -> None:
    """Let CUDA compute float32 as float32, and cuDNN find the fastest way for each shape.

    torch convolves with the ten bits of TF32 unless told otherwise, where the official tool and
    every comparison with it have 23. Shapes stay the same from step to step, so that looking for
    the fastest way costs its time once.
    """
    if device.type != "cuda":
        return
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
