"""Spaces in which pictures are compared: features of a network, always named with its weights.

Numbers from two spaces never compare. `lite0` is the classifier backbone of the studio, at hand;
the others take weights that the user supplies (tensors only, never a file that runs code), and give
no published Inception or DINO number unless the file is the published one.
"""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as fn
from numpy.typing import NDArray
from torch import Tensor, nn

from studio.compute.torchvision_compat import import_timm
from studio.compute.weights import read_state
from studio.errors import StudioError, UsageError
from studio.generate.network import Pictures
from studio.opening import open_regular, sha256_file

SPECS = ("lite0", "inception:FILE", "dino:FILE")
BATCH = 32
OnProgress = Callable[[int, int], None]
INCEPTION = "inception_v3"
FID_OUTPUTS = 1008
NOT_PUBLISHED = (
    "This Inception is not the one of published FID values: the numbers compare with one another "
    "only."
)
# Width of the tokens and side of a patch, as the first convolution has them.
DINOS = {
    (384, 16): "vit_small_patch16_224.dino",
    (384, 8): "vit_small_patch8_224.dino",
    (768, 16): "vit_base_patch16_224.dino",
    (768, 8): "vit_base_patch8_224.dino",
}
_WITHOUT_PADDING = ("5b", "5c", "5d", "6b", "6c", "6d", "6e", "7b")
_MAXIMUM = "7c"


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
    kind, _, path = spec.partition(":")
    with torch.random.fork_rng(devices=[]):  # a network is born with random weights
        if spec == "lite0":
            return _lite0(128 if resolution <= 128 else 224)
        if kind == "inception" and path:
            return _inception(Path(path))
        if kind == "dino" and path:
            return _dino(Path(path))
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


def _inception(path: Path) -> FeatureSpace:
    """Inception v3, pooled to 2,048 features: timm's and torchvision's, or that of published FID.

    The latter, ported from TensorFlow, is known by its 1,008 outputs; it pools otherwise and is run
    as it was (`_repool`).
    """
    state = _state(path)
    head = state.get("fc.weight")
    published = head is not None and len(head) == FID_OUTPUTS
    state = {k: v for k, v in state.items() if not k.startswith(("AuxLogits.", "fc."))}
    space = _space(INCEPTION, "FID inception" if published else "inception", path, state)
    if published:
        _repool(space.network)
        space.mean = space.std = (0.5, 0.5, 0.5)
        space.bilinear = True
    else:
        space.notes = (NOT_PUBLISHED,)
    return space


def _dino(path: Path) -> FeatureSpace:
    """A DINO vision transformer (Caron et al. 2021); its class token is the features."""
    state = _state(path)
    patches = state.get("patch_embed.proj.weight")
    key = (patches.shape[0], patches.shape[-1]) if patches is not None and patches.ndim else None
    model = DINOS.get(key) if key else None
    if model is None:
        known = ", ".join(DINOS.values())
        raise StudioError(f"{path.name} is none of the DINO networks that are known: {known}.")
    state = {k: v for k, v in state.items() if not k.startswith("head.")}
    return _space(model, "dino", path, state)


def _state(path: Path) -> dict[str, Tensor]:
    if path.is_file() and _is_torchscript(path):
        raise StudioError(
            f"{path.name} is a TorchScript program, which would be run, not read; give the "
            "network's tensors as .safetensors or .pth."
        )
    return read_state(path)[0]


def _is_torchscript(path: Path) -> bool:
    """TorchScript archives carry their source beside the tensors."""
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, StudioError):
        return False
    return any(name.split("/", 1)[-1].startswith("code/") for name in names)


def _space(model: str, kind: str, path: Path, state: dict[str, Tensor]) -> FeatureSpace:
    network: Any = import_timm().create_model(model, num_classes=0)
    expected = network.state_dict()
    # Counters of batches, which older files lack, are not weights.
    names = {k for k in set(expected) | set(state) if not k.endswith("num_batches_tracked")}
    wrong = sorted(k for k in names if _shape(expected, k) != _shape(state, k))
    if wrong:
        raise StudioError(
            f"{path.name} does not fit {model}: “{wrong[0]}” and {len(wrong) - 1} more tensors "
            "are missing, unknown or of another shape."
        )
    network.load_state_dict(state, strict=False)
    network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    config = import_timm().get_pretrained_cfg(model)
    name = f"{kind} ({model}, {path.name} {sha256_file(path)[:8]})"
    return FeatureSpace(
        name,
        int(network.num_features),
        int(config.input_size[-1]),
        network,
        tuple(config.mean),
        tuple(config.std),
    )


def _shape(tensors: dict[str, Tensor], name: str) -> torch.Size | None:
    return tensors[name].shape if name in tensors else None


class _UnpaddedPoolBlock(nn.Module):
    """An Inception block whose pooled branch sees `pool(x)` instead of timm's average."""

    def __init__(self, block: Any, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.block, self.pool = block, pool

    def forward(self, x: Tensor) -> Tensor:
        branches = self.block._forward(x)  # the pooled one is the last
        branches[-1] = self.block.branch_pool(self.pool(x))
        return torch.cat(branches, dim=1)


def _repool(network: Any) -> None:
    """Give timm's network, its weights in place, the pooling of published FID values (Heusel et al.
    2017).

    The network that TensorFlow published in 2015 averages without counting the padding, and takes
    the maximum in its last block. Everything else is timm's `inception_v3`.
    """
    average = partial(fn.avg_pool2d, kernel_size=3, stride=1, padding=1, count_include_pad=False)
    for name in _WITHOUT_PADDING:
        setattr(
            network, f"Mixed_{name}", _UnpaddedPoolBlock(getattr(network, f"Mixed_{name}"), average)
        )
    highest = partial(fn.max_pool2d, kernel_size=3, stride=1, padding=1)
    last = getattr(network, f"Mixed_{_MAXIMUM}")
    setattr(network, f"Mixed_{_MAXIMUM}", _UnpaddedPoolBlock(last, highest))
