"""A part of the reader's session that tests/bench/bench_review_hour.py measures."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

Key = Qt.Key


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    file = Path(__file__).parents[2] / "bench" / "bench_review_hour.py"
    spec = importlib.util.spec_from_file_location("bench_review_hour", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_boxes_at_one_to_one_are_all_seen_whatever_the_hand_does(
    bench: ModuleType, qtbot: QtBot, tmp_path: Path
) -> None:
    bench.make_project(tmp_path / "hour", ["nevus", "melanoma"], 5, seed=2)
    reader = bench.Reader(tmp_path / "hour", tmp_path, pace=0.25)
    try:
        reader.press(Key.Key_L, "l")
        reader.press(Key.Key_Z, "z")
        reader.think()
        reader.hold(Key.Key_X, "x")
        assert reader.decided == 1
        for _ in range(6):
            reader.press(Key.Key_Right, held=Qt.KeyboardModifier.ShiftModifier)
        reader.press(Key.Key_Space, " ")
        assert reader.decided == 1
        report = reader.decide(5)
        assert report["boxes decided"] == 5
        assert report["decided off the canvas"] == 0
        assert report["decided before 250 ms"] == 0
        assert report["keys refused"] >= 1
        assert reader.room.view.header.zoom.text() == "100 % · kept"
        before = reader.session.project.events.last_id()
        qtbot.wait(300)
        reader.press(Key.Key_Space, " ")
        assert reader.session.project.events.last_id() == before
    finally:
        reader.close()


def test_a_project_begun_without_labels_asks_for_one(
    bench: ModuleType, qtbot: QtBot, tmp_path: Path
) -> None:
    bench.make_project(tmp_path / "bare", [], 2)
    reader = bench.Reader(tmp_path / "bare", tmp_path, pace=0.25)
    try:
        assert reader.room.hints()[0] == "project.labels"
        reader.press(Key.Key_Space, " ")
        assert "the project has none yet: Ctrl+Shift+P adds one" in reader.room.view.canvas._flash
        reader.press(Key.Key_1, "1")
        assert reader.decided == 0
    finally:
        reader.close()
