"""A photograph as an end of the morph: projected by a job, stopped, judged."""

from pathlib import Path

import numpy as np
import pytest
from morphing import alone, settle, shown, tick_run, write_random
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.generate.outputs.folder import write_latent
from studio.ui.generate.projection_row import badge
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
    qtbot.waitUntil(lambda: morph.controller.session.source.kind == "photograph", timeout=60_000)
    settle(qtbot, morph)
    qtbot.waitUntil(row.badge.isVisible, timeout=30_000)
    assert "Distance" in row.badge.text()
    assert "Probability" in row.badge.text()
    folder = Path(morph.controller.session.source.latent).parent
    with Image.open(folder / "proj.png") as kept:
        assert np.array_equal(shown(morph), np.asarray(kept)), "its own noise is kept"
    assert str(folder / "projected_w.npz") in morph.sides.export.command.text()
    assert (folder.parent / "state.pt").is_file(), "it can be resumed"
    morph.view.move_to(1.0)
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
    assert morph.controller.session.target.kind == "seed"


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
    empty.controller.set_end("source", kind="seed", seed=9, class_name=empty.controller.classes[-1])
    assert panel.kind.value() == "photograph"
    first = empty.controller.classes[0]
    assert panel.class_name.value() != first
    panel.class_name.set_value(first)
    panel.class_name.chosen.emit(first)
    assert empty.controller.session is not None
    assert empty.controller.session.target.class_name == first, (
        "the projection will have this class"
    )
    assert panel.kind.value() == "photograph"
    empty.controller.swap()
    assert panel.kind.value() == "seed"
    assert panel.seed.value() == 9
    settle(qtbot, empty)


class FakeJob:
    """A projection as the window sees it, without its process: it ends when the test says so."""

    def __init__(self, morph: GenerateWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.morph = morph
        monkeypatch.setattr(
            "studio.workflows.generate.jobs.start_projection", lambda *_, **__: self.began.append(1)
        )
        self.began: list[int] = []

    def ask(self, qtbot: QtBot, which: str, photograph: Path) -> Path:
        before = set(self.morph.projections.runs)
        self.morph.projections.start(which, photograph, 10)
        qtbot.waitUntil(lambda: len(self.morph.projections.runs) > len(before), timeout=20_000)
        [run_dir] = set(self.morph.projections.runs) - before
        return run_dir

    def end(self, run_dir: Path, seed: int) -> None:
        """It leaves the latent of a seed."""
        network, folder = self.morph.controller.network, run_dir / "projection"
        assert network is not None
        folder.mkdir()
        write_latent(folder / "projected_w.npz", network.mapping(network.latent(seed)))
        (folder / "manifest.json").write_text(
            '{"settings": {"last_distance": 1.0, "first_distance": 2.0}}'
        )
        for name in ("target.png", "proj.png"):
            Image.new("RGB", (8, 8)).save(folder / name)
        job = self.morph.context.jobs.get(run_dir)
        assert job is not None
        self.morph.projections._ended(job)
        self.morph.context.jobs.forget(run_dir)


@pytest.fixture
def job(morph: GenerateWorkspace, monkeypatch: pytest.MonkeyPatch) -> FakeJob:
    return FakeJob(morph, monkeypatch)


def test_a_projection_is_the_end_that_asked_for_it(
    qtbot: QtBot, morph: GenerateWorkspace, photograph: Path, job: FakeJob
) -> None:
    run_dir = job.ask(qtbot, "target", photograph)
    job.end(run_dir, 7)
    assert morph.controller.session is not None
    assert morph.controller.session.target.photograph == str(photograph)
    settle(qtbot, morph)
    morph.view.move_to(1.0)
    settle(qtbot, morph)
    assert np.array_equal(shown(morph), alone(morph, 7))


def test_a_projection_takes_no_end_of_another_morph(
    qtbot: QtBot,
    morph: GenerateWorkspace,
    photograph: Path,
    job: FakeJob,
    tmp_path: Path,
) -> None:
    run_dir = job.ask(qtbot, "target", photograph)
    row = morph.sides.ends["target"].projection
    assert not row.button.isEnabled()
    morph.open_network(write_random(tmp_path / "other.safetensors"))
    settle(qtbot, morph)
    assert row.button.isEnabled()
    assert not row.progress.isVisible()
    before = morph.controller.session
    with qtbot.waitSignal(morph.context.toasted) as said:
        job.end(run_dir, 7)
    assert "lesion.png" in said.args[0]
    assert str(run_dir / "projection" / "projected_w.npz") in said.args[0]
    settle(qtbot, morph)
    assert morph.controller.session == before
    assert not row.pair.isVisible()


def test_an_end_that_has_become_something_else_stays_so(
    qtbot: QtBot, morph: GenerateWorkspace, photograph: Path, job: FakeJob
) -> None:
    run_dir = job.ask(qtbot, "target", photograph)
    morph.controller.set_end("target", kind="seed", seed=44)
    with qtbot.waitSignal(morph.context.toasted):
        job.end(run_dir, 7)
    assert morph.controller.session is not None
    assert morph.controller.session.target.seed == 44
    settle(qtbot, morph)


def test_a_projection_goes_with_its_end(
    qtbot: QtBot, morph: GenerateWorkspace, photograph: Path, job: FakeJob
) -> None:
    run_dir = job.ask(qtbot, "target", photograph)
    morph.controller.swap()
    assert morph.sides.ends["target"].projection.button.isEnabled()
    assert not morph.sides.ends["source"].projection.button.isEnabled()
    job.end(run_dir, 7)
    assert morph.controller.session is not None
    assert morph.controller.session.source.photograph == str(photograph)
    assert morph.controller.session.target.kind == "seed"
    settle(qtbot, morph)
