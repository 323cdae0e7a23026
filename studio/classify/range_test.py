"""The learning-rate range test: which rates a network learns at, found in one short training.

The rate grows from step to step while the loss is watched: it falls from the rate on at which the
network learns, and rises where the steps are too long (L. N. Smith, Cyclical Learning Rates for
Training Neural Networks, WACV 2017, 464-472, section 3.3). The rate grows by a constant factor, as
the range is of several powers of ten.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.classify.batches import Sampler, augment
from studio.classify.config import TrainConfig, TrainData
from studio.classify.engine import is_out_of_memory
from studio.classify.first import first_result
from studio.classify.loop import class_weights, make_optimiser
from studio.classify.setup import Setup, prepare
from studio.errors import StudioError, UsageError

SMOOTHING = 0.9
"""Weight of what was before in the smoothed loss: each is about the mean of ten steps."""
DIVERGED = 4.0
"""The test ends where the smoothed loss is so many times the least one."""
_LEAST_POINTS = 10


@dataclass(frozen=True)
class RangeTest:
    """`rates` [n] that were tried, the `losses` [n] of their batches, `smoothed` [n].

    `least` is the rate at which the smoothed loss is least; near it and above the steps are too
    long. `suggestion` is a tenth of it (S. Gugger, How Do You Find A Good Learning Rate, 2018), and
    `steepest` the rate at which the loss falls fastest by the logarithm of the rate. All are None
    where the loss does not fall. `ended_early` says that the loss had risen too far for the rates
    that were left.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float | None
    steepest: float | None
    least: float | None
    ended_early: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "suggestion": self.suggestion,
            "steepest": self.steepest,
            "least": self.least,
            "ended_early": self.ended_early,
            "curve": [
                {"learning_rate": rate, "loss": loss, "smoothed": smooth}
                for rate, loss, smooth in zip(self.rates, self.losses, self.smoothed, strict=True)
            ],
        }


def range_test(
    config: TrainConfig,
    data: TrainData,
    *,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 100,
    emit: Callable[..., None] = lambda event, **fields: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> RangeTest:
    """Train `steps` batches by the recipe of `config` at rates from `low` to `high`.

    Nothing of the network is kept. `emit` gets the events of `studio.classify.training` that come
    before the first step, and `progress`. Raises UsageError for rates or steps that make no range,
    and StudioError as a training does.
    """
    if not 0 < low < high <= 10:
        raise UsageError("The rates go from a low one above 0 to a higher one, at most 10.")
    if not 2 * _LEAST_POINTS <= steps <= 10_000:
        raise UsageError(f"A range test has {2 * _LEAST_POINTS} to 10,000 steps, not {steps}.")
    with tempfile.TemporaryDirectory(prefix="can-studio-rate-") as folder:
        setup = prepare(
            config.model_copy(update={"data": data}), Path(folder), emit, stop_requested
        )
        rates = np.geomspace(low, high, steps).tolist()
        losses = _losses(setup, rates, emit)
    return read_curve(rates[: len(losses)], losses, ended_early=len(losses) < steps)


def _losses(setup: Setup, rates: Sequence[float], emit: Callable[..., None]) -> list[float]:
    """The loss of each batch before its step, up to where it has risen too far."""
    fitted, _ = first_result(setup)
    head = setup.engine.head()
    if fitted is not None and head is not None and setup.recipe.head == "probe":
        fitted.into(head)
    pictures = setup.load(setup.all_training())
    engine, recipe = setup.engine, setup.recipe
    engine.keep_statistics = recipe.norm == "frozen" and setup.weights.pretrained
    optimiser = make_optimiser(engine.network, recipe)
    weights = class_weights(pictures, engine) if recipe.class_weights == "balanced" else None
    sampler = Sampler(len(pictures), setup.config.seed)
    losses: list[float] = []
    least, mean = math.inf, 0.0
    for number, rate in enumerate(rates, 1):
        if setup.stop_requested():
            break
        chosen = sampler.take(recipe.batch)
        if chosen is None:
            sampler.begin_epoch()
            chosen = sampler.take(recipe.batch)
        assert chosen is not None, "there are pictures of every class"
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.zero_grad(set_to_none=True)
        try:
            pixels = augment(pictures.pixels.pixels(chosen), recipe.augment, sampler.generator)
            targets = pictures.pixels.classes(chosen)
            loss = engine.loss(pixels, targets, recipe.smoothing, weights)
            loss.backward()  # type: ignore[no-untyped-call]
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise StudioError(
                f"Batches of {recipe.batch} pictures of {recipe.size} px do not fit into memory: "
                "choose a smaller batch or picture size."
            ) from error
        value = float(loss.detach())
        if not math.isfinite(value):
            break
        losses.append(value)
        optimiser.step()
        mean = SMOOTHING * mean + (1 - SMOOTHING) * value
        smooth = mean / (1 - SMOOTHING**number)
        least = min(least, smooth)
        emit("progress", done=number, total=len(rates), message=f"rate {rate:.1e}")
        if number >= _LEAST_POINTS and smooth > DIVERGED * least:
            break
    return losses


def read_curve(
    rates: Sequence[float], losses: Sequence[float], *, ended_early: bool = False
) -> RangeTest:
    """What a curve of losses [n] by growing `rates` [n] says.

    The smoothed loss is the mean of those before, weighted by `SMOOTHING` to the power of how long
    ago. Raises StudioError for fewer points than can be read.
    """
    if len(losses) < _LEAST_POINTS:
        raise StudioError(
            f"The loss was no longer a number after {len(losses)} steps: begin at a lower rate."
        )
    smoothed, mean = [], 0.0
    for number, loss in enumerate(losses, 1):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        smoothed.append(mean / (1 - SMOOTHING**number))
    curve = np.asarray(smoothed)
    # The first values are means of a few batches: they rise and fall by chance.
    settled = curve[_LEAST_POINTS - 1 :]
    lowest = _LEAST_POINTS - 1 + int(settled.argmin())
    falls = lowest > _LEAST_POINTS - 1
    slopes = np.gradient(curve, np.log(np.asarray(rates)))[_LEAST_POINTS - 1 : lowest + 1]
    steepest = _LEAST_POINTS - 1 + int(slopes.argmin())
    return RangeTest(
        tuple(map(float, rates)),
        tuple(map(float, losses)),
        tuple(smoothed),
        float(rates[lowest]) / 10 if falls else None,
        float(rates[steepest]) if falls else None,
        float(rates[lowest]) if falls else None,
        ended_early,
    )
