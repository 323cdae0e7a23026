"""The matrix of style mixing."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.errors import UsageError
from studio.generate.network import Network, to_uint8
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.outputs.folder import read_latent
from studio.generate.outputs.style_mix import parse_layers, write_style_mix


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(1)
    config = GeneratorConfig(
        resolution=16, z_dim=8, w_dim=8, c_dim=0, channel_base=128, channel_max=8
    )
    return Network(Generator(config).eval().requires_grad_(False))


def test_a_cell_has_the_rows_latent_with_the_columns_layers(
    network: Network, tmp_path: Path
) -> None:
    manifest = write_style_mix(network, [1, 2], [7], [0, 1], tmp_path)
    told = json.loads(manifest.read_text())
    assert told["settings"]["layers"] == [0, 1]
    rows, column = (
        [network.mapping(network.latent(one))[0] for one in (1, 2)],
        network.mapping(network.latent(7))[0],
    )
    by_hand = torch.cat([column[:2], rows[1][2:]])
    assert torch.equal(read_latent(tmp_path / "0002-0007.npz", network)[0], by_hand)
    picture = to_uint8(network.synthesis(by_hand[None]))[0]
    with Image.open(tmp_path / "0002-0007.png") as cell:
        assert np.array_equal(np.asarray(cell), picture)
    with Image.open(tmp_path / "matrix.png") as matrix:
        pixels = np.asarray(matrix)
    assert pixels.shape == (48, 32, 3)
    assert np.array_equal(pixels[32:, 16:], picture)
    assert not pixels[:16, :16].any()


def test_layers_are_read(network: Network) -> None:
    assert parse_layers("0-2,5", 6) == [0, 1, 2, 5]
    for wrong in ("", "x", "1-", "6", "0-99999999999", "0-9999999", "-1", "5-2,1"):
        with pytest.raises(UsageError):
            parse_layers(wrong, 6)
