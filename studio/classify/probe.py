"""The first result: a frozen backbone with logistic regression on its features.

On two cores this stands after a minute, long before the first epoch does; its weights may also
start the head of the fine-tuning (recipe field ``head = "probe"``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.classify.batches import PixelSet
from studio.classify.engine import Engine
from studio.compute.interruption import Interrupted, interruptible

# On features of 800 nails at 224 px, ridge 0.3 gives AUC .89 on the 194 of val when every feature
# is divided by its own deviation, and .91 when no divisor is less than the median deviation. The
# floor also makes the largest weight ten times smaller: without it the first steps of fine-tuning,
# which move rarely active features a little, undo the head (loss 1.3 for 0.3).
_RIDGE = 0.3
_CHUNK = 32


@dataclass(frozen=True)
class ClassifierProbe:
    """A linear map from features ``[D]`` to logits ``[C]``."""

    weight: Tensor
    bias: Tensor

    def probabilities(self, features: Tensor) -> npt.NDArray[np.float64]:
        """Softmax ``[N, C]`` of features ``[N, D]``."""
        logits = functional.linear(features, self.weight, self.bias)
        return logits.double().softmax(1).numpy()

    def into(self, head: nn.Linear) -> None:
        """Start a network's head from this map."""
        with torch.no_grad():
            head.weight.copy_(self.weight)
            head.bias.copy_(self.bias)


def features_of(
    engine: Engine, split: PixelSet, chosen: Tensor, stop_requested: Callable[[], bool]
) -> Tensor | None:
    """Features ``[len(chosen), D]``; None when asked to stop."""
    parts = []
    for start in range(0, len(chosen), _CHUNK):
        if stop_requested():
            return None
        try:
            with interruptible(stop_requested, engine.device):
                parts.append(engine.features(split.pixels(chosen[start : start + _CHUNK])))
        except Interrupted:
            return None
    return torch.cat(parts)


def fit(features: Tensor, targets: Tensor, classes: int) -> ClassifierProbe:
    """Multinomial logistic regression with a ridge, by L-BFGS on standardised features.

    ``features`` float32 ``[N, D]``, ``targets`` int64 ``[N]``. The standardisation is folded into
    the result, which therefore takes features as they are.
    """
    mean, std = features.mean(0), features.std(0)
    scale = torch.maximum(std, std.median()).clamp_min(1e-6)
    inputs = (features - mean) / scale
    weight = torch.zeros(classes, features.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    solver = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def objective() -> Tensor:
        solver.zero_grad()
        loss = functional.cross_entropy(functional.linear(inputs, weight, bias), targets)
        loss = loss + _RIDGE * weight.square().sum() / 2
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(objective)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        folded = weight / scale
        return ClassifierProbe(folded, bias - folded @ mean)


def balanced_choice(targets: npt.NDArray[np.int64], count: int, seed: int) -> npt.NDArray[np.int64]:
    """At most ``count`` positions, as many of each class as there are, in a fixed random order."""
    rng = np.random.default_rng(seed)
    by_class = [rng.permutation(np.flatnonzero(targets == k)) for k in np.unique(targets)]
    turns = [(turn, k) for k, members in enumerate(by_class) for turn in range(len(members))]
    chosen = [by_class[k][turn] for turn, k in sorted(turns)[:count]]
    return np.array(chosen, np.int64)
