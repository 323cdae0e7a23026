"""Operators against the official reference operators, and against their plain definitions."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as fn
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from vectors import error

from studio.generate.networks import ops

EXACT = 1e-5


@pytest.fixture(scope="module")
def official(shared_data: Path) -> dict[str, Tensor]:
    with np.load(shared_data / "stylegan2" / "ops.npz") as arrays:
        return {key: torch.from_numpy(array) for key, array in arrays.items()}


def test_resampling_cases(official: dict[str, Tensor], shared_data: Path) -> None:
    cases = json.loads((shared_data / "stylegan2" / "ops_upfirdn_meta.json").read_text())
    sym6 = official["filter_sym6"]
    kernels = {
        "1331": official["filter_f1331"],
        "asym": official["f_asym"],
        "sym6": torch.outer(sym6, sym6),
    }
    for case in cases:
        ours = ops.fir_resample(
            official["x"],
            kernels[case["filter"]],
            up=case["up"],
            down=case["down"],
            padding=case["padding"],
            correlate=case["flip_filter"],
            gain=case["gain"],
        )
        assert error(ours, official[case["key"]]) < EXACT, case


@pytest.mark.parametrize("name", list(ops.ACTIVATIONS))
def test_activations(official: dict[str, Tensor], name: str) -> None:
    x, bias = official["x"], official["bias"]
    assert error(ops.bias_act(x, bias, name), official[f"bias_act_{name}"]) < EXACT
    scaled = ops.bias_act(x, bias, name, gain=2, clamp=0.5)
    assert error(scaled, official[f"bias_act_{name}_g2c05"]) < EXACT


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("3_plain", {"padding": 1}),
        ("3_up", {"up": 2, "padding": 1, "flip": True}),
        ("3_up_flip", {"up": 2, "padding": 1}),
        ("3_down", {"down": 2, "padding": 1}),
        ("1_up", {"up": 2}),
        ("1_down", {"down": 2}),
    ],
)
def test_resampling_convolutions(official: dict[str, Tensor], key: str, options: dict) -> None:
    weight = official["cr_w3" if key.startswith("3") else "cr_w1"]
    ours = ops.convolve(official["cr_x"], weight, ops.low_pass((1, 3, 3, 1)), **options)
    assert error(ours, official[f"conv_resample_{key}"]) < EXACT


@pytest.mark.parametrize("per_sample", [True, False])
def test_modulated_convolutions(official: dict[str, Tensor], per_sample: bool) -> None:
    x, styles, kernel = official["cr_x"], official["mc_styles"], ops.low_pass((1, 3, 3, 1))
    cases = {
        "3": {"noise": official["mc_noise8"], "padding": 1},
        "3_up": {"noise": official["mc_noise16"], "padding": 1, "up": 2},
        "1_nodemod": {"demodulate": False},
    }
    for key, options in cases.items():
        weight = official["cr_w1" if key.startswith("1") else "cr_w3"]
        ours = ops.modulated_convolve(x, weight, styles, kernel, per_sample=per_sample, **options)
        assert error(ours, official[f"modconv_{key}_fused{per_sample}"]) < EXACT, key


@pytest.mark.parametrize(
    ("n", "group", "channels"), [(8, 4, 1), (8, 2, 1), (8, None, 1), (8, 4, 3), (6, 3, 1)]
)
def test_minibatch_deviation(
    official: dict[str, Tensor], n: int, group: int | None, channels: int
) -> None:
    ours = ops.minibatch_stddev(official["mbstd_x"][:n], group, channels)
    assert error(ours, official[f"mbstd_g{group}_c{channels}_n{n}"]) < EXACT


@settings(max_examples=25, deadline=None)
@given(size=st.sampled_from([1, 3]), flip=st.booleans(), height=st.integers(3, 9))
def test_up_convolution_equals_its_definition(size: int, flip: bool, height: int) -> None:
    """Insert zeros, low-pass, convolve: the definition that the transposed form must keep."""
    torch.manual_seed(height)
    x, weight = torch.randn(2, 3, height, height + 1), torch.randn(4, 3, size, size)
    kernel, pad = ops.low_pass((1, 3, 3, 1)), size // 2
    ours = ops.convolve(x, weight, kernel, up=2, padding=pad, flip=flip)
    wide = ops.fir_resample(x, kernel, up=2, padding=(pad + 2, pad + 1) * 2, gain=4)
    assert error(ours, fn.conv2d(wide, weight.flip((2, 3)) if flip else weight)) < EXACT


def test_constants_survive_resampling() -> None:
    kernel, ones = ops.low_pass((1, 3, 3, 1)), torch.ones(1, 1, 16, 16)
    inner = ops.upsample(ones, kernel)[..., 4:-4, 4:-4]
    assert torch.allclose(inner, torch.ones_like(inner))
    inner = ops.downsample(ones, kernel)[..., 2:-2, 2:-2]
    assert torch.allclose(inner, torch.ones_like(inner))
