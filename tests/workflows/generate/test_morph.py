"""A morph written from a session, and by the command of that session: the same files."""

import json
import shlex
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.cli.__main__ import main
from studio.errors import StudioError
from studio.generate import load_network
from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.network import Network, Pictures
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.outputs.folder import write_latent
from studio.generate.session import Endpoint, MorphSession, Move
from studio.workflows.generate import morph
from studio.workflows.generate.morph import RunScorer, morph_session

CLASSES = ["nevus", "melanoma"]
CONFIG = GeneratorConfig(
    resolution=32, z_dim=16, w_dim=16, c_dim=2, channel_base=256, channel_max=16
)


@pytest.fixture(scope="module")
def network_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A conditional network with random weights whose noise shows."""
    torch.manual_seed(3)
    generator = Generator(CONFIG)
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            parameter.data.fill_(0.3)
    path = tmp_path_factory.mktemp("nets") / "a network.safetensors"
    tensors = {f"G_ema.{k}": v for k, v in generator.state_dict().items()}
    write_network(path, NetworkFile(CONFIG, None, {"classes": CLASSES}, tensors))
    return path


@pytest.fixture(scope="module")
def network(network_file: Path) -> Network:
    return load_network(network_file)


@pytest.fixture(scope="module")
def latent(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A projection: a latent with noise maps of its own."""
    from studio.generate.latent.noise import drawn_maps

    ws = network.mapping(network.latent(9), network.class_vector("nevus"))
    path = tmp_path_factory.mktemp("latents") / "projected_w.npz"
    write_latent(path, ws, drawn_maps(network.generator.synthesis, 99))
    return path


class Redness:
    """A classifier that likes red pictures."""

    positive = "melanoma"

    def __init__(self, name: str) -> None:
        self.name = name

    def scores(self, pictures: Pictures) -> np.ndarray:
        red = pictures[..., 0].mean(axis=(1, 2)) - pictures[..., len(self.name) % 2 + 1].mean(
            axis=(1, 2)
        )
        return 1 / (1 + np.exp(-red / 16))


class Pooled:
    """A perceptual distance that needs no weights."""

    name = "pooled"

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(pictures, 8).flatten(1) / 1000


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunScorer, "load", lambda run: Redness(run.name))
    monkeypatch.setattr("studio.generate.projection.backbone.by_name", lambda _: Pooled())


def session_on(network_file: Path, **changes: Any) -> MorphSession:
    fields: dict[str, Any] = {
        "network": str(network_file),
        "source": Endpoint(kind="seed", seed=513, class_name="nevus"),
        "target": Endpoint(kind="seed", seed=1119, class_name="melanoma"),
        "steps": 3,
    }
    return MorphSession(**{**fields, **changes})


