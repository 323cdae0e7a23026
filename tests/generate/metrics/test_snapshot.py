"""The figures of a snapshot: the same every time, and nothing of the training is touched."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from studio.errors import StudioError
from studio.generate.data.training_images import TrainingImages
from studio.generate.metrics import feature_cache, notes
from studio.generate.metrics.comparison import compare
from studio.generate.metrics.feature_cache import features_of, rgb
from studio.generate.metrics.features import FeatureSpace
from studio.generate.metrics.references import blurred, halves, select_images
from studio.generate.metrics.samples import Samples, apportioned
from studio.generate.metrics.snapshot import SnapshotMetrics
from studio.generate.network import Network, to_uint8
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator

SIDE = 16


def generator(c_dim: int = 0, channels: int = 3) -> Generator:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return Generator(
            GeneratorConfig(
                resolution=SIDE,
                z_dim=8,
                w_dim=8,
                c_dim=c_dim,
                img_channels=channels,
                channel_base=64,
                channel_max=8,
            )
        )


def space() -> FeatureSpace:
    """Averages of 4 × 4 pixels."""
    network = nn.Sequential(nn.AvgPool2d(4), nn.Flatten())
    return FeatureSpace("pooled", 48, SIDE, network, (0.5,) * 3, (0.5,) * 3, ("Only pooled.",))


def pictures(
    n: int, seed: int, share: float | None = None, sha256: str | None = None, channels: int = 3
) -> TrainingImages:
    rng = np.random.default_rng(seed)
    classes = None if share is None else (np.arange(n) >= share * n).astype(np.int64)
    return TrainingImages(
        rng.integers(0, 256, (n, channels, SIDE, SIDE), dtype=np.uint8),
        classes,
        () if share is None else ("nevus", "melanoma"),
        tuple(f"{seed}-{i}.png" for i in range(n)),
        (),
        sha256 or f"{seed:064x}",
        "pictures",
    )


def generated(seeds: range) -> TrainingImages:
    """Training pictures that are the network's own."""
    network = Network(generator().eval())
    made = [network.synthesis(network.mapping(network.latent(seed)), "const") for seed in seeds]
    pixels = to_uint8(torch.cat(made)).transpose(0, 3, 1, 2)
    names = tuple(f"{seed}.png" for seed in seeds)
    return TrainingImages(pixels, None, (), names, (), "ab" * 32, "generated")


def test_everything_is_told_and_nothing_touched() -> None:
    metrics = SnapshotMetrics(pictures(40, 0), pictures(25, 1), space(), fakes=30)
    network = generator().train()
    network.synthesis.b4.eval()
    network.requires_grad_(False)
    network.mapping.requires_grad_(True)
    state = {k: v.clone() for k, v in network.state_dict().items()}
    modes = [module.training for module in network.modules()]
    grads = [p.requires_grad for p in network.parameters()]
    dice, numpy_dice = torch.get_rng_state(), np.random.get_state()[1].copy()
    found = metrics(network)
    assert json.loads(json.dumps(found)) == found == metrics(network)
    assert {"space", "kid", "kid_low", "kid_high", "fd", "precision", "recall"} <= set(found)
    assert (found["n_real"], found["n_fake"]) == (40, 30)
    assert found["rests_on"] == {
        "kid": {"real": 40, "fake": 30},
        "fd": {"real": 40, "fake": 30},
        "precision_recall": {"real": 30, "fake": 30},
    }
    assert found["kid_low"] < found["kid"] < found["kid_high"]
    assert torch.equal(dice, torch.get_rng_state())
    assert np.array_equal(numpy_dice, np.random.get_state()[1])
    assert modes == [module.training for module in network.modules()]
    assert grads == [p.requires_grad for p in network.parameters()]
    assert all(torch.equal(v, state[k]) for k, v in network.state_dict().items())


def test_each_figure_tells_how_many_were_drawn_for_it() -> None:
    random = np.random.default_rng(0)
    real, fake = (random.normal(size=(n, 2)).astype(np.float32) for n in (5010, 5004))
    found = compare(real, fake)
    assert (found["n_real"], found["n_fake"]) == (5010, 5004)
    five = {"real": 5000, "fake": 5000}
    assert found["rests_on"]["kid"] == found["rests_on"]["precision_recall"] == five
    assert found["rests_on"]["fd"] == {"real": 5010, "fake": 5004}
    (said,) = notes.of_comparison(5010, 6000, 2)
    assert said.startswith("KID rests on 5,000 of 5,010 real pictures and 5,000 of 6,000 generated")
    assert said.endswith("precision and recall on 5,000 of each, drawn by chance.")
    assert notes.of_comparison(5000, 5000, 2) == []


