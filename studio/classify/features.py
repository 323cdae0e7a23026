"""What a pretrained backbone sees in images, without a head and without a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.classify.config import Item
from studio.errors import StudioError
from studio.imaging.prepared import PreparedImages

MODEL, SIDE = "efficientnet_lite0", 224
_CHUNK = 64


@dataclass(frozen=True)
class BackboneFeatures:
    """Features of the items that could be read: `vectors` float32 [N, D], standardised over these
    items and each of length 1, so that a product of two is the cosine of their angle: about 0 for
    two images that have no more in common than any two. `weights` says where the network's come
    from."""

    items: tuple[Item, ...]
    vectors: npt.NDArray[np.float32]
    weights: str


def backbone_features(
    items: Sequence[Item],
    cache: PreparedImages,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    model: str = MODEL,
    weights: str = "auto",
    device: str = "auto",
) -> BackboneFeatures:
    """The pooled features of `model` for each item; those that cannot be read are left out.

    Raises StudioError where weights cannot be had, or are none: from random ones features say
    nothing.
    """
    import torch

    from studio.classify.engine import Engine
    from studio.classify.pixels import PixelStore
    from studio.compute import backbones
    from studio.compute.device import pick_device

    network, record = backbones.create(model, weights)
    if not record.pretrained:
        raise StudioError(f"Features of {model} say nothing without pretrained weights.")
    engine = Engine(network, record, pick_device(device), 2, "auto")
    filled = PixelStore(cache, SIDE).fill(list(items))
    if filled.pixels is None or not filled.items:
        return BackboneFeatures((), np.empty((0, 1), np.float32), record.source)
    parts, count = [], len(filled.items)
    for start in range(0, count, _CHUNK):
        on_progress(start, count)
        block = filled.pixels.take(np.arange(start, min(start + _CHUNK, count)))
        parts.append(engine.features(torch.from_numpy(block)))
    on_progress(count, count)
    pooled = torch.cat(parts)
    # What all images have in common would make any two of them alike.
    centred = (pooled - pooled.mean(0)) / pooled.std(0, correction=0).clamp_min(1e-6)
    vectors = torch.nn.functional.normalize(centred, dim=1).numpy()
    return BackboneFeatures(tuple(filled.items), vectors, record.source)
