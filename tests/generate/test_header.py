"""The header of a network file, read without torch."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.generate.files.header import read_header
from studio.generate.files.named import resolve_network_path
from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.networks.config import GeneratorConfig


@pytest.mark.parametrize("classes", [0, 2])
def test_resolution_and_classes_are_told(tmp_path: Path, classes: int) -> None:
    config = GeneratorConfig(resolution=32, z_dim=8, w_dim=8, c_dim=classes)
    card = {"classes": ["nevus", "melanoma"]} if classes else {}
    path = tmp_path / "n.safetensors"
    write_network(path, NetworkFile(config, None, card, {"G_ema.x": torch.zeros(2)}))
    found = read_header(path)
    assert found.resolution == 32
    assert found.classes == (("nevus", "melanoma") if classes else ())
    assert resolve_network_path(str(path)) == path


@pytest.mark.parametrize("parts", [("G_ema",), ("G_ema", "G", "D")])
def test_a_discriminator_is_told(tmp_path: Path, parts: tuple[str, ...]) -> None:
    config = GeneratorConfig(resolution=32, z_dim=8, w_dim=8)
    path = tmp_path / "n.safetensors"
    tensors = {f"{part}.x": torch.zeros(2) for part in parts}
    write_network(path, NetworkFile(config, None, {}, tensors))
    assert read_header(path).has_discriminator == ("D" in parts)


def test_classes_without_names_are_numbers(tmp_path: Path) -> None:
    config = GeneratorConfig(resolution=32, z_dim=8, w_dim=8, c_dim=3)
    path = tmp_path / "n.safetensors"
    write_network(path, NetworkFile(config, None, {}, {"G_ema.x": torch.zeros(2)}))
    assert read_header(path).classes == ("0", "1", "2")


@given(st.binary(max_size=64))
def test_other_bytes_are_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(content)
    with pytest.raises(StudioError, match="is not a network file"):
        read_header(path)


def with_metadata(path: Path, metadata: object) -> Path:
    text = json.dumps({"__metadata__": metadata}).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return path


numbers = st.integers() | st.floats() | st.sampled_from([1e12, 10**12, -1, float("inf"), 2.5])
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
configs = st.fixed_dictionaries(
    {"resolution": st.sampled_from([16, 64]) | values},
    optional={"c_dim": st.integers(0, 3) | values, "z_dim": values},
)


@given(config=configs | values, card=values | st.fixed_dictionaries({"classes": values}))
def test_any_metadata_are_a_header_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, config: object, card: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    with_metadata(path, {"config": json.dumps(config), "card": json.dumps(card)})
    with suppress(StudioError):
        found = read_header(path)
        assert found.resolution == found.config.resolution
        assert len(found.classes) <= found.config.c_dim


@pytest.mark.parametrize("count", ["1000000000000", "1e12", "Infinity", "-1", "NaN"])
def test_no_number_of_classes_fills_the_memory(tmp_path: Path, count: str) -> None:
    config = f'{{"resolution": 64, "c_dim": {count}}}'
    with pytest.raises(StudioError, match="is not a network file"):
        read_header(with_metadata(tmp_path / "n.safetensors", {"config": config}))


@pytest.mark.parametrize(
    "metadata", [{"config": "[]"}, {"config": '{"resolution": "x"}'}, {}, {"config": "{}"}]
)
def test_a_header_without_a_network_is_refused(tmp_path: Path, metadata: dict[str, str]) -> None:
    with pytest.raises(StudioError, match="is not a network file"):
        read_header(with_metadata(tmp_path / "n.safetensors", metadata))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="does not exist"):
        read_header(tmp_path / "none.safetensors")
    with pytest.raises(StudioError, match="There is no network file"):
        resolve_network_path(tmp_path / "none.safetensors")


def test_no_torch_is_loaded_for_recipes_and_headers() -> None:
    code = (
        "import sys, studio.generate.builder.recipe, studio.generate.files.header, "
        "studio.ui.generate.builder.page, studio.workflows.generate.build, "
        "studio.cli.commands.gan_build; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
