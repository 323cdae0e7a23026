"""The parts of training, each by its definition."""

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from studio.generate.data.training_images import TrainingImages
from studio.generate.training import ema, losses, record, step
from studio.generate.training.ada import AugmentStrength
from studio.generate.training.augment import Augment
from studio.generate.training.epoch_sampler import EpochSampler
from studio.generate.training.grid import Grid
from studio.generate.training.held_out import held_out_rows, to_measure
from studio.generate.training.networks import make_networks
from studio.generate.training.options import TrainOptions
from studio.generate.training.phases import lazy_adam, make_phases
from studio.generate.training.precision import disable_tf32
from studio.generate.training.probe import probe
from studio.generate.training.random_source import SeededRandomSource
from studio.generate.training.record import Recorder
from studio.generate.training.step import TrainingBatch, TrainingStep

CPU = torch.device("cpu")


@given(
    pictures=st.integers(1, 12),
    mirror=st.booleans(),
    seed=st.integers(0, 3),
    batch=st.integers(1, 30),
    begin=st.integers(0, 40),
)
def test_order_goes_through_epochs_wherever_it_begins(
    pictures: int, mirror: bool, seed: int, batch: int, begin: int
) -> None:
    epoch = pictures * (1 + mirror)
    straight = EpochSampler(pictures, mirror, seed)
    places, flips = straight.batch(0, begin * batch + 3 * batch + 2 * epoch)
    entries = list(zip(places.tolist(), flips.tolist(), strict=True))
    every = sorted(itertools.product(range(pictures), (False, True) if mirror else (False,)))
    assert sorted(entries[:epoch]) == every
    assert sorted(entries[epoch : 2 * epoch]) == every
    resumed = EpochSampler(pictures, mirror, seed)
    for turn in range(begin, begin + 3):
        some, flipped = resumed.batch(turn * batch, batch)
        wanted = entries[turn * batch : (turn + 1) * batch]
        assert list(zip(some.tolist(), flipped.tolist(), strict=True)) == wanted


def test_epochs_and_seeds_differ() -> None:
    order = EpochSampler(50, False, 0)
    one, two = (order.batch(50 * i, 50)[0] for i in range(2))
    assert not np.array_equal(one, two)
    assert not np.array_equal(one, EpochSampler(50, False, 1).batch(0, 50)[0])


def test_path_length_pull_is_autograd_through_the_average() -> None:
    random = torch.Generator().manual_seed(0)
    lengths = torch.rand(6, generator=random, dtype=torch.float64).requires_grad_(True)
    before = torch.tensor(0.3, dtype=torch.float64)
    running = before.lerp(lengths.mean(), losses.PATH_LENGTH_DECAY)
    (wanted,) = torch.autograd.grad((lengths - running).square().sum(), lengths)
    found = losses.path_length_penalty(lengths.detach(), lengths.detach().mean(), running.detach())
    torch.testing.assert_close(found, wanted)


def test_path_lengths_are_those_of_the_jacobian() -> None:
    random = torch.Generator().manual_seed(0)
    matrix = torch.randn(12, 4, generator=random)
    ws = torch.randn(3, 2, 4, generator=random, requires_grad=True)
    pictures = (ws.sum(dim=1) @ matrix.T).reshape(3, 3, 2, 2)
    noise = torch.randn(3, 3, 2, 2, generator=random)
    wanted = (noise.reshape(3, 12) / 2 @ matrix).norm(dim=1)
    torch.testing.assert_close(losses.path_lengths(pictures, ws, noise, False), wanted)


def test_r1_is_the_squared_gradient_of_each_picture() -> None:
    pictures = torch.arange(12.0).reshape(3, 1, 2, 2).requires_grad_(True)
    logits = (pictures.square().sum(dim=(1, 2, 3)) / 2)[:, None]
    torch.testing.assert_close(
        losses.r1_penalty(logits, pictures), pictures.square().sum(dim=(1, 2, 3))
    )


