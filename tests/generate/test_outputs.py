"""What generation leaves on disk."""

import hashlib
import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence
from scipy.optimize import brentq

from studio.errors import StudioError, UsageError
from studio.generate import load_network
from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.latent.path import LatentPath
from studio.generate.morphing import DirectionSet, path_of, resolve_endpoint
from studio.generate.network import Network, Pictures, to_uint8
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.outputs.animation import AnimationPlan, FilmKind
from studio.generate.outputs.contact_sheet import ContactSheet
from studio.generate.outputs.folder import read_latent, write_latent
from studio.generate.outputs.morph import frames, write_morph
from studio.generate.outputs.seeds import generate
from studio.generate.session import Endpoint, MorphSession
from studio.imaging import probe
from studio.jobs import Stopped
from studio.project.images import SYNTHETIC

CONFIG = GeneratorConfig(
    resolution=32, z_dim=16, w_dim=16, c_dim=2, channel_base=256, channel_max=16
)


@pytest.fixture(scope="module")
def network_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("nets") / "tiny.safetensors"
    tensors = {f"G_ema.{k}": v for k, v in Generator(CONFIG).state_dict().items()}
    for name, one in tensors.items():
        if name.endswith("noise_strength"):
            one.fill_(0.3)
    card = {"classes": ["melanocyticnevus", "malignantmelanoma"], "trained_on": "nothing"}
    write_network(path, NetworkFile(CONFIG, None, card, tensors))
    return path


@pytest.fixture(scope="module")
def network(network_file: Path) -> Network:
    return load_network(network_file)


class Pooled:
    name = "pooled"

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(pictures, 8).flatten(1)


class Redness:
    """A stand-in for a trained run: how red a picture is."""

    name = "redness"
    positive = "malignantmelanoma"

    def scores(self, pictures: Pictures) -> np.ndarray:
        return pictures[..., 0].mean(axis=(1, 2)) / 255


