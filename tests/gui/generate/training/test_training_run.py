"""A training as people watch it: snapshots, curves, stopping, resuming, into the morph."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from made_training import MadeTraining
from morphing import write_random
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.looking import copied_data
from gui.plot_data import assert_table_is_what_is_drawn, plots_in
from studio.ui.generate.pages import MORPH
from studio.ui.generate.training.page import TrainingPage
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.plots.run_figures import write_figures
from studio.ui.watchdog import Watchdog
from studio.ui.window import StudioWindow

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key
Show = Callable[[MadeTraining], TrainingPage]


def press(qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(QApplication.focusWidget(), key)


def test_a_run_shows_its_whole_history(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show
) -> None:
    page = shown(new_run().whole())
    view = page.view
    assert [snapshot.kimg for snapshot in view.scrubber.snapshots] == [0, *range(10, 121, 10)]
    assert view.scrubber.index == 12
    assert view.scrubber.words.text() == "120 kimg"
    assert "KID 0.0197 (0.0173–0.0222)" in view.scrubber.more.text()
    assert "synthetic" in view.scrubber.more.text()
    assert view.scrubber.figures.text() == "precision 0.700 · recall 0.400"
    assert view.scrubber.copies.text() == "Copies: 3.4 % (chance would give 5.0 %)"
    assert view.scrubber.copies.wordWrap()
    assert "compare within this run only" in view.scrubber.notes.text()
    header = view.header
    assert header.state.text() == "finished"
    assert header.done.value.text() == "120 of 120"
    assert header.kid.value.text() == "0.0189"
    assert not header.stop.isVisible()
    assert not header.resume.isVisible()
    plots = view.plots
    assert plots.kid.ring is not None
    assert plots.kid.ring[0] == 100
    assert plots.kid.caption.text() == "KID, lite0"
    assert plots.kid.cursor_at == 120
    assert plots.ada.target == 0.6
    assert len(plots.loss.lines[0].x) == 96
    assert "kimg" in copied_data(plots.kid).splitlines()[0]
    for plot in plots_in(view):
        assert_table_is_what_is_drawn(qtbot, plot)


def test_keys_go_through_the_snapshots(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show
) -> None:
    view = shown(new_run().until(40)).view
    assert view.grid.hasFocus()
    press(qtbot, KEY.Key_Left)
    assert view.scrubber.words.text() == "30 kimg"
    press(qtbot, KEY.Key_Home)
    assert view.scrubber.words.text() == "Before the first step"
    assert not view.scrubber.open.isEnabled()
    assert view.plots.kid.cursor_at == 0
    press(qtbot, KEY.Key_Left)
    assert view.scrubber.index == 0
    press(qtbot, KEY.Key_Right)
    press(qtbot, KEY.Key_B)
    assert view.scrubber.words.text() == "40 kimg"
    view.scrubber.slider.setFocus()
    press(qtbot, KEY.Key_Left)
    assert view.scrubber.words.text() == "30 kimg"
    qtbot.mouseClick(view.scrubber.older, LEFT)
    assert view.scrubber.words.text() == "20 kimg"


def test_a_chosen_snapshot_stays_while_new_ones_come_and_so_does_the_zoom(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show
) -> None:
    made = new_run().until(20).live()
    page = shown(made)
    view, follower = page.view, page.follower
    made.snapshot(30)
    qtbot.waitUntil(lambda: len(view.scrubber.snapshots) == 4, timeout=8000)
    assert view.scrubber.words.text() == "30 kimg"  # the newest is followed
    view.grid.zoom(3.0, QPointF(40, 60))
    zoomed = view.grid.view
    assert not view.grid.fitted
    press(qtbot, KEY.Key_Left)
    made.snapshot(40)
    qtbot.waitUntil(lambda: len(view.scrubber.snapshots) == 5, timeout=8000)
    qtbot.waitUntil(lambda: not view.grids.busy, timeout=8000)
    assert view.scrubber.words.text() == "20 kimg"
    assert view.grid.view == zoomed
    press(qtbot, KEY.Key_0)
    assert view.grid.fitted
    press(qtbot, KEY.Key_Plus)
    assert view.grid.view.scale == pytest.approx(1.25 * view.grid._fit().scale)
    press(qtbot, KEY.Key_Minus)
    assert view.grid.fitted
    assert follower.live


def test_a_grid_that_is_drawn_anew_is_seen_anew(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show
) -> None:
    made = new_run().until(20).live()
    view = shown(made).view
    before = view.grid._layer.preview
    made._grid = lambda _: np.full((64, 128, 3), 7, np.uint8)
    made.snapshot(20)
    qtbot.waitUntil(lambda: view.grid._layer.preview is not before, timeout=8000)
    preview = view.grid._layer.preview
    assert preview is not None
    assert preview.pixelColor(5, 5).red() == 7


def test_a_damaged_grid_is_said_when_one_comes_to_it_and_not_before(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show
) -> None:
    made = new_run().until(20)
    (made.run_dir / "fakes000010.png").write_bytes(b"no picture")  # beside the one on show
    view = shown(made).view
    qtbot.waitUntil(lambda: not view.grids.busy, timeout=8000)
    qtbot.wait(20)
    assert not view.grid.empty
    for _ in range(2):
        press(qtbot, KEY.Key_Left)
        qtbot.waitUntil(lambda: view.grid.empty, timeout=8000)
        assert "fakes000010.png" in view.grid.note
        press(qtbot, KEY.Key_Right)
        assert not view.grid.empty


def test_real_pictures_are_shown_while_the_key_is_down(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show
) -> None:
    view = shown(new_run().until(20)).view
    fake = view.grid._layer.preview
    qtbot.keyPress(view.grid, KEY.Key_R)
    qtbot.waitUntil(lambda: view.grid._layer.preview is not fake, timeout=8000)
    assert "Real pictures" in view.grid.accessibleName()
    assert view.scrubber.words.text() == "Real pictures of the training set"
    assert "synthetic" not in view.scrubber.more.text()
    qtbot.keyRelease(view.grid, KEY.Key_R)
    assert view.grid._layer.preview is fake
    assert "synthetic" in view.grid.accessibleName()
    assert view.scrubber.words.text() == "20 kimg"
    assert "synthetic" in view.scrubber.more.text()


def test_another_run_does_not_keep_the_cursor_of_the_one_before(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show
) -> None:
    page = shown(new_run().until(20))
    assert page.view.plots.kid.cursor_at == 20
    made = new_run("Another")
    made.say("started", pid=1, host="here", resumed=False)
    page.look_at(made.run_dir)
    qtbot.waitUntil(lambda: page.view.run is not None, timeout=8000)
    assert [plot.cursor_at for plot in page.view.plots.all()] == [None] * 4


def test_nothing_of_the_run_before_is_shown_while_another_is_read(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show
) -> None:
    page = shown(new_run("First").until(20).live())
    view, header = page.view, page.view.header
    assert header.stop.isVisible()
    page.look_at(new_run("Second").plan().run_dir)
    assert header.title.text() == header.state.text() == header.facts.text() == ""
    assert not header.stop.isVisible()
    assert not header.best.isEnabled()
    assert header.done.value.text() == header.kid.value.text() == "–"
    assert [len(plot.lines) for plot in view.plots.all()] == [0] * 4
    assert view.plots.kid.ring is None
    assert view.plots.ada.target is None
    qtbot.waitUntil(lambda: header.title.text() == "Run 2 · Second", timeout=8000)


def test_a_snapshot_opens_in_the_morph(
    qtbot: QtBot, workspace: GenerateWorkspace, new_run: Callable[..., Any], shown: Show,
    tmp_path: Path,
) -> None:  # fmt: skip
    network = write_random(tmp_path / "random.safetensors")
    made = new_run(network=network).until(30)
    page = shown(made)
    press(qtbot, KEY.Key_Left)
    press(qtbot, KEY.Key_M)
    assert workspace.pages.name == MORPH
    qtbot.waitUntil(lambda: workspace.ready, timeout=60_000)
    assert workspace.controller.session is not None
    assert Path(workspace.controller.session.network).name == "network-snapshot-000020.safetensors"
    workspace.pages.show_page("training")
    assert page.at_run
    qtbot.mouseClick(page.view.header.best, LEFT)
    assert workspace.pages.name == MORPH
    qtbot.waitUntil(
        lambda: (
            "000030"
            in (workspace.controller.session.network if workspace.controller.session else "")
        ),
        timeout=60_000,
    )
    qtbot.waitUntil(lambda: not workspace.busy, timeout=60_000)


def test_stopping_asks_the_run_and_resuming_goes_on(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show, settled: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made = new_run().until(20).live()
    page = shown(made)
    header = page.view.header
    assert header.stop.isVisible()
    qtbot.mouseClick(header.stop, LEFT)
    qtbot.waitUntil(lambda: header.state.text() == "stopping", timeout=8000)
    assert (made.run_dir / "stop").exists()
    made.say("stopped")
    made.gone()
    qtbot.waitUntil(header.resume.isVisible, timeout=8000)
    assert header.state.text() == "stopped"
    resumed: list[Path] = []

    def resume(run_dir: Path, *, kind: str) -> int:
        resumed.append(run_dir)
        made.say("started", pid=1, host="here", resumed=True)
        made.live()
        (run_dir / "stop").unlink()
        return 1

    monkeypatch.setattr("studio.jobs.resume", resume)
    qtbot.mouseClick(header.resume, LEFT)
    qtbot.waitUntil(lambda: header.state.text() == "running", timeout=8000)
    assert resumed == [made.run_dir]
    made.step(21)
    qtbot.waitUntil(lambda: header.done.value.text() == "21 of 120", timeout=8000)
    settled()


def test_a_failed_run_says_why(new_run: Callable[..., Any], shown: Show) -> None:
    made = new_run().until(10)
    made.say("warning", message="2 pictures were left out.")
    made.say("warning", message="The disk is nearly full.")
    made.say("failed", message="There is no room left for the network file.")
    header = shown(made.gone()).view.header
    assert header.trouble.text() == "There is no room left for the network file."
    assert header.trouble.isVisible()
    assert header.resume.isVisible()
    assert header.warnings.text() == "The disk is nearly full. (and 1 more)"


def test_a_run_that_has_said_nothing_yet(
    qtbot: QtBot, page: TrainingPage, new_run: Callable[..., Any]
) -> None:
    made = new_run(title="A very long name of a stage " * 8)
    page.look_at(made.run_dir)
    qtbot.waitUntil(lambda: page.view.run is not None, timeout=8000)
    assert page.view.grid.note == "The first grid comes before the first step."
    assert page.view.header.state.text() == "waiting"
    made.say("started", pid=1, host="here", resumed=False)
    made.live()
    made.say("progress", done=30, total=100, message="Reading the pictures")
    qtbot.waitUntil(lambda: "Reading" in page.view.header.now.text(), timeout=8000)
    assert page.view.header.bar.value() == 300
    assert page.width() <= page.window().width()


def test_runs_are_listed_and_those_of_other_folders_opened(
    qtbot: QtBot, page: TrainingPage, new_run: Callable[..., Any], tmp_path: Path,
    settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    new_run("First").until(10).gone()
    new_run("Second").whole()
    page.history.refresh()
    settled()
    assert [run.title for run in page.history.runs or []] == ["Second", "First"]
    elsewhere = MadeTraining(tmp_path / "elsewhere", "From the command line").until(10).live()
    choose = "studio.ui.runs.page.QFileDialog.getExistingDirectory"
    monkeypatch.setattr(choose, lambda *_: str(elsewhere.run_dir))
    page.open_folder()
    qtbot.waitUntil(lambda: page.view.run is not None, timeout=8000)
    settled()
    assert page.view.header.title.text() == "elsewhere · From the command line"
    assert page.left.at_runs
    titles = [run.title for run in page.history.runs or []]
    assert titles == ["Second", "First", "From the command line"]
    monkeypatch.setattr(choose, lambda *_: str(tmp_path))
    with qtbot.waitSignal(page.context.toasted) as said:
        page.open_folder()
    assert "holds no training of a GAN" in said.args[0]
    page.past.list.setFocus()
    page.past.list.setCurrentIndex(page.past.list.runs.index(1))
    press(qtbot, KEY.Key_Return)
    qtbot.waitUntil(lambda: page.view.header.title.text() == "Run 1 · First", timeout=8000)


def test_another_project_forgets_the_run(
    window: StudioWindow, new_run: Callable[..., Any], shown: Show, tmp_path: Path,
    settled: Callable[[], None],
) -> None:  # fmt: skip
    page = shown(new_run().until(10))
    window.context.new_project(tmp_path / "other", ["a", "b"])
    settled()
    assert page.middle.currentWidget() is page.beginning
    assert page.view.run is None
    assert page.follower.run_dir is None


def big_grid(share: float) -> Any:
    """32 × 32 pictures of 64 px, as a network of that size writes them."""
    row = np.linspace(0, 255 * share, 2048, dtype=np.uint8)
    return np.repeat(np.repeat(row[None, :, None], 2048, 0), 3, 2)


def test_the_window_never_stands_still(
    qtbot: QtBot, new_run: Callable[..., Any], shown: Show, smooth: Watchdog,
    settled: Callable[[], None],
) -> None:  # fmt: skip
    made = new_run(grid=big_grid).until(40, steps=150).live()
    page = shown(made)
    view = page.view
    settled()
    smooth.start()
    for kimg in (50, 60):
        for part in range(10):
            made.step(kimg - 10 + part)
            qtbot.wait(20)
        # Its PNG is coded elsewhere, as the training does it: only the window is measured.
        Thread(target=made.snapshot, args=(kimg,)).start()
        qtbot.waitUntil(lambda k=kimg: view.scrubber.snapshots[-1].kimg == k, timeout=8000)
        for _ in range(4):
            press(qtbot, KEY.Key_Left)
            qtbot.wait(15)
        press(qtbot, KEY.Key_Plus)
        press(qtbot, KEY.Key_Plus)
        press(qtbot, KEY.Key_End)
        press(qtbot, KEY.Key_0)
    settled()


def test_the_figures_of_a_training_are_written_with_their_data(
    new_run: Callable[..., Any], tmp_path: Path
) -> None:
    made = new_run().whole()
    files = write_figures(made.run_dir, tmp_path / "figures", ["pdf"], "youden")
    names = sorted(file.name for file in files if file.suffix == ".pdf")
    assert names == ["ada.pdf", "kid.pdf", "losses.pdf", "penalties.pdf"]
    lines = (tmp_path / "figures/losses.csv").read_text().splitlines()
    assert lines[0] == "line,kimg,value,low,high"
    assert len(lines) > 10
