"""Drawing and applying, on pictures of our own."""

import pytest
import torch
import torch.nn.functional as fn
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from studio.generate.training.augment import PIPELINES, Augment, Strengths

ALL = "bgcfnc"


def pictures(n: int = 4, height: int = 24, width: int = 24, channels: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(n + height)
    return torch.rand(n, channels, height, width, generator=generator) * 2 - 1


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def at(percentile: float, x: Tensor, **strengths: float) -> Tensor:
    augment = Augment(Strengths(**strengths))
    return augment.apply(x, augment.draw(len(x), *x.shape[2:], 1, percentile=percentile))


def close(ours: Tensor, wanted: Tensor) -> bool:
    return torch.allclose(ours, wanted, atol=1e-5)


@pytest.mark.parametrize("name", PIPELINES)
def test_nothing_happens_at_probability_0(name: str) -> None:
    x, augment = pictures(), Augment(name)
    assert augment.apply(x, augment.draw(4, 24, 24, 0, seeded(1))) is x


def test_whole_steps_mirror_the_border() -> None:
    x = pictures(height=20)
    moved = at(0.9999, x, xint=1, xint_max=0.25)  # 5 rows down, 6 columns to the right
    assert close(moved[..., 5:, 6:], x[..., :-5, :-6])
    assert close(moved[..., :5, 6:], x[..., 1:6, :-6].flip(2))


def test_flips_and_turns() -> None:
    # The wavelet is not symmetric: sharp detail is softened by turning, smooth detail is not.
    x = fn.interpolate(pictures(height=5, width=5), (32, 32), mode="bicubic", align_corners=True)
    assert (at(0.9, x, xflip=1) - x.flip(3)).abs().max() < 0.05
    for percentile, quarters in ((0.3, 1), (0.6, 2), (0.8, 3)):
        turned = x.rot90(quarters, (2, 3))
        assert (at(percentile, x, rotate90=1) - turned).abs().max() < 0.05
        angle = quarters / 4 + 0.5  # half a turn back is percentile 0, half a turn on is 1
        assert (at(angle % 1, x, rotate=1) - turned).abs().max() < 0.05


def test_scaling_keeps_the_middle_and_enlarges() -> None:
    x = torch.zeros(1, 1, 33, 33)
    x[..., 12:21, 12:21] = 1
    large = at(0.92135, x, scale=1, scale_std=1)  # erfinv of it is 1: twice the size
    assert large[0, 0, 16, 16] == pytest.approx(1, abs=0.1)
    assert large.sum() == pytest.approx(4 * 81, rel=0.02)
    stretched = at(0.92135, x, aniso=1, aniso_std=1)
    assert stretched[0, 0, 16].sum() == pytest.approx(18, rel=0.05)
    assert stretched[0, 0, 8:25, 16].sum() == pytest.approx(4.5, rel=0.05)


def test_colours() -> None:
    x = pictures()
    assert close(at(0.92135, x, brightness=1), x + 0.2)
    assert close(at(0.92135, x, contrast=1, contrast_std=1), 2 * x)
    flipped = at(0.9, x, lumaflip=1)
    assert close(flipped.mean(dim=1), -x.mean(dim=1))
    assert close(flipped - flipped.mean(dim=1, keepdim=True), x - x.mean(dim=1, keepdim=True))
    assert close(at(1 / 2 + 1 / 3, x, hue=1), x.roll(1, 1))  # 120°: the next channel
    gray = x.mean(dim=1, keepdim=True)
    assert close(at(0.92135, x, saturation=1), gray + 2 * (x - gray))


def test_a_hole_in_the_middle() -> None:
    x = pictures() + 2
    holed = at(0.5, x, cutout=1)
    assert (holed[..., 6:18, 6:18] == 0).all()
    assert (holed == 0).sum() == 4 * 3 * 12 * 12


def test_filtering_bounds_how_loud_a_plain_colour_gets() -> None:
    plain = torch.full((1, 3, 24, 24), 0.5)
    augment = Augment("filter")
    gains = [
        float(augment.apply(plain, augment.draw(1, 24, 24, 1, seeded(seed)))[0, 0, 12, 12]) / 0.5
        for seed in range(200)
    ]
    # At most the lowest band has all power, then each other band is thrown silent; twice, for
    # rows and columns.
    assert 0 < min(gains) < 0.5
    assert 1.2 < max(gains) < 13 / 10 * (13 / 12) ** 3


@pytest.mark.parametrize("size", [(4, 4), (9, 30)])
@pytest.mark.parametrize("percentile", [1e-6, 1 - 1e-6])
def test_extremes_stay_finite(percentile: float, size: tuple[int, int]) -> None:
    x, augment = pictures(2, *size).requires_grad_(), Augment(ALL)
    result = augment.apply(x, augment.draw(2, *size, 1, percentile=percentile))
    (slope,) = torch.autograd.grad(result.square().sum(), x)
    assert result.isfinite().all()
    assert slope.isfinite().all()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    p=st.sampled_from([0.05, 0.3, 1.0, 1.4]),
    parts=st.sampled_from([1, 2, 4, 8]),
    gray=st.booleans(),
)
def test_a_share_is_the_same_as_within_the_whole(
    seed: int, p: float, parts: int, gray: bool
) -> None:
    channels = 1 if gray else 3
    x, augment = pictures(8, 16, 20, channels), Augment(ALL)
    draws = augment.draw(8, 16, 20, p, seeded(seed), channels=channels)
    whole = augment.apply(x, draws)
    size = 8 // parts
    shares = [slice(start, start + size) for start in range(0, 8, size)]
    slices = torch.cat([augment.apply(x[rows], draws.take(rows)) for rows in shares])
    assert close(slices, whole)
    rows = torch.randperm(8, generator=seeded(seed))[:3]
    assert close(augment.apply(x[rows], draws.take(rows)), whole[rows])
    mask = torch.arange(8) % 3 == 0
    assert close(augment.apply(x[mask], draws.take(mask)), whole[mask])


