"""The Generate workspace by its keys and buttons, on small networks with random weights."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.network import Pictures, to_uint8
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.outputs.folder import write_latent
from studio.ui.generate.renderer import Shown
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.watchdog import Watchdog
from studio.ui.window import StudioWindow

RUN = "0001-train"


class Redness:
    """A classifier that likes red pictures."""

    name, positive = RUN, "malignantmelanoma"

    def scores(self, pictures: Pictures) -> np.ndarray:
        red = pictures.reshape(len(pictures), -1, 3).mean(axis=1)[:, 0]
        return 1 / (1 + np.exp(-(red - 128) / 16))


class Pooled:
    """A perceptual distance that needs no weights."""

    name = "pooled"

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(pictures, 8).flatten(1) / 1000


def write_random(path: Path, resolution: int = 64, c_dim: int = 0) -> Path:
    """A network file with random weights."""
    torch.manual_seed(3)
    config = GeneratorConfig(
        resolution=resolution, z_dim=32, w_dim=32, c_dim=c_dim, channel_base=1024, channel_max=32
    )
    generator = Generator(config)
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            parameter.data.fill_(0.1)
    card = {"note": "random weights", "classes": ["nevus", "melanoma"][:c_dim]}
    tensors = {f"G_ema.{name}": one for name, one in generator.state_dict().items()}
    write_network(path, NetworkFile(config, None, card, tensors))
    return path


@pytest.fixture(scope="module")
def network_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random(tmp_path_factory.mktemp("networks") / "random64.safetensors")


@pytest.fixture
def empty(
    qtbot: QtBot, window: StudioWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GenerateWorkspace]:
    """The workspace in front, no network open."""
    # Keeping memory is for the studio's process; it would stay with all later tests.
    monkeypatch.setattr("studio.compute.allocator.keep_memory", lambda: False)
    window.context.new_project(tmp_path / "clinic", ["nevus", "malignantmelanoma"])
    window.show_workspace("generate")
    found = window.current
    assert isinstance(found, GenerateWorkspace)
    found.analyst.load_scorer = lambda _: Redness()
    found.analyst.load_distance = Pooled
    yield found
    found.close_workspace()


@pytest.fixture
def morph(qtbot: QtBot, empty: GenerateWorkspace, network_file: Path) -> GenerateWorkspace:
    """The workspace with the random network open and its first picture drawn."""
    empty.open_network(network_file)
    settle(qtbot, empty)
    assert empty.ready
    return empty


def settle(qtbot: QtBot, workspace: GenerateWorkspace) -> None:
    """Wait until the picture is full and all is measured."""
    qtbot.waitUntil(lambda: not workspace.busy, timeout=30_000)
    qtbot.wait(30)
    qtbot.waitUntil(lambda: not workspace.busy, timeout=30_000)


def shown(workspace: GenerateWorkspace) -> np.ndarray:
    """The pixels in the large picture."""
    image = workspace.view.picture.image
    assert image is not None
    assert workspace.view.picture.final
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def alone(workspace: GenerateWorkspace, seed: int) -> np.ndarray:
    """The picture of a seed as the command line renders it."""
    network = workspace.desk.network
    assert network is not None
    ws = network.mapping(network.latent(seed))
    return to_uint8(network.synthesis(ws))[0]


def press(qtbot: QtBot, workspace: GenerateWorkspace, key: Qt.Key, *modifiers: object) -> None:
    target = QGuiApplication.focusObject() or workspace
    qtbot.keyClick(target, key, *modifiers)  # type: ignore[arg-type]


def tick_run(qtbot: QtBot, workspace: GenerateWorkspace, tmp_path: Path) -> None:
    """Add a classifier and wait for its curve."""
    (tmp_path / RUN).mkdir(exist_ok=True)
    workspace.sides.runs.add(tmp_path / RUN)
    settle(qtbot, workspace)


# What it says when there is nothing, or something wrong


def test_empty_says_what_it_is_for(empty: GenerateWorkspace) -> None:
    assert empty.pages.currentWidget() is empty.empty
    assert empty.empty.button.text() == "Open network file…"
    assert not empty.again.isVisible()
    assert "StyleGAN2" in empty.empty.text.text()


def test_a_bad_file_is_named(qtbot: QtBot, empty: GenerateWorkspace, tmp_path: Path) -> None:
    bad = tmp_path / "login.safetensors"
    bad.write_text("<html>please log in")
    empty.open_network(bad)
    assert empty.pages.currentWidget() is empty.waiting
    assert "login.safetensors" in empty.busy_text.text()
    qtbot.waitUntil(lambda: empty.pages.currentWidget() is empty.error, timeout=20_000)
    assert "web page" in empty.error.text.text()
    assert empty.error.button.hasFocus()


def test_a_hostile_pickle_is_refused_and_nothing_run(
    qtbot: QtBot, empty: GenerateWorkspace, tmp_path: Path
) -> None:
    import os
    import pickle

    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    bad = tmp_path / "official.pkl"
    bad.write_bytes(pickle.dumps({"G_ema": Hostile()}))
    empty.open_network(bad)
    qtbot.waitUntil(lambda: empty.pages.currentWidget() is empty.error, timeout=60_000)
    assert empty.error.title.text() == "official.pkl could not be opened."
    assert "Nothing of it was run" in empty.error.text.text()
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "official.safetensors").exists()


def test_a_network_that_opens_not_leaves_the_present_one(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    bad = tmp_path / "empty.safetensors"
    bad.write_bytes(b"")
    with qtbot.waitSignal(morph.context.toasted) as said:
        morph.open_network(bad)
    assert "it is empty" in said.args[0]
    assert morph.ready
    assert morph.context.settings.get("generate.network").endswith("random64.safetensors")


# The path


def test_both_ends_are_exact(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    assert morph.view.slider.hasFocus()
    for key, seed in ((Qt.Key.Key_End, 1), (Qt.Key.Key_Home, 0)):
        press(qtbot, morph, key)
        settle(qtbot, morph)
        assert np.array_equal(shown(morph), alone(morph, seed))


def test_keys_walk_the_path_from_the_picture_too(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    qtbot.mouseClick(morph.view.picture, Qt.MouseButton.LeftButton)
    for key, t in (
        (Qt.Key.Key_Right, 0.01),
        (Qt.Key.Key_PageUp, 0.11),
        (Qt.Key.Key_Left, 0.10),
        (Qt.Key.Key_End, 1.0),
        (Qt.Key.Key_PageDown, 0.9),
    ):
        press(qtbot, morph, key)
        assert morph.desk.t == pytest.approx(t)
        assert morph.view.slider.value() == round(t * 1000)
    settle(qtbot, morph)
    assert "t 0.900" in morph.view.picture.note


def test_dragging_never_shows_an_older_picture(
    qtbot: QtBot, morph: GenerateWorkspace, smooth: Watchdog
) -> None:
    seen: list[Shown] = []
    morph.desk.shown.connect(seen.append)
    smooth.start()
    for value in [*range(0, 1001, 20), *range(1000, 300, -20)]:
        morph.view.slider.setValue(value)
        qtbot.wait(4)
    settle(qtbot, morph)
    stamps = [one.stamp for one in seen]
    assert stamps == sorted(stamps)
    assert len(stamps) > 10
    assert seen[-1].final
    assert seen[-1].stamp == morph.desk.asked
    older = Shown(seen[0].stamp, seen[0].image, seen[0].picture, True)
    morph.desk._show(older)
    assert morph.desk.last is seen[-1]


def test_the_strip_shows_the_path_and_leads_along_it(
    qtbot: QtBot, morph: GenerateWorkspace
) -> None:
    strip = morph.view.strip
    assert strip.positions[0] == 0
    assert strip.positions[-1] == 1
    assert set(strip.images) == set(strip.positions)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.tile(2).center())
    assert morph.desk.t == strip.positions[2]


def test_another_seed_is_another_end(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    spin = morph.sides.ends["source"].seed
    spin.setFocus()
    press(qtbot, morph, Qt.Key.Key_Up)
    assert morph.desk.session is not None
    assert morph.desk.session.source.seed == 1
    spin.setValue(513)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), alone(morph, 513))
    qtbot.mouseClick(morph.sides.swap, Qt.MouseButton.LeftButton)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), alone(morph, 1))
    assert morph.sides.ends["target"].seed.value() == 513


def test_a_saved_latent_is_an_end_and_a_wrong_one_is_named(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    network = morph.desk.network
    assert network is not None
    write_latent(tmp_path / "seven.npz", network.mapping(network.latent(7)))
    write_latent(tmp_path / "wrong.npz", torch.zeros(1, 4, 4))
    panel = morph.sides.ends["source"]
    panel.kind.set_value("latent")
    panel.latent.set_text(str(tmp_path / "wrong.npz"))
    qtbot.waitUntil(panel.error.isVisible, timeout=10_000)
    assert "wrong.npz" in panel.error.text()
    panel.latent.set_text(str(tmp_path / "seven.npz"))
    settle(qtbot, morph)
    assert not panel.error.isVisible()
    assert np.array_equal(shown(morph), alone(morph, 7))


def test_groups_move_apart(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    layers = morph.sides.layers
    assert not layers.sliders["colour"].isEnabled()
    layers.apart.setFocus()
    press(qtbot, morph, Qt.Key.Key_Space)
    layers.sliders["colour"].setFocus()
    press(qtbot, morph, Qt.Key.Key_End)
    settle(qtbot, morph)
    path, network = morph.desk.path, morph.desk.network
    assert path is not None
    assert network is not None
    mixed = path.at_groups({"shape": 0.0, "pattern": 0.0, "colour": 1.0})
    assert np.array_equal(shown(morph), to_uint8(network.synthesis(mixed[None]))[0])
    assert "colour 1.00" in morph.view.picture.note
    layers.apart.setFocus()
    press(qtbot, morph, Qt.Key.Key_Space)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), alone(morph, 0))


def test_it_plays_as_a_loop_and_stays_where_it_stops(
    qtbot: QtBot, morph: GenerateWorkspace
) -> None:
    seen: list[float] = []
    morph.view.player.frame.connect(lambda t, image, final: seen.append(t))
    morph.view.picture.setFocus()
    press(qtbot, morph, Qt.Key.Key_Space)
    assert morph.view.player.playing
    qtbot.waitUntil(lambda: len(seen) > 28, timeout=20_000)
    press(qtbot, morph, Qt.Key.Key_Space)
    assert not morph.view.player.playing
    assert 1.0 in seen
    assert seen[-1] < 1.0, "it comes back"
    assert morph.desk.t == seen[-1]
    settle(qtbot, morph)
    assert morph.view.picture.final


# Look


def test_truncation_noise_and_style_change_the_path(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    before = shown(morph)
    morph.sides.look.truncation.setValue(0.5)
    settle(qtbot, morph)
    assert not np.array_equal(shown(morph), before)
    morph.sides.look.truncation.setValue(1.0)
    morph.sides.look.style_on.setFocus()
    press(qtbot, morph, Qt.Key.Key_Space)
    morph.sides.look.style_seed.setValue(9)
    settle(qtbot, morph)
    assert morph.desk.session is not None
    assert morph.desk.session.style_from == 9
    assert not np.array_equal(shown(morph), before)
    assert "--session" in morph.sides.export.command.text()
    press(qtbot, morph, Qt.Key.Key_Space)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), before)
    assert "--source seed:0" in morph.sides.export.command.text()


@pytest.mark.parametrize("direction", ["pca 0", "closed_form 2"])
def test_directions_move_and_go_back_to_zero(
    qtbot: QtBot, morph: GenerateWorkspace, direction: str
) -> None:
    before = shown(morph)
    panel = morph.sides.directions
    panel.chosen.set_value(direction)
    panel.slider.setFocus()
    press(qtbot, morph, Qt.Key.Key_PageUp)
    settle(qtbot, morph)
    assert not np.array_equal(shown(morph), before)
    assert "+0.5" in panel.used.text()
    qtbot.mouseClick(panel.reset, Qt.MouseButton.LeftButton)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), before)


def test_the_boundary_of_the_classes_raises_the_probability(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    panel = morph.sides.directions
    panel.chosen.set_value("boundary 0")
    assert not panel.slider.isEnabled()
    assert not panel.find.isEnabled()
    tick_run(qtbot, morph, tmp_path)
    before = morph.analyst.found.here
    qtbot.mouseClick(panel.find, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.slider.isEnabled, timeout=60_000)
    panel.slider.setValue(150)
    settle(qtbot, morph)
    assert before is not None
    assert morph.analyst.found.here is not None
    assert morph.analyst.found.here > before


def test_seeds_are_walked_and_taken(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    press(qtbot, morph, Qt.Key.Key_G)
    grid = morph.seeds.grid
    assert morph.mode == "generate.seeds"
    assert grid.hasFocus()
    settle(qtbot, morph)
    assert all(seed in grid.images for seed in grid.in_sight())
    assert len(grid.images) < 1000
    press(qtbot, morph, Qt.Key.Key_Right)
    press(qtbot, morph, Qt.Key.Key_Down)
    assert grid.seed == 1 + grid.columns
    morph.seeds.number.setValue(77_777)
    assert 77_777 in grid.in_sight()
    grid.setFocus()
    press(qtbot, morph, Qt.Key.Key_B)
    assert morph.mode == "generate"
    assert morph.desk.session is not None
    assert morph.desk.session.target.seed == 77_777


# Classifiers


def test_without_a_run_it_says_so_and_leads_to_training(
    qtbot: QtBot, morph: GenerateWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = morph.sides.runs
    assert runs.none.isVisible()
    assert not morph.view.curves.isVisible()
    went: list[str] = []
    monkeypatch.setattr(morph.context, "go_to", went.append)
    qtbot.mouseClick(runs.train, Qt.MouseButton.LeftButton)
    assert went == ["train"]


def test_a_classifier_draws_its_curve_and_owns_up(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    tick_run(qtbot, morph, tmp_path)
    assert morph.view.curves.isVisible()
    [(name, curve)] = morph.view.plot.curves
    assert name == RUN
    assert curve.positions[0] == 0
    assert curve.positions[-1] == 1
    ends = [Redness().scores(alone(morph, seed)[None])[0] for seed in (0, 1)]
    assert [curve.probabilities[0], curve.probabilities[-1]] == pytest.approx(ends)
    assert morph.view.notice.text() == "Model output, not a diagnosis."
    assert f"{ends[0]:.3f}" in morph.view.picture.note
    assert sum(morph.analyst.found.shares.values()) == pytest.approx(ends[1] - ends[0])
    morph.view.plot.copy_data()
    assert QGuiApplication.clipboard().text().startswith("run\tt\tprobability\n0001-train\t0\t")
    box = morph.sides.runs.boxes[str(tmp_path / RUN)]
    box.setFocus()
    press(qtbot, morph, Qt.Key.Key_Space)
    settle(qtbot, morph)
    assert not morph.view.plot.curves


def test_spacing_moves_the_slider_evenly_in_what_was_chosen(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    tick_run(qtbot, morph, tmp_path)
    assert "Path length" in morph.sides.path.note.text()
    even = morph.analyst.found.ratio
    morph.sides.path.spacing.set_value("perceptual")
    settle(qtbot, morph)
    assert morph.analyst.found.ratio is not None
    assert even is not None
    assert morph.analyst.found.ratio <= even + 0.05
    morph.sides.path.spacing.set_value("probability")
    settle(qtbot, morph)
    morph.view.slider.setValue(500)
    [(_, curve)] = morph.view.plot.curves
    p = np.interp([0, morph.desk.t, 1], curve.positions, curve.probabilities)
    rises = abs(np.diff([np.interp(t, curve.positions, curve.probabilities)
                         for t in np.linspace(0, 1, 200)]))  # fmt: skip
    travelled = rises[: int(morph.desk.t * 199)].sum() / rises.sum()
    assert travelled == pytest.approx(0.5, abs=0.06), p
    morph.view.slider.setValue(1000)
    assert morph.desk.t == 1.0


def test_probability_without_a_classifier_is_said(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    with qtbot.waitSignal(morph.context.toasted, timeout=10_000) as said:
        morph.sides.path.spacing.set_value("probability")
    assert "classifier" in said.args[0]


# Keeping


def test_a_session_restores_the_very_picture(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    morph.sides.look.truncation.setValue(0.7)
    morph.sides.look.style_on.setChecked(True)
    morph.sides.ends["target"].seed.setValue(44)
    morph.sides.directions.slider.setValue(120)
    morph.toggle_apart()
    morph.sides.layers.sliders["shape"].setValue(250)
    morph.sides.layers.sliders["pattern"].setValue(800)
    settle(qtbot, morph)
    before, session = shown(morph), morph.desk.session
    path = tmp_path / "mine.morph.json"
    morph.save_session(path)
    assert str(path) in morph.sides.export.command.text()
    morph.desk.update(style_from=None, moves=[], truncation=1.0)
    morph.view.go(0.9)
    settle(qtbot, morph)
    assert not np.array_equal(shown(morph), before)
    morph.desk.open_session(path)
    qtbot.waitUntil(lambda: morph.ready and morph.desk.session == session, timeout=20_000)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), before)
    assert morph.sides.layers.sliders["pattern"].value() == 800
    assert morph.sides.directions.slider.value() == 120


def test_a_session_of_a_changed_network_is_refused(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    path = tmp_path / "mine.morph.json"
    morph.desk.update(network_sha256="0" * 64)
    morph.save_session(path)
    with qtbot.waitSignal(morph.context.toasted, timeout=20_000) as said:
        morph.desk.open_session(path)
    assert "another network" in said.args[0]


def test_the_command_is_copied(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    qtbot.mouseClick(morph.sides.export.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("can-studio gan morph --network ")
    assert "--source seed:0 --target seed:1 --steps 10 --spacing w --out OUT" in text


def test_an_export_is_a_job_with_a_manifest(
    qtbot: QtBot, morph: GenerateWorkspace, settled: Callable[[], None]
) -> None:
    export = morph.sides.export
    morph.sides.path.steps.setValue(4)
    export.film.set_value("gif")
    out = Path(export.out.text())
    qtbot.mouseClick(export.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (out / "manifest.json").is_file(), timeout=60_000)
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    names = {one["file"] for one in manifest["files"]}
    assert {"frame0000.png", "frame0003.png", "contact_sheet.png", "morph.gif"} <= names
    assert manifest["network"]["sha256"] == morph.desk.session.network_sha256
    qtbot.waitUntil(lambda: not morph.context.jobs.live(), timeout=20_000)
    export.out.set_text(str(out))
    qtbot.mouseClick(export.button, Qt.MouseButton.LeftButton)
    assert "not empty" in export.out_field._note.text()
    settled()


def test_a_conditional_network_offers_its_classes(
    qtbot: QtBot, empty: GenerateWorkspace, tmp_path: Path
) -> None:
    empty.open_network(write_random(tmp_path / "classes.safetensors", 32, c_dim=2))
    settle(qtbot, empty)
    ends = empty.sides.ends
    assert ends["source"].class_name.value() == "nevus"
    assert ends["target"].class_name.value() == "melanoma"
    before = shown(empty)
    ends["source"].class_name.set_value("melanoma")
    settle(qtbot, empty)
    assert not np.array_equal(shown(empty), before)


def test_every_control_can_be_reached_and_has_a_name(
    qtbot: QtBot, morph: GenerateWorkspace
) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QSlider

    kinds = (QAbstractButton, QAbstractSpinBox, QComboBox, QSlider)
    for kind in kinds:
        for widget in morph.splitter.findChildren(kind):
            if widget.isVisible():
                name = widget.accessibleName() or getattr(widget, "text", str)()
                assert name, widget
                assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, name