def test_the_notes_say_on_how_few_pictures_it_rests() -> None:
    few = SnapshotMetrics(pictures(40, 0), pictures(25, 1), space(), fakes=30)(generator())
    said = " ".join(few["notes"])
    assert few["notes"][0] == "Only pooled."
    assert "KID rests on 40 real pictures and 30 generated pictures" in said
    assert "fewer than the 48 features" in said
    assert "Precision and recall rest on 30 pictures" in said
    assert "25 held-out pictures: the 1 % quantile needs 99" in said
    assert few["memorisation"]["nearer"]["1%"]["share"] is None
    assert few["memorisation"]["nearer"]["5%"]["share"] is not None
    alone = SnapshotMetrics(pictures(40, 0), None, space(), fakes=30)(generator())
    assert alone["memorisation"] is None
    assert "There are no held-out pictures" in alone["notes"][-1]


def test_figures_of_a_part_say_so() -> None:
    part = SnapshotMetrics(pictures(40, 0), None, space(), fakes=8, learnt_from=130_000)
    said = [one for one in part(generator())["notes"] if "40 of the 130,000 pictures" in one]
    assert said
    assert said[0].endswith("a copy of one of the others is not noticed.")
    whole = SnapshotMetrics(pictures(40, 0), None, space(), fakes=8, learnt_from=40)
    assert not any("learnt from" in one for one in whole(generator())["notes"])


def test_copies_of_training_pictures_are_listed_by_seed() -> None:
    training = generated(range(1005, 1035))
    metrics = SnapshotMetrics(training, pictures(99, 7), space(), fakes=40, seed=1000)
    found = metrics(generator())["memorisation"]
    for one in (found, found["pixels"]):
        copies = {(p["seed"], p["file"]) for p in one["pairs"] if p["distance"] < 1e-3}
        assert copies
        assert all(file == f"{seed}.png" for seed, file in copies)
        assert one["nearer"]["1%"]["count"] >= 30


def test_a_network_against_its_own_pictures_is_at_home() -> None:
    own = SnapshotMetrics(generated(range(5000, 5060)), None, space(), fakes=60)(generator())
    far = SnapshotMetrics(pictures(60, 0), None, space(), fakes=60)(generator())
    assert own["kid_low"] <= 0 <= own["kid_high"]
    assert far["kid_low"] > 0
    assert own["fd"] < far["fd"] / 3
    assert own["precision"] > 0.8 > far["precision"]


def test_held_out_pictures_that_were_trained_on_do_not_judge() -> None:
    training, held_out = pictures(40, 0), pictures(30, 1)
    held_out.pixels[:3] = training.pixels[5:8]
    found = SnapshotMetrics(training, held_out, space(), fakes=8)(generator())
    assert found["memorisation"]["n_held_out"] == 27
    assert any("3 held-out pictures are among the training" in one for one in found["notes"])


def test_held_out_pictures_of_another_kind_are_doubted() -> None:
    same, other = pictures(60, 1), pictures(60, 2)
    other.pixels[:] //= 2
    doubts = [
        [
            one
            for one in SnapshotMetrics(pictures(60, 0), held_out, space(), 8)(generator())["notes"]
            if "differ from the training" in one
        ]
        for held_out in (same, other)
    ]
    assert [len(one) for one in doubts] == [0, 1]


def test_classes_come_in_proportion_to_the_training_pictures() -> None:
    metrics = SnapshotMetrics(pictures(40, 0, share=0.75), pictures(20, 1), space(), fakes=20)
    samples, said = metrics.plan(generator(c_dim=2))
    assert list(np.bincount(samples.classes)) == [15, 5]
    assert not said
    pairs = metrics(generator(c_dim=2))["memorisation"]["pairs"]
    named = [metrics.class_names[samples.classes[pair["fake"]]] for pair in pairs]
    assert [pair["class"] for pair in pairs] == named


def test_a_networks_own_order_of_classes_counts() -> None:
    names = ["melanoma", "nevus", "wart"]
    data = pictures(40, 0, share=0.75)
    metrics = SnapshotMetrics(data, None, space(), fakes=20, class_names=names)
    assert list(np.bincount(metrics.plan(generator(c_dim=3))[0].classes, minlength=3)) == [5, 15, 0]
    strange = SnapshotMetrics(pictures(40, 0), None, space(), fakes=21)
    samples, said = strange.plan(generator(c_dim=3))
    assert list(np.bincount(samples.classes)) == [7, 7, 7]
    assert "classes of the network are not those" in said[0]