def test_losses_are_logarithms_of_probabilities() -> None:
    logits = torch.tensor([-2.0, 0.0, 3.0])
    real = logits.sigmoid()
    torch.testing.assert_close(losses.nonsaturating_loss(logits), -real.log())
    torch.testing.assert_close(losses.fake_loss(logits), -(1 - real).log())


def strength_after(signs: list[float], **changed: Any) -> AugmentStrength:
    fields = {"resolution": 16, "gamma": 1, "batch": 100, "mbstd_group": 1, **changed}
    strength = AugmentStrength.of(TrainOptions.model_validate(fields))
    for taken, sign in enumerate(signs, 1):
        strength.note(torch.tensor([sign * 100, 100.0]))
        strength.after_step(taken)
    return strength


def test_ada_moves_against_overfitting() -> None:
    stride = 100 * 4 / 500_000
    assert strength_after([1] * 3).p == 0  # every fourth step
    assert strength_after([1] * 8).p == pytest.approx(2 * stride)
    assert strength_after([1] * 8 + [0] * 4).p == pytest.approx(stride)
    assert strength_after([0] * 8).p == 0
    assert strength_after([0.6] * 4, target=0.6).p == 0  # neither way
    assert strength_after([0.5, 0.9, 0.6, 0.6]).signal == pytest.approx(0.65)
    assert strength_after([1] * 8, resume="sample").p == pytest.approx(10 * stride)
    assert strength_after([1] * 8, aug="fixed", aug_p=0.3).p == 0.3
    none = strength_after([1] * 8, aug="none")
    assert (none.p, none.signal) == (0, 1)
    assert math.isnan(strength_after([]).signal)


def test_average_forgets_half_in_its_half_life() -> None:
    assert ema.ema_beta(10_000, 100, 100, None) == 0.5
    assert ema.ema_beta(0, 32, 10_000, 0.05) == 0
    assert ema.ema_beta(2_000, 100, 1e6, 0.05) == 0.5
    assert ema.ema_beta(0, 32, 32, None) == 0.5
    one, two = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    with torch.no_grad():
        two.weight.fill_(3)
        two.running_mean.fill_(7)
    ema.update_ema(one, two, 0.75)
    assert one.weight.tolist() == [1.5, 1.5]
    assert one.running_mean.tolist() == [7, 7]


@pytest.mark.parametrize(("interval", "ratio"), [(None, 1), (4, 4 / 5), (16, 16 / 17)])
def test_adam_is_scaled_for_lazy_regularisation(interval: int | None, ratio: float) -> None:
    (group,) = lazy_adam(torch.nn.Linear(1, 1), 0.1, interval).param_groups
    assert group["lr"] == pytest.approx(0.1 * ratio)
    assert group["betas"] == pytest.approx((0, 0.99**ratio))
    assert group["eps"] == 1e-8


def test_what_has_no_weight_is_no_phase(options) -> None:
    def phases(**changed: float) -> tuple:
        networks = make_networks(options(**changed), 2, CPU)
        return make_phases(networks.generator, networks.discriminator, options(**changed))

    assert [p.name for p in phases()] == ["Gmain", "Greg", "Dmain", "Dreg"]
    assert [p.interval for p in phases()] == [1, 4, 1, 16]
    bare = phases(gamma=0, pl_weight=0)
    assert [p.name for p in bare] == ["Gmain", "Dmain"]
    assert [p.optimiser.param_groups[0]["lr"] for p in bare] == [0.002, 0.002]


@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    part=st.floats(0, 0.5),
    seed=st.integers(0, 5),
)
def test_held_out_pictures_are_a_part_of_each_class(
    counts: list[int], part: float, seed: int
) -> None:
    classes = np.repeat(np.arange(len(counts)), counts)
    n = len(classes)
    names = tuple(f"c{i}" for i in range(len(counts)))
    pixels = np.zeros((n, 3, 1, 1), np.uint8)
    pictures = TrainingImages(pixels, classes, names, ("",) * n, (), "", "")
    rows, away = held_out_rows(pictures, part, seed)
    assert sorted([*rows, *away]) == list(range(n))
    assert (np.diff(rows) > 0).all()
    assert (np.diff(away) > 0).all()
    assert np.bincount(classes[away], minlength=len(counts)).tolist() == [
        int(count * part) for count in counts
    ]
    again = held_out_rows(pictures, part, seed)
    assert all(np.array_equal(a, b) for a, b in zip(again, (rows, away), strict=True))


