"""A morph on disk: frames from source to target, both exactly included, and a film of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from studio.errors import UsageError
from studio.generate.latent.path import (
    LatentPath,
    PathSpacing,
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
from studio.generate.outputs.animation import AnimationPlan, write_animation
from studio.generate.outputs.contact_sheet import ContactSheet
from studio.generate.outputs.folder import MANIFEST, OutputFolder, filling, w_hash, write_latent
from studio.generate.outputs.path_measures import PathMeasures, remembered, views_on
from studio.generate.projection.distance import Distance
from studio.jobs import Stopped

AT_ONCE = 64  # frames in memory
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

    ts: list[float]
    probabilities: list[float] | None
    crossings: list[float]
    step_ratios: dict[str, float]
    manifest: Path


def spacing(
    how: SpacingName,
    apart: Callable[[float, float], NDArray[np.float64]] | None,
    curve: ProbabilityCurve | None,
) -> PathSpacing:
    """The measure along a path that `how` names; UsageError when what it needs is missing.

    `apart` gives the distances of the pictures at two values of t by all rulers.
    """
    if how == "w":
        return even_in_w()
    if how == "perceptual":
        if apart is None:
            raise UsageError("Even steps to the eye need a perceptual distance, such as lite0.")
        return by_arc_length(apart)
    if curve is None:
        raise UsageError("Even steps of probability need a trained classifier: give --run RUN.")
    return by_probability(curve.ts, curve.probabilities)


@torch.no_grad()
def picture_at(network: Network, path: LatentPath, t: float) -> torch.Tensor:
    """The picture `[1, C, R, R]` at t, with the noise that belongs there."""
    ws = path.at(t)[None].to(network.device)
    return network.synthesis(ws, path.noise_mode, noise=path.noise(t))


def frames(
    network: Network,
    path: LatentPath,
    ts: Sequence[float],
    stop: Callable[[], bool] = lambda: False,
) -> Pictures:
    """The pictures `[N, R, R, 3]` at the given values of t, one at a time.

    Raises Stopped once `stop` says so.
    """
    pictures = []
    for t in ts:
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
    film: AnimationPlan | None = None,
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

    rulers = PathMeasures(distance)
    apart = None
    if distance is not None:
        apart = remembered(views_on(network, path, rulers, stop), rulers)
    curves = [
        final_curve(
            lambda ts, by=one: by.scores(render(ts)),  # type: ignore[misc]
            STEEP_FOR_STEPS if how == "probability" and one is scorers[0] else STEEP,
        )
        for one in scorers
    ]
    even = spacing(how, apart, curves[0] if curves else None)
    ts = through(even.steps(steps), path.keyframes)
    judges = [
        {
            "name": one.name,
            "positive": one.positive,
            "crossings": curve.crossings,
            "curve": {"t": list(curve.ts), "probability": list(curve.probabilities)},
        }
        for one, curve in zip(scorers, curves, strict=True)
    ]
    settings = {
        "spacing": how,
        "steps": steps,
        "distance": None if distance is None else distance.name,
        "step_ratio": None,  # both known when the last frame is made
        "step_ratios": {},
        "even_by": list(rulers.names) if how == "perceptual" else [how],
        "classifier": {key: judges[0][key] for key in ("name", "positive")} if judges else None,
        "crossings": curves[0].crossings if curves else [],
        "classifiers": judges,
        "noise_mode": path.noise_mode,
        "reach": dict(path.reach),
        **(more or {}),
    }
    scores: list[list[float]] = [[] for _ in scorers]
    apart_by: list[NDArray[np.float64]] = []  # of neighbouring frames, by each ruler
    sheet = ContactSheet(len(ts), network.config.resolution)
    with filling(out, network, network_name, settings) as folder:
        before = None
        for few in _few(ts):
            pictures = render(few)
            for one, judge in zip(scores, scorers, strict=True):
                one += judge.scores(pictures).tolist()
            for t, picture in zip(few, pictures, strict=True):
                view = rulers.picture(picture)
                apart_by += [] if before is None else [rulers.apart(before, view)]
                before = view
                sheet.add(picture)
                number = len(folder.files)
                facts: dict[str, Any] = {"probability": scores[0][number]} if scores else {}
                if len(scores) > 1:
                    facts["probabilities"] = [one[number] for one in scores]
                name = f"frame{number:04d}.png"
                folder.picture(name, picture, t=t, w_sha256=w_hash(path.at(t)), **facts)
        ratios = rulers.ratios(np.array(apart_by))
        settings["step_ratios"] = ratios
        settings["step_ratio"] = None if distance is None else ratios[distance.name]
        folder.picture("contact_sheet.png", sheet.page, positions=ts)
        for name, t in _latents(path):
            ws, noise = path.at(t), path.noise(t)
            write_latent(folder.target(name), ws[None], dict(noise) if noise else None)
            folder.note(name, w_sha256=w_hash(ws))
        if film is not None:
            name = f"morph.{film.kind}"
            moments = ts if film.count is None else even.steps(film.count + film.loop)
            moments = moments[: -film.loop or None]
            write_animation(
                folder.target(name), _moving(folder, film, moments, render, stop), film.fps
            )
            shown = len(moments) / film.fps
            folder.note(name, synthetic=True, frames=len(moments), fps=film.fps, seconds=shown)
    return MorphReport(
        ts,
        scores[0] if scores else None,
        curves[0].crossings if curves else [],
        ratios,
        out / MANIFEST,
    )


def _few(ts: list[float]) -> Iterator[list[float]]:
    """The t of the frames that are in memory at once: whole batches of a classifier."""
    for begin in range(0, len(ts), AT_ONCE):
        yield ts[begin : begin + AT_ONCE]


def _moving(
    folder: OutputFolder,
    film: AnimationPlan,
    moments: list[float],
    render: Callable[[Sequence[float]], Pictures],
    stop: Callable[[], bool],
) -> Iterator[Pictures]:
    """The pictures of a film one by one: the frames that are written, or rendered for it.

    Raises Stopped once `stop` says so.
    """
    for number, t in enumerate(moments):
        if film.count is not None:
            yield render([t])[0]
        elif stop():
            raise Stopped
        else:
            with Image.open(folder.path / f"frame{number:04d}.png") as frame:
                yield np.asarray(frame)


def _latents(path: LatentPath) -> list[tuple[str, float]]:
    """The file of each keyframe's latent, and where it lies on the path."""
    inner = enumerate(path.keyframes[1:-1], start=1)
    between = [(f"keyframe{number:02d}_w.npz", t) for number, t in inner]
    return [("source_w.npz", 0.0), *between, ("target_w.npz", 1.0)]
