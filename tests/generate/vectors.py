"""The official networks' numbers: how to build our networks from them and compare."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from studio.generate.networks.config import DiscriminatorConfig, GeneratorConfig
from studio.generate.networks.discriminator import Discriminator
from studio.generate.networks.generator import Generator


class Vectors:
    """One set: configuration, weights and numbers of the official code."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.config = json.loads((folder / f"{name}.config.json").read_text())
        self.weights = load_file(folder / f"{name}.safetensors")
        with np.load(folder / f"{name}.npz") as arrays:
            self.arrays = dict(arrays)

    def __getitem__(self, key: str) -> Tensor:
        return torch.from_numpy(self.arrays[key])

    def __contains__(self, key: str) -> bool:
        return key in self.arrays

    def part(self, name: str) -> dict[str, Tensor]:
        start = name + "."
        return {k.removeprefix(start): t for k, t in self.weights.items() if k.startswith(start)}

    def generator(self) -> Generator:
        common, own = self.config["common"], self.config["G_kwargs"]
        config = GeneratorConfig(
            z_dim=own["z_dim"],
            w_dim=own["w_dim"],
            mapping_layers=own["mapping_kwargs"]["num_layers"],
            use_noise=own.get("use_noise", True),
            **_shared(common, own, "skip"),
        )
        generator = Generator(config).eval()
        generator.load_state_dict(self.part("G_ema"))
        return generator

    def discriminator(self) -> Discriminator:
        common, own = self.config["common"], self.config["D_kwargs"]
        config = DiscriminatorConfig(
            freeze_layers=own["block_kwargs"].get("freeze_layers", 0),
            mbstd_group=own["epilogue_kwargs"].get("mbstd_group_size", 4),
            **_shared(common, own, "resnet"),
        )
        discriminator = Discriminator(config).eval()
        discriminator.load_state_dict(self.part("D"))
        return discriminator


def _shared(common: dict, own: dict, architecture: str) -> dict:
    return {
        "resolution": common["img_resolution"],
        "img_channels": common["img_channels"],
        "c_dim": common["c_dim"],
        "channel_base": own["channel_base"],
        "channel_max": own["channel_max"],
        "conv_clamp": own["conv_clamp"],
        "architecture": own.get("architecture", architecture),
    }


def error(ours: Tensor | float, official: Tensor) -> float:
    """Relative L2 error; shapes must agree."""
    a = torch.as_tensor(ours).detach().double()
    b = official.double()
    assert a.shape == b.shape, (a.shape, b.shape)
    return float((a - b).norm() / b.norm().clamp_min(1e-12))