def test_untouched_pictures_keep_every_bit() -> None:
    x, augment = pictures(64), Augment("bgc")
    result = augment.apply(x, augment.draw(64, 24, 24, 0.05, seeded(3)))
    same = (result == x).flatten(1).all(dim=1)
    assert 20 < same.sum() < 60


@pytest.mark.parametrize("name", ["xflip", "rotate90", "scale", "rotate", "brightness", "noise"])
def test_how_often(name: str) -> None:
    n, p = 2000, 0.3
    x, augment = pictures(1, 4, 4).expand(n, 3, 4, 4), Augment(Strengths(**{name: 1}))
    result = augment.apply(x, augment.draw(n, 4, 4, p, seeded(5)))
    happened = (result != x).flatten(1).any(dim=1).double().mean()
    idle = {"xflip": 1 / 2, "rotate90": 1 / 4}.get(name, 0)  # half of all flips are none
    assert happened == pytest.approx(p * (1 - idle), abs=0.04)


def test_numbers_come_from_the_generator_alone() -> None:
    x, augment = pictures(), Augment(ALL)
    before = torch.get_rng_state()
    first, again, other = (
        augment.apply(x, augment.draw(4, 24, 24, 0.8, seeded(seed))) for seed in (7, 7, 8)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_generator_goes_as_far_whatever_happens() -> None:
    augment, ends = Augment(ALL), []
    for p in (0, 0.2, 1):
        generator = seeded(9)
        augment.draw(4, 24, 24, p, generator)
        ends.append(torch.rand(1, generator=generator))
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("name", ["bgc", "bgcfnc"])
def test_differentiates_twice(name: str) -> None:
    augment = Augment(name)
    draws = augment.draw(3, 6, 5, 0.7, seeded(1))
    x = pictures(3, 6, 5).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: augment.apply(x, draws), x, fast_mode=True)
    assert torch.autograd.gradgradcheck(
        lambda x: augment.apply(x, draws).square(), x, fast_mode=True
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_becomes_single(dtype: torch.dtype) -> None:
    augment, x = Augment(ALL), pictures().to(dtype)
    for p in (0, 1):
        draws = augment.draw(4, 24, 24, p, seeded(2))
        result = augment.apply(x, draws)
        assert result.dtype == torch.float32
        assert torch.equal(result, augment.apply(x.float(), draws))


def test_refusals() -> None:
    augment = Augment()
    with pytest.raises(ValueError, match="no augmentation is called 'nonsense'; there are blit"):
        Augment("nonsense")
    with pytest.raises(ValueError, match="drawn for 4 pictures of 24 x 16, not for 3 of 24 x 16"):
        augment.apply(pictures(3, 16, 24), augment.draw(4, 16, 24, 0))
    with pytest.raises(ValueError, match="1 or 3 channels, not 4"):
        augment.apply(torch.zeros(1, 4, 8, 8), augment.draw(1, 8, 8, 0))
    with pytest.raises(ValueError, match="0 or more"):
        augment.draw(1, 8, 8, float("nan"))
    with pytest.raises(ValueError, match=r"lies in 0\.\.1"):
        augment.draw(1, 8, 8, 1, percentile=2)
    with pytest.raises(ValueError, match="no finite value"):
        augment.draw(1, 8, 8, 1, percentile=1)
    with pytest.raises(ValueError, match="too small"):
        augment.draw(1, 1, 8, 1)
    noisy = Augment("noise")
    with pytest.raises(ValueError, match="does not fit"):
        noisy.apply(torch.zeros(1, 1, 8, 8), noisy.draw(1, 8, 8, 1, seeded(0)))