def test_gray_networks_are_measured_on_gray_pictures() -> None:
    data = pictures(12, 0, channels=1)
    found = SnapshotMetrics(data, None, space(), fakes=8)(generator(channels=1))
    assert found["n_real"] == 12
    assert rgb(data.pixels).shape == (12, SIDE, SIDE, 3)


def test_samples_are_those_that_generate_makes() -> None:
    network = Network(generator().eval())
    rendered = np.concatenate(list(Samples.plan(5, 7).render(network.generator, "cpu", batch=2)))
    again = to_uint8(network.synthesis(network.mapping(network.latent(9)), "const"))[0]
    assert np.abs(rendered[2].astype(int) - again).max() <= 1


def test_parts_add_up() -> None:
    assert apportioned(10, [1, 1, 1]) == [4, 3, 3]
    assert apportioned(7, [0, 5]) == [0, 7]
    assert sum(apportioned(499, [0.123, 0.456, 9.1])) == 499


@pytest.mark.parametrize(
    ("training", "held_out", "fakes", "sentence"),
    [
        (3, 9, 9, "4 real pictures"),
        (9, 9, 3, "4 real pictures"),
    ],
)
def test_too_few_are_refused(training: int, held_out: int, fakes: int, sentence: str) -> None:
    with pytest.raises(StudioError, match=sentence):
        SnapshotMetrics(pictures(training, 0), pictures(held_out, 1), space(), fakes=fakes)


def test_other_sizes_are_refused() -> None:
    metrics = SnapshotMetrics(pictures(9, 0), None, space(), fakes=4)
    larger = Generator(GeneratorConfig(resolution=32, z_dim=4, w_dim=4, channel_max=4))
    with pytest.raises(StudioError, match="pictures of 32 px"):
        metrics(larger)
    with pytest.raises(StudioError, match="size and colours"):
        SnapshotMetrics(pictures(9, 0), pictures(9, 1, channels=1), space())


def test_features_of_one_space_are_not_taken_for_those_of_another(tmp_path: Path) -> None:
    """The digest of the weights stands last in a name, behind as long a file name as they have."""
    data, long = pictures(6, 0), "inception (inception_v3, " + "x" * 80
    names = [f"{long}.pth 0a1b)", f"{long}.pth 2c3d)", "a b", "a+b"]
    for place, name in enumerate(names):
        one = replace(space(), name=name, mean=(place / 8,) * 3)
        found = features_of(data, one, tmp_path)
        assert np.array_equal(found, features_of(data, one)), name
    assert len(list(tmp_path.glob("*.npy"))) == len(names)


def test_features_are_kept_and_half_a_file_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, where = pictures(300, 0), tmp_path / "kept"
    first = features_of(data, space(), where)
    (file,) = where.iterdir()
    assert file.suffix == ".npy"
    monkeypatch.setattr(feature_cache, "rgb", lambda pixels: pytest.fail("was kept"))
    assert np.array_equal(features_of(data, space(), where), first)
    monkeypatch.undo()
    file.write_bytes(file.read_bytes()[:-100])
    assert np.array_equal(features_of(data, space(), where), first)
    np.save(file, np.full((300, 48), np.nan, np.float32))
    assert np.array_equal(features_of(data, space(), where), first)
    other = pictures(300, 1, sha256="ef" * 32)
    assert not np.array_equal(features_of(other, space(), where), first)
    assert len(list(where.iterdir())) == 2


def test_references_are_what_they_are_called() -> None:
    data = pictures(21, 0, share=0.5)
    one, other = halves(data, seed=4)
    assert sorted([*one, *other]) == list(range(21))
    assert (len(one), len(other)) == (10, 11)
    assert np.array_equal(halves(data, seed=4)[0], one)
    assert not np.array_equal(halves(data, seed=5)[0], one)
    some = select_images(data, one)
    assert some.files[3] == data.files[one[3]]
    assert np.array_equal(some.pixels[3], data.pixels[one[3]])
    assert some.classes[3] == data.classes[one[3]]
    assert some.sha256 not in (data.sha256, select_images(data, other).sha256)
    soft = blurred(data, 1 / 8)
    assert soft.sha256 != data.sha256
    assert soft.pixels.std() < data.pixels.std() / 2
    assert abs(soft.pixels.mean() - data.pixels.mean()) < 2
    with pytest.raises(StudioError, match="7 pictures, too few"):
        halves(pictures(7, 0))
