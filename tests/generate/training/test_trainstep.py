"""Five training steps of the official code, repeated by ours."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from studio.generate.networks.config import DiscriminatorConfig, GeneratorConfig
from studio.generate.networks.discriminator import Discriminator
from studio.generate.networks.generator import Generator
from studio.generate.training import ema
from studio.generate.training.options import TrainOptions
from studio.generate.training.phases import make_phases
from studio.generate.training.random_source import DrawnLatents
from studio.generate.training.step import TrainingBatch, TrainingStep

OPTIONS = TrainOptions(
    resolution=32,
    gamma=1,
    batch=8,
    glr=0.0025,
    dlr=0.002,
    z_dim=64,
    w_dim=64,
    cbase=512,
    cmax=32,
    style_mixing=0,
    aug="none",
)


class StackedDice:
    """Deals the numbers of the official run; its noise strength was held at zero."""

    generator = augmentation = None

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self.arrays, self.iteration, self.phase, self.directed = arrays, 0, 0, 0

    def latents(self, n: int) -> DrawnLatents:
        z = torch.from_numpy(self.arrays[f"it{self.iteration}_z"][self.phase])
        return DrawnLatents(z, torch.zeros(n, 0))

    def noise_maps(self, n: int) -> dict[str, Tensor]:
        return {}

    def directions(self, n: int, channels: int, resolution: int) -> Tensor:
        drawn = torch.from_numpy(self.arrays[f"randn_like_{self.directed}"])
        self.directed += 1
        return drawn


def gradient_norm(network: nn.Module) -> float:
    squares = [float(p.grad.square().sum()) for p in network.parameters() if p.grad is not None]
    return math.sqrt(sum(squares))


def relative(ours: dict[str, Tensor], official: dict[str, Tensor]) -> float:
    a = torch.cat([ours[name].flatten() for name in official])
    b = torch.cat([tensor.flatten() for tensor in official.values()])
    return float((a - b).norm() / b.norm())


def missed(
    ours: dict[str, Tensor], official: dict[str, Tensor], begin: dict[str, Tensor]
) -> dict[str, float]:
    """How far each tensor that moved is from where it went, as a share of its way there: weights
    of sigma 100 outweigh all others in a norm of the whole, and hardly move."""
    ways = {name: (official[name] - begin[name]).norm() for name in official}
    return {
        name: float((ours[name] - official[name]).norm() / way) for name, way in ways.items() if way
    }


@pytest.mark.data
def test_five_iterations_equal_the_official_ones(shared_data: Path) -> None:
    folder = shared_data / "stylegan2"
    if not (folder / "trainstep_r32.npz").is_file():
        pytest.skip("the training steps of the official code are not at hand")
    arrays = dict(np.load(folder / "trainstep_r32.npz"))
    begin = load_file(folder / "trainstep_r32.init.safetensors")
    end = load_file(folder / "trainstep_r32.final.safetensors")

    def part(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
        return {k.removeprefix(name): t for k, t in tensors.items() if k.startswith(name)}

    g_config: GeneratorConfig = OPTIONS.generator(0)
    d_config: DiscriminatorConfig = OPTIONS.discriminator(0)
    generator, mean = Generator(g_config).train(), Generator(g_config).train()
    discriminator = Discriminator(d_config).train()
    generator.load_state_dict(part(begin, "G."))
    mean.load_state_dict(part(begin, "G."))
    discriminator.load_state_dict(part(begin, "D."))
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            assert parameter == 0
            parameter.register_hook(torch.zeros_like)
    for network in (generator, mean, discriminator):
        network.requires_grad_(False)

    rng = StackedDice(arrays)
    stepper = TrainingStep(generator, discriminator, OPTIONS, rng)
    phases = make_phases(generator, discriminator, OPTIONS)
    for i in range(5):
        real = torch.from_numpy(arrays[f"it{i}_real"])
        for number, phase in enumerate(phases):
            if i % phase.interval:
                continue
            rng.iteration, rng.phase = i, number
            stepper.run_phase(phase, TrainingBatch(real.clone(), torch.zeros(8, 0)))
            official = float(arrays[f"it{i}_{phase.name}_gradnorm"])
            # Adam's first step is the sign of each gradient: those near zero fall either way.
            assert gradient_norm(phase.network) == pytest.approx(official, rel=1e-3 if i else 1e-6)
        beta = ema.ema_beta(i * 8, 8, OPTIONS.average_half_life, 0.05)
        assert beta == pytest.approx(float(arrays[f"it{i}_ema_beta"]), rel=1e-9, abs=1e-12)
        ema.update_ema(mean, generator, beta)
        assert float(stepper.path_length) == pytest.approx(
            float(arrays[f"it{i}_pl_mean"]), rel=1e-3 if i else 1e-6
        )
    for name, network in (("G.", generator), ("G_ema.", mean), ("D.", discriminator)):
        ours, official = network.state_dict(), part(end, name)
        error = relative(ours, official)
        assert error < 1e-4, (name, error)
        shares = missed(ours, official, part(begin, name.replace("_ema", "")))
        assert max(shares.values()) < 0.05, (name, max(shares.items(), key=lambda one: one[1]))
        still = ("resample_filter", "noise_const", "noise_strength")
        assert shares.keys() == {key for key in official if not key.endswith(still)}
