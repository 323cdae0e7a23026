"""`can-studio gan build-set` as people run it."""

import json
import shlex
from pathlib import Path

import pytest
import torch

from studio.errors import UsageError
from studio.generate.builder.recipe import SetRecipe
from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator

CONFIG = GeneratorConfig(resolution=16, z_dim=16, w_dim=16, channel_base=128, channel_max=8)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nets") / "tiny.safetensors"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tensors = {f"G_ema.{k}": v for k, v in Generator(CONFIG).state_dict().items()}
    write_network(path, NetworkFile(CONFIG, None, {}, tensors))
    return path


def test_a_set_and_the_same_again_from_its_recipe(run, network: Path, tmp_path: Path) -> None:
    out, again = tmp_path / "set", tmp_path / "again"
    line = ("--network", network, "--class", "nevus=3", "--first-seed", 7, "--trunc", 0.5)
    said = run("gan", "build-set", out, *line)
    assert said.code == 0, said.err
    assert "nevus: 3 pictures." in said.out
    assert "can-studio train" in said.out
    files = sorted(p.name for p in (out / "nevus").iterdir())
    assert files == [f"nevus-seed000{seed}.png" for seed in (7, 8, 9)]
    said = run("gan", "build-set", out, *line)
    assert (said.code, said.out) == (0, "set is finished with this recipe; nothing to do.\n")
    said = run("gan", "build-set", again, "--recipe", out / "recipe.json", "--json")
    assert said.code == 0, said.err
    assert said.document["counts"]["nevus"]["kept"] == 3
    for file in files:
        assert (again / "nevus" / file).read_bytes() == (out / "nevus" / file).read_bytes()


def test_a_network_of_its_own_for_a_class(run, network: Path, tmp_path: Path) -> None:
    other = tmp_path / "a@b.safetensors"
    other.write_bytes(network.read_bytes())
    line = ("--class", f"nevus=2@{other}", "--class", "wart=1", "--network", network)
    said = run("gan", "build-set", tmp_path / "set", *line, "--json")
    assert said.code == 2
    assert "the same pictures" in said.err  # a copy of a network is no other network
    line = ("--class", f"nevus=2@{other}", "--json")
    said = run("gan", "build-set", tmp_path / "set", *line)
    assert said.document["recipe"]["entries"][0]["network"] == str(other)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("OUT --network NETWORK", "names no class"),
        ("OUT --class nevus=3", "--network FILE"),
        ("OUT --network NETWORK --class nevus", "LABEL=COUNT"),
        ("OUT --network NETWORK --class nevus=many", "LABEL=COUNT"),
        ("OUT --network NETWORK --class nevus=3@", "LABEL=COUNT"),
        ("OUT --network NETWORK --class ..=3", "starts with a dot"),
        ("OUT --network NETWORK --class nevus=3 --held-out D", "goes with --not-memorised"),
        ("OUT --network NETWORK --class nevus=3 --agree NOWHERE", "NOWHERE"),
        ("OUT --network NETWORK --class nevus=3 --format bmp", "format"),
        ("OUT --recipe r.json --size 64", "leave --size out"),
        ("OUT --recipe r.json --class a=1", "leave --class out"),
        ("OUT --recipe r.json", "does not exist"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    run, network: Path, tmp_path: Path, line: str, sentence: str
) -> None:
    places = {"NETWORK": str(network), "OUT": str(tmp_path / "out")}
    said = run("gan", "build-set", *(places.get(word, word) for word in line.split()))
    assert said.code == 2
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.part").exists()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"size": 48, "format": "jpg"},
        {"agreement": {"run": "/runs/1 a", "minimum": 0.625}, "tries": 9},
        {"not_memorised": {"data": "/d", "held_out": "/h's"}},
    ],
)
def test_the_command_of_a_recipe_makes_that_recipe(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict
) -> None:
    entry = {
        "network": "/n.safetensors",
        "first_seed": 7,
        "truncation": -0.35,
        "noise_mode": "none",
    }
    entries = [{"label": "a b", "count": 3, **entry}, {"label": "c", "count": 1_000_000, **entry}]
    entries[1]["network"] = "sample"
    recipe = SetRecipe.of(entries=entries, **fields)
    made = []

    def keep(wanted: SetRecipe, out: Path, **_: object) -> None:
        made.append((wanted, out))
        raise UsageError("enough")

    monkeypatch.setattr("studio.workflows.generate.build.build_set", keep)
    words = shlex.split(recipe.command(str(tmp_path / "my set")))
    assert words.pop(0) == "can-studio"
    assert run(*words).err.strip() == "can-studio: enough"
    assert made == [(recipe, tmp_path / "my set")]


def test_too_few_pictures_is_exit_code_1(
    run, network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.generate.builder.filters import FilterResult, Filters

    def none(self: Filters, label: str, pictures: object) -> list[FilterResult]:
        return [FilterResult("memorised", None, 0.0, "photo.jpg") for _ in pictures]

    monkeypatch.setattr(Filters, "judge_pictures", none)
    said = run("gan", "build-set", tmp_path / "set", "--network", network, "--class", "nevus=2")
    assert said.code == 1
    assert "nevus has 0 of 2 pictures" in said.err
    counts = json.loads((tmp_path / "set" / "manifest.json").read_text())["counts"]
    assert counts["nevus"]["rejected"] == {"memorised": 2}