def files_in(folder: Path) -> dict[str, bytes]:
    """What lies there, the time of the manifest left out."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    manifest = json.loads(found.pop("manifest.json"))
    manifest.pop("time")
    return {**found, "manifest": json.dumps(manifest).encode()}


@st.composite
def sessions(draw: st.DrawFn) -> dict[str, Any]:
    vector = st.lists(st.floats(-1, 1, width=32), min_size=16, max_size=16)
    moves = [
        Move(kind="pca", index=draw(st.integers(0, 3)), amount=draw(st.floats(-2, 2))),
        Move(kind="boundary", amount=draw(st.floats(-2, 2)), vector=draw(vector)),
    ]
    changes: dict[str, Any] = {
        "groups_apart": draw(st.booleans()),
        "reach": {group: draw(st.floats(0, 1)) for group in ("shape", "pattern", "colour")},
        "spacing": draw(st.sampled_from(["w", "perceptual", "probability"])),
        "truncation": draw(st.floats(-1, 1.5)),
        "noise_mode": draw(st.sampled_from(["const", "random", "none"])),
        "noise_seed": draw(st.integers(0, 2**32 - 1)),
        "style_from": draw(st.none() | st.integers(0, 9)),
        "moves": moves[: draw(st.integers(0, 2))],
        "runs": ["first", "second one"][: draw(st.integers(1, 2))],
        "film": draw(st.sampled_from([None, "gif", "mp4"])),
        "steps": 4,
        "fps": draw(st.integers(5, 15)),
        "seconds": draw(st.none() | st.just(0.4)),
        "noise_strength": draw(st.sampled_from([0.0, 0.5, 1.0, 2.0])),
        "via": [Endpoint(kind="seed", seed=3, class_name="nevus")][: draw(st.integers(0, 1))],
        "closed": draw(st.booleans()),
        "t": draw(st.floats(0, 1)),
    }
    if draw(st.booleans()):
        changes["source"] = draw(st.sampled_from(["latent", "photograph"]))
    return changes


@pytest.mark.usefixtures("stand_ins")
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(changes=sessions())
def test_the_copied_command_writes_the_very_files(
    network_file: Path,
    latent: Path,
    tmp_path_factory: pytest.TempPathFactory,
    changes: dict[str, Any],
) -> None:
    folder = tmp_path_factory.mktemp("morphs")
    kind = changes.get("source")
    if kind is not None:
        photograph = "lesion 1.jpg" if kind == "photograph" else None
        changes["source"] = Endpoint(
            kind=kind, latent=str(latent), photograph=photograph, class_name="nevus"
        )
    session = session_on(network_file, **changes)
    morph_session(MorphSession.model_validate(session.model_dump()), folder / "window")
    command = json.loads((folder / "window" / "manifest.json").read_text("utf-8"))["settings"]
    words = shlex.split(command["command"])
    assert words[-1] == "OUT"
    assert main([*words[1:-1], str(folder / "command")]) == 0
    window, copied = files_in(folder / "window"), files_in(folder / "command")
    if not session.groups_apart:  # what layers would do if they moved apart is not said
        held = json.loads(window["manifest"])
        held["settings"]["session"]["reach"] = dict.fromkeys(session.reach, 1.0)
        window["manifest"] = json.dumps(held).encode()
    held = json.loads(window["manifest"])
    held["settings"]["session"]["t"] = 0.0
    window["manifest"] = json.dumps(held).encode()
    assert window == copied


EACH = {
    "source": Endpoint(kind="seed", seed=4, class_name="nevus"),
    "target": Endpoint(kind="seed", seed=1119, class_name="nevus"),
    "groups_apart": True,
    "spacing": "perceptual",
    "truncation": 0.5,
    "noise_mode": "random",
    "style_from": 3,
    "moves": [Move(kind="closed_form", amount=2.0)],
    "noise_strength": 1.5,
    "via": [Endpoint(kind="seed", seed=7, class_name="nevus")],
    "closed": True,
}


@pytest.mark.usefixtures("stand_ins")
def test_each_part_of_a_session_shows_in_the_frames(network_file: Path, tmp_path: Path) -> None:
    reach = {"shape": 0.2, "pattern": 0.6, "colour": 1.0}
    written = {}
    for name, value in {"nothing": None, **EACH, "noise_seed": 5}.items():
        changes = {} if name == "nothing" else {name: value}
        if name == "noise_seed":
            changes["noise_mode"] = "random"
        session = session_on(network_file, reach=reach, **changes)
        morph_session(session, tmp_path / name)
        frames = (tmp_path / name / f"frame000{i}.png" for i in range(3))
        written[name] = b"".join(frame.read_bytes() for frame in frames)
    for one, other in product(written, written):
        assert one == other or written[one] != written[other], (one, other)


def test_layers_apart_end_where_each_group_has_its_reach(
    network: Network, network_file: Path, tmp_path: Path
) -> None:
    """The last frame, put together by hand from the rows of both ends."""
    reach = {"shape": 0.0, "pattern": 0.5, "colour": 1.0}
    session = session_on(network_file, groups_apart=True, reach=reach)
    morph_session(session, tmp_path / "out")
    a, b = (
        network.mapping(network.latent(seed), network.class_vector(name))[0]
        for seed, name in ((513, "nevus"), (1119, "melanoma"))
    )
    # At 32 px and 8 rows the colours are the last two, the shape the first three (of ten, six).
    by_hand = torch.cat([a[:3], torch.lerp(a[3:6], b[3:6], 0.5), b[6:]])
    with np.load(tmp_path / "out" / "target_w.npz") as arrays:
        assert np.array_equal(arrays["w"][0], by_hand.numpy())
    with np.load(tmp_path / "out" / "source_w.npz") as arrays:
        assert np.array_equal(arrays["w"][0], a.numpy())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["settings"]["reach"] == reach


def test_random_noise_is_that_of_its_seed(network: Network, network_file: Path) -> None:
    """Equal to torch's own draws in the order of the layers, on a CPU."""
    from studio.generate.latent.noise import drawn_maps

    ws = network.mapping(network.latent(1), network.class_vector("nevus"))
    torch.manual_seed(11)
    drawn = network.generator.synthesis(ws, "random")
    maps = drawn_maps(network.generator.synthesis, 11)
    with torch.no_grad():
        again = network.synthesis(ws, "const", noise=maps)
    assert torch.allclose(again, drawn, atol=1e-5)
    assert not torch.allclose(network.synthesis(ws, "const"), drawn, atol=1e-2)


def test_random_noise_is_one_for_the_whole_path(network_file: Path, tmp_path: Path) -> None:
    """The same place on the path is the same picture, however many steps lead there."""
    files = {}
    for steps, seed in ((3, 1), (5, 1), (3, 2)):
        session = session_on(network_file, noise_mode="random", noise_seed=seed, steps=steps)
        out = tmp_path / f"{steps}-{seed}"
        morph_session(session, out)
        files[steps, seed] = (out / f"frame{steps // 2:04d}.png").read_bytes()
        manifest = json.loads((out / "manifest.json").read_text("utf-8"))["settings"]
        assert (manifest["noise_mode"], manifest["noise_seed"]) == ("random", seed)
    assert files[3, 1] == files[5, 1] != files[3, 2]


def test_another_network_is_refused(network_file: Path, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="not the network"):
        morph_session(session_on(network_file, network_sha256="0" * 16), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_photograph_that_is_not_there_is_named(network_file: Path, tmp_path: Path) -> None:
    gone = Endpoint(kind="photograph", photograph=str(tmp_path / "gone.jpg"), class_name="nevus")
    with pytest.raises(StudioError, match=r"gone\.jpg"):
        morph.morph_session(session_on(network_file, target=gone), tmp_path / "out")
