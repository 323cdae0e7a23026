"""Sessions, commands, exports; every control by the keyboard."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
from morphing import settle, shown, write_random
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.cli.__main__ import main
from studio.generate.session import read_session
from studio.ui.generate.workspace import GenerateWorkspace
from studio.workflows.generate.morph import morph_session


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
    before, session = shown(morph), morph.controller.session
    path = tmp_path / "mine.morph.json"
    morph.save_session(path)
    assert morph.controller.saved == str(path)
    morph.view.move_to(0.9)
    assert morph.controller.saved == str(path)
    morph.controller.update(truncation=1.0)
    assert morph.controller.saved == "", "the file holds another morph"
    morph.controller.update(style_from=None, moves=[])
    settle(qtbot, morph)
    assert not np.array_equal(shown(morph), before)
    morph.controller.open_session(path)
    qtbot.waitUntil(lambda: morph.ready and morph.controller.session == session, timeout=20_000)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), before)
    assert morph.sides.layers.sliders["pattern"].value() == 800
    assert morph.sides.directions.slider.value() == 120


def test_a_session_of_a_changed_network_is_refused(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    path = tmp_path / "mine.morph.json"
    morph.controller.update(network_sha256="0" * 64)
    morph.save_session(path)
    with qtbot.waitSignal(morph.context.toasted, timeout=20_000) as said:
        morph.controller.open_session(path)
    assert "another network" in said.args[0]


def test_the_command_is_copied(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    qtbot.mouseClick(morph.sides.export.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("can-studio gan morph --network ")
    assert text.endswith("--source seed:0 --target seed:1 --steps 10 --spacing w --out OUT")


def test_an_export_is_a_job_with_a_manifest(
    qtbot: QtBot, morph: GenerateWorkspace, settled: Callable[[], None]
) -> None:
    export = morph.sides.export
    morph.sides.path.steps.setValue(4)
    morph.sides.look.noise.set_value("random")
    assert morph.sides.look.noise_field.isVisibleTo(morph)
    morph.sides.look.noise_seed.setValue(23)
    morph.toggle_apart()
    morph.sides.layers.sliders["shape"].setValue(250)
    morph.sides.layers.sliders["pattern"].setValue(800)
    export.film.set_value("gif")
    out = Path(export.out.text())
    qtbot.mouseClick(export.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (out / "manifest.json").is_file(), timeout=60_000)
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    names = {one["file"] for one in manifest["files"]}
    assert {"frame0000.png", "frame0003.png", "contact_sheet.png", "morph.gif"} <= names
    assert manifest["network"]["sha256"] == morph.controller.session.network_sha256
    asked = manifest["settings"]["session"]
    assert (asked["noise_mode"], asked["noise_seed"], asked["film"]) == ("random", 23, "gif")
    assert asked["reach"] == {"shape": 0.25, "pattern": 0.8, "colour": 1.0}
    command = shlex.split(export.command.text())
    assert command[-1] == "OUT"
    assert main([*command[1:-1], str(out.with_name("copied"))]) == 0
    for name in names:
        assert (out / name).read_bytes() == (out.with_name("copied") / name).read_bytes(), name
    settle(qtbot, morph)
    with Image.open(out / "frame0003.png") as last:
        assert np.array_equal(shown(morph), np.asarray(last)), "the picture in the window"
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
        for widget in morph.morph.findChildren(kind):
            if widget.isVisible():
                name = widget.accessibleName() or getattr(widget, "text", str)()
                assert name, widget
                assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, name


def test_the_command_makes_what_the_window_shows(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    morph.sides.look.style_on.setChecked(True)
    morph.sides.directions.slider.setValue(-80)
    morph.sides.path.steps.setValue(3)
    path = tmp_path / "mine.morph.json"
    morph.save_session(path)
    morph_session(read_session(path), tmp_path / "frames")
    for t, frame in ((0.0, "frame0000.png"), (0.5, "frame0001.png"), (1.0, "frame0002.png")):
        morph.view.move_to(t)
        settle(qtbot, morph)
        with Image.open(tmp_path / "frames" / frame) as written:
            assert np.array_equal(shown(morph), np.asarray(written))
