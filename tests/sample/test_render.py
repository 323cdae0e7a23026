"""The renderer's parts, and what a photograph must be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.propose.squares import side_for_diameter
from studio.sample import MELANOMA, NEVUS, PhotographSpec, render
from studio.sample.body_shape import SCENES
from studio.sample.lesion import context_square, melanoma, nevus, paint
from studio.sample.light import encode
from studio.sample.noise import cloud, furrows, smoothstep, softened
from studio.sample.skin import plain_skin


@given(
    width=st.integers(140, 4000),
    height=st.integers(140, 4000),
    share=st.floats(0.002, 0.6),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_true_squares_and_proposed_ones_follow_one_rule(
    width: int, height: int, share: float, at: tuple[float, float]
) -> None:
    diameter = share * min(width, height)
    square = context_square(at[0] * width, at[1] * height, diameter, width, height)
    expected = min(side_for_diameter(diameter, width, height), width, height)
    assert square.side == pytest.approx(expected)
    assert square.x0 >= -1e-6
    assert square.x1 <= width + 1e-6
    assert square.y0 >= -1e-6
    assert square.y1 <= height + 1e-6


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    cell=st.floats(0.5, 500),
    octaves=st.integers(1, 4),
)
def test_a_cloud_fills_any_shape(height: int, width: int, cell: float, octaves: int) -> None:
    field = cloud(np.random.default_rng(0), (height, width), cell, octaves)
    assert field.shape == (height, width)
    assert field.dtype == np.float32
    assert np.isfinite(field).all()


def test_furrows_run_from_plateau_to_bottom() -> None:
    field = furrows(np.random.default_rng(0), (300, 400), 6.0, 0.4)
    assert field.shape == (300, 400)
    assert field.min() < 0.05
    assert field.max() > 0.95


@pytest.mark.parametrize("sigma", [1.0, 8.0, 30.0])
def test_softening_at_less_cost_is_a_gaussian(sigma: float) -> None:
    field = np.zeros((240, 320), np.float32)
    field[:, 160:] = 1
    from math import erf

    expected = 0.5 * (1 + erf(10.5 / sigma / 2**0.5))
    assert softened(field, sigma)[120, 170] == pytest.approx(expected, abs=0.02)


def test_smoothstep_and_srgb_at_known_points() -> None:
    assert smoothstep(1, 3, np.array([0, 1, 2, 3, 9], np.float32)).tolist() == [0, 0, 0.5, 1, 1]
    light = np.array([[[0.0, 0.2140, 0.5029], [5.0, 0.0, 0.0]]], np.float32)
    assert np.abs(encode(light)[0, 0].astype(int) - (0, 127, 188)).max() <= 1
    assert encode(light)[0, 1].max() >= 253


def test_types_of_skin_grow_darker() -> None:
    means = [
        plain_skin(np.random.default_rng(0), (64, 64), kind, 6.0).colour().mean()
        for kind in range(1, 7)
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] > 4 * means[5]


@pytest.mark.parametrize("make", [nevus, melanoma])
def test_a_lesion_darkens_the_skin_where_it_says(make) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(5)
    skin = plain_skin(rng, (400, 500), 2, 6.0)
    before = skin.colour().mean(axis=2)
    lesion = paint(rng, skin, make(rng, 300.0, 180.0, 60.0))
    changed = before - skin.colour().mean(axis=2) > 0.05
    rows, columns = np.nonzero(changed)
    assert abs(columns.mean() - lesion.square.cx) < 12
    assert abs(rows.mean() - lesion.square.cy) < 12
    assert 0.6 < np.sqrt(np.ptp(columns) * np.ptp(rows)) / lesion.diameter < 1.4


def test_melanomas_are_more_uneven_than_nevi() -> None:
    def spread(make) -> float:  # type: ignore[no-untyped-def]
        values = []
        for seed in range(12):
            rng = np.random.default_rng(seed)
            skin = plain_skin(rng, (120, 120), 2, 10.0)
            paint(rng, skin, make(rng, 60.0, 60.0, 60.0))
            values.append(skin.colour()[45:75, 45:75].std(axis=(0, 1)).mean())
        return float(np.mean(values))

    assert spread(melanoma) > 1.5 * spread(nevus)


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_renders_lesions_apart_and_the_same_again(scene: str) -> None:
    spec = PhotographSpec(640, 480, 4, scene, 100.0, (MELANOMA, NEVUS))
    rgb, lesions = render((7, 1), spec)
    again, same = render((7, 1), spec)
    assert rgb.shape == (480, 640, 3)
    assert rgb.dtype == np.uint8
    assert (rgb == again).all()
    assert lesions == same
    assert 1 <= len(lesions) <= 2
    assert rgb.mean() > 20
    assert (rgb == 255).all(axis=2).mean() < 0.05
