"""Requests to pictures, preview first: what the window's thread and the command line share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from studio.generate.network import Network, Pictures, to_uint8
from studio.generate.networks.generator import NoiseMode
from studio.generate.render.mailbox import Mailbox

TIERS = (64, 128)  # pixels of the previews, before the full picture


class Latent:
    """A latent `[L, W]` that can be asked for: equal only to itself, so requests can be hashed."""

    __slots__ = ("ws",)

    def __init__(self, ws: Tensor) -> None:
        self.ws = ws


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


class Engine:
    """Renders what a mailbox asks for; one thread calls `run`, any thread posts."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.mailbox: Mailbox[RenderRequest] = Mailbox()

    def run(self, deliver: Callable[[Rendered], None]) -> None:
        """Until the mailbox closes: take, render tier by tier, leave off when superseded."""
        while not self.mailbox.closed:
            taken = self.mailbox.take()
            if taken is None:
                continue
            for picture in self.tiers(taken.stamp, taken.request):
                deliver(picture)
                if self.mailbox.superseded(taken.stamp):
                    break

    @torch.no_grad()
    def tiers(self, stamp: int, request: RenderRequest) -> Iterator[Rendered]:
        """The previews that this network has, then the full picture."""
        ws = request.latent.ws[None].to(self.network.device)
        for size in self.sizes(request.tiers):
            pictures = self.network.synthesis(ws, request.noise_mode, size or None)
            yield Rendered(stamp, request, to_uint8(pictures)[0], final=size == 0)

    def sizes(self, wanted: tuple[int, ...]) -> list[int]:
        """Tiers below the full resolution where the architecture has them, and the full one."""
        config = self.network.config
        previews = [size for size in wanted if 0 < size < config.resolution]
        if config.architecture != "skip":
            previews = []
        return previews + ([0] if 0 in wanted or not previews else [])
