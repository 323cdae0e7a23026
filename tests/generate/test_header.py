"""The header of a network file, read without torch."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.generate.files.header import read_header
from studio.generate.files.named import resolve_network
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
    assert resolve_network(str(path)) == path


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
    with pytest.raises(StudioError, match="is no network file"):
        read_header(path)


@pytest.mark.parametrize(
    "metadata", [{"config": "[]"}, {"config": '{"resolution": "x"}'}, {}, {"config": "{}"}]
)
def test_a_header_without_a_network_is_refused(tmp_path: Path, metadata: dict[str, str]) -> None:
    text = json.dumps({"__metadata__": metadata}).encode()
    path = tmp_path / "n.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(StudioError, match="is no network file"):
        read_header(path)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="cannot be opened"):
        read_header(tmp_path / "none.safetensors")
    with pytest.raises(StudioError, match="There is no network file"):
        resolve_network(tmp_path / "none.safetensors")


def test_no_torch_is_loaded_for_recipes_and_headers() -> None:
    code = (
        "import sys, studio.generate.builder.recipe, studio.generate.files.header, "
        "studio.ui.generate.builder.page, studio.workflows.gan_build, "
        "studio.cli.commands.gan_build; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
