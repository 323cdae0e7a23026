"""The measurements on a path that the analyst orders; all of it runs in its pool threads."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.errors import StudioError
from studio.ui.background import Control
from studio.ui.generate.path_renderer import PathRenderer

if TYPE_CHECKING:
    from studio.generate.latent.path import PathSpacing
    from studio.generate.latent.probability import ProbabilityCurve
    from studio.generate.network import Pictures
    from studio.generate.outputs.morph import Scorer
    from studio.generate.projection.distance import Distance
    from studio.generate.render.engine import Latent, RenderEngine
    from studio.ui.generate.path_analysis import PathAnalysis

STRIP_TIER = 128  # pixels
BOUNDARY_SEEDS = 96


def run_scorer(run: Path) -> "Scorer":
    """A trained run as a scorer."""
    from studio.workflows.generate.morph import RunScorer

    return RunScorer.load(run)


def lite0() -> "Distance":
    """The perceptual distance of the classifier's backbone."""
    from studio.generate.projection.backbone import by_name

    return by_name("lite0")


class PathMeasurement:
    """One look at a path with the runs of one session."""

    def __init__(
        self, pictures: PathRenderer, how: str, runs: list[str], analyst: "PathAnalysis"
    ) -> None:
        self.pictures, self.how, self.runs, self.analyst = pictures, how, runs, analyst
        self._curves: dict[str, ProbabilityCurve] = {}

    def spacing(self, control: Control) -> "PathSpacing | None":
        """The measure of the chosen spacing, as the files measure it; None when stopped."""
        from studio.generate.latent.path import even_in_w
        from studio.generate.outputs.morph import spacing
        from studio.generate.outputs.path_measures import PathMeasures, remembered, views_on

        if self.how == "w":
            return even_in_w()
        if self.how == "probability":
            if not self.runs:
                raise StudioError("Even steps of probability need a trained classifier: tick one.")
            found = self.curve(self.runs[0], control)
            return None if found is None else spacing("probability", None, found[1])
        pictures, rulers = self.pictures, PathMeasures(self.analyst.distance())
        at = views_on(pictures.engine.network, pictures.path, rulers)

        def view(t: float) -> Any:
            if pictures.closed:
                raise StudioError("The path has changed.")
            return pictures.later(lambda: at(t)).result()

        return spacing("perceptual", remembered(view, rulers), None)

    def curve(self, run: str, control: Control) -> "tuple[str, ProbabilityCurve] | None":
        """A classifier's curve; each round of refinement is handed on as it comes. None when
        stopped."""
        from studio.generate.latent.probability import STEEP, STEEP_FOR_STEPS, refined_curve

        if run in self._curves:
            return run, self._curves[run]
        scorer, found = self.analyst.scorer(run), None
        steep = STEEP_FOR_STEPS if self.how == "probability" and run == self.runs[0] else STEEP
        for curve in refined_curve(lambda ts: scorer.scores(self.pictures.many(ts, 1)), steep):
            if control.stop_requested():
                return None
            found = curve
            self.analyst.take_curve(self.pictures, run, curve)
        if found is None:
            return None
        self._curves[run] = found
        return run, found

    def evenness(self, steps: int) -> tuple[float, dict[str, float]]:
        """Length of the path by the perceptual distance, and longest over mean step by each ruler,
        seen between neighbours of `steps`."""
        from studio.generate.outputs.path_measures import PathMeasures

        rulers = PathMeasures(self.analyst.distance())
        asked = [self.pictures.at(t, STRIP_TIER) for t in self.analyst.even_ts(steps)]
        lengths = rulers.steps([rulers.picture(one.result()) for one in asked])
        return float(lengths[:, 0].sum()), rulers.ratios(lengths)

    def shares(self, run: str) -> dict[str, float]:
        """How much of the change in probability along the path each group of layers owns."""
        from studio.generate.latent.probability import group_shares
        from studio.generate.render.engine import Latent

        scorer, pictures = self.analyst.scorer(run), self.pictures

        def probability(ts: dict) -> float:  # type: ignore[type-arg]
            path = pictures.path
            there = {group: t * path.reach[group] for group, t in ts.items()}

            def make() -> np.ndarray:
                latent = Latent(path.at_groups(there), path.noise_groups(there))
                return pictures.engine.picture(latent, path.noise_mode)

            if pictures.closed:
                raise StudioError("The path has changed.")
            return float(scorer.scores(pictures.later(make).result()[None])[0])

        return {str(group): share for group, share in group_shares(probability).items()}


def class_boundary(analyst: "PathAnalysis", run: str, control: Control) -> list[float]:
    """The direction from what a classifier holds for least to most positive, as a unit vector.

    Random seeds are rendered and scored; the boundary lies between the lower and upper third.
    """
    from studio.generate.latent.directions import boundary_of_scores
    from studio.generate.render.engine import Latent

    controller = analyst.controller
    directions, pictures, scorer = controller.directions, controller.pictures, analyst.scorer(run)
    if directions is None or pictures is None:
        raise StudioError("Open a network first.")
    engine, rows = pictures.engine, pictures.engine.network.config.num_ws
    ws, scores = directions.ws[:BOUNDARY_SEEDS], []
    for number, w in enumerate(ws):
        if control.stop_requested():
            raise StudioError("The boundary was stopped.")
        latent = Latent(w[None].expand(rows, -1))
        picture = engine.later(partial(_picture, engine, latent)).result()
        scores.append(float(scorer.scores(picture[None])[0]))
        control.progress(number + 1, len(ws))
    return [float(one) for one in boundary_of_scores(ws, scores).vectors[0]]


def _picture(engine: "RenderEngine", latent: "Latent", _network: object) -> "Pictures":
    return engine.picture(latent)


def fidelity(analyst: "PathAnalysis", run: str | None, folder: Path) -> dict[str, float | None]:
    """Of a projection: its distance now and at first, and what the classifier makes of both."""
    from PIL import Image

    from studio.generate.outputs.folder import MANIFEST
    from studio.opening import open_regular, read_json

    settings = read_json(folder / MANIFEST)["settings"]
    found: dict[str, float | None] = {
        "distance": settings["last_distance"],
        "first": settings["first_distance"],
        "photograph": None,
        "projection": None,
    }
    if run is not None:
        scorer = analyst.scorer(run)
        for name, file in (("photograph", "target.png"), ("projection", "proj.png")):
            with open_regular(folder / file) as opened, Image.open(opened) as picture:
                pixels = np.asarray(picture.convert("RGB"))
            found[name] = float(scorer.scores(pixels[None])[0])
    return found
