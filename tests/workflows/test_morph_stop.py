"""A morph stops at once, also in what comes before its frames."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.compute import interruption
from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.projection.project import NothingProjected
from studio.generate.session import Endpoint, MorphSession
from studio.jobs import Stopped
from studio.workflows.generate.morph import morph_session, project_file


class Pooled:
    """A perceptual distance that needs no weights."""

    name = "pooled"

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(pictures, 4).flatten(1) / 1000


def make_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network and a photograph."""
    monkeypatch.setattr("studio.generate.projection.backbone.by_name", lambda _: Pooled())
    config = GeneratorConfig(
        resolution=16, z_dim=8, w_dim=8, c_dim=0, channel_base=64, channel_max=4
    )
    tensors = {f"G_ema.{name}": one for name, one in Generator(config).state_dict().items()}
    write_network(folder / "a.safetensors", NetworkFile(config, None, {}, tensors))
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "photo.png")


@pytest.mark.parametrize("spacing", ["w", "perceptual"])
@pytest.mark.parametrize("after", [0, 2, 640])
def test_a_morph_is_stopped_while_an_end_is_projected_or_steps_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spacing: str, after: int
) -> None:
    make_files(tmp_path, monkeypatch)
    photo = Endpoint(kind="photograph", photograph=str(tmp_path / "photo.png"))
    session = MorphSession(
        network=str(tmp_path / "a.safetensors"),
        source=Endpoint(kind="seed", seed=1) if after == 2 else photo,
        target=Endpoint(kind="seed", seed=2),
        spacing=spacing,  # type: ignore[arg-type]
    )
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    with pytest.raises(Stopped):
        morph_session(session, tmp_path / "out", stop=stop)
    assert asked <= after + 2, "it is asked again only to be sure"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("after", [0, 1, 3, 25])
def test_a_projection_is_stopped_before_its_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Within the 10,000 latents of the start, among the candidates, and in the first step."""
    make_files(tmp_path, monkeypatch)
    monkeypatch.setattr(interruption, "EVERY_S", 0)
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    with pytest.raises(NothingProjected):
        project_file(
            tmp_path / "a.safetensors", tmp_path / "photo.png", tmp_path / "out",
            steps=9, candidates=32, stop=stop,
        )  # fmt: skip
    assert asked <= after + 3, "it is asked again only to be sure"
    assert not (tmp_path / "out/state.pt").exists()
    projection = project_file(
        tmp_path / "a.safetensors", tmp_path / "photo.png", tmp_path / "out",
        steps=9, candidates=32,
    )  # fmt: skip
    assert projection.finished
