"""The wavelets: what they must do by themselves, without anyone's numbers."""

import numpy as np
import torch
import torch.nn.functional as fn
from hypothesis import given
from hypothesis import strategies as st

from studio.generate.networks import ops
from studio.generate.training.augment.filtering import SYM2, bank
from studio.generate.training.augment.resampling import (
    REACH,
    SYM6,
    TAPS,
    halve,
    mirror_and_double,
    sample,
)


def test_wavelets_are_orthogonal() -> None:
    for taps in (np.array(SYM6), SYM2):
        product = np.correlate(taps, taps, mode="full")[len(taps) - 1 :: 2]
        np.testing.assert_allclose(product, np.eye(len(product))[0], atol=1e-9)


def test_bands_add_up_to_the_picture_and_part_the_octaves() -> None:
    total = bank().sum(axis=0)
    np.testing.assert_allclose(total, np.eye(43)[21], atol=1e-12)
    response = np.abs(np.fft.rfft(bank(), 512, axis=1))
    loudest = response.argmax(axis=1) / 256  # of the highest frequency
    assert loudest[0] == 0
    assert loudest[3] == 1
    assert 0.125 < loudest[1] < 0.3 < loudest[2] < 0.6


@given(
    height=st.integers(8, 20), width=st.integers(8, 20), margins=st.tuples(*[st.integers(0, 7)] * 4)
)
def test_doubling_is_its_definition(
    height: int, width: int, margins: tuple[int, int, int, int]
) -> None:
    x = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(height))
    kernel = torch.outer(TAPS, TAPS).float()
    wide = fn.pad(x, margins, mode="reflect")
    wanted = ops.fir_resample(wide, kernel, up=2, padding=(6, 5, 6, 5), gain=4)
    torch.testing.assert_close(mirror_and_double(x, margins), wanted, atol=1e-5, rtol=0)


def test_halving_undoes_doubling() -> None:
    x = torch.randn(2, 3, 9, 12, generator=torch.Generator().manual_seed(0))
    again = halve(mirror_and_double(x, (REACH,) * 4))
    torch.testing.assert_close(again, x, atol=1e-5, rtol=0)


def test_sampling_differentiates_twice() -> None:
    torch.manual_seed(0)
    grid = torch.rand(2, 3, 4, 2, dtype=torch.float64) * 2.4 - 1.2
    x = torch.randn(2, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: sample(x, grid), x)
    assert torch.autograd.gradgradcheck(lambda x: sample(x, grid).square(), x)
