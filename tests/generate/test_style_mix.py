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
from studio.generate.outputs.style_mix import (
    StyleMix,
    layers_text,
    parse_layers,
    parse_sources,
    sources_text,
    write_style_mix,
)
from studio.generate.session import Endpoint


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
    wanted = StyleMix(parse_sources("1,2"), parse_sources("7"), [0, 1])
    manifest = write_style_mix(network, wanted, tmp_path)
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


@pytest.mark.parametrize("text", ["0", "0-3", "0-1,3-4,6", ""])
def test_layers_are_written_as_they_are_read(text: str) -> None:
    assert layers_text(parse_layers(text, 7) if text else []) == text


def test_sources_are_seeds_latents_and_ends_with_a_name(network: Network, tmp_path: Path) -> None:
    ends = {"a": Endpoint(kind="seed", seed=5, class_name="nevus")}
    found = parse_sources("3-4, A,latent:one\\,two.npz", ends)
    assert [one.seed for one in found] == [3, 4, 5, None]
    assert found[3].latent == "one,two.npz"
    assert parse_sources(sources_text(found)) == found
    for wrong in ("", "1,", "0-999", "seed:x", "photo.jpg"):
        with pytest.raises(UsageError):
            parse_sources(wrong)


def test_a_cell_is_a_source_of_another_matrix(network: Network, tmp_path: Path) -> None:
    first = StyleMix(parse_sources("1"), parse_sources("7"), [0, 1], 0.7)
    write_style_mix(network, first, tmp_path / "first")
    latent = str(tmp_path / "first" / "0001-0007.npz")
    second = StyleMix(parse_sources(latent), parse_sources("3"), [5], 0.7)
    told = json.loads(write_style_mix(network, second, tmp_path / "second").read_text())
    assert told["settings"]["rows"] == [latent]
    by_hand = network.mapping(network.latent(1), None, 0.7)[0].clone()
    by_hand[:2] = network.mapping(network.latent(7), None, 0.7)[0][:2]
    by_hand[5] = network.mapping(network.latent(3), None, 0.7)[0][5]
    assert torch.equal(read_latent(tmp_path / "second" / "end00-0003.npz", network)[0], by_hand)


def test_a_matrix_has_a_bound() -> None:
    with pytest.raises(UsageError, match="400 pictures at most"):
        StyleMix(parse_sources("0-20"), parse_sources("0-20"), [0])
