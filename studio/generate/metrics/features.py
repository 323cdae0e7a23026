"""Spaces in which pictures are compared: features of a network, always named with its weights.

Numbers from two spaces never compare. `lite0` is the classifier backbone of the studio, at hand;
the others take weights that the user supplies, and give no published Inception or DINO number
unless the file is the published one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as fn
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.errors import StudioError, UsageError
from studio.generate.network import Pictures

SPECS = ("lite0", "inception:FILE", "dino:FILE")
BATCH = 32
OnProgress = Callable[[int, int], None]


@dataclass(eq=False)
class FeatureSpace:
    """Pooled features of a network: `name` says which, with what weights, at what size.

    `side` is the size that pictures are resampled to: bicubic and antialiased (what is thrown away
    on the way changes the numbers: Parmar et al. 2022), or `bilinear` without antialiasing, as
    published FID values have it. `notes` are sentences that belong to every number from here.
    """

    name: str
    dims: int
    side: int
    network: nn.Module
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    notes: tuple[str, ...] = ()
    bilinear: bool = False
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def to(self, device: torch.device | str) -> "FeatureSpace":
        """Move the network; returns this same space."""
        self.device = torch.device(device)
        self.network.to(self.device)
        return self

    def __call__(
        self, pictures: Pictures, on_progress: OnProgress = lambda done, total: None
    ) -> NDArray[np.float32]:
        """Pictures `[N, R, R, 3]` (uint8 RGB) to features `[N, dims]`."""
        found = np.empty((len(pictures), self.dims), np.float32)
        for start in range(0, len(pictures), BATCH):
            batch = torch.from_numpy(np.array(pictures[start : start + BATCH]))
            found[start : start + len(batch)] = self._features(batch).cpu().numpy()
            on_progress(start + len(batch), len(pictures))
        return found

    @torch.no_grad()
    def _features(self, pictures: Tensor) -> Tensor:
        x = pictures.to(self.device).permute(0, 3, 1, 2).float() / 255
        if x.shape[-1] != self.side:
            size, mode = (self.side, self.side), "bilinear" if self.bilinear else "bicubic"
            x = fn.interpolate(x, size, mode=mode, antialias=not self.bilinear).clamp(0, 1)
        mean, std = (x.new_tensor(v)[:, None, None] for v in (self.mean, self.std))
        x = ((x - mean) / std).contiguous(memory_format=torch.channels_last)
        return self.network(x).float()


def feature_space(spec: str, resolution: int = 64) -> FeatureSpace:
    """`lite0`, or `inception:` or `dino:` and the path of a weights file.

    `resolution` is that of the pictures: `lite0` looks at pictures of up to 128 px at 128 px
    (three times as fast), at larger ones at 224 px; the name says which. torch's random numbers
    are left as they were.

    Raises:
        UsageError: there is no such space.
        StudioError: the file cannot be read or does not fit.
    """
    from studio.generate.metrics import backbone_files

    kind, _, path = spec.partition(":")
    with torch.random.fork_rng(devices=[]):  # a network is born with random weights
        if spec == "lite0":
            return _lite0(128 if resolution <= 128 else 224)
        if kind == "inception" and path:
            return backbone_files.inception(Path(path))
        if kind == "dino" and path:
            return backbone_files.dino(Path(path))
    raise UsageError(f"There is no feature space “{spec}”; there are: {', '.join(SPECS)}.")


def _lite0(side: int) -> FeatureSpace:
    """EfficientNet-Lite0 with its ImageNet weights, or with random ones that are called random."""
    from studio.compute import backbones

    # torch.manual_seed would also seed every accelerator.
    torch.default_generator.manual_seed(0)
    network: Any
    notes: tuple[str, ...] = ()
    try:
        network, record = backbones.create("efficientnet_lite0", "auto", classes=0)
        weights = f"ImageNet {(record.sha256 or '')[:8]}"
    except StudioError as error:
        torch.default_generator.manual_seed(0)
        network, record = backbones.create("efficientnet_lite0", "none", classes=0)
        weights = "random weights"
        because = f"because its trained weights are not at hand ({error})"
        notes = (
            f"The features are those of a network with random weights, {because}",
            "Numbers from random features say whether training goes on, not how good it is.",
        )
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    name = f"lite0@{side} ({weights})"
    return FeatureSpace(
        name, int(network.num_features), side, network, record.mean, record.std, notes
    )
