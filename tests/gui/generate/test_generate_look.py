"""Truncation, noise, styles, directions, and the grid of seeds."""

from pathlib import Path

import numpy as np
import pytest
from morphing import press, settle, shown, tick_run, write_random
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox
from pytestqt.qtbot import QtBot

from studio.ui.generate.workspace import GenerateWorkspace


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
    assert morph.controller.session is not None
    assert morph.controller.session.style_from == 9
    assert not np.array_equal(shown(morph), before)
    assert "--style-from 9" in morph.sides.export.command.text()
    press(qtbot, morph, Qt.Key.Key_Space)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), before)
    assert "--source seed:0" in morph.sides.export.command.text()


def test_numbers_keep_off_the_edge_and_long_paths_show_both_ends(
    morph: GenerateWorkspace, tmp_path: Path
) -> None:
    spins = morph.findChildren(QAbstractSpinBox)
    assert len(spins) > 5
    for spin in spins:
        assert spin.lineEdit().textMargins().left() > 0, spin.accessibleName()
    out = morph.sides.export.out
    out.set_text(str(tmp_path / ("long" * 30) / "morph-1"))
    morph.setFocus()
    shown_path = out.edit.shown()
    assert "…" in shown_path
    assert shown_path[0] == "/"
    assert shown_path.endswith("morph-1")


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
    assert not panel.find_button.isEnabled()
    tick_run(qtbot, morph, tmp_path)
    before = morph.analyst.found.here
    qtbot.mouseClick(panel.find_button, Qt.MouseButton.LeftButton)
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
    assert morph.controller.session is not None
    assert morph.controller.session.target.seed == 77_777


def test_the_seeds_have_the_room(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    morph.walk_seeds()
    page = morph.seeds
    qtbot.waitUntil(lambda: page.grid.isVisible() and page.grid.height() > page.height() * 0.7)
    assert page.seed_field.height() < 100


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_whole_tiles_fill_the_grid_of_seeds(
    qtbot: QtBot, morph: GenerateWorkspace, size: tuple[int, int]
) -> None:
    morph.window().resize(*size)
    morph.walk_seeds()
    grid = morph.seeds.grid
    qtbot.waitUntil(lambda: grid.isVisible() and grid.columns > 2)
    grid.walk_to(200)
    view = grid.viewport().rect()
    tiles = [grid.tile(seed) for seed in grid.in_sight()]
    assert all(view.contains(tile) for tile in tiles)
    assert tiles[0].topLeft() == view.topLeft()
    assert tiles[-1].bottomRight() == view.bottomRight()
    assert all(90 <= side <= 150 for tile in tiles for side in (tile.width(), tile.height()))
    last = list(grid.in_sight())[-1]
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=tiles[-1].center())
    assert grid.seed == last


def test_a_seed_is_taken_with_the_class_that_is_shown(
    qtbot: QtBot, empty: GenerateWorkspace, tmp_path: Path
) -> None:
    empty.open_network(write_random(tmp_path / "classes.safetensors", c_dim=2))
    settle(qtbot, empty)
    controller, page = empty.controller, empty.seeds
    assert controller.session is not None
    source, target = controller.session.source.class_name, controller.session.target.class_name
    assert source is not None
    assert source != target
    empty.walk_seeds()
    settle(qtbot, empty)
    assert page.class_field.isVisible()
    assert source in page.note.text()
    page.number.setValue(5)
    page.use("target")
    assert controller.session.target.class_name == source
    empty.walk_seeds()
    settle(qtbot, empty)
    before = page.grid.images[0]
    page.class_name.set_value(target)
    assert target in page.note.text()
    assert not page.to_style.isEnabled()
    settle(qtbot, empty)
    assert page.grid.images[0] != before
    page.use("source")
    assert controller.session.source.class_name == target
    assert page.to_style.isEnabled()
