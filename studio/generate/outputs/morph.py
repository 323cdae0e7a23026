"""A morph on disk: frames from source to target, both exactly included, and a film of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from studio.errors import UsageError
from studio.generate.latent.path import (
    LatentPath,
    Spacing,
    by_arc_length,
    by_probability,
    even_in_w,
    through,
)
from studio.generate.latent.probability import (
    STEEP,
    STEEP_FOR_STEPS,
    ProbabilityCurve,
    final_curve,
)
from studio.generate.network import Network, Pictures, to_uint8
from studio.generate.outputs.contact_sheet import contact_sheet
from studio.generate.outputs.film import FilmPlan, write_film
from studio.generate.outputs.folder import OutputFolder, w_hash, write_latent
from studio.generate.outputs.rulers import Rulers, remembered, views_on
from studio.generate.projection.distance import Distance
from studio.jobs import Stopped

SpacingName = Literal["w", "perceptual", "probability"]


class Scorer(Protocol):
    """A classifier as this room knows it: pictures `[N, R, R, 3]` to probabilities `[N]`."""

    @property
    def name(self) -> str: ...

    @property
    def positive(self) -> str: ...

    def scores(self, pictures: Pictures) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class MorphReport:
    """Where the frames lie on the path and how evenly they are seen: `step_ratios` has the longest
    over the mean step by each ruler."""

    positions: list[float]
    probabilities: list[float] | None
    crossings: list[float]
    step_ratios: dict[str, float]
    manifest: Path


def spacing(
    how: SpacingName,
    apart: Callable[[float, float], NDArray[np.float64]] | None,
    curve: ProbabilityCurve | None,
) -> Spacing:
    """The measure along a path that `how` names; UsageError when what it needs is missing.

    `apart` gives the distances of the pictures at two positions by all rulers.
    """
    if how == "w":
        return even_in_w()
    if how == "perceptual":
        if apart is None:
            raise UsageError("Even steps to the eye need a perceptual distance, such as lite0.")
        return by_arc_length(apart)
    if curve is None:
        raise UsageError("Even steps of probability need a trained classifier: give --run RUN.")
    return by_probability(curve.positions, curve.probabilities)


@torch.no_grad()
def picture_at(network: Network, path: LatentPath, t: float) -> torch.Tensor:
    """The picture `[1, C, R, R]` at a position, with the noise that belongs there."""
    ws = path.at(t)[None].to(network.device)
    return network.synthesis(ws, path.noise_mode, noise=path.noise(t))


def frames(
    network: Network,
    path: LatentPath,
    positions: Sequence[float],
    stop: Callable[[], bool] = lambda: False,
) -> Pictures:
    """The pictures `[N, R, R, 3]` at the given positions, one at a time.

    Raises Stopped once `stop` says so.
    """
    pictures = []
    for t in positions:
        if stop():
            raise Stopped
        pictures.append(to_uint8(picture_at(network, path, t)))
    return np.concatenate(pictures)


def write_morph(
    network: Network,
    path: LatentPath,
    out: Path,
    *,
    steps: int = 10,
    how: SpacingName = "w",
    distance: Distance | None = None,
    scorers: Sequence[Scorer] = (),
    film: FilmPlan | None = None,
    network_name: str = "",
    stop: Callable[[], bool] = lambda: False,
    more: dict[str, object] | None = None,
) -> MorphReport:
    """`frame0000.png` … in `out`, a contact sheet, the latents of all keyframes, a film on request.

    Every keyframe of the path is a frame. `stop` is asked before each picture; once it says so,
    Stopped is raised and `out` is as it was.

    The first of the scorers is the one whose probability spaces the steps and is reported; the
    manifest has what all of them say, each with its curve along the path and where that crosses
    one half, which does not depend on the number of steps. `more` goes into its settings.
    """
    if steps < 2:
        raise UsageError("A morph has at least two steps: its two ends.")

    def render(ts: Sequence[float]) -> Pictures:
        return frames(network, path, ts, stop)

    rulers = Rulers(distance)
    apart = None
    if distance is not None:
        apart = remembered(views_on(network, path, rulers), rulers)
    curves = [
        final_curve(
            lambda ts, by=one: by.scores(render(ts)),  # type: ignore[misc]
            STEEP_FOR_STEPS if how == "probability" and one is scorers[0] else STEEP,
        )
        for one in scorers
    ]
    even = spacing(how, apart, curves[0] if curves else None)
    positions = through(even.steps(steps), path.keyframes)
    pictures = render(positions)
    moving = pictures[: -film.loop or None] if film is not None else None
    if film is not None and film.count is not None:
        moments = even.steps(film.count + film.loop)
        moving = render(moments[: -film.loop or None])
    scores = [one.scores(pictures).tolist() for one in scorers]
    ratios = rulers.ratios(rulers.steps([rulers.picture(one) for one in pictures]))
    judges = [
        {
            "name": one.name,
            "positive": one.positive,
            "crossings": curve.crossings,
            "curve": {"t": list(curve.positions), "probability": list(curve.probabilities)},
        }
        for one, curve in zip(scorers, curves, strict=True)
    ]
    settings = {
        "spacing": how,
        "steps": steps,
        "distance": None if distance is None else distance.name,
        "step_ratio": None if distance is None else ratios[distance.name],
        "step_ratios": ratios,
        "even_by": list(rulers.names) if how == "perceptual" else [how],
        "classifier": {key: judges[0][key] for key in ("name", "positive")} if judges else None,
        "crossings": curves[0].crossings if curves else [],
        "classifiers": judges,
        "noise_mode": path.noise_mode,
        "reach": dict(path.reach),
        **(more or {}),
    }
    folder = OutputFolder(out, network, network_name, settings)
    for i, (t, picture) in enumerate(zip(positions, pictures, strict=True)):
        facts: dict[str, Any] = {"probability": scores[0][i]} if scores else {}
        if len(scores) > 1:
            facts["probabilities"] = [one[i] for one in scores]
        folder.picture(f"frame{i:04d}.png", picture, t=t, w_sha256=w_hash(path.at(t)), **facts)
    folder.picture("contact_sheet.png", contact_sheet(pictures), positions=positions)
    for name, t in _latents(path):
        ws, noise = path.at(t), path.noise(t)
        write_latent(folder.target(name), ws[None], dict(noise) if noise else None)
        folder.note(name, w_sha256=w_hash(ws))
    if film is not None and moving is not None:
        name = f"morph.{film.kind}"
        write_film(folder.target(name), moving, film.fps)
        shown = len(moving) / film.fps
        folder.note(name, synthetic=True, frames=len(moving), fps=film.fps, seconds=shown)
    return MorphReport(
        positions,
        scores[0] if scores else None,
        curves[0].crossings if curves else [],
        ratios,
        folder.finish(),
    )


def _latents(path: LatentPath) -> list[tuple[str, float]]:
    """The file of each keyframe's latent, and where it lies on the path."""
    inner = enumerate(path.keyframes[1:-1], start=1)
    between = [(f"keyframe{number:02d}_w.npz", t) for number, t in inner]
    return [("source_w.npz", 0.0), *between, ("target_w.npz", 1.0)]
