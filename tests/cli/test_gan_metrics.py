"""`can-studio gan metrics` as people run it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from studio.generate.data import read
from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.metrics import features
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator

CONFIG = GeneratorConfig(resolution=16, z_dim=8, w_dim=8, c_dim=2, channel_base=64, channel_max=8)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("nets") / "tiny.safetensors"
    tensors = {f"G_ema.{k}": v for k, v in Generator(CONFIG).state_dict().items()}
    card = {"classes": ["nevus", "melanoma"]}
    write_network(path, NetworkFile(CONFIG, None, card, tensors))
    return path


@pytest.fixture(autouse=True)
def quick_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """lite0 looks at the brightest of 16 pixels: the command is tested, not the backbone."""
    network = nn.Sequential(nn.MaxPool2d(4), nn.Flatten())
    pooled = features.FeatureSpace("pooled", 48, 16, network, (0.5,) * 3, (0.5,) * 3)
    real = features.feature_space
    monkeypatch.setattr(
        features, "feature_space", lambda spec, size=64: pooled if spec == "lite0" else real(spec)
    )


def fill(folder: Path, n: int, seed: int, side: int = 16) -> Path:
    rng = np.random.default_rng(seed)
    for i in range(n):
        path = folder / ("nevus" if i % 3 else "melanoma") / f"{seed}-{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(path)
    return folder


def test_a_network_is_reported_between_its_references(run, network: Path, tmp_path: Path) -> None:
    data, held_out = fill(tmp_path / "data", 30, 0), fill(tmp_path / "held", 24, 1)
    line = ("gan", "metrics", "--network", network, "--data", data, "--fakes", 20, "--seed", 5)
    said = run(*line, "--held-out", held_out, "--references", "--json")
    assert said.code == 0, said.err
    report = said.document
    assert report["network"]["file"] == "tiny.safetensors"
    assert report["data"]["pictures"] == 30
    assert report["data"]["classes"] == {"melanoma": 10, "nevus": 20}
    assert (report["n_real"], report["n_fake"], report["seeds"]) == (30, 20, [5, 24])
    assert report["space"] == "pooled"
    assert report["memorisation"]["n_held_out"] == 24
    assert {pair["class"] for pair in report["memorisation"]["pairs"]} <= {"nevus", "melanoma"}
    beside = report["references"]
    assert beside["against"] == "held-out pictures"
    assert {beside[key]["n_fake"] for key in ("network", "real", "blurred")} == {20}
    assert beside["real"]["kid_low"] <= 0 <= beside["real"]["kid_high"]
    assert beside["network"]["kid"] > abs(beside["real"]["kid"])
    assert beside["blurred"]["kid"] > beside["real"]["kid_high"]
    assert "not a diagnosis" in report["notice"]


def test_people_read_a_table_and_the_doubts(run, network: Path, tmp_path: Path) -> None:
    data, held_out = fill(tmp_path / "data", 30, 0), fill(tmp_path / "held", 24, 1)
    line = ("gan", "metrics", "--network", network, "--data", data, "--fakes", 20)
    said = run(*line, "--held-out", held_out, "--references")
    assert said.code == 0
    assert "real pictures" in said.out
    assert "KID rests on 30 real pictures and 20 generated" in said.out
    assert "is nearest to" in said.out
    halved = run(*line, "--references", "--json").document
    assert halved["references"]["against"] == "one half of the pictures"
    assert halved["memorisation"] is None


def test_what_is_left_out_is_named(run, network: Path, tmp_path: Path) -> None:
    data = fill(tmp_path / "data", 12, 0)
    (data / "nevus" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    said = run("gan", "metrics", "--network", network, "--data", data, "--fakes", 8, "--json")
    assert said.code == 1
    assert "broken.png" in said.err
    assert len(said.document["data"]["left_out"]) == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--network NETWORK --data EMPTY", "EMPTY"),
        ("--network NETWORK --data nowhere", "nowhere"),
        ("--network NETWORK --data FEW", "Metrics need 4 real pictures"),
        ("--network gone.safetensors --data DATA", "gone.safetensors"),
        ("--network JUNK --data DATA", "junk.safetensors"),
        ("--network NETWORK --data DATA --space lite9", "There is no feature space"),
        ("--network NETWORK --data DATA --space inception:JUNK", "cannot be read as weights"),
        ("--network NETWORK --data DATA --device tpu", "tpu"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    run, network: Path, tmp_path: Path, line: str, sentence: str
) -> None:
    junk = tmp_path / "junk.safetensors"
    junk.write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{}{}")
    (tmp_path / "empty").mkdir()
    places = {
        "NETWORK": network,
        "JUNK": junk,
        "EMPTY": tmp_path / "empty",
        "FEW": fill(tmp_path / "few", 2, 0),
        "DATA": fill(tmp_path / "data", 6, 0),
    }
    words = line
    for name, path in places.items():
        words = words.replace(name, str(path))
    said = run("gan", "metrics", *words.split(), "--fakes", 8)
    assert said.code == 2
    assert places.get(sentence, Path(sentence)).name in said.err
    assert "Traceback" not in said.err


def test_more_than_memory_holds_is_kept_in_a_folder(
    run, network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MOST_IN_MEMORY", 1000)
    data, cache = fill(tmp_path / "data", 12, 0), tmp_path / "cache"
    line = ("gan", "metrics", "--network", network, "--data", data, "--fakes", 8, "--json")
    refused = run(*line)
    assert refused.code == 2
    assert "give a folder to keep them decoded in" in refused.err
    said = run(*line, "--cache", cache)
    assert said.code == 0, said.err
    assert said.document["data"]["pictures"] == 12
    assert {path.name.partition("-")[0] for path in cache.iterdir()} == {"pictures", "features"}
