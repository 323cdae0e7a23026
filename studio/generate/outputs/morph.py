"""A morph on disk: frames from source to target, both exactly included, and a film of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from studio.errors import StudioError, UsageError
from studio.generate.latent.path import (
    LatentPath,
    Spacing,
    by_arc_length,
    by_probability,
    crossings,
    even_in_w,
    step_ratio,
)
from studio.generate.network import Network, Pictures, to_uint8
from studio.generate.outputs.folder import OutputFolder, w_hash, write_latent
from studio.generate.projection import distance as distances
from studio.generate.projection.distance import Distance

SpacingName = Literal["w", "perceptual", "probability"]
PROBES = 33  # positions at which a path's probability is asked
FILM_RATE = 12  # frames a second


class Scorer(Protocol):
    """A classifier as this room knows it: pictures `[N, R, R, 3]` to probabilities `[N]`."""

    @property
    def name(self) -> str: ...

    @property
    def positive(self) -> str: ...

    def scores(self, pictures: Pictures) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class MorphReport:
    """Where the frames lie on the path and how evenly they are seen."""

    positions: list[float]
    probabilities: list[float] | None
    crossings: list[float]
    step_ratio: float | None
    manifest: Path


def spacing(
    network: Network,
    path: LatentPath,
    how: SpacingName,
    distance: Distance | None,
    scorer: Scorer | None,
) -> Spacing:
    """The measure along the path that `how` names; UsageError when what it needs is missing."""
    if how == "w":
        return even_in_w()
    if how == "perceptual":
        if distance is None:
            raise UsageError("Even steps to the eye need a perceptual distance, such as lite0.")
        return by_arc_length(perceptual_steps(network, path, distance))
    if scorer is None:
        raise UsageError("Even steps of probability need a trained classifier: give --run RUN.")
    positions = np.linspace(0, 1, PROBES).tolist()
    return by_probability(positions, scorer.scores(frames(network, path, positions)).tolist())


def perceptual_steps(
    network: Network, path: LatentPath, distance: Distance
) -> Callable[[float, float], float]:
    """A function of two positions: the distance of their pictures, each rendered once."""
    seen: dict[float, torch.Tensor] = {}

    @torch.no_grad()
    def features(t: float) -> torch.Tensor:
        if t not in seen:
            picture = network.synthesis(path.at(t)[None], "const")
            seen[t] = distance.features(distances.to_255(picture))
        return seen[t]

    return lambda a, b: float(distances.between(features(a), features(b)).sqrt())


def frames(network: Network, path: LatentPath, positions: Sequence[float]) -> Pictures:
    """The pictures `[N, R, R, 3]` at the given positions, one at a time."""
    return np.concatenate(
        [to_uint8(network.synthesis(path.at(t)[None], "const")) for t in positions]
    )


def write_morph(
    network: Network,
    path: LatentPath,
    out: Path,
    *,
    steps: int = 10,
    how: SpacingName = "w",
    distance: Distance | None = None,
    scorer: Scorer | None = None,
    film: Literal["mp4", "gif"] | None = None,
    network_name: str = "",
    ends: tuple[str, str] = ("source", "target"),
) -> MorphReport:
    """`frame0000.png` … in `out`, with the latents of both ends, a film on request, a manifest."""
    if steps < 2:
        raise UsageError("A morph has at least two steps: its two ends.")
    positions = spacing(network, path, how, distance, scorer).steps(steps)
    pictures = frames(network, path, positions)
    probabilities = None if scorer is None else scorer.scores(pictures).tolist()
    ratio = None
    if distance is not None:
        seen = perceptual_steps(network, path, distance)
        ratio = step_ratio([seen(a, b) for a, b in pairwise(positions)])
    crossed = [] if probabilities is None else crossings(positions, probabilities)
    settings = {
        "source": ends[0],
        "target": ends[1],
        "spacing": how,
        "steps": steps,
        "distance": None if distance is None else distance.name,
        "step_ratio": ratio,
        "classifier": None
        if scorer is None
        else {"name": scorer.name, "positive": scorer.positive},
        "crossings": crossed,
    }
    folder = OutputFolder(out, network, network_name, settings)
    for i, (t, picture) in enumerate(zip(positions, pictures, strict=True)):
        facts = {} if probabilities is None else {"probability": probabilities[i]}
        folder.picture(f"frame{i:04d}.png", picture, t=t, w_sha256=w_hash(path.at(t)), **facts)
    for name, ws in (("source_w.npz", path.source), ("target_w.npz", path.target)):
        write_latent(folder.target(name), ws[None])
        folder.note(name, w_sha256=w_hash(ws))
    if film is not None:
        write_film(folder.target(f"morph.{film}"), pictures)
        folder.note(f"morph.{film}", synthetic=True, frames_per_second=FILM_RATE)
    return MorphReport(positions, probabilities, crossed, ratio, folder.finish())


def write_film(path: Path, pictures: Pictures) -> None:
    """MP4 (mpeg4) or GIF of the frames, there and not back."""
    if path.suffix == ".gif":
        first, *rest = [Image.fromarray(picture) for picture in pictures]
        first.save(path, save_all=True, append_images=rest, duration=1000 // FILM_RATE, loop=0)
        return
    height, width = pictures.shape[1:3]
    codec = cv2.VideoWriter.fourcc(*"mp4v")
    writer = cv2.VideoWriter(str(path), codec, FILM_RATE, (width, height))
    if not writer.isOpened():
        raise StudioError("This machine's OpenCV cannot write MP4; ask for --video gif.")
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