def grouped(classes: list[int], groups: list[int]) -> TrainingImages:
    n = len(classes)
    names = tuple(f"c{i}" for i in range(max(classes) + 1))
    pixels, labels = np.zeros((n, 3, 1, 1), np.uint8), np.array(classes)
    numbers = np.array(groups)
    return TrainingImages(pixels, labels, names, ("",) * n, (), "", "", groups=numbers)


@given(
    pairs=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 15)), min_size=1, max_size=80),
    part=st.floats(0, 0.5),
    seed=st.integers(0, 5),
)
def test_no_group_is_parted_and_no_class_taken_away(
    pairs: list[tuple[int, int]], part: float, seed: int
) -> None:
    pictures = grouped(*map(list, zip(*pairs, strict=True)))
    assert pictures.classes is not None
    assert pictures.groups is not None
    rows, away = held_out_rows(pictures, part, seed)
    assert sorted([*rows, *away]) == list(range(len(pictures)))
    assert not set(pictures.groups[rows]) & set(pictures.groups[away])
    for kind in set(pictures.classes):
        assert (pictures.classes[away] == kind).sum() <= (pictures.classes == kind).sum() / 2
    again = held_out_rows(pictures, part, seed)
    assert all(np.array_equal(a, b) for a, b in zip(again, (rows, away), strict=True))


