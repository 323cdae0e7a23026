"""Requests to pictures, preview first: what the window's thread and the command line share."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from studio.generate.latent.noise import NoiseMaps
from studio.generate.network import Network, Pictures, to_uint8
from studio.generate.networks.generator import NoiseMode
from studio.generate.render.idle_queue import IdleQueue
from studio.generate.render.mailbox import Mailbox
from studio.generate.render.preview_colour import FIT_SEEDS, ColourMap, fit

TIERS = (64, 128)  # pixels of the previews, before the full picture
HURRIED, SLOW_S = 32, 0.08  # a smaller first tier where the usual one takes longer than this
REST_S = 0.25  # without a live request before other work begins
T = TypeVar("T")


class Latent:
    """A latent `[L, W]` that can be asked for: equal only to itself, so requests can be hashed."""

    __slots__ = ("noise", "ws")

    def __init__(self, ws: Tensor, noise: NoiseMaps | None = None) -> None:
        self.ws, self.noise = ws, noise


@dataclass(frozen=True)
class RenderRequest:
    """One picture to be made. `tiers` are the sizes in order; 0 is the full one."""

    latent: Latent
    noise_mode: NoiseMode = "const"
    tiers: tuple[int, ...] = (*TIERS, 0)


@dataclass(frozen=True, eq=False)
class Rendered:
    """A picture `[R, R, 3]` of a request, with the request's stamp."""

    stamp: int
    request: RenderRequest
    picture: Pictures
    final: bool


class RenderEngine:
    """Renders what a mailbox asks for; one thread calls `run`, any thread posts.

    All that touches the network goes through that thread: live pictures at once, and in the
    pauses what `later` was given.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.mailbox: Mailbox[RenderRequest] = Mailbox()
        self.colours: dict[int, ColourMap] = {}
        self._patient = IdleQueue()
        self._last_live = 0.0
        self._slow = False

    def run(self, deliver: Callable[[Rendered], None]) -> None:
        """Until the mailbox closes: take, render tier by tier, leave off when superseded.

        When rendering fails the mailbox closes too: nobody waits for what will not come.
        """
        try:
            self._serve(deliver)
        finally:
            self.mailbox.close()
            self._patient.cancel()

    def _serve(self, deliver: Callable[[Rendered], None]) -> None:
        while not self.mailbox.closed:
            taken = self.mailbox.take(self._patience())
            if taken is None:
                if not self.mailbox.closed and not self._patience():
                    self._patient.do_one()
                continue
            for picture in self.tiers(taken.stamp, taken.request):
                deliver(picture)
                if self.mailbox.superseded(taken.stamp):
                    break
            self._last_live = time.monotonic()

    def later(self, work: Callable[[Network], T], urgency: int = 0) -> "Future[T]":
        """Do `work` in the rendering thread when nobody waits for a live picture.

        Higher urgency goes first. Cancel the future to take the work back.
        """
        future = self._patient.add(lambda: work(self.network), urgency)
        if self.mailbox.closed:
            future.cancel()
        self.mailbox.nudge()
        return future

    def _patience(self) -> float | None:
        """How long to wait for a live request: for ever, or until the other work may begin."""
        if not self._patient:
            return None
        return max(0.0, self._last_live + REST_S - time.monotonic())

    @torch.no_grad()
    def tiers(self, stamp: int, request: RenderRequest) -> Iterator[Rendered]:
        """The previews that this network has, then the full picture."""
        sizes = self.sizes(request.tiers)
        if self._slow and sizes[0] == TIERS[0]:
            sizes.insert(0, HURRIED)
        for size in sizes:
            began = time.perf_counter()
            picture = self.picture(request.latent, request.noise_mode, size)
            if size == TIERS[0]:
                self._slow = time.perf_counter() - began > SLOW_S
            yield Rendered(stamp, request, picture, final=size == 0)

    @torch.no_grad()
    def picture(self, latent: Latent, noise_mode: NoiseMode = "const", size: int = 0) -> Pictures:
        """One picture `[R, R, 3]`; a preview in the colours of the full one once those are known.

        For the rendering thread.
        """
        ws = latent.ws[None].to(self.network.device)
        pictures = self.network.synthesis(ws, noise_mode, size or None, latent.noise)
        if size in self.colours:
            pictures = self.colours[size](pictures)
        return to_uint8(pictures)[0]

    def sizes(self, wanted: tuple[int, ...]) -> list[int]:
        """Tiers below the full resolution where the architecture has them, and the full one."""
        config = self.network.config
        previews = [size for size in wanted if 0 < size < config.resolution]
        if config.architecture != "skip":
            previews = []
        return previews + ([0] if 0 in wanted or not previews else [])

    def fit_colours(
        self, ws: Tensor, tiers: tuple[int, ...] = (HURRIED, *TIERS)
    ) -> "list[Future[Any]]":
        """Learn the colours of the previews from a few latents `[N, L, W]`, in the pauses."""
        sizes = [size for size in self.sizes(tiers) if size]
        if not sizes:
            return []
        seen: dict[int, list[Tensor]] = {size: [] for size in (*sizes, 0)}
        few = ws[:FIT_SEEDS]

        @torch.no_grad()
        def look(one: Tensor, network: Network) -> None:
            for size, pictures in seen.items():
                made = network.synthesis(one[None].to(network.device), "const", size or None)
                pictures.append(made if size else _shrunk(made, max(sizes)))

        def finish(_network: Network) -> None:
            full = torch.cat(seen[0])
            self.colours = {size: fit(torch.cat(seen[size]), full) for size in sizes}

        looks = [self.later(partial(look, w), -1) for w in few]
        return [*looks, self.later(finish, -1)]


def _shrunk(pictures: Tensor, size: int) -> Tensor:
    return torch.nn.functional.interpolate(pictures, size=(size, size), mode="area")
