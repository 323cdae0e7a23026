"""Seeds, rows, paths and directions."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from studio.errors import StudioError, UsageError
from studio.generate.latent import directions, layers, path, seeds
from studio.generate.latent.probability import STEEP_FOR_STEPS, final_curve
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator

TINY = GeneratorConfig(resolution=16, z_dim=16, w_dim=16, channel_base=64, channel_max=8)


def test_seeds_are_read_as_the_official_tools_read_them() -> None:
    assert seeds.parse_seeds("0-3,200") == [0, 1, 2, 3, 200]


@pytest.mark.parametrize("text", ["", "a", "1-", "5-2", "1;2", "-4", "0-99999999999", "9" * 5000])
def test_what_is_no_seed_is_named(text: str) -> None:
    with pytest.raises(UsageError):
        seeds.parse_seeds(text)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_lists_of_seeds_come_back(numbers: list[int]) -> None:
    assert seeds.parse_seeds(",".join(map(str, numbers))) == numbers


def test_the_latent_of_a_seed_is_the_official_one() -> None:
    z = seeds.latent_of_seed(513, 512)
    expected = np.random.RandomState(513).randn(1, 512)
    assert torch.equal(z, torch.from_numpy(expected).to(torch.float32))


@pytest.mark.parametrize("num_ws", range(2, 19, 2))
def test_the_groups_share_out_all_rows(num_ws: int) -> None:
    rows = [row for group in layers.GROUPS for row in layers.rows_of(group, num_ws)]
    assert rows == list(range(num_ws))


def test_the_groups_at_512_px_are_those_of_the_paper() -> None:
    assert layers.rows_of("shape", 16) == range(6)
    assert layers.rows_of("pattern", 16) == range(6, 10)
    assert layers.rows_of("colour", 16) == range(10, 16)


def test_mixing_takes_only_the_rows_asked_for() -> None:
    a, b = torch.zeros(4, 3), torch.ones(4, 3)
    assert layers.mix(a, b, [1, 3]).sum(dim=1).tolist() == [0, 3, 0, 3]


@given(seed=st.integers(0, 10_000))
def test_a_path_ends_exactly_where_it_should(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(8, 16, generator=generator) for _ in range(2))
    line = path.LatentPath(a, b)
    assert torch.equal(line.at(0), a)
    assert torch.equal(line.at(1), b)
    assert torch.allclose(line.at(0.25), a + 0.25 * (b - a), atol=1e-6)


def test_groups_move_alone() -> None:
    line = path.LatentPath(torch.zeros(16, 2), torch.ones(16, 2))
    latent = line.at_groups({"shape": 0, "pattern": 1, "colour": 0.5})
    assert latent[:, 0].tolist() == [0] * 6 + [1] * 4 + [0.5] * 6


@given(count=st.integers(1, 16), seed=st.integers(0, 10_000))
def test_a_path_passes_through_every_keyframe(count: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    a, b, *inner = (torch.randn(8, 4, generator=generator) for _ in range(count + 2))
    line = path.LatentPath(a, b, inner=tuple(inner))
    stops = [a, *inner, b]
    assert len(line.keyframes) == count + 2
    for t, stop in zip(line.keyframes, stops, strict=True):
        assert torch.equal(line.at(t), stop)
    half = (line.keyframes[0] + line.keyframes[1]) / 2
    assert torch.allclose(line.at(half), (stops[0] + stops[1]) / 2, atol=1e-5)


@given(st.data())
def test_every_keyframe_is_among_the_positions(data: st.DataObject) -> None:
    legs = data.draw(st.integers(1, 17))
    steps = data.draw(st.integers(legs + 1, 60))
    inner = st.floats(0.001, 0.999)
    drawn = st.lists(inner, min_size=steps - 2, max_size=steps - 2, unique=True)
    ts = [0.0, *sorted(data.draw(drawn)), 1.0]
    keyframes = [number / legs for number in range(legs + 1)]
    found = path.through(ts, keyframes)
    assert set(keyframes) <= set(found)
    assert len(found) == steps
    assert path.through(ts, [0.0, 1.0]) == ts


@settings(max_examples=50)
@given(st.lists(st.floats(0, 10), min_size=2, max_size=30), st.integers(2, 12))
def test_steps_rise_from_end_to_end(lengths: list[float], n: int) -> None:
    spacing = path.measured(np.linspace(0, 1, len(lengths) + 1).tolist(), lengths)
    steps = spacing.steps(n)
    assert steps[0] == 0
    assert steps[-1] == 1
    assert all(a <= b for a, b in pairwise(steps))


def test_arc_length_evens_a_path_that_hurries_at_one_place() -> None:
    def seen(t: float) -> float:  # nearly all of the change happens around t = 0.7
        return float(np.tanh(25 * (t - 0.7)))

    def lengths(steps: list[float]) -> list[float]:
        return [abs(seen(b) - seen(a)) for a, b in pairwise(steps)]

    linear = path.even_in_w().steps(10)
    even = path.by_arc_length(lambda a, b: abs(seen(b) - seen(a))).steps(10)
    assert path.step_ratio(lengths(linear)) > 2
    assert path.step_ratio(lengths(even)) < 1.3


def test_arc_length_by_several_rulers_lets_none_see_a_long_step() -> None:
    """Two rulers that hurry at different places. No spacing can keep the longest step of both
    below M times the mean, with M the integral of the larger speed (by scipy)."""

    def speeds(t: float) -> tuple[float, float]:  # both integrate to one over 0 … 1
        return (
            0.4 + 0.6 * norm.pdf(t, 0.3, 0.05) / (norm.cdf(14) - norm.cdf(-6)),
            0.4 + 0.6 * norm.pdf(t, 0.7, 0.05) / (norm.cdf(6) - norm.cdf(-14)),
        )

    def places(t: float) -> np.ndarray:  # in units of their own; the integrals by hand
        travelled = [
            0.4 * t
            + 0.6
            * (norm.cdf(t, at, 0.05) - norm.cdf(0, at, 0.05))
            / (norm.cdf(1, at, 0.05) - norm.cdf(0, at, 0.05))
            for at in (0.3, 0.7)
        ]
        return np.array([20, 0.1]) * travelled

    seen: dict[float, np.ndarray] = {}

    def at(t: float) -> np.ndarray:
        return seen.setdefault(float(t), places(float(t)))

    best = quad(lambda t: max(speeds(t)), 0, 1, points=[0.3, 0.5, 0.7])[0]
    spacing = path.by_arc_length(lambda a, b: np.abs(at(b) - at(a)))
    alone = path.by_arc_length(lambda a, b: abs(float(at(b)[0] - at(a)[0])))
    for n in (9, 17, 33):
        steps = np.abs(np.diff([places(t) for t in spacing.steps(n)], axis=0))
        ratios = [path.step_ratio(steps[:, k].tolist()) for k in (0, 1)]
        assert max(ratios) < best * 1.1
        other = np.abs(np.diff([places(t)[1] for t in alone.steps(n)]))
        assert path.step_ratio(other.tolist()) > 1.5 * best, "by one ruler the other is uneven"


def test_even_steps_of_probability() -> None:
    t = np.linspace(0, 1, 101)
    p = 1 / (1 + np.exp(-20 * (t - 0.4)))
    steps = path.by_probability(t.tolist(), p.tolist()).steps(6)
    reached = np.interp(steps, t, p)
    assert np.allclose(np.diff(reached), (p[-1] - p[0]) / 5, atol=0.01)
    assert path.crossings(t.tolist(), p.tolist()) == [pytest.approx(0.4, abs=1e-6)]


def wavering(seed: int) -> Callable[[Sequence[float]], np.ndarray]:
    """A rise from 0.03 to 0.99 with wiggles of many frequencies: its total variation is about
    twice the rise, as classifiers' curves are."""
    rng = np.random.default_rng(seed)
    k = np.arange(1, 40)
    size, phase = 0.08 * rng.random(len(k)) / np.sqrt(k), rng.uniform(0, 2 * np.pi, len(k))

    def p(ts: Sequence[float]) -> np.ndarray:
        t = np.asarray(ts)[:, None]
        waves = (size * np.sin(np.pi * k * t + phase)).sum(axis=1)
        rise = 1 / (1 + np.exp(-8 * (t[:, 0] - 0.45)))
        return np.clip(rise + waves * np.sin(np.pi * t[:, 0]), 0, 1)

    return p


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("backwards", [False, True])
def test_even_steps_of_a_wavering_probability_add_up_to_the_net_change(
    seed: int, backwards: bool
) -> None:
    rising = wavering(seed)

    def p(ts: Sequence[float]) -> np.ndarray:
        return rising([1 - t for t in ts] if backwards else ts)

    curve = final_curve(p, STEEP_FOR_STEPS)
    spacing = path.by_probability(curve.ts, curve.probabilities)
    first, last = p([0, 1])
    every = np.abs(np.diff(p(np.linspace(0, 1, 4001)))).sum()
    assert every > 1.3 * abs(last - first), "the curve itself goes up and down"
    for steps in (5, 9, 17, 33):
        seen = p(spacing.steps(steps))
        assert np.abs(np.diff(seen)).sum() == pytest.approx(abs(last - first), rel=0.01)
        assert np.allclose(seen, np.linspace(first, last, steps), atol=0.01)