def test_groups_fill_the_share_of_each_class() -> None:
    fours = grouped([0] * 40 + [1] * 80, [i // 4 for i in range(120)])
    assert np.bincount(fours.classes[held_out_rows(fours, 0.1, 0)[1]]).tolist() == [4, 8]
    # One photograph of a share of two is held out whole, rather than none.
    assert np.bincount(fours.classes[held_out_rows(fours, 0.05, 0)[1]]).tolist() == [4, 4]
    drawn = {tuple(held_out_rows(fours, 0.1, seed)[1]) for seed in range(8)}
    assert len(drawn) > 4
    stack = grouped([0] * 100, [0] * 60 + list(range(1, 41)))  # larger than any share
    assert (held_out_rows(stack, 0.1, 0)[1] >= 60).sum() == 10
    one = grouped([0] * 40, [7] * 40)
    assert len(held_out_rows(one, 0.5, 0)[1]) == 0


def test_metrics_look_at_what_memory_bears(monkeypatch, pictures) -> None:
    rows = np.arange(3, 15)
    assert len(to_measure(pictures, rows, 0)) == 12
    monkeypatch.setattr("studio.generate.training.held_out.MOST_BYTES", 5 * 3 * 16 * 16)
    some = to_measure(pictures, rows, 0)
    assert len(some) == 5
    assert set(some.files) < {f"{i}.png" for i in rows}
    assert some.files == to_measure(pictures, rows, 0).files
    assert some.groups is None
    crops = replace(pictures, groups=np.arange(20) // 2)
    known = to_measure(crops, rows, 0)
    assert [int(name[:-4]) // 2 for name in known.files] == known.groups.tolist()


def dealt(options: TrainOptions, mixing: float = 0.9) -> SeededRandomSource:
    networks = make_networks(options, 2, CPU)
    return SeededRandomSource(networks.generator, torch.tensor([0, 1, 1, 1]), mixing, 0, CPU)


def test_dice_mix_styles_and_deal_classes_as_they_are(options) -> None:
    latents = dealt(options()).latents(4000)
    assert latents.z.shape == (4000, 8)
    assert latents.c.sum(dim=1).eq(1).all()
    assert float(latents.c[:, 1].mean()) == pytest.approx(0.75, abs=0.03)
    assert latents.cut is not None
    last = dealt(options()).config.num_ws
    assert set(latents.cut.tolist()) == set(range(1, last + 1))
    assert float(latents.cut.eq(last).float().mean()) == pytest.approx(0.1, abs=0.02)
    assert dealt(options(), 0).latents(4).mixed is None
    rows = torch.tensor([3, 1])
    assert torch.equal(latents.take(rows).z, latents.z[rows])


def test_dice_throw_noise_for_every_layer(options) -> None:
    maps = dealt(options()).noise_maps(5)
    assert {tuple(one.shape) for one in maps.values()} == {(5, 1, r, r) for r in (4, 8, 16)}
    assert len(maps) == 5
    assert all(name.endswith("noise_const") for name in maps)


def test_augmentation_has_dice_of_the_cpu(options) -> None:
    """They are the same on a CPU, and others where the generator is a GPU's."""
    networks = make_networks(options(), 2, CPU)
    rng = SeededRandomSource(networks.generator, None, 0, 0, CPU)
    assert rng.augmentation is rng.generator
    rng.augmentation = torch.Generator().manual_seed(7)
    stepper = TrainingStep(
        networks.generator, networks.discriminator, options(), rng, augment=Augment("bgc")
    )
    before, own = rng.generator.get_state(), rng.augmentation.get_state()
    drawn = stepper._augmentation(8)
    assert drawn is not None
    assert torch.equal(rng.generator.get_state(), before)
    state = stepper.state()
    assert not torch.equal(state["augmentation"], own)
    again = torch.rand(1, generator=rng.augmentation)
    stepper.restore(state)
    assert torch.equal(torch.rand(1, generator=rng.augmentation), again)


def test_styles_are_mixed_from_the_cut_on(options) -> None:
    """Where the cut is the last row the second z changes nothing; elsewhere it does."""
    chosen = options(aug="none")
    networks = make_networks(chosen, 2, CPU)
    rng = SeededRandomSource(networks.generator, torch.tensor([0, 1]), 0.5, 0, CPU)
    stepper = TrainingStep(networks.generator, networks.discriminator, chosen, rng)
    latents, rows = rng.latents(8), torch.arange(8)
    _, ws = stepper._generate(latents, {}, rows)
    one = networks.generator.mapping(latents.z, latents.c)
    other = networks.generator.mapping(latents.mixed, latents.c)
    for i, cut in enumerate(latents.cut.tolist()):
        torch.testing.assert_close(ws[i, :cut], one[i, :cut])
        torch.testing.assert_close(ws[i, cut:], other[i, cut:])
    assert len(set(latents.cut.tolist())) > 1


def test_grids_show_each_class_in_turn(pictures) -> None:
    grid = Grid(pictures, np.arange(2, 20), 0)
    assert (grid.columns, grid.rows) == (4, 3)
    assert grid.classes.reshape(3, 4)[:, 0].tolist() == [0, 1, 0]
    assert (pictures.classes[grid.places] == grid.classes).all()
    assert grid.places.min() >= 2
    cells = grid.reals(pictures)
    assert cells.shape == (48, 64, 3)
    first = pictures.pixels[grid.places[1]].transpose(1, 2, 0)
    assert np.array_equal(cells[:16, 16:32], first)
    assert torch.equal(grid.latents(8), Grid(pictures, np.arange(5), 0).latents(8))


def test_grids_repeat_pictures_only_when_there_are_too_few(make_pictures) -> None:
    pictures = make_pictures(20, classes=False)
    assert len(set(Grid(pictures, np.arange(20), 0).places.tolist())) == 12
    assert set(Grid(pictures, np.array([4, 7]), 0).places.tolist()) == {4, 7}


class Clock:
    """Stands still until it is told to go on."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(record, "time", clock)
    return clock


def test_rates_leave_out_what_is_no_training(tmp_path, options, clock: Clock) -> None:
    chosen, said = options(kimg=1), []
    networks = make_networks(chosen, 2, CPU)
    rng = SeededRandomSource(networks.generator, None, 0, 0, CPU)
    stepper = TrainingStep(networks.generator, networks.discriminator, chosen, rng)
    recorder = Recorder(tmp_path, chosen, lambda event, **fields: said.append(fields), 0)
    for images, losses_, seconds in ((8, [1.0, 3.0], 2), (24, [6.0, 6.0, math.nan], 2)):
        stepper.means.add("loss_g", torch.tensor(losses_))
        resume = recorder.pause()
        clock.now += 1000
        resume()
        clock.now += seconds
        recorder.after_step(images, stepper)
    assert [one["images_per_s"] for one in said] == [4, 8]
    assert [one["sec_per_kimg"] for one in said] == [250, 125]
    assert said[0]["loss_g"] == 2
    assert said[0]["eta_s"] == 248
    clock.now += 0.5
    recorder.after_step(32, stepper)  # too soon to speak again
    assert len(said) == 2
    recorder.tick()
    (line,) = (tmp_path / "stats.jsonl").read_text().splitlines()
    assert json.loads(line)["images_per_s"] == pytest.approx((8 * 4 + 16 * 8) / 24)
    assert said[1]["loss_g"] != said[1]["loss_g"]  # nan, which a line of statistics leaves out
    assert json.loads(line)["loss_g"] == 2


def test_statistics_end_where_a_run_goes_on(tmp_path: Path, options) -> None:
    lines = ['{"images": 8}', '{"images": 16}', "{}", '{"images": 24}', '{"images": 3']
    (tmp_path / "stats.jsonl").write_text("\n".join(lines))
    Recorder(tmp_path, options(), lambda event, **fields: None, 16)
    assert (tmp_path / "stats.jsonl").read_text() == '{"images": 8}\n{"images": 16}\n'


def step_once(chosen: TrainOptions, networks: Any) -> TrainingStep:
    rng = SeededRandomSource(networks.generator, torch.tensor([0, 1]), 0.9, 0, CPU)
    stepper = TrainingStep(networks.generator, networks.discriminator, chosen, rng)
    real = torch.zeros(8, chosen.img_channels, 16, 16).uniform_(-1, 1)
    c = torch.eye(2)[torch.arange(8) % 2]
    for phase in make_phases(networks.generator, networks.discriminator, chosen):
        stepper.run_phase(phase, TrainingBatch(real, c))
    return stepper


def test_frozen_layers_are_buffers_that_never_change(options) -> None:
    chosen = options(freezed=4)
    networks = make_networks(chosen, 2, CPU)
    d = networks.discriminator
    before = {name: tensor.clone() for name, tensor in d.state_dict().items()}
    frozen = {f"b16.{layer}.weight" for layer in ("fromrgb", "conv0", "conv1", "skip")}
    assert frozen <= {name for name, _ in d.named_buffers()}
    step_once(chosen, networks)
    same = {name for name, tensor in d.state_dict().items() if torch.equal(tensor, before[name])}
    assert frozen <= same
    assert not {name for name, _ in d.named_parameters()} & same


@pytest.mark.parametrize(("kind", "exact"), [("cpu", False), ("cuda", True)])
def test_a_gpu_trains_in_whole_float32(
    monkeypatch: pytest.MonkeyPatch, kind: str, exact: bool
) -> None:
    matmul, cudnn = SimpleNamespace(allow_tf32=True), SimpleNamespace(allow_tf32=True)
    monkeypatch.setattr(torch.backends.cuda, "matmul", matmul)
    monkeypatch.setattr(torch.backends, "cudnn", cudnn)
    cudnn.benchmark = False
    disable_tf32(torch.device(kind))
    assert [matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark] == [not exact, not exact, exact]


def test_every_training_step_is_exact(options, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[torch.device] = []
    monkeypatch.setattr(step, "disable_tf32", asked.append)
    step_once(options(), make_networks(options(), 2, CPU))
    probe(options())
    assert asked == [CPU, CPU]


def test_w_follows_the_generators_average(options) -> None:
    networks = make_networks(options(), 2, CPU)
    step_once(options(), networks)
    assert networks.generator.mapping.w_avg.abs().max() > 0
    assert networks.average.mapping.w_avg.abs().max() == 0
    ema.update_ema(networks.average, networks.generator, 1)

    def w(network: Any) -> Tensor:
        return network.mapping.w_avg

    assert torch.equal(w(networks.average), w(networks.generator))
