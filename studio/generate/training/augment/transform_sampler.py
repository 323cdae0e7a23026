"""The random numbers behind the transforms, or one fixed quantile in their place."""

import torch
from torch import Tensor


class TransformSampler:
    """Throws for a batch of `n` pictures.

    Each transform throws its value first and then, in `happens`, whether it happens: in that
    order the numbers of a seeded generator fall on the same transforms as in the official tool.

    With a `percentile` nothing is thrown: every transform happens, at that quantile of its
    distribution. Normal values are then erfinv(2 q - 1), the official tool's convention, which is
    the quantile of a normal distribution of variance 1/2.
    """

    def __init__(
        self, n: int, p: float, generator: torch.Generator | None, percentile: float | None = None
    ) -> None:
        if not p >= 0:
            raise ValueError(f"a probability is 0 or more, not {p}")
        if percentile is not None and not 0 <= percentile <= 1:
            raise ValueError(f"a percentile lies in 0..1, {percentile} does not")
        self.n, self.p = n, p
        self._generator, self._percentile = generator, percentile
        self.device = torch.device("cpu") if generator is None else generator.device

    @property
    def fixed(self) -> bool:
        """Whether a percentile stands in place of the throws."""
        return self._percentile is not None

    def uniform(self, *shape: int) -> Tensor:
        """`[n, *shape]` in 0..1."""
        if self._percentile is not None:
            return torch.full((self.n, *shape), float(self._percentile), device=self.device)
        return torch.rand((self.n, *shape), generator=self._generator, device=self.device)

    def symmetric(self, *shape: int) -> Tensor:
        """`[n, *shape]` uniform in -1..1."""
        return self.uniform(*shape) * 2 - 1

    def normal(self, *shape: int) -> Tensor:
        """`[n, *shape]` of mean 0 and variance 1."""
        if self._percentile is None:
            return self.true_normal(*shape)
        if not 0 < self._percentile < 1:
            raise ValueError("a normal distribution has no finite value at percentiles 0 and 1")
        return torch.erfinv(self.symmetric(*shape))

    def half_normal(self) -> Tensor:
        """`[n]`, the size of a normal value."""
        if self._percentile is None:
            return self.true_normal().abs()
        if self._percentile == 1:
            raise ValueError("a normal distribution has no finite value at percentile 1")
        return torch.erfinv(self.uniform())

    def true_normal(self, *shape: int) -> Tensor:
        """`[n, *shape]` of mean 0 and variance 1, thrown even when a percentile is set."""
        return torch.randn((self.n, *shape), generator=self._generator, device=self.device)

    def happens(self, value: Tensor, otherwise: float, often: float) -> Tensor:
        """`value` `[n, …]` for the pictures it happens to, with probability `often · p` each."""
        return self.happens_at(value, otherwise, often * self.p)

    def happens_at(self, value: Tensor, otherwise: float, probability: float) -> Tensor:
        """The same with the `probability` itself."""
        if self._percentile is not None:
            return value
        coin = torch.rand(self.n, generator=self._generator, device=self.device)
        coin = coin.reshape(-1, *[1] * (value.ndim - 1))
        return torch.where(coin < probability, value, torch.full_like(value, otherwise))