def test_seeds_become_files_with_a_manifest(network: Network, tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(network, [0, 1, 1205], out, class_name="malignantmelanoma", batch=2)
    names = sorted(path.name for path in out.iterdir())
    assert names == ["manifest.json", "seed0000.png", "seed0001.png", "seed1205.png"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["network"]["sha256"] == network.sha256
    assert [one["seed"] for one in manifest["files"]] == [0, 1, 1205]
    with Image.open(out / "seed0000.png") as picture:
        assert "Synthetic" in picture.text["Description"]


def test_a_seed_gives_the_same_picture_whatever_the_batch(network: Network, tmp_path: Path) -> None:
    hashes = []
    for batch in (1, 3):
        generate(network, [4, 5, 6], tmp_path / str(batch), class_name="1", batch=batch)
        data = (tmp_path / str(batch) / "seed0005.png").read_bytes()
        hashes.append(hashlib.sha256(data).hexdigest())
    assert hashes[0] == hashes[1]


def test_random_noise_comes_again_from_its_seed(network: Network, tmp_path: Path) -> None:
    found = {}
    for batch, noise_seed in ((1, 0), (3, 0), (3, 8)):
        out = tmp_path / f"{batch}-{noise_seed}"
        manifest = generate(
            network,
            [4, 5, 6],
            out,
            class_name="1",
            batch=batch,
            noise_mode="random",
            noise_seed=noise_seed,
        )
        assert json.loads(manifest.read_text())["settings"]["noise_seed"] == noise_seed
        found[batch, noise_seed] = (out / "seed0005.png").read_bytes()
    assert found[1, 0] == found[3, 0] != found[3, 8]


def test_an_import_sees_that_a_picture_is_synthetic(network: Network, tmp_path: Path) -> None:
    generate(network, [0], tmp_path, class_name="melanocyticnevus", noise_mode="random")
    assert SYNTHETIC in probe(tmp_path / "seed0000.png").description


def test_nothing_is_overwritten(network: Network, tmp_path: Path) -> None:
    generate(network, [0], tmp_path, class_name="0")
    before = (tmp_path / "seed0000.png").read_bytes()
    with pytest.raises(StudioError, match="there already"):
        generate(network, [0], tmp_path, class_name="1")
    assert (tmp_path / "seed0000.png").read_bytes() == before


@pytest.mark.parametrize("name", [None, "wart", "7"])
def test_a_class_that_is_missing_is_named(network: Network, name: str | None) -> None:
    with pytest.raises(StudioError, match="malignantmelanoma"):
        network.class_vector(name)


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return found


def ends(network: Network) -> LatentPath:
    latents = [
        network.mapping(network.latent(seed), network.class_vector(str(i)))[0]
        for i, seed in enumerate((513, 1119))
    ]
    return LatentPath(*latents)


def test_the_manifest_of_earlier_pictures_is_kept(network: Network, tmp_path: Path) -> None:
    manifest = generate(network, [3, 4, 3], tmp_path, class_name="malignantmelanoma")
    before = manifest.read_bytes()
    assert [one["seed"] for one in json.loads(before)["files"]] == [3, 4]
    with pytest.raises(StudioError, match=r"manifest\.json is there already"):
        generate(network, [5], tmp_path, class_name="malignantmelanoma")
    assert manifest.read_bytes() == before
    assert not (tmp_path / "seed0005.png").exists()


def test_both_ends_of_a_morph_are_exact(network: Network, tmp_path: Path) -> None:
    path = ends(network)
    report = write_morph(network, path, tmp_path, steps=5)
    assert report.ts == [0, 0.25, 0.5, 0.75, 1]
    for name, ws in (("frame0000.png", path.source), ("frame0004.png", path.target)):
        alone = to_uint8(network.synthesis(ws[None]))[0]
        assert np.array_equal(np.asarray(Image.open(tmp_path / name)), alone)
    assert torch.equal(read_latent(tmp_path / "target_w.npz", network)[0], path.target)


def test_a_morph_says_what_the_classifier_saw(network: Network, tmp_path: Path) -> None:
    report = write_morph(
        network,
        ends(network),
        tmp_path,
        steps=4,
        how="probability",
        distance=Pooled(),
        scorers=[Redness()],
    )
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["settings"]["classifier"] == {"name": "redness", "positive": Redness.positive}
    frames = [one for one in manifest["files"] if one["file"].startswith("frame")]
    assert [one["probability"] for one in frames] == report.probabilities
    assert list(report.step_ratios) == ["pooled", "pixels", "edges"]
    assert manifest["settings"]["step_ratios"] == report.step_ratios
    assert manifest["settings"]["step_ratio"] == report.step_ratios["pooled"]


def test_the_crossing_does_not_depend_on_the_number_of_frames(
    network: Network, tmp_path: Path
) -> None:
    """Against the root that scipy finds on the same path."""
    path = ends(network)

    def red(t: float) -> float:
        return float(to_uint8(network.synthesis(path.at(t)[None]))[0, ..., 0].mean())

    middle = (red(0) + red(1)) / 2
    above = [red(t) > middle for t in np.linspace(0, 1, 33)]
    assert sum(a != b for a, b in pairwise(above)) == 1, "one crossing"

    class Reddish(Redness):
        def scores(self, pictures: Pictures) -> np.ndarray:
            return 1 / (1 + np.exp(-(pictures[..., 0].mean(axis=(1, 2)) - middle) / 4))

    root = brentq(lambda t: red(t) - middle, 0, 1, xtol=1e-6)
    for steps in (5, 9, 17, 65):
        report = write_morph(network, path, tmp_path / str(steps), steps=steps, scorers=[Reddish()])
        manifest = json.loads((tmp_path / str(steps) / "manifest.json").read_text())["settings"]
        assert report.crossings == manifest["crossings"] == [pytest.approx(root, abs=1e-3)]
        judged = manifest["classifiers"][0]
        assert judged["crossings"] == report.crossings
        assert judged["curve"]["t"][0] == 0


@pytest.mark.parametrize("how", ["perceptual", "probability"])
def test_a_spacing_without_its_measure_is_refused(
    network: Network, tmp_path: Path, how: str
) -> None:
    with pytest.raises(UsageError):
        write_morph(network, ends(network), tmp_path, how=how)


@pytest.mark.parametrize("film", ["mp4", "gif"])
def test_a_film_has_all_frames(network: Network, tmp_path: Path, film: str) -> None:
    write_morph(network, ends(network), tmp_path, steps=6, film=AnimationPlan(film))
    if film == "gif":
        with Image.open(tmp_path / "morph.gif") as moving:
            assert moving.n_frames == 6
        return
    video = cv2.VideoCapture(str(tmp_path / "morph.mp4"))
    count = 0
    while video.read()[0]:
        count += 1
    video.release()
    assert count == 6


@pytest.mark.parametrize(("kind", "fps", "seconds"), [("mp4", 24, 0.5), ("gif", 15, 1.0)])
def test_a_film_has_its_length(
    network: Network, tmp_path: Path, kind: FilmKind, fps: int, seconds: float
) -> None:
    film = AnimationPlan(kind, fps, seconds)
    write_morph(network, ends(network), tmp_path, steps=3, film=film)
    if kind == "gif":
        with Image.open(tmp_path / "morph.gif") as moving:
            shown = sum(one.info["duration"] for one in ImageSequence.Iterator(moving)) / 1000
    else:
        video = cv2.VideoCapture(str(tmp_path / "morph.mp4"))
        assert video.get(cv2.CAP_PROP_FPS) == fps
        shown = video.get(cv2.CAP_PROP_FRAME_COUNT) / fps
        video.release()
    assert shown == pytest.approx(seconds, abs=0.011)
    [told] = [one for one in manifest_of(tmp_path)["files"] if one["file"].startswith("morph.")]
    assert (told["fps"], told["seconds"], told["frames"]) == (fps, seconds, fps * seconds)


def test_a_loop_comes_back_and_shows_no_picture_twice(network: Network, tmp_path: Path) -> None:
    path = ends(network)
    closed = replace(path, target=path.source, inner=(path.target,))
    write_morph(network, closed, tmp_path, steps=6, film=AnimationPlan("gif", loop=True))
    with Image.open(tmp_path / "morph.gif") as moving:
        assert moving.n_frames == 5
    first, middle, last = (
        np.asarray(Image.open(tmp_path / f"frame000{number}.png")) for number in (0, 2, 5)
    )
    assert np.array_equal(first, last)
    assert np.array_equal(middle, to_uint8(network.synthesis(path.target[None]))[0])
    assert torch.equal(read_latent(tmp_path / "keyframe01_w.npz", network)[0], path.target)


def test_a_stopped_morph_leaves_nothing(network: Network, tmp_path: Path) -> None:
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 3

    with pytest.raises(Stopped):
        write_morph(network, ends(network), tmp_path / "out", steps=9, stop=stop)
    assert len(asked) == 4
    assert not list(tmp_path.iterdir())


def test_a_morph_stopped_in_its_film_leaves_a_folder_as_it_was(
    network: Network, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 5

    film = AnimationPlan("gif", 12, 1.0)
    with pytest.raises(Stopped):
        write_morph(network, ends(network), tmp_path, steps=3, film=film, stop=stop)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]
    write_morph(network, ends(network), tmp_path, steps=3, film=film)
    assert {"mine.txt", "morph.gif", "frame0002.png", "manifest.json"} <= {
        one.name for one in tmp_path.iterdir()
    }
    with pytest.raises(StudioError, match=r"manifest\.json is there already"):
        write_morph(network, ends(network), tmp_path, steps=3)
    with pytest.raises(StudioError, match=r"mine\.txt cannot be used as a folder"):
        write_morph(network, ends(network), tmp_path / "mine.txt", steps=3)


def test_a_sheet_of_very_many_frames_has_smaller_tiles() -> None:
    few, many = ContactSheet(900, 512).page.shape, ContactSheet(10_000, 512).page.shape
    assert [side % 264 for side in few[:2]] == [8, 8]
    assert many[0] * many[1] < 1.1 * 2**26


@pytest.mark.parametrize("mode", ["const", "random"])
def test_noise_has_a_strength(network: Network, mode: str) -> None:
    def pictures(**changes: object) -> np.ndarray:
        session = MorphSession(
            network="",
            source=Endpoint(kind="seed", seed=1, class_name="0"),
            target=Endpoint(kind="seed", seed=2, class_name="0"),
            **{"noise_mode": mode, "noise_seed": 4, **changes},
        )
        keyframes = [resolve_endpoint(network, one, 1.0) for one in session.endpoints]
        return frames(
            network, path_of(network, session, keyframes, DirectionSet(network, "0")), [0.5]
        )

    none, once = pictures(noise_mode="none"), pictures()
    # float32: adding noise times zero may differ from not adding it in the last digit of a byte
    assert np.abs(pictures(noise_strength=0.0).astype(int) - none).max() <= 1
    assert np.array_equal(pictures(noise_strength=1.0), once)
    weak, strong = (pictures(noise_strength=by).astype(int) for by in (0.5, 2.0))
    assert np.abs(weak - none).mean() < np.abs(once.astype(int) - none).mean()
    assert np.abs(strong - none).mean() > np.abs(once.astype(int) - none).mean()


def test_a_latent_of_another_network_is_refused(network: Network, tmp_path: Path) -> None:
    for number, shape in enumerate(((1, 16, 512), (0, 8, 16))):
        path = tmp_path / f"w{number}.npz"
        write_latent(path, torch.zeros(shape))
        with pytest.raises(StudioError, match=r"\[1, 8, 16\]"):
            read_latent(path, network)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04"])
def test_what_is_no_latent_is_named(network: Network, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.npz").write_bytes(content)
    with pytest.raises(StudioError, match=r"w\.npz"):
        read_latent(tmp_path / "w.npz", network)


def test_a_latent_that_would_run_code_is_refused(network: Network, tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", w=np.array([{}], dtype=object))
    with pytest.raises(StudioError, match="no latent"):
        read_latent(tmp_path / "w.npz", network)
