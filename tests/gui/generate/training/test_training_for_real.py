"""One tiny training with a real job: estimated, begun, stopped, resumed, opened in the morph."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.ui.generate.training.page import TrainingPage
from studio.ui.generate.workspace import GenerateWorkspace
from studio.workflows.generate.stages import Stage, StageData, StagePlan

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 90_000  # ms; importing torch takes long on a busy machine
TINY = {
    "resolution": 16, "gamma": 0.5, "kimg": 0.16, "batch": 4, "cond": True, "mirror": True,
    "cbase": 64, "cmax": 8, "z_dim": 16, "w_dim": 16, "tick": 0.02, "snap": 1,
    "metrics": "none", "hold_out": 0.0,
}  # fmt: skip


def pictures(folder: Path) -> Path:
    random = np.random.default_rng(0)
    for name, red in (("malignantmelanoma", 90), ("melanocyticnevus", 180)):
        (folder / name).mkdir(parents=True)
        for number in range(8):
            rgb = np.clip(random.normal(red, 30, (16, 16, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(rgb).save(folder / name / f"{number}.png")
    return folder


def test_estimate_train_stop_resume_and_morph(
    qtbot: QtBot, workspace: GenerateWorkspace, page: TrainingPage, tmp_path: Path,
    settled: Callable[[], None],
) -> None:  # fmt: skip
    data = StageData(kind="folder", path=str(pictures(tmp_path / "crops")))
    page.model.use(StagePlan(stages=(Stage(name="Tiny", data=data, settings=TINY),)))
    settled()
    qtbot.mouseClick(page.form.estimate_button, LEFT)
    words = page.stages.details.estimate
    qtbot.waitUntil(lambda: "on this computer" in words.text(), timeout=PATIENCE)
    qtbot.mouseClick(page.form.start_button, LEFT)
    view, header = page.view, page.view.header
    qtbot.waitUntil(lambda: len(view.scrubber.snapshots) >= 2, timeout=PATIENCE)
    assert view.run is not None
    assert view.run.plan["classes"] == ["malignantmelanoma", "melanocyticnevus"]
    qtbot.waitUntil(lambda: not view.grid.empty, timeout=PATIENCE)
    qtbot.mouseClick(header.stop, LEFT)
    qtbot.waitUntil(lambda: header.state.text() in ("stopped", "finished"), timeout=PATIENCE)
    assert header.latest.isEnabled()
    if header.state.text() == "stopped":  # on a quick machine it may have been done already
        stopped_at = view.run.kimg
        assert stopped_at < 0.16
        qtbot.mouseClick(header.resume, LEFT)
        qtbot.waitUntil(lambda: header.state.text() == "finished", timeout=PATIENCE)
    assert header.done.value.text() == "0.16 of 0.16"
    qtbot.waitUntil(lambda: page.model.states["Tiny"].state == "done", timeout=PATIENCE)
    assert np.isfinite(view.run.column("loss_g")).all()
    qtbot.mouseClick(header.stages, LEFT)
    assert page.model.stage is not None
    page.model.update(settings={**TINY, "kimg": 0.2})
    qtbot.waitUntil(lambda: page.form.start_button.text() == "Go on to 0.2 kimg", timeout=PATIENCE)
    qtbot.mouseClick(page.form.start_button, LEFT)
    qtbot.waitUntil(lambda: page.model.states["Tiny"].kimg == 0.2, timeout=PATIENCE)
    qtbot.waitUntil(lambda: page.model.states["Tiny"].state == "done", timeout=PATIENCE)
    assert page.model.state is not None
    page.look_at(page.model.state.run_dir)
    qtbot.waitUntil(lambda: header.done.value.text() == "0.2 of 0.2", timeout=PATIENCE)
    qtbot.mouseClick(header.latest, LEFT)
    qtbot.waitUntil(lambda: workspace.ready, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not workspace.busy, timeout=PATIENCE)
    settled()
