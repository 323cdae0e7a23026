"""A whole projection: where to begin, which searches follow, what is kept.

`w` is the official projector: one search in W from the mean, the last step is the result. `auto`
begins at the nearest of many random w, searches W, then lets every row go its own way (W+), and
keeps the best it has seen together with its noise maps.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from studio.compute.interruption import Interrupted, interruptible
from studio.compute.tensors import load_checkpoint
from studio.errors import StudioError
from studio.files import replacing
from studio.generate.networks.generator import Generator
from studio.generate.projection import distance as distances
from studio.generate.projection.distance import Distance
from studio.generate.projection.optimise import LatentCloud, LatentSearch, StepReport
from studio.generate.projection.schedule import Schedule

Method = Literal["auto", "w"]
W_SHARE = 0.4  # of the steps of `auto`, before W+
W_PLUS_RATE = 0.02  # the rows are many and already near: a fifth of the official rate
START_SIZE = 64  # pixels at which the random w are compared with the target
STATE = "state.pt"


@dataclass(frozen=True)
class ProjectionPlan:
    """What to do; the same plan, network and target give the same result on a CPU."""

    method: Method = "auto"
    steps: int = 1000
    seed: int = 303
    candidates: int = 10_000  # random w among which `auto` begins


@dataclass(frozen=True, eq=False)
class Projection:
    """The result so far: ws `[1, L, W]`, noise maps by name, squared feature distance."""

    ws: Tensor
    noise: dict[str, Tensor]
    distance: float
    first_distance: float
    steps_done: int
    finished: bool


OnStep = Callable[[StepReport, "Projector"], None]
OnCandidates = Callable[[int, int], bool]
"""Candidates looked at and in all; True ends the looking with the nearest so far."""


class NothingProjected(StudioError):
    """Stopped before the first step: there is no latent to keep."""

    def __init__(self) -> None:
        super().__init__("The projection was stopped before its first step; nothing is kept.")


class Projector:
    """Runs a plan step by step; can be stopped, put away in a file and gone on with."""

    def __init__(
        self,
        generator: Generator,
        target: Tensor,
        distance: Distance,
        plan: ProjectionPlan,
        c: Tensor | None = None,
        on_candidates: OnCandidates = lambda done, total: False,
    ) -> None:
        """`target`: the picture `[1, C, R, R]` in −1 … 1 at the network's resolution."""
        size, resolution = target.shape[-1], generator.config.resolution
        if size != resolution:
            raise StudioError(
                f"The target has {size} px, the network {resolution}; resize it first."
            )
        self.generator, self.distance, self.plan, self.c = generator, distance, plan, c
        self.target, self._on_candidates = target, on_candidates
        with torch.no_grad():
            self.features = distance.features(distances.to_255(target))
        self.cloud = LatentCloud.of(generator, c)
        self.best: Projection | None = None
        self.first_distance = float("inf")

    @cached_property
    def search(self) -> LatentSearch:
        """The search under way. The first begins when it is asked for: looking among the
        candidates takes minutes, which a projection that is gone on with has behind it."""
        return self._first_search()

    @property
    def step(self) -> int:
        """Steps done of the whole plan."""
        in_w = self.w_steps if self.search.latent.shape[1] > 1 else 0
        return in_w + self.search.step

    @property
    def w_steps(self) -> int:
        steps = self.plan.steps
        return steps if self.plan.method == "w" else max(1, round(steps * W_SHARE))

    @property
    def done(self) -> bool:
        return self.step >= self.plan.steps

    def run(
        self,
        on_step: OnStep | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Projection:
        """To the end of the plan, or until `stop` says so; the result either way."""
        while not self.done and not stop():
            try:
                report = self.advance(stop)
            except Interrupted:
                break
            if on_step is not None:
                on_step(report, self)
        return self.result()

    def advance(self, stop: Callable[[], bool] = lambda: False) -> StepReport:
        """One step. Raises Interrupted where `stop` says so within it, with everything as it was
        before the step."""
        if self.search.done:
            self.search = self._second_search()
        before, random = (self.search.ws(), self.search.noise()), self.search.random.get_state()
        try:
            with interruptible(stop, self.target.device):
                report = self.search.advance()
        except Interrupted:
            self.search.random.set_state(random)
            raise
        if self.step == 1:
            self.first_distance = report.distance
        if self.best is None or report.distance < self.best.distance:
            self.best = self._projection(*before, report.distance)
        return replace(report, step=self.step - 1)

    def result(self) -> Projection:
        """The best that was seen; for `w` the last step, as the official tool returns it."""
        if self.best is None:
            raise NothingProjected
        if self.plan.method == "auto":
            return replace(self.best, steps_done=self.step, finished=self.done)
        with torch.no_grad():
            picture = distances.to_255(self.search.picture(self.search.latent))
            away = float(distances.between(self.features, self.distance.features(picture)))
        return self._projection(self.search.ws(), self.search.noise(), away)

    def _projection(self, ws: Tensor, noise: dict[str, Tensor], distance: float) -> Projection:
        return Projection(ws, noise, distance, self.first_distance, self.step, self.done)

    def _first_search(self) -> LatentSearch:
        return self._search_from(self.cloud.mean if self.plan.method == "w" else self._nearest())

    def _search_from(self, w: Tensor) -> LatentSearch:
        """A search in W from `w` `[W]`."""
        schedule = Schedule(steps=self.w_steps)
        return self._search(w[None, None], schedule, fresh_noise=True)

    def _second_search(self) -> LatentSearch:
        """W+ from where W ended, with the noise maps that W found."""
        schedule = Schedule(
            steps=self.plan.steps - self.w_steps, learning_rate=W_PLUS_RATE, noise=0
        )
        search = self._search(self.search.ws(), schedule, fresh_noise=False)
        with torch.no_grad():
            for name, one in search.maps.items():
                one.copy_(self.search.maps[name])
        return search

    def _search(self, latent: Tensor, schedule: Schedule, *, fresh_noise: bool) -> LatentSearch:
        return LatentSearch(
            self.generator,
            self.features,
            self.distance,
            latent,
            self.cloud.deviation,
            schedule,
            seed=self.plan.seed,
            fresh_noise=fresh_noise,
        )

    @torch.no_grad()
    def _nearest(self) -> Tensor:
        """The random w `[W]` whose small picture looks most like the target made small."""
        small = self.generator.config.architecture == "skip"
        size = min(START_SIZE, self.target.shape[-1]) if small else self.target.shape[-1]
        target = torch.nn.functional.interpolate(self.target, size=(size, size), mode="area")
        wanted = self.distance.features(distances.to_255(target))
        ws = self.cloud.ws[: self.plan.candidates]
        away = []
        for few in torch.split(ws, 16):
            rows = few[:, None].expand(-1, self.generator.config.num_ws, -1)
            pictures = self.generator.synthesis(rows, "const", upto=size if small else None)
            features = self.distance.features(distances.to_255(pictures))
            away.append((features - wanted).square().sum(dim=1))
            if self._on_candidates(sum(map(len, away)), len(ws)):
                break
        return ws[int(torch.cat(away).argmin())]

    def save(self, folder: Path) -> None:
        """Put the projection away whole: written beside, then renamed."""
        state = {
            "plan": self._what(),
            "w_plus": self.search.latent.shape[1] > 1,
            "search": self.search.state(),
            "first_distance": self.first_distance,
            "best": None if self.best is None else vars(self.best),
        }
        with replacing(folder / STATE) as file:
            torch.save(state, file)

    def _what(self) -> dict[str, Any]:
        """What must be the same for a projection to go on; the network is known by its mean w."""
        return {
            "method": self.plan.method,
            "steps": self.plan.steps,
            "seed": self.plan.seed,
            "distance": self.distance.name,
            "picture": _hash(self.target),
            "network": _hash(self.cloud.mean),
        }

    def restore(self, folder: Path) -> None:
        """Go on where `save` left off.

        StudioError when it was of another plan, picture, network or distance.
        """
        state: dict[str, Any] = load_checkpoint(folder / STATE)
        mine, theirs = self._what(), _plan_of(state, folder)
        other = ", ".join(name for name, value in mine.items() if theirs.get(name) != value)
        if other:
            raise StudioError(
                f"The projection in {folder} was begun with another {other}: choose another "
                "folder, or give the same again."
            )
        # Where it begins is of no account: all that moves is in the state.
        self.search = self._search_from(self.cloud.mean)
        if state["w_plus"]:
            self.search = self._second_search()
        self.search.restore(state["search"])
        self.first_distance = state["first_distance"]
        self.best = None if state["best"] is None else Projection(**state["best"])


def _hash(numbers: Tensor) -> str:
    return hashlib.sha256(numbers.contiguous().numpy().tobytes()).hexdigest()


def _plan_of(state: Any, folder: Path) -> dict[str, Any]:
    plan = state.get("plan") if isinstance(state, dict) else None
    if not isinstance(plan, dict) or "search" not in state or "w_plus" not in state:
        raise StudioError(f"{folder / STATE} is not the state of a projection: remove it.")
    return plan
