"""Feature spaces from weights that the user supplies: tensors only, never a file that runs code."""

import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from studio.compute.torchvision_cure import import_timm
from studio.compute.weights import file_digest, read_state
from studio.errors import StudioError
from studio.generate.metrics import fid_inception
from studio.generate.metrics.features import FeatureSpace
from studio.opening import open_regular

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


def inception(path: Path) -> FeatureSpace:
    """Inception v3, pooled to 2,048 features: timm's and torchvision's, or that of published FID.

    The latter, ported from TensorFlow, is known by its 1,008 outputs; it pools otherwise and is run
    as it was (`fid_inception`).
    """
    state = _state(path)
    head = state.get("fc.weight")
    published = head is not None and len(head) == FID_OUTPUTS
    state = {k: v for k, v in state.items() if not k.startswith(("AuxLogits.", "fc."))}
    space = _space(INCEPTION, "FID inception" if published else "inception", path, state)
    if published:
        fid_inception.repool(space.network)
        space.mean = space.std = (0.5, 0.5, 0.5)
        space.bilinear = True
    else:
        space.notes = (NOT_PUBLISHED,)
    return space


def dino(path: Path) -> FeatureSpace:
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
    # Counters of batches, which older files lack, are no weights.
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
    name = f"{kind} ({model}, {path.name} {file_digest(path)[:8]})"
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
