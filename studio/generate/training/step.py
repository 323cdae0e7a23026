"""One training step: every phase that is due, each process on its rows of the batch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from studio.compute.interruption import Interrupted, interruptible
from studio.generate.latent.noise import NoiseMaps
from studio.generate.networks.discriminator import Discriminator
from studio.generate.networks.generator import Generator
from studio.generate.training import losses
from studio.generate.training.ada import AugmentStrength
from studio.generate.training.augment import Augment, Draws
from studio.generate.training.distributed import DistributedContext, gather_gradients
from studio.generate.training.options import TrainOptions
from studio.generate.training.phases import Phase
from studio.generate.training.precision import disable_tf32
from studio.generate.training.random_source import DrawnLatents, RandomSource


@dataclass
class RunningMeans:
    """Running sums of what steps report, until they are asked for. They stay on the device, since
    reading one after every step would make a GPU wait."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, values: Tensor) -> None:
        total = values.detach().sum()
        self.sums[name] = self.sums[name] + total if name in self.sums else total
        self.counts[name] = self.counts.get(name, 0) + values.numel()

    def pop(self) -> dict[str, float]:
        """The mean of each name since the last call, which begins new sums."""
        means = {name: float(total) / self.counts[name] for name, total in self.sums.items()}
        self.sums.clear()
        self.counts.clear()
        return means

    def copy(self) -> "RunningMeans":
        return RunningMeans(dict(self.sums), dict(self.counts))


@dataclass
class TrainingBatch:
    """Real pictures `[B, C, R, R]` in −1 … 1 with their classes `[B, c_dim]`."""

    pictures: Tensor
    c: Tensor


