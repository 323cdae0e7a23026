"""The page of mixed styles."""

import json
import shlex
from pathlib import Path

import numpy as np
from morphing import press, settle
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.cli.__main__ import main
from studio.generate.outputs.picture import PROVENANCE
from studio.ui.generate.workspace import GenerateWorkspace


def test_a_matrix_is_mixed_live_and_its_command_makes_the_same(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    qtbot.mouseClick(morph.sides.layers.mixing, Qt.MouseButton.LeftButton)
    page = morph.mixes
    assert morph.mode == "generate.mix"
    settle(qtbot, morph)
    assert len(page.grid.images) == 3 * 6 - 1, "A and B down, the seeds 0 to 4 across"
    assert page.layers.text() == "0-3"
    page.columns.setText("7,9")
    QTest.keyClick(page.columns, Qt.Key.Key_Return)
    page.group.set_value("colour")
    page.group.chosen.emit("colour")
    settle(qtbot, morph)
    assert set(page.grid.images) == {(d, a) for d in range(3) for a in range(3)} - {(0, 0)}

    page.save(tmp_path / "matrix.png")
    settle(qtbot, morph)
    qtbot.waitUntil((tmp_path / "matrix.png").exists, timeout=20_000)
    with Image.open(tmp_path / "matrix.png") as file:
        saved, told = np.asarray(file), json.loads(file.info[PROVENANCE])
    assert told["style_mix"]["columns"] == [7, 9]
    words = shlex.split(page.command.text().replace("OUT", str(tmp_path / "by-command")))
    assert main(words[1:]) == 0
    with Image.open(tmp_path / "by-command" / "matrix.png") as file:
        assert np.array_equal(np.asarray(file), saved)


def test_a_source_that_is_none_is_said_at_its_field(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    morph.mix_styles()
    settle(qtbot, morph)
    page, before = morph.mixes, morph.mixes.wanted
    page.rows.setText("nothing.npz")
    page.columns.setText("x-3")
    page.refresh()
    assert page.columns_field.findChildren(QLabel)[-1].text().startswith("“x-3”")
    assert page.wanted == before
    page.columns.setText("3")
    page.refresh()
    settle(qtbot, morph)
    assert "nothing.npz" in page.note.text()
    page.rows.setText("3")
    page.layers.setText("99")
    page.refresh()
    assert "layers 0 to 9" in page.layers_field.findChildren(QLabel)[-1].text()


def test_the_keys_walk_the_matrix_and_leave_it(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    press(qtbot, morph, Qt.Key.Key_M)
    page = morph.mixes
    settle(qtbot, morph)
    assert page.grid.hasFocus()
    press(qtbot, morph, Qt.Key.Key_Right)
    assert page.grid.place == (1, 2)
    assert page.note.text().startswith("A with the layers 0-3 of B.")
    press(qtbot, morph, Qt.Key.Key_Escape)
    assert morph.mode == "generate"
    assert morph.view.slider.hasFocus()
