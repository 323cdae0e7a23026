"""A photograph as an end of the morph: projected by a job, stopped, judged."""

from pathlib import Path

import numpy as np
import pytest
from morphing import settle, shown, tick_run, write_random
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.ui.generate.projecting import badge
from studio.ui.generate.workspace import GenerateWorkspace


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """Skin with a dark spot."""
    y, x = np.mgrid[:96, :96]
    rgb = np.full((96, 96, 3), (205, 160, 135), np.uint8)
    rgb[(x - 48) ** 2 + (y - 48) ** 2 < 20**2] = (95, 60, 50)
    path = tmp_path / "lesion.png"
    Image.fromarray(rgb).save(path)
    return path


def test_a_projection_is_stopped_and_its_best_is_an_end(
    qtbot: QtBot,
    morph: GenerateWorkspace,
    photograph: Path,
    tmp_path: Path,
) -> None:
    tick_run(qtbot, morph, tmp_path)
    morph.projections.candidates = 32
    panel = morph.sides.ends["source"]
    row = panel.projection
    panel.kind.set_value("photograph")
    qtbot.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert "Choose a photograph" in row.note.text()
    row.photograph.set_text(str(photograph))
    row.steps.setValue(5000)
    qtbot.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert not row.button.isEnabled()
    qtbot.waitUntil(row.pair.isVisible, timeout=120_000)
    qtbot.waitUntil(
        lambda: "steps" in row.note.text() and "left" in row.note.text(), timeout=30_000
    )
    row.stop_button.setFocus()
    qtbot.keyClick(row.stop_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: morph.desk.session.source.kind == "photograph", timeout=60_000)
    settle(qtbot, morph)
    qtbot.waitUntil(row.badge.isVisible, timeout=30_000)
    assert "Distance" in row.badge.text()
    assert "Probability" in row.badge.text()
    folder = Path(morph.desk.session.source.latent).parent
    with Image.open(folder / "proj.png") as kept:
        assert np.array_equal(shown(morph), np.asarray(kept)), "its own noise is kept"
    assert str(folder / "projected_w.npz") in morph.sides.export.command.text()
    assert (folder.parent / "state.pt").is_file(), "it can be resumed"
    morph.view.go(1.0)
    settle(qtbot, morph)


def test_a_job_that_fails_says_why(
    qtbot: QtBot,
    morph: GenerateWorkspace,
    tmp_path: Path,
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    panel = morph.sides.ends["target"]
    panel.kind.set_value("photograph")
    panel.projection.photograph.set_text(str(broken))
    qtbot.mouseClick(panel.projection.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.projection.button.isEnabled, timeout=60_000)
    assert "broken.jpg" in panel.projection.note.text()
    assert morph.desk.session.target.kind == "seed"


@pytest.mark.parametrize(
    ("photograph_p", "projection_p", "warns"), [(0.8, 0.6, True), (0.8, 0.7, False)]
)
def test_the_badge_warns_when_the_classifier_sees_another_lesion(
    photograph_p: float, projection_p: float, warns: bool
) -> None:
    found = {
        "distance": 0.5,
        "first": 5.0,
        "photograph": photograph_p,
        "projection": projection_p,
    }
    text, warning = badge(found)
    assert warning is warns
    assert ("does not represent this picture" in text) is warns
    assert "10.0 times less" in text


def test_without_a_classifier_the_badge_says_what_is_missing() -> None:
    text, warning = badge({"distance": 1.0, "first": 2.0, "photograph": None, "projection": None})
    assert "Tick a classifier" in text
    assert not warning


def test_a_kind_that_waits_for_its_photograph_stays(
    qtbot: QtBot, empty: GenerateWorkspace, tmp_path: Path
) -> None:
    empty.open_network(write_random(tmp_path / "classes.safetensors", c_dim=2))
    settle(qtbot, empty)
    panel = empty.sides.ends["target"]
    panel.kind.set_value("photograph")
    panel.kind.chosen.emit("photograph")
    empty.desk.set_end("source", kind="seed", seed=9, class_name=empty.desk.classes[-1])
    assert panel.kind.value() == "photograph"
    first = empty.desk.classes[0]
    assert panel.class_name.value() != first
    panel.class_name.set_value(first)
    panel.class_name.chosen.emit(first)
    assert empty.desk.session is not None
    assert empty.desk.session.target.class_name == first, "the projection will have this class"
    assert panel.kind.value() == "photograph"
    empty.desk.swap()
    assert panel.kind.value() == "seed"
    assert panel.seed.value() == 9
    settle(qtbot, empty)
