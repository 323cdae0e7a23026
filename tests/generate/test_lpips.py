"""LPIPS with made-up weights against its definition."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as fn
from safetensors.torch import save_file

from studio.errors import StudioError
from studio.generate.projection.distance import between
from studio.generate.projection.lpips import SCALE, SHIFT, STAGES, Lpips


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    state, channels = {}, 3
    for number, stage in enumerate(STAGES):
        width = 64 * min(2**number, 8)
        for index in stage:
            shape = (width, channels, 3, 3)
            state[f"features.{index}.weight"] = torch.randn(shape, generator=generator) * 0.05
            state[f"features.{index}.bias"] = torch.randn(width, generator=generator) * 0.05
            channels = width
        state[f"lin{number}.model.1.weight"] = torch.rand(1, width, 1, 1, generator=generator)
    return state


def definition(state: dict[str, torch.Tensor], a: torch.Tensor, b: torch.Tensor) -> float:
    """Σ over stages of the pixel mean of the weighted squared difference of unit features."""
    total = 0.0
    shift, scale = (torch.tensor(v)[:, None, None] for v in (SHIFT, SCALE))
    x = (torch.cat([a, b]) / 127.5 - 1 - shift) / scale
    for number, stage in enumerate(STAGES):
        x = fn.max_pool2d(x, 2) if number else x
        for index in stage:
            x = fn.conv2d(
                x, state[f"features.{index}.weight"], state[f"features.{index}.bias"], padding=1
            ).relu()
        unit = x / (x.norm(dim=1, keepdim=True) + 1e-10)
        squares = (unit[0] - unit[1]).square() * state[f"lin{number}.model.1.weight"][0]
        total += float(squares.sum(dim=0).mean())
    return total


def test_the_distance_is_lpips(tmp_path: Path, weights: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "lpips.safetensors"
    save_file(weights, path)
    lpips = Lpips.load(path)
    a, b = torch.rand(2, 1, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 255
    ours = float(between(lpips.features(a), lpips.features(b)))
    assert ours == pytest.approx(definition(weights, a, b), rel=1e-4)


def test_without_the_learned_weights_it_is_refused(
    tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    path = tmp_path / "vgg.safetensors"
    save_file({k: v for k, v in weights.items() if not k.startswith("lin3")}, path)
    with pytest.raises(StudioError, match="lin3"):
        Lpips.load(path)
