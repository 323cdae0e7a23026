"""A whole round with real jobs: train, stop, resume, evaluate, all in processes of their own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio import jobs
from studio.ui.evaluate.workspace import EvaluateWorkspace
from studio.ui.train.workspace import TrainWorkspace
from studio.ui.window import StudioWindow

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 90_000  # ms; importing torch takes long on a busy machine


def pictures(folder: Path, count: int, seed: int) -> Path:
    random = np.random.default_rng(seed)
    for name, red in (("malignantmelanoma", 110), ("melanocyticnevus", 160)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            rgb = np.clip(random.normal(red, 60, (40, 40, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(rgb).save(folder / name / f"{number}.png")
    return folder


def test_train_stop_resume_and_evaluate(
    qtbot: QtBot, window: StudioWindow, tmp_path: Path, settled: Callable[[], None]
) -> None:
    window.context.new_project(tmp_path / "clinic", ["melanocyticnevus", "malignantmelanoma"])
    window.show_workspace("train")
    train = window.mounted["train"]
    assert isinstance(train, TrainWorkspace)
    form = train.form
    form.train.set_sources([pictures(tmp_path / "train", 24, 1)])
    form.val.set_sources([pictures(tmp_path / "val", 10, 2)])
    settings = form.settings
    settings.model.set_value("other")
    settings.other.setText("test_efficientnet")
    settings.weights.set_value("none")
    settings.epochs.setValue(400)
    settings.side.setValue(32)
    settings.batch.setValue(16)
    qtbot.waitUntil(form.can_start, timeout=PATIENCE)
    qtbot.mouseClick(form.start_button, LEFT)
    qtbot.waitUntil(lambda: len(train.view.roc.older) >= 2, timeout=PATIENCE)
    run_dir = train.follower.run_dir
    assert run_dir is not None
    header = train.view.header
    qtbot.waitUntil(header.stop.isEnabled, timeout=PATIENCE)
    qtbot.mouseClick(header.stop, LEFT)
    qtbot.waitUntil(train.can_resume, timeout=PATIENCE)
    assert header.state.text() == "stopped"
    assert train.follower.run is not None
    before = train.follower.run.epochs
    qtbot.mouseClick(header.resume, LEFT)
    run = lambda: train.follower.run  # noqa: E731
    qtbot.waitUntil(lambda: bool(run()) and len(run().epochs) > len(before) + 1, timeout=PATIENCE)
    assert train.follower.run.epochs[: len(before)] == before
    jobs.request_stop(run_dir)
    qtbot.waitUntil(train.can_resume, timeout=PATIENCE)
    settled()
    evaluate_it(qtbot, window, run_dir, pictures(tmp_path / "test", 8, 3), settled)


def evaluate_it(
    qtbot: QtBot,
    window: StudioWindow,
    run_dir: Path,
    test: Path,
    settled: Callable[[], None],
) -> None:
    window.context.hand_to_evaluate(run=run_dir)
    settled()
    work = window.mounted["evaluate"]
    assert isinstance(work, EvaluateWorkspace)
    assert work.side.chosen() == run_dir
    work.side.tests.set_sources([test])
    qtbot.mouseClick(work.side.button, LEFT)
    qtbot.waitUntil(work.has_results, timeout=PATIENCE)
    assert work.results is not None
    [result] = work.results.tests
    assert result.detail is not None
    assert result.detail.scores.counts() == {"malignantmelanoma": 8, "melanocyticnevus": 8}
    assert not result.leakage.found
    settled()
