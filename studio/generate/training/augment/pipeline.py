"""Draw what happens to a batch, then let it happen, to the batch or to a share of it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from studio.generate.training.augment.colour import draw_recolour
from studio.generate.training.augment.damage import draw_hole, draw_noise
from studio.generate.training.augment.filtering import draw_equaliser
from studio.generate.training.augment.geometry import draw_warp
from studio.generate.training.augment.strengths import PIPELINES, Strengths
from studio.generate.training.augment.transform import AugmentTransform
from studio.generate.training.augment.transform_sampler import TransformSampler


@dataclass(frozen=True)
class Draws:
    """What happens to each picture of a batch: all its random numbers, already thrown."""

    n: int
    height: int
    width: int
    steps: tuple[AugmentTransform, ...]  # in order; none when every picture stays as it is

    def take(self, rows: Tensor | slice) -> "Draws":
        """The share of some pictures: `rows` is a slice, indices or a mask."""
        n = len(torch.arange(self.n)[rows.cpu() if isinstance(rows, Tensor) else rows])
        return Draws(n, self.height, self.width, tuple(step.take(rows) for step in self.steps))

    def to(self, device: torch.device | str) -> "Draws":
        """The same on another device."""
        steps = tuple(step.to(device) for step in self.steps)
        return Draws(self.n, self.height, self.width, steps)


class Augment:
    """Adaptive discriminator augmentation of Karras et al. 2020b, appendix B.

    >>> augment = Augment("bgc")
    >>> draws = augment.draw(16, 64, 64, p=0.3, generator=generator, device="cuda")
    >>> logits = discriminator(augment.apply(images, draws), classes)
    """

    def __init__(self, pipeline: str | Strengths = "bgc") -> None:
        """`pipeline`: one of `PIPELINES`, or one's own strengths.

        Raises:
            ValueError: no pipeline has this name.
        """
        if isinstance(pipeline, str):
            if pipeline not in PIPELINES:
                known = ", ".join(PIPELINES)
                raise ValueError(f"no augmentation is called {pipeline!r}; there are {known}")
            pipeline = PIPELINES[pipeline]
        self.strengths = pipeline

    def draw(
        self,
        n: int,
        height: int,
        width: int,
        p: float,
        generator: torch.Generator | None = None,
        *,
        channels: int = 3,
        percentile: float | None = None,
        device: torch.device | str | None = None,
    ) -> Draws:
        """Throw all random numbers for `n` pictures, in one fixed order.

        Each transform happens to each picture with probability `p`, and always above 1. How far
        the `generator` goes depends on the shape and the pipeline alone, not on `p`. Without one
        torch's global generator throws. With one on the CPU the numbers are the same for every
        `device`, and drawing never waits for the device.

        With a `percentile` (0 to 1) every transform happens at that quantile of its
        distribution; only noise still has a random pattern. The draws lie on `device`, by
        default the generator's.

        Raises:
            ValueError: a number out of range, or pictures of a single row or column.
        """
        if min(height, width) < 2:
            raise ValueError(f"pictures of {width} x {height} are too small to be mirrored")
        rng, s = TransformSampler(n, p, generator, percentile), self.strengths
        steps: list[AugmentTransform | None] = [
            draw_warp(rng, s, height, width) if s.geometric else None,
            draw_recolour(rng, s, channels) if s.coloured else None,
            draw_equaliser(rng, s),
            draw_noise(rng, s, channels, height, width),
            draw_hole(rng, s),
        ]
        at = rng.device if device is None else device
        return Draws(n, height, width, tuple(step.to(at) for step in steps if step is not None))

    def apply(self, images: Tensor, draws: Draws) -> Tensor:
        """Augment `images` `[N, C, H, W]`, gray or RGB in -1..1, N as drawn.

        Half precision is computed and returned as float32. The result can be differentiated twice
        in `images`; those that nothing happens to come back unchanged to the last bit.

        Raises:
            ValueError: the draws are not for pictures of this number, size or colour.
        """
        n, channels, height, width = images.shape
        if (n, height, width) != (draws.n, draws.height, draws.width):
            drawn = f"{draws.n} pictures of {draws.width} x {draws.height}"
            raise ValueError(f"drawn for {drawn}, not for {n} of {width} x {height}")
        if channels not in (1, 3):
            raise ValueError(f"pictures have 1 or 3 channels, not {channels}")
        if images.dtype in (torch.float16, torch.bfloat16):
            images = images.float()
        for step in draws.steps:
            images = step(images)
        return images
