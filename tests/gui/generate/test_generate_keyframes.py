"""Keyframes, loops, films, the strength of noise, and a plane of two directions."""

import json
from pathlib import Path

import numpy as np
from morphing import press, settle, shown
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from studio.generate.outputs.picture import PROVENANCE
from studio.generate.session import MorphSession
from studio.ui.generate.workspace import GenerateWorkspace

LEFT = Qt.MouseButton.LeftButton


def test_a_keyframe_lies_on_the_way(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    panel = morph.sides.keyframes
    qtbot.mouseClick(panel.add_seed, LEFT)
    qtbot.mouseClick(panel.add_seed, LEFT)
    panel.rows[0].seed.setValue(41)
    session = morph.controller.session
    assert session is not None
    assert [one.seed for one in session.via] == [41, 3]
    morph.view.move_to(1 / 3)
    settle(qtbot, morph)
    third = shown(morph)
    qtbot.mouseClick(panel.rows[0].down, LEFT)
    settle(qtbot, morph)
    assert not np.array_equal(shown(morph), third)
    morph.view.move_to(2 / 3)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), third)
    qtbot.mouseClick(panel.rows[0].remove, LEFT)
    assert [one.seed for one in morph.controller.session.via] == [41]
    assert "--via seed:41" in morph.sides.export.command.text()


def test_a_loop_ends_where_it_began(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    settle(qtbot, morph)
    first = shown(morph)
    qtbot.mouseClick(morph.sides.keyframes.closed, LEFT, pos=QPoint(8, 8))
    assert morph.controller.session is not None
    assert morph.controller.session.closed
    morph.view.move_to(1.0)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), first)


def test_too_many_keyframes_for_the_steps_are_said(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    morph.sides.path.steps.setValue(3)
    panel = morph.sides.keyframes
    qtbot.mouseClick(panel.add_seed, LEFT)
    qtbot.mouseClick(panel.add_seed, LEFT)
    assert len(panel.rows) == 1
    assert "3 steps are too few" in panel.problem.text()


def test_the_strength_of_noise_shows(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    settle(qtbot, morph)
    before = shown(morph)
    morph.sides.look.noise_strength.setValue(3)
    settle(qtbot, morph)
    assert not np.array_equal(shown(morph), before)
    morph.sides.look.noise.set_value("none")
    assert morph.sides.look.strength_field.isHidden()


def test_two_directions_are_dragged_at_once(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    panel = morph.sides.directions
    morph.sides.left.ensureWidgetVisible(panel.pad)
    middle = panel.pad.rect().center()
    qtbot.mousePress(panel.pad, LEFT, pos=middle)
    qtbot.mouseMove(panel.pad, middle + QPoint(40, -20))
    qtbot.mouseRelease(panel.pad, LEFT, pos=middle + QPoint(40, -20))
    qtbot.mouseClick(panel.pad, LEFT, pos=middle + QPoint(40, -20))
    assert morph.controller.session is not None
    amounts = {(one.kind, one.index): one.amount for one in morph.controller.session.moves}
    assert set(amounts) == {("pca", 0), ("pca", 1)}
    assert amounts["pca", 0] > amounts["pca", 1] > 0
    qtbot.keyClick(panel.pad, Qt.Key.Key_Left)
    assert round(amounts["pca", 0] - morph.controller.session.moves[0].amount, 6) in (0.1, 0.0)
    qtbot.keyClick(panel.pad, Qt.Key.Key_0)
    assert morph.controller.session.moves == []


def test_the_picture_shown_is_saved_with_what_made_it(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    morph.view.move_to(0.25)
    settle(qtbot, morph)
    path = tmp_path / "mine.png"
    morph.save_picture(path)
    qtbot.waitUntil(path.is_file, timeout=20_000)
    with Image.open(path) as written:
        assert np.array_equal(np.asarray(written), shown(morph))
        assert "Synthetic" in written.info["Description"]
        made_by = json.loads(written.info[PROVENANCE])["session"]
    assert MorphSession.model_validate(made_by) == morph.controller.session


def test_the_film_has_fields_once_it_is_wanted(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    export = morph.sides.export
    assert export.fps_field.isHidden()
    export.film.set_value("mp4")
    assert not export.fps_field.isHidden()
    export.fps.setValue(24)
    export.seconds.setValue(2.5)
    for words in ("--video mp4", "--fps 24", "--seconds 2.5"):
        assert words in export.command.text()
    press(qtbot, morph, Qt.Key.Key_Escape)
