"""Training on a GPU."""

import pytest
import torch
from torch import Tensor

from studio.errors import StudioError
from studio.generate.training.augment import Augment
from studio.generate.training.distributed import DistributedContext
from studio.generate.training.networks import make_networks
from studio.generate.training.options import TrainOptions
from studio.generate.training.phases import make_phases
from studio.generate.training.probe import probe
from studio.generate.training.random_source import DrawnLatents, SeededRandomSource
from studio.generate.training.step import TrainingBatch, TrainingStep

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]


class MovedDice:
    """Throws on the CPU, so that both devices see the same numbers."""

    def __init__(self, rng: SeededRandomSource, device: torch.device) -> None:
        self.rng, self.device = rng, device
        self.generator = self.augmentation = rng.generator

    def latents(self, n: int) -> DrawnLatents:
        drawn = self.rng.latents(n)
        parts = (drawn.z, drawn.c, drawn.mixed, drawn.cut)
        return DrawnLatents(*(None if part is None else part.to(self.device) for part in parts))

    def noise_maps(self, n: int) -> dict[str, Tensor]:
        return {name: maps.to(self.device) for name, maps in self.rng.noise_maps(n).items()}

    def directions(self, n: int, channels: int, resolution: int) -> Tensor:
        return self.rng.directions(n, channels, resolution).to(self.device)


def after(options: TrainOptions, kind: str, steps: int = 2) -> dict[str, Tensor]:
    """Weights on the CPU after steps on a device."""
    device = DistributedContext().device(torch.device(kind))
    networks = make_networks(options, 2, device)
    home = make_networks(options, 2, torch.device("cpu")).generator
    rng = SeededRandomSource(home, torch.tensor([0, 1]), options.style_mixing, 0, "cpu")
    stepper = TrainingStep(
        networks.generator,
        networks.discriminator,
        options,
        MovedDice(rng, device),
        augment=Augment("bgc"),
    )
    phases = make_phases(networks.generator, networks.discriminator, options)
    random = torch.Generator().manual_seed(0)
    side = options.resolution
    for _ in range(steps):
        real = torch.rand(options.batch, 3, side, side, generator=random).to(device) * 2 - 1
        c = torch.eye(2, device=device)[torch.arange(options.batch) % 2]
        for phase in phases:
            stepper.run_phase(
                phase, TrainingBatch(real.contiguous(memory_format=torch.channels_last), c)
            )
    state = networks.state()
    return {f"{p}.{k}": t.cpu() for p, part in state.items() for k, t in part.items()}


def flat(weights: dict[str, Tensor]) -> Tensor:
    return torch.cat([tensor.double().flatten() for tensor in weights.values()])


def test_cuda_equals_the_cpu(options) -> None:
    chosen = options(fp16_res=0, glr=1e-4, dlr=1e-4)
    begin, cpu, cuda = (
        flat(after(chosen, kind, steps)) for kind, steps in (("cpu", 0), ("cpu", 2), ("cuda", 2))
    )
    assert (cuda - cpu).norm() < 0.01 * (cpu - begin).norm()


def test_half_precision_stays_finite_and_near(options) -> None:
    chosen = options(resolution=64, cbase=1024, cmax=32, fp16_res=4, glr=1e-4, dlr=1e-4)
    begin, full, half = (
        flat(after(chosen.model_copy(update={"fp16_res": bits}), "cuda", steps))
        for bits, steps in ((4, 0), (0, 2), (4, 2))
    )
    assert torch.isfinite(half).all()
    assert not torch.equal(half, full)
    assert (half - full).norm() < 0.5 * (full - begin).norm()


def test_a_run_on_cuda_stops_and_goes_on(tmp_path, options, pictures) -> None:
    from studio.generate.training import checkpoint
    from studio.generate.training.run import train

    chosen = options(kimg=0.032)
    for stop in (True, False):
        train(chosen, pictures, tmp_path, device="cuda:0", stop_requested=lambda stop=stop: stop)
        content = checkpoint.load(tmp_path)
        assert content is not None
        assert content["images"] == (8 if stop else 32)
    assert content["stepper"]["dice"].device.type == "cpu"
    with pytest.raises(StudioError, match=r"on a GPU \(cuda\) .*not on a CPU"):
        train(chosen, pictures, tmp_path)


def test_augmentation_does_not_wait_for_the_gpu() -> None:
    augment, rng = Augment("bgc"), torch.Generator()
    images = torch.rand(8, 3, 32, 32, device="cuda")
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for seed in range(3):
            draws = augment.draw(16, 32, 32, 0.5, rng.manual_seed(seed))
            augment.apply(images, draws.take(torch.arange(0, 16, 2)).to("cuda"))
    finally:
        torch.cuda.set_sync_debug_mode(before)


def test_a_probe_knows_the_gpu(options) -> None:
    found = probe(options(), "cuda")
    assert found.fits
    assert found.device != "CPU"
    assert found.memory_mb > 0
