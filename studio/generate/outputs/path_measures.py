"""How far two pictures are apart, by several rulers at once.

No single measure is the eye. Features of a network follow what is in a picture and hardly see its
brightness; pixels see little else. A path that is even by one of them can hurry by the other, so
steps that are to be even to the eye are measured by all of them: the features of a perceptual
distance, the pixels, and the edges.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as fn
from numpy.typing import NDArray
from torch import Tensor

from studio.generate.latent.path import LatentPath, step_ratio
from studio.generate.network import Network, Pictures
from studio.generate.projection import distance as distances
from studio.generate.projection.distance import Distance
from studio.jobs import Stopped

PIXELS, EDGES = "pixels", "edges"
LARGEST = 128  # px of the pictures whose pixels and edges are compared
_LUMA = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)

View = tuple[Tensor, ...]
"""A picture as each ruler sees it."""


class PathMeasures:
    """Pixels and edges, and the features of a distance where one is given.

    `names` are in the order of what `view` and `apart` give.
    """

    def __init__(self, distance: Distance | None = None) -> None:
        self.distance = distance
        self.names = (*(() if distance is None else (distance.name,)), PIXELS, EDGES)

    @torch.no_grad()
    def view(self, pictures: Tensor) -> View:
        """What the rulers see of a picture `[1, 3, R, R]` in 0 … 255."""
        pictures = pictures.float()
        features = () if self.distance is None else (self.distance.features(pictures),)
        if pictures.shape[-1] > LARGEST:
            pictures = fn.interpolate(pictures, size=(LARGEST, LARGEST), mode="area")
        luma = (pictures * torch.tensor(_LUMA)[:, None, None]).sum(dim=1)
        across, down = luma.diff(dim=2), luma.diff(dim=1)
        return (*features, pictures.flatten(1), torch.cat([across.flatten(1), down.flatten(1)], 1))

    def apart(self, a: View, b: View) -> NDArray[np.float64]:
        """The distance by each ruler, `[K]`, in units of its own."""
        pairs = zip(a, b, strict=True)
        return np.array([float(distances.between(one, other).sqrt()) for one, other in pairs])

    def steps(self, views: Sequence[View]) -> NDArray[np.float64]:
        """Distances between neighbours, `[N − 1, K]`."""
        return np.array([self.apart(a, b) for a, b in pairwise(views)])

    def ratios(self, steps: NDArray[np.float64]) -> dict[str, float]:
        """Longest over mean step by each ruler: 1 when a path is walked evenly."""
        return {name: step_ratio(steps[:, k].tolist()) for k, name in enumerate(self.names)}

    def picture(self, picture: Pictures) -> View:
        """What the rulers see of a picture `[R, R, 3]` of bytes."""
        return self.view(torch.from_numpy(picture).permute(2, 0, 1)[None])


def views_on(
    network: Network,
    path: LatentPath,
    rulers: PathMeasures,
    stop: Callable[[], bool] = lambda: False,
) -> Callable[[float], View]:
    """From t to what the rulers see there, before it is rounded to bytes.

    What is returned raises Stopped once `stop` says so.
    """

    @torch.no_grad()
    def at(t: float) -> View:
        if stop():
            raise Stopped
        ws = path.at(t)[None].to(network.device)
        picture = network.synthesis(ws, path.noise_mode, noise=path.noise(t))
        return rulers.view(distances.to_255(picture).cpu())

    return at


def remembered(
    at: Callable[[float], View], rulers: PathMeasures
) -> Callable[[float, float], NDArray[np.float64]]:
    """A function of two values of t: how far their pictures are apart, each looked at once."""
    seen: dict[float, View] = {}

    def once(t: float) -> View:
        if t not in seen:
            seen[t] = at(t)
        return seen[t]

    return lambda a, b: rulers.apart(once(a), once(b))
