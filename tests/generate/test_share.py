"""A network file to give away."""

from pathlib import Path

import pytest
import torch

from studio.errors import StudioError
from studio.generate.files.network_file import NetworkFile, read_network, write_network
from studio.generate.files.share import share
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator

CONFIG = GeneratorConfig(resolution=8, z_dim=8, w_dim=8, channel_base=64, channel_max=8)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    state = Generator(CONFIG).state_dict()
    tensors = {f"{part}.{name}": t for part in ("G_ema", "G") for name, t in state.items()}
    tensors["D.b4.out.bias"] = torch.zeros(1)
    card = {"title": "a run", "licence": "unclear", "kimg": 3}
    write_network(tmp_path / "trained.safetensors", NetworkFile(CONFIG, None, card, tensors))
    return tmp_path / "trained.safetensors"


def test_only_what_renders_is_given_away(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "shared.safetensors"
    share(trained, out, licence="CC0")
    shared = read_network(out)
    assert shared.parts == ["G_ema"]
    assert (shared.card["title"], shared.card["licence"], shared.card["kimg"]) == (
        "a run",
        "CC0",
        3,
    )
    before = read_network(trained).part("G_ema")
    assert all(torch.equal(before[name], t) for name, t in shared.part("G_ema").items())
    assert out.stat().st_size < trained.stat().st_size * 0.6


def test_nothing_is_overwritten(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "there.safetensors"
    out.write_bytes(b"mine")
    with pytest.raises(StudioError, match="is there already"):
        share(trained, out)
    assert out.read_bytes() == b"mine"


def test_a_network_file_is_as_readable_as_any_other(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    assert trained.stat().st_mode == (tmp_path / "other").stat().st_mode
