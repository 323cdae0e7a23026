"""What a run begins from and what it leaves."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from studio.errors import StudioError
from studio.generate.files.network_file import read_network, write_network
from studio.generate.training import checkpoint, step
from studio.generate.training import probe as probing
from studio.generate.training import snapshots as snapshots_module
from studio.generate.training.networks import make_networks
from studio.generate.training.probe import probe
from studio.generate.training.run import train
from studio.generate.training.step import TrainingStep

CPU = torch.device("cpu")
LATEST = "network-latest.safetensors"


@pytest.fixture
def network(tmp_path: Path, train_in) -> Path:
    """A network that was trained for two steps."""
    train_in(tmp_path / "before", kimg=0.016)
    return tmp_path / "before" / LATEST


def test_a_run_leaves_what_an_official_one_does(tmp_path: Path, train_in) -> None:
    said: list[tuple[str, dict[str, Any]]] = []
    run = tmp_path / "run"

    def emit(event: str, **fields: Any) -> None:
        said.append((event, fields))

    train_in(run, kimg=2, batch=200, tick=0.5, snap=2, emit=emit)
    names = {path.name for path in run.iterdir()}
    numbers = ("000001", "000002")
    assert {f"network-snapshot-{n}.safetensors" for n in numbers} <= names
    assert {f"fakes{n}.png" for n in numbers} <= names
    assert {"reals.png", "fakes_init.png", "training_options.json", "log.txt"} <= names
    assert [event for event, _ in said if event != "step"] == ["plan"] + ["snapshot"] * 2
    shown = [fields for event, fields in said if event == "snapshot"]
    assert [one["kimg"] for one in shown] == [1, 2]
    assert [one["network"][-18:-12] for one in shown] == list(numbers)
    history = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert history == shown
    with Image.open(run / "fakes000001.png") as grid, Image.open(run / "reals.png") as reals:
        assert grid.size == reals.size == (64, 48)
        assert "synthetic" in str(grid.info).lower()
        assert "synthetic" not in str(reals.info).lower()

    file = read_network(run / LATEST)
    assert file.parts == ["G_ema", "G", "D"]
    assert file.card["kimg"] == 2
    assert file.card["classes"] == ["melanoma", "nevus"]
    assert file.card["trained_on"]["counts"] == {"melanoma": 7, "nevus": 13}
    assert file.card["begun"] == "2026-01-31"
    assert file.card["begun_from"] is None


def test_the_best_network_is_that_of_the_lowest_kid(tmp_path: Path, options, pictures) -> None:
    kids = iter([0.4, 0.2, None, 0.3, 0.1, 0.1])

    def measure(generator: object, device: object) -> dict[str, Any]:
        return {"space": "told", "kid": next(kids), "kid_low": 0, "kid_high": 1}

    said: list[dict[str, Any]] = []
    chosen = options(kimg=0.048, tick=0.008)
    train(chosen, pictures, tmp_path, measure=measure, emit=lambda event, **f: said.append(f))
    shown = [one for one in said if "best" in one]
    assert [one["best"] for one in shown] == [True, True, False, False, True, False]
    best = read_network(tmp_path / "network-best.safetensors")
    assert best.card["figures"]["kid"] == 0.1
    assert best.card["kimg"] == 0.04


def test_figures_of_another_space_are_no_match(tmp_path: Path, train_in, options, pictures) -> None:
    train_in(tmp_path, kimg=0.016)
    said: list[dict[str, Any]] = []

    def measure(generator: object, device: object) -> dict[str, Any]:
        return {"space": "another", "kid": 1e9, "kid_low": 0, "kid_high": 1}

    train(
        options(kimg=0.032),
        pictures,
        tmp_path,
        measure=measure,
        emit=lambda event, **f: said.append(f),
        today="2026-01-31",
    )
    assert [one["best"] for one in said if "best" in one] == [True]


def test_a_network_is_the_same_bytes_each_time(tmp_path: Path, network: Path) -> None:
    file = read_network(network)
    for i in range(5):
        write_network(tmp_path / "again", file)
        assert (tmp_path / "again").read_bytes() == network.read_bytes(), i


def test_a_card_tells_no_path_of_this_computer(tmp_path: Path, train_in) -> None:
    assert train_in(tmp_path, kimg=0.016, metrics="inception:/home/ana/weights.pth")
    card = read_network(tmp_path / "network-latest.safetensors").card
    assert card["recipe"]["metrics"] == "inception:weights.pth"
    assert "/home/ana" not in str(card)


def test_a_run_begins_from_a_network(tmp_path: Path, train_in, options, network: Path) -> None:
    networks = make_networks(options(), 2, CPU, network)
    file = load_file(network)
    for part, state in networks.state().items():
        for name, tensor in state.items():
            assert torch.equal(tensor, file[f"{part}.{name}"])
    assert networks.begun_from is not None
    assert networks.begun_from["file"] == LATEST
    assert networks.begun_from["with_discriminator"]

    run = tmp_path / "run"
    train_in(run, kimg=0.008, resume=str(network), freezed=3)
    card = read_network(run / LATEST).card
    assert card["begun_from"]["sha256"] == networks.begun_from["sha256"]
    assert "resume" not in card["recipe"]  # a path of this machine
    assert str(tmp_path) not in json.dumps(card)
    after = load_file(run / LATEST)
    for layer in ("fromrgb", "conv0", "conv1"):
        assert torch.equal(after[f"D.b16.{layer}.weight"], file[f"D.b16.{layer}.weight"])
    assert not torch.equal(after["D.b16.skip.weight"], file["D.b16.skip.weight"])
    # Without a ramp the average follows slowly from the first step on.
    moved = (after["G_ema.synthesis.b4.const"] - file["G_ema.synthesis.b4.const"]).abs().max()
    assert 0 < moved < 1e-3


def test_a_network_without_a_discriminator_is_enough(
    tmp_path: Path, options, network: Path
) -> None:
    file = read_network(network)
    file.tensors = {f"G_ema.{name}": tensor for name, tensor in file.part("G_ema").items()}
    file.discriminator = None
    write_network(tmp_path / "alone.safetensors", file)
    with pytest.raises(StudioError, match=r"alone\.safetensors holds no discriminator: begin"):
        make_networks(options(freezed=1), 2, CPU, tmp_path / "alone.safetensors")
    networks = make_networks(options(), 2, CPU, tmp_path / "alone.safetensors")
    fresh = make_networks(options(), 2, CPU)
    assert networks.begun_from is not None
    assert not networks.begun_from["with_discriminator"]

    def same(one: torch.nn.Module, two: torch.nn.Module) -> bool:
        pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
        return all(torch.equal(a, b) for a, b in pairs)

    assert same(networks.generator, networks.average)
    assert same(networks.discriminator, fresh.discriminator)
    assert not same(networks.generator, fresh.generator)


def test_classes_are_the_same_by_name_and_not_by_number(
    tmp_path: Path, options, network: Path
) -> None:
    """The names of other pictures sort otherwise: the columns follow their names in all three."""
    file = read_network(network)
    file.card["classes"] = ["nevus", "melanoma"]
    write_network(tmp_path / "turned.safetensors", file)
    names = ("melanoma", "nevus")
    plain = make_networks(options(), 2, CPU, network, names).state()
    turned = make_networks(options(), 2, CPU, tmp_path / "turned.safetensors", names).state()
    for part, state in plain.items():
        for name, tensor in state.items():
            theirs = turned[part][name]
            same = theirs.flip(1) if name == "mapping.embed.weight" else theirs
            assert torch.equal(same, tensor), (part, name)
        assert not torch.equal(*(one[part]["mapping.embed.weight"] for one in (plain, turned)))


@pytest.mark.parametrize("names", [("benign", "malignant"), ("melanoma", "nevus", "scar")])
def test_a_network_of_other_classes_is_refused(
    options, network: Path, names: tuple[str, ...]
) -> None:
    with pytest.raises(StudioError, match=r"knows the classes melanoma, nevus and the pictures"):
        make_networks(options(), len(names), CPU, network, names)


@pytest.mark.parametrize("given", [None, [], ["nevus"], ["nevus", "nevus"], "nevus", 2])
def test_classes_without_names_keep_their_order_and_it_is_said(
    tmp_path: Path, options, train_in, network: Path, given: Any
) -> None:
    file = read_network(network)
    file.card["classes"] = given
    bare = tmp_path / "bare.safetensors"
    write_network(bare, file)
    networks = make_networks(options(), 2, CPU, bare, ("melanoma", "nevus"))
    kept = networks.average.mapping.embed.weight
    assert torch.equal(kept, file.tensors["G_ema.mapping.embed.weight"])
    said: list[str] = []

    def emit(event: str, **fields: Any) -> None:
        said.extend([fields["message"]] if event == "warning" else [])

    train_in(tmp_path / "run", kimg=0.008, resume=str(bare), emit=emit)
    assert said == [
        "bare.safetensors does not name its classes: they are taken for melanoma, nevus, in order."
    ]


@pytest.mark.parametrize(
    ("changed", "c_dim", "sentence"),
    [
        ({"z_dim": 16}, 2, "it has z_dim 8 and not 16. Train with the same (--z-dim 8)"),
        ({"resolution": 32, "cbase": 256}, 2, "resolution 16 and not 32, channel_base 128"),
        ({}, 0, "c_dim 2 and not 0"),
        ({"map_depth": 3}, 2, "mapping_layers 2 and not 3"),
    ],
)
def test_a_network_of_another_shape_is_refused(
    options, network: Path, changed: dict[str, Any], c_dim: int, sentence: str
) -> None:
    with pytest.raises(StudioError, match="is a network of another shape") as no:
        make_networks(options(**changed), c_dim, CPU, network)
    assert sentence in str(no.value)


@pytest.mark.parametrize("freezed", [0, 6, 7])  # of 7 layers; what is frozen is a buffer
def test_a_discriminator_of_another_kind_is_refused(
    tmp_path: Path, options, network: Path, freezed: int
) -> None:
    """Half of it would stay random without a word."""
    file = read_network(network)
    file.tensors = {k: t for k, t in file.tensors.items() if not k.startswith("D.b8.skip")}
    write_network(tmp_path / "other.safetensors", file)
    with pytest.raises(StudioError, match=r"does not fit: it has no b8\.skip"):
        make_networks(options(freezed=freezed), 2, CPU, tmp_path / "other.safetensors")


def test_what_is_not_learnt_may_be_lacking(tmp_path: Path, options, network: Path) -> None:
    file = read_network(network)
    kinds = ("resample_filter", "noise_const", "w_avg")
    file.tensors = {name: one for name, one in file.tensors.items() if not name.endswith(kinds)}
    write_network(tmp_path / "bare.safetensors", file)
    networks = make_networks(options(), 2, CPU, tmp_path / "bare.safetensors")
    assert torch.equal(
        networks.average.synthesis.b4.const, file.part("G_ema")["synthesis.b4.const"]
    )


def test_networks_that_hold_no_numbers_are_not_written(
    tmp_path: Path, train_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_in(tmp_path, kimg=0.016)
    good = (tmp_path / LATEST).read_bytes()
    plain = TrainingStep.run_phase

    def broken(self: TrainingStep, *rest: Any) -> None:
        plain(self, *rest)
        with torch.no_grad():
            next(self.discriminator.parameters()).fill_(float("inf"))

    monkeypatch.setattr(step.TrainingStep, "run_phase", broken)
    with pytest.raises(StudioError, match=r"no longer hold numbers after 0.0 kimg.*last good"):
        train_in(tmp_path)
    assert (tmp_path / LATEST).read_bytes() == good
    content = checkpoint.load(tmp_path)
    assert content is not None
    assert content["images"] == 16


def test_no_snapshot_takes_the_name_of_another(tmp_path: Path, train_in) -> None:
    def files_of(run: Path) -> list[tuple[str, str]]:
        lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        for line in lines:
            assert read_network(run / line["network"]).card["kimg"] == line["kimg"]
            assert (run / line["grid"]).is_file()
        return [(line["network"][17:-12], line["grid"][5:-4]) for line in lines]

    train_in(tmp_path / "often", kimg=0.048)
    numbers = ["000000016", "000000032", "000000048"]
    assert files_of(tmp_path / "often") == [(n, n) for n in numbers]
    # The end comes within the kimg of the snapshot before it.
    train_in(tmp_path / "end", kimg=1.4, batch=200, tick=1)
    assert files_of(tmp_path / "end") == [(n, n) for n in ("000001", "000001400")]
    train_in(tmp_path / "end", kimg=2, batch=200, tick=1)
    grids = sorted(path.name for path in (tmp_path / "end").glob("fakes[0-9]*.png"))
    assert grids == ["fakes000001.png", "fakes000001400.png", "fakes000002.png"]


def test_gray_pictures_and_no_classes(tmp_path: Path, train_in, make_pictures) -> None:
    gray = make_pictures(6, channels=1, classes=False)
    train_in(tmp_path, pictures=gray, img_channels=1, cond=False, aug_p=0.9, kimg=0.016)
    file = read_network(tmp_path / LATEST)
    assert (file.config.img_channels, file.config.c_dim) == (1, 0)
    assert file.card["classes"] == []
    with Image.open(tmp_path / "fakes000000016.png") as grid:
        shown = np.asarray(grid)
    assert shown.std() > 0
    assert (shown == shown[..., :1]).all()


def test_a_seed_makes_the_run(tmp_path: Path, train_in) -> None:
    def weights(name: str, seed: int) -> Tensor:
        torch.manual_seed(seed + len(name))
        train_in(tmp_path / name, kimg=0.008, seed=seed)
        return load_file(tmp_path / name / LATEST)["G.synthesis.b4.const"]

    assert torch.equal(weights("a", 1), weights("bb", 1))
    assert not torch.equal(weights("a", 1), weights("c", 2))


def test_a_probe_says_how_long_and_how_much(options, monkeypatch: pytest.MonkeyPatch) -> None:
    found = probe(options())
    assert found.fits
    assert found.seconds_per_kimg > 0
    assert found.memory_mb > 10
    assert "CPU" in found.device

    told: list[tuple[int, int]] = []
    probe(options(), before_turn=lambda done, total: told.append((done, total)))
    assert told == [(phase, 4) for phase in range(4) for _ in range(3)]

    def too_much(*_: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(TrainingStep, "run_phase", too_much)
    found = probe(options(batch_gpu=4))
    assert not found.fits
    assert found.sentence.startswith("4 pictures of 16 px at once do not fit into memory")

    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(TrainingStep, "run_phase", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        probe(options())


def test_a_probe_of_large_pictures_takes_few_of_them_once(
    options, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step of a whole batch takes minutes on a CPU; few pictures stand for it."""
    sizes: list[int] = []
    monkeypatch.setattr(
        TrainingStep, "run_phase", lambda _, phase, batch: sizes.append(len(batch.c))
    )
    monkeypatch.setattr(probing, "_SMALL", 8)
    clock = iter(range(0, 10_000, 20))
    monkeypatch.setattr(probing, "_now", lambda device: float(next(clock)))
    grew = iter([1000.0, 1300.0])
    monkeypatch.setattr(probing, "memory_mb", lambda device: next(grew))
    found = probe(options(batch=16))
    assert sizes == [4] * 4  # of each phase one turn of 20 s is enough
    assert found.seconds_per_kimg == pytest.approx((20 + 20 / 4 + 20 + 20 / 16) / 4 * 1000)
    # A little of the 300 MB is gradients and moments, which are no more for more pictures.
    assert 1000 + 3.9 * 300 < found.memory_mb < 1000 + 4 * 300
    assert found.fits
    grew = iter([1000.0, 10_000_000.0])
    found = probe(options(batch=16))
    assert not found.fits
    assert found.sentence.startswith("16 pictures of 16 px at once do not fit into memory")


def test_a_disk_without_links_keeps_the_best_too(
    tmp_path: Path, train_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(snapshots_module.os, "link", no_link)
    train_in(tmp_path, kimg=0.008)
    assert read_network(tmp_path / "network-best.safetensors").card["kimg"] == 0.008
