"""The path: both ends exact, nothing older after something newer, strip, groups, playing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from morphing import alone, press, settle, shown
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.generate.network import to_uint8
from studio.generate.outputs.folder import write_latent
from studio.ui.generate.renderer import RenderedImage
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.watchdog import Watchdog


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
        assert morph.controller.t == pytest.approx(t)
        assert morph.view.slider.value() == round(t * 1000)
    settle(qtbot, morph)
    assert "t 0.900" in morph.view.picture.note


def test_dragging_never_shows_an_older_picture(
    qtbot: QtBot, morph: GenerateWorkspace, smooth: Watchdog
) -> None:
    seen: list[RenderedImage] = []
    morph.controller.shown.connect(seen.append)
    smooth.start()
    for value in [*range(0, 1001, 20), *range(1000, 300, -20)]:
        morph.view.slider.setValue(value)
        qtbot.wait(4)
    settle(qtbot, morph)
    stamps = [one.stamp for one in seen]
    assert stamps == sorted(stamps)
    assert len(stamps) > 10
    assert seen[-1].final
    assert seen[-1].stamp == morph.controller.asked
    older = RenderedImage(seen[0].stamp, seen[0].image, seen[0].picture, True)
    morph.controller._show(older)
    assert morph.controller.last is seen[-1]


def test_the_strip_shows_the_path_and_leads_along_it(
    qtbot: QtBot, morph: GenerateWorkspace
) -> None:
    strip = morph.view.strip
    assert strip.ts[0] == 0
    assert strip.ts[-1] == 1
    assert set(strip.images) == set(strip.ts)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.tile(2).center())
    assert morph.controller.t == strip.ts[2]


def test_another_seed_is_another_end(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    spin = morph.sides.ends["source"].seed
    spin.setFocus()
    press(qtbot, morph, Qt.Key.Key_Up)
    assert morph.controller.session is not None
    assert morph.controller.session.source.seed == 1
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
    network = morph.controller.network
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


def test_each_group_goes_as_far_as_its_slider_says(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    layers = morph.sides.layers
    assert layers.sliders["colour"].isHidden()
    assert layers.hint.isHidden()
    layers.apart.setFocus()
    press(qtbot, morph, Qt.Key.Key_Space)
    assert not layers.hint.isHidden()
    assert {slider.value() for slider in layers.sliders.values()} == {1000}, "nothing moved yet"
    for group in ("shape", "pattern"):
        layers.sliders[group].setFocus()
        press(qtbot, morph, Qt.Key.Key_Home)
    settle(qtbot, morph)
    assert morph.controller.t == 1.0, "the end of the path is what the sliders set"
    network = morph.controller.network
    assert network is not None
    # Put together by hand: at 64 px the 10 rows are 4 of shape, 4 of pattern, 2 of colour.
    a, b = (network.mapping(network.latent(seed))[0] for seed in (0, 1))
    colours_only = torch.cat([a[:8], b[8:]])[None]
    assert len(a) == 10
    assert np.array_equal(shown(morph), to_uint8(network.synthesis(colours_only))[0])
    assert "colour 1.00" in morph.view.picture.note
    assert "--shape 0.0 --pattern 0.0 --colour 1.0" in morph.sides.export.command.text()
    press(qtbot, morph, Qt.Key.Key_Space)
    layers.apart.setChecked(False)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), alone(morph, 1))
    assert "--shape" not in morph.sides.export.command.text()


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
    assert morph.controller.t == seen[-1]
    settle(qtbot, morph)
    assert morph.view.picture.final


def test_space_plays_where_the_window_opens(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    assert morph.view.slider.hasFocus()
    press(qtbot, morph, Qt.Key.Key_Space)
    assert morph.view.player.playing
    press(qtbot, morph, Qt.Key.Key_Space)
    assert not morph.view.player.playing