class TrainingStep:
    """Takes training steps. It changes both networks, the optimisers, the random source,
    the mean path length and the augmentation's statistics; a checkpoint holds all of them."""

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        options: TrainOptions,
        rng: RandomSource,
        world: DistributedContext | None = None,
        augment: Augment | None = None,
    ) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.options, self.rng, self.world = options, rng, world or DistributedContext()
        self.augment = augment
        self.strength = AugmentStrength.of(options)
        self.device = generator.mapping.w_avg.device
        disable_tf32(self.device)
        self.path_length = torch.zeros([], device=self.device)  # its moving average
        self.means = RunningMeans()
        at_once = options.at_once(self.world.size)
        # Rows of the batch, on the device and on the CPU, where reading them does not wait for a
        # GPU.
        own = self.world.share(options.batch, at_once)
        self.shares = [(rows.to(self.device), rows) for rows in own]
        half = max(options.batch // 2, 1)
        self.halves = [rows[rows < half].to(self.device) for rows in own]
        self._tasks: dict[str, Callable[[TrainingBatch, int], None]] = {
            "Gmain": self._generator_main,
            "Greg": self._generator_regularise,
            "Dmain": self._discriminator_main,
            "Dreg": self._discriminator_regularise,
        }

    def run_phase(
        self,
        phase: Phase,
        batch: TrainingBatch,
        stop_requested: Callable[[], bool] | None = None,
    ) -> None:
        """Run one phase and let its network learn.

        On a CPU a phase takes many seconds: raises Interrupted within it where `stop_requested`
        says so, with everything as it was before the phase.
        """
        phase.optimiser.zero_grad(set_to_none=True)
        phase.network.requires_grad_(True)
        if stop_requested is None or self.device.type != "cpu":
            self._tasks[phase.name](batch, phase.interval)
        else:
            before = self.state(), self.generator.mapping.w_avg.clone(), self.means.copy()
            try:
                with interruptible(stop_requested):
                    self._tasks[phase.name](batch, phase.interval)
            except Interrupted:
                phase.optimiser.zero_grad(set_to_none=True)
                phase.network.requires_grad_(False)
                self.restore(before[0])
                self.generator.mapping.w_avg.copy_(before[1])
                self.means = before[2]
                raise
        phase.network.requires_grad_(False)
        gather_gradients(self.world, phase.network.parameters())
        phase.optimiser.step()

    # The four tasks

    def _generator_main(self, batch: TrainingBatch, gain: int) -> None:
        """Make pictures that D takes for real."""
        n = len(batch.pictures)
        latents, noise, draws = self._draw(n)
        for rows, at_home in self.shares:
            pictures, _ = self._generate(latents.take(rows), noise, rows)
            logits = self._logits(pictures, latents.c[rows], draws, at_home)
            loss = losses.nonsaturating_loss(logits)
            self.means.add("loss_g", loss)
            torch.autograd.backward(loss.sum() * (gain / n))

    def _generator_regularise(self, batch: TrainingBatch, gain: int) -> None:
        """Make equal steps in w equal steps among pictures; on half of the batch, for memory."""
        latents, noise, _ = self._draw(len(batch.pictures), judged=False)
        n, shares = max(len(batch.pictures) // 2, 1), self.halves
        config = self.options
        directions = self.rng.directions(n, config.img_channels, config.resolution)

        def lengths(rows: Tensor, create_graph: bool) -> Tensor:
            pictures, ws = self._generate(latents.take(rows), noise, rows)
            return losses.path_lengths(pictures, ws, directions[rows], create_graph)

        # The mean of the whole batch comes first; with several rounds their graphs would not fit.
        kept = [lengths(rows, create_graph=len(shares) == 1) for rows in shares]
        mean = self.world.sum(torch.cat([one.detach() for one in kept]).sum()) / n
        self.path_length.lerp_(mean, losses.PATH_LENGTH_DECAY)
        for rows, one in zip(shares, kept, strict=True):
            measured = one if one.requires_grad else lengths(rows, create_graph=True)
            pull = losses.path_length_penalty(measured.detach(), mean, self.path_length)
            self.means.add("pl", (measured.detach() - self.path_length).square())
            torch.autograd.backward(measured, pull * (self.options.pl_weight * gain / n))

    def _discriminator_main(self, batch: TrainingBatch, gain: int) -> None:
        """Tell generated pictures from real ones."""
        n = len(batch.pictures)
        latents, noise, draws = self._draw(n)
        real_draws = self._augmentation(n)
        self._update_w_average(latents)
        for rows, at_home in self.shares:
            with torch.no_grad():
                pictures, _ = self._generate(latents.take(rows), noise, rows)
            loss = losses.fake_loss(self._logits(pictures, latents.c[rows], draws, at_home))
            self.means.add("loss_d", loss)
            torch.autograd.backward(loss.sum() * (gain / n))
            logits = self._logits(batch.pictures[rows], batch.c[rows], real_draws, at_home)
            loss = losses.nonsaturating_loss(logits)
            self.means.add("loss_d_real", loss)
            self.strength.note(self.world.sum(count_signs(logits)))
            torch.autograd.backward(loss.sum() * (gain / n))

    def _discriminator_regularise(self, batch: TrainingBatch, gain: int) -> None:
        """Keep D's gradient at real pictures small (R1, Mescheder et al. 2018)."""
        n = len(batch.pictures)
        draws = self._augmentation(n)
        for rows, at_home in self.shares:
            pictures = batch.pictures[rows].requires_grad_(True)
            logits = self._logits(pictures, batch.c[rows], draws, at_home)
            self.strength.note(self.world.sum(count_signs(logits)))  # as official runs count
            penalty = losses.r1_penalty(logits, pictures)
            self.means.add("r1", penalty)
            torch.autograd.backward(penalty.sum() * (self.options.gamma / 2 * gain / n))

    # Their parts

    def _draw(self, n: int, judged: bool = True) -> tuple[DrawnLatents, NoiseMaps, Draws | None]:
        """The random numbers for a batch of n generated pictures."""
        latents, noise = self.rng.latents(n), self.rng.noise_maps(n)
        return latents, noise, self._augmentation(n) if judged else None

    def _augmentation(self, n: int) -> Draws | None:
        if self.augment is None or not self.strength.p:
            return None
        options = self.options
        return self.augment.draw(
            n,
            options.resolution,
            options.resolution,
            self.strength.p,
            self.rng.augmentation,
            channels=options.img_channels,
        )

    def _generate(
        self, latents: DrawnLatents, noise: NoiseMaps, rows: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Pictures and the ws that they were made from, styles mixed."""
        mapping = self.generator.mapping
        ws = mapping(latents.z, latents.c)
        if latents.mixed is not None and latents.cut is not None:
            after = torch.arange(ws.shape[1], device=ws.device) >= latents.cut[:, None]
            ws = torch.where(after[:, :, None], mapping(latents.mixed, latents.c), ws)
        maps = {name: maps[rows] for name, maps in noise.items()}
        pictures = functional_call(self.generator.synthesis, maps, (ws,), {"noise_mode": "const"})
        return pictures, ws

    def _logits(self, pictures: Tensor, c: Tensor, draws: Draws | None, at_home: Tensor) -> Tensor:
        if self.augment is not None and draws is not None:
            pictures = self.augment.apply(pictures, draws.take(at_home).to(self.device))
        return self.discriminator(pictures, c)

    @torch.no_grad()
    def _update_w_average(self, latents: DrawnLatents) -> None:
        """Keep the average w up to date, by the whole batch in every process."""
        self.generator.mapping(latents.z, latents.c, update_average=True)

    # Checkpoints

    def state(self) -> dict[str, Any]:
        rng, augmentation = self.rng.generator, self.rng.augmentation
        assert rng is not None
        assert augmentation is not None
        return {
            "path_length": self.path_length.cpu().clone(),
            "strength": self.strength.state(),
            "dice": rng.get_state(),  # the name that checkpoints have
            "augmentation": augmentation.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        rng, augmentation = self.rng.generator, self.rng.augmentation
        assert rng is not None
        assert augmentation is not None
        self.path_length.copy_(state["path_length"])
        self.strength.restore(state["strength"])
        rng.set_state(state["dice"])
        if "augmentation" in state:  # what was saved before it had its own
            augmentation.set_state(state["augmentation"])


def count_signs(logits: Tensor) -> Tensor:
    """Sum of the signs of logits, and their number: `[2]`."""
    signs = logits.detach().sign().sum()
    return torch.stack([signs, torch.full_like(signs, logits.numel())])
