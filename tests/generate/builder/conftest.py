"""Tiny random networks, with and without classes."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator

CLASSES = ["melanocyticnevus", "malignantmelanoma"]


def written(path: Path, *, classes: bool, resolution: int = 16, seed: int = 0) -> Path:
    config = GeneratorConfig(
        resolution=resolution,
        z_dim=16,
        w_dim=16,
        c_dim=len(CLASSES) if classes else 0,
        channel_base=128,
        channel_max=8,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        tensors = {f"G_ema.{k}": v for k, v in Generator(config).state_dict().items()}
    write_network(path, NetworkFile(config, None, {"classes": CLASSES} if classes else {}, tensors))
    return path


@pytest.fixture
def make_network() -> Callable[..., Path]:
    return written


@pytest.fixture(scope="session")
def conditional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("nets") / "both.safetensors", classes=True)


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unconditional one, of another size."""
    path = tmp_path_factory.mktemp("nets") / "one.safetensors"
    return written(path, classes=False, resolution=32, seed=1)