def test_a_path_to_and_fro_is_walked_both_ways() -> None:
    t = np.linspace(0, 1, 201)
    hill = 0.1 + 0.8 * np.sin(np.pi * t)
    spacing = path.by_probability(t.tolist(), hill.tolist())
    seen = np.interp(spacing.steps(9), t, hill)
    assert np.allclose(seen, [0.1, 0.3, 0.5, 0.7, 0.9, 0.7, 0.5, 0.3, 0.1], atol=1e-3)


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_probability_that_does_not_change_leaves_the_steps_even(noise: float) -> None:
    t = np.linspace(0, 1, 33)
    p = 0.2 + noise * np.sin(40 * t) * (t < 1)
    assert path.by_probability(t.tolist(), p.tolist()).steps(5)[-1] == 1
    flat = path.by_probability(t.tolist(), np.full(33, 0.2).tolist())
    assert flat.steps(5) == [0, 0.25, 0.5, 0.75, 1]


def test_principal_components_find_the_long_axis() -> None:
    generator = torch.Generator().manual_seed(1)
    ws = torch.randn(500, 6, generator=generator) * torch.tensor([0.1, 5, 0.1, 1, 0.1, 0.1])
    found = directions.principal_components(ws, 2)
    assert abs(float(found.vectors[0, 1])) > 0.99
    assert abs(float(found.vectors[1, 3])) > 0.99
    assert float(found.strengths[0]) == pytest.approx(5, rel=0.1)


def test_closed_form_directions_move_the_styles_most() -> None:
    torch.manual_seed(0)
    synthesis = Generator(TINY).synthesis
    found = directions.closed_form(synthesis, k=16)
    moved = []
    stacked = torch.cat(directions._affine_layers(synthesis))
    for vector in found.vectors:
        moved.append(float((stacked @ vector).norm()))
    assert moved == pytest.approx(found.strengths.tolist(), rel=1e-4)
    assert moved == sorted(moved, reverse=True)


def test_closed_form_of_rows_that_are_not_there() -> None:
    with pytest.raises(StudioError):
        directions.closed_form(Generator(TINY).synthesis, range(100, 101))


def test_the_boundary_points_to_the_positive_class() -> None:
    generator = torch.Generator().manual_seed(2)
    ws = torch.randn(300, 8, generator=generator)
    positive = ws[:, 2] > 0
    normal = directions.class_boundary(ws, positive)
    assert float(normal.vectors[0, 2]) > 0.95
    assert float(normal.strengths[0]) > 1
    with pytest.raises(StudioError):
        directions.class_boundary(ws, torch.ones(300, dtype=torch.bool))
