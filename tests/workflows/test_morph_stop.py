"""A morph stops at once, also in what comes before its frames."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.session import Endpoint, MorphSession
from studio.jobs import Stopped
from studio.workflows.generate.morph import morph_session


class Pooled:
    """A perceptual distance that needs no weights."""

    name = "pooled"

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(pictures, 4).flatten(1) / 1000


@pytest.mark.parametrize("spacing", ["w", "perceptual"])
@pytest.mark.parametrize("after", [0, 2, 640])
def test_a_morph_is_stopped_while_an_end_is_projected_or_steps_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spacing: str, after: int
) -> None:
    monkeypatch.setattr("studio.generate.projection.backbone.by_name", lambda _: Pooled())
    config = GeneratorConfig(
        resolution=16, z_dim=8, w_dim=8, c_dim=0, channel_base=64, channel_max=4
    )
    tensors = {f"G_ema.{name}": one for name, one in Generator(config).state_dict().items()}
    write_network(tmp_path / "a.safetensors", NetworkFile(config, None, {}, tensors))
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
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
