"""The Train workspace as people use it: watching, moving the point, pinning, starting, stopping."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.looking import copied_data, primaries
from studio import jobs
from studio.classify import TrainConfig
from studio.classify.config import RECIPES
from studio.imaging.prepared import PreparedImages
from studio.stats import chosen_rates, confusion, operating_point
from studio.ui.background import Control
from studio.ui.runs.log_window import LogWindow
from studio.ui.train.request import PaceEstimate, WorkStopped, estimate, stoppable
from studio.ui.train.settings_fields import SettingsFields
from studio.ui.train.workspace import TrainWorkspace
from studio.ui.watchdog import Watchdog
from studio.ui.window import StudioWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def studio_window(window: StudioWindow, tmp_path: Path) -> StudioWindow:
    """A window with an empty project."""
    window.context.new_project(tmp_path / "clinic", ["melanocyticnevus", "malignantmelanoma"])
    return window


@pytest.fixture
def train(studio_window: StudioWindow) -> TrainWorkspace:
    studio_window.show_workspace("train")
    found = studio_window.mounted["train"]
    assert isinstance(found, TrainWorkspace)
    return found


@pytest.fixture
def new_run(studio_window: StudioWindow, made_run: Any) -> Callable[..., Any]:
    """Makes a run in the open project."""

    def make(title: str = "efficientnet_lite0 · studio · 5 epochs · seed 0", **more: Any) -> Any:
        project = studio_window.context.project
        assert project is not None
        return made_run(project.runs.new_folder("train", title), title, **more)

    return make


def show(qtbot: QtBot, train: TrainWorkspace, made: Any) -> None:
    """Look at a run until its curves stand."""
    train.look_at(made.run_dir)
    qtbot.waitUntil(lambda: train.detail is not None and bool(train.view.roc.curves), timeout=8000)


def at(train: TrainWorkspace, fpr: float, tpr: float) -> QPoint:
    """Where a place of the plot is in its view."""
    roc = train.view.roc
    return roc.view.mapFromScene(roc.box.mapViewToScene(QPointF(fpr, tpr)))


def test_a_run_whose_positive_class_is_unknown_shows_no_curve(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    made = new_run()
    made.epoch(1)
    made.say("finished")
    made.gone()
    train.look_at(made.run_dir)
    trouble = train.view.header.trouble
    qtbot.waitUntil(lambda: "Positive class unknown" in trouble.text(), timeout=8000)
    assert trouble.isVisible()
    assert train.view.roc.curves == []
    assert not train.has_point()


def test_the_empty_workspace_says_what_it_is_for(train: TrainWorkspace) -> None:
    assert train.middle.currentWidget() is train.empty
    assert train.empty.title.text() == "Train a classifier"
    assert not train.form.can_start()
    assert "training folder" in train.form.why_not.text()


def test_torch_stays_out_of_the_window_and_pyqtgraph_until_a_plot_is_shown(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from studio.ui.app import make_application
from studio.ui.context import StudioContext
from studio.ui.window import StudioWindow
application = make_application([])
context = StudioContext()
window = StudioWindow(context)
context.new_project(Path(sys.argv[1]), ["a", "b"])
assert "pyqtgraph" not in sys.modules
for name in ("train", "evaluate"):
    window.show_workspace(name)
assert "pyqtgraph" in sys.modules
import studio.workflows.train, studio.workflows.evaluate
assert "torch" not in sys.modules
window.close()
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "p")], check=True, timeout=60)


def test_a_run_shows_its_whole_history(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    made = new_run().whole()
    show(qtbot, train, made)
    roc, view = train.view.roc, train.view
    assert roc.curves[0].name == "Epoch 5"
    assert len(roc.older) == 4
    assert roc.band is not None
    assert roc.curves[0].curve.auc.value == pytest.approx(made.records[-1]["auc"])
    assert f"AUC {made.records[-1]['auc']:.3f} (" in roc.key.lines[0].text
    assert view.auc.lines[0].y.tolist() == [record["auc"] for record in made.records]
    assert view.loss.lines[1].y.tolist() == [record["val_loss"] for record in made.records]
    assert view.header.state.text() == "finished"
    assert roc.notice.text() == "Research use, not a diagnosis."
    assert roc.notice.isVisible()


def test_the_family_grows_while_the_run_lives(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    made = new_run().live()
    made.plan()
    made.frozen()
    show(qtbot, train, made)
    assert train.view.roc.curves[0].name == "Frozen backbone"
    assert train.view.roc.caption.text() == "ROC, first result"
    assert "frozen backbone" in train.view.header.auc_words.text()
    for number in (1, 2):
        made.step(number, 6)
        made.epoch(number)
    qtbot.waitUntil(lambda: train.view.roc.curves[0].name == "Epoch 2", timeout=8000)
    assert len(train.view.roc.older) == 1
    made.step(3, 6)
    qtbot.waitUntil(lambda: "Epoch 3 of 5, step 6 of 12" in train.view.header.now.text())
    assert train.view.header.stop.isVisible()
    assert train.can_stop()
    made.say("stopped")
    made.gone()
    qtbot.waitUntil(train.can_resume, timeout=8000)
    assert train.view.header.resume.isVisible()
    assert not train.view.header.stop.isVisible()


def test_the_point_is_dragged_along_the_curve(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    made = new_run().whole()
    show(qtbot, train, made)
    detail = train.detail
    assert detail is not None
    curve, viewport = detail.positive.roc, train.view.roc.view.viewport()
    qtbot.mousePress(viewport, LEFT, pos=at(train, 0.1, 0.5))
    qtbot.mouseMove(viewport, at(train, 0.3, 0.7))
    qtbot.mouseMove(viewport, at(train, 0.5, 0.9))
    qtbot.mouseRelease(viewport, LEFT, pos=at(train, 0.5, 0.9))
    point = train.operating.point
    assert point is not None
    nearest = np.hypot(curve.fpr - 0.5, curve.tpr - 0.9).min()
    assert np.hypot(point.fpr - 0.5, point.sensitivity - 0.9) == pytest.approx(nearest, abs=0.02)
    scores = detail.scores
    counts = confusion(
        scores.scores(scores.positive), scores.flags(scores.positive), point.threshold
    )
    assert train.point.confusion.cells["tp"].count == counts.tp
    assert "set by hand" in train.point.threshold.text()


def test_keys_move_the_point_and_choose_rules(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole())
    view, detail = train.view.roc.view, train.detail
    assert detail is not None
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_2)
    assert train.operating.rule == "se90"
    assert train.point.rules["se90"].isChecked()
    before = train.operating.point
    assert before == operating_point(detail.positive.roc, "se90")
    qtbot.keyClick(view, Qt.Key.Key_Right)
    after = train.operating.point
    assert before is not None
    assert after is not None
    assert after.index == before.index + 1
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert train.operating.point is not None
    assert train.operating.point.index == after.index - 10
    assert not any(button.isChecked() for button in train.point.rules.values())


def test_a_threshold_set_by_hand_stays_with_its_run(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    first, second = new_run().whole(), new_run().whole()
    show(qtbot, train, first)
    train.operating.move_to(0.5, 0.9)
    assert isinstance(train.operating.rule, float)
    show(qtbot, train, second)
    assert train.operating.rule == "youden"
    assert train.point.rules["youden"].isChecked()
    train.operating.use_rule("se95")
    show(qtbot, train, first)
    assert train.operating.rule == "se95"


def test_start_stays_in_sight_below_the_scrolled_form(train: TrainWorkspace) -> None:
    form = train.form
    window = form.window()
    window.resize(1440, 900)
    QApplication.processEvents()
    for part in (form.start_button, form.why_not):
        assert part.isVisible()
        assert not form.area.isAncestorOf(part)
        assert part.visibleRegion().boundingRect() == part.rect()
        assert part.height() >= part.heightForWidth(part.width())


def test_a_cell_lists_its_images_and_the_prevalence_changes_ppv(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole())
    panel = train.point
    qtbot.mouseClick(panel.confusion.cells["fp"], LEFT)
    images = panel.sheet.images.images
    assert len(images) == panel.confusion.cells["fp"].count
    scores = [image.score for image in images]
    assert scores == sorted(scores, reverse=True)
    assert "False alarms" in panel.images_title.text()
    before = panel.rates["ppv"][0].text()
    panel.prevalence.setValue(1.0)
    assert panel.rates["ppv"][0].text() != before
    assert float(panel.rates["ppv"][0].text().rstrip(" %")) < 20


def test_an_earlier_epoch_can_be_looked_at(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole(tests=["/data/isic/test"]))
    assert train.scores.currentText() == "Epoch 5 (newest)"
    train.view.roc.view.setFocus()
    qtbot.keyClick(train.view.roc.view, Qt.Key.Key_BracketLeft)
    qtbot.waitUntil(lambda: train.view.roc.curves[0].name == "Epoch 4")
    train.scores.setCurrentIndex(train.scores.count() - 1)
    qtbot.waitUntil(lambda: train.view.roc.curves[0].name == "test")
    assert train.view.roc.caption.text() == "ROC, test set"
    assert train.view.roc.older == []


def test_a_pinned_run_is_compared_by_paired_delong(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    other = new_run("mobilenetv2_100 · paper · 5 epochs · seed 1", seed=5).whole()
    strange = new_run("vgg19_bn · paper · 5 epochs · seed 1", seed=6, n=90).whole()
    shown = new_run().whole()
    show(qtbot, train, shown)
    train.history.refresh()
    qtbot.waitUntil(lambda: train.runs.runs.row_of(other.run_dir) is not None)
    for made in (other, strange):
        train.runs.setCurrentIndex(train.runs.runs.index(train.runs.runs.row_of(made.run_dir)))
        qtbot.keyClick(train.runs, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(train.view.roc.curves) == 3, timeout=8000)
    notes = {drawn.name: drawn.note for drawn in train.view.roc.curves}
    assert notes["Run 1 · MobileNetV2 · 5 epochs"].startswith("p ")
    assert notes["Run 2 · VGG19 · 5 epochs"] == "other images"
    assert "paired DeLong on 120 images" in train.past.help.text()
    series = [drawn.series for drawn in train.view.roc.curves]
    assert len(set(series)) == 3
    qtbot.keyClick(train.runs, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(train.view.roc.curves) == 2, timeout=8000)


def test_a_pin_is_set_without_choosing_the_run_and_comes_back(
    qtbot: QtBot, studio_window: StudioWindow, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    other, shown = new_run(seed=5).whole(), new_run().whole()
    show(qtbot, train, shown)
    train.history.refresh()
    model = train.runs.runs
    qtbot.waitUntil(lambda: model.row_of(other.run_dir) is not None)
    row = model.row_of(other.run_dir)
    area = train.runs.visualRect(model.index(row))
    place = QPoint(area.right() - 10, area.center().y())
    before = train.runs.currentIndex()
    qtbot.mousePress(train.runs.viewport(), LEFT, pos=place)
    qtbot.mouseMove(train.runs.viewport(), place - QPoint(60, 0))
    qtbot.mouseRelease(train.runs.viewport(), LEFT, pos=place - QPoint(60, 0))
    assert model.pinned == [other.run_dir]
    assert train.follower.run_dir == shown.run_dir
    assert train.runs.currentIndex() == before
    qtbot.waitUntil(lambda: len(train.view.roc.curves) == 2, timeout=8000)
    drawn = {one.name: one.series for one in train.view.roc.curves}
    assert drawn == {"Epoch 5": 1, "Run 1 · Lite0 · 5 epochs": 0}  # each its own colour
    project = studio_window.context.project
    assert project is not None
    train.set_project(None)
    assert model.pinned == []
    train.set_project(project)  # as in a later session
    qtbot.waitUntil(lambda: model.pinned == [other.run_dir], timeout=8000)
    qtbot.waitUntil(lambda: len(train.view.roc.curves) == 2, timeout=8000)


def test_a_validation_set_without_the_positive_class_is_undefined(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    train.look_at(new_run(without="malignantmelanoma").whole().run_dir)
    qtbot.waitUntil(lambda: train.detail is not None, timeout=8000)
    key = train.view.roc.key
    assert key is not None
    assert key.lines[0].text == "Undefined: no image of malignantmelanoma."
    assert train.view.header.auc.text() == "undefined"
    assert train.point.undefined.isVisible()
    assert not train.has_point()
    assert not train.point.confusion.cells["fn"].isEnabled()


def test_three_classes_are_shown_one_against_the_rest(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    classes = ("basalcellcarcinoma", "malignantmelanoma", "melanocyticnevus")
    show(qtbot, train, new_run(classes=classes, n=150).whole())
    assert [drawn.name for drawn in train.view.roc.curves] == [
        "malignantmelanoma",
        "basalcellcarcinoma",
        "melanocyticnevus",
    ]
    assert any("Macro mean" in line.text for line in train.view.roc.key.lines)
    train.point.classes.set_value("basalcellcarcinoma")
    assert train.operating.name == "basalcellcarcinoma"
    assert "basalcellcarcinoma" in train.point.confusion.truth[0].text()
    assert train.view.roc.curves[0].name == "basalcellcarcinoma"
    assert train.view.roc.curves[0].strong
    assert [drawn.strong for drawn in train.view.roc.curves] == [True, False, False]
    assert train.view.roc.subject.text() == "basalcellcarcinoma against the rest"
    assert "basalcellcarcinoma" in train.view.header.auc_words.text()
    shown = train.view.roc.curves[0].curve.auc.value
    assert train.view.header.auc.text().startswith(f"{shown:.3f}")
    assert train.view.auc.lines[0].name == "basalcellcarcinoma"
    assert train.view.auc.lines[0].last == pytest.approx(shown)
    assert train.point.threshold.text().startswith("basalcellcarcinoma from a score of")


def test_the_labels_of_many_curves_cover_none_of_them(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    classes = [f"class {number} with a long name" for number in range(7)] + ["malignantmelanoma"]
    train.window().resize(1440, 900)
    show(qtbot, train, new_run(classes=classes, n=240).whole())
    plot = train.view.roc
    qtbot.waitUntil(lambda: plot.strip.isVisible())
    assert plot.key.isHidden()
    assert len(plot.strip.lines) > len(classes)
    assert not plot.strip.geometry().intersects(plot.view.geometry())
    assert plot.holder.rect().contains(plot.strip.geometry())
    plot.resize(1000, 900)
    qtbot.waitUntil(lambda: plot.view.width() > 600)
    for drawn in plot.curves:
        for part in np.linspace(0, 1, 5):
            x, y = (one[:-1] + part * np.diff(one) for one in (drawn.curve.fpr, drawn.curve.tpr))
            places = [at(train, *point) for point in zip(x.tolist(), y.tolist(), strict=True)]
            covered = any(map(plot.key.geometry().contains, places))
            assert plot.key.isHidden() or not covered


def test_another_run_begins_with_its_own_positive_class(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    classes = ("basalcellcarcinoma", "malignantmelanoma", "melanocyticnevus")
    first = new_run("first", classes=classes, n=90).whole()
    other = new_run("other", classes=classes, n=90, positive=classes[2]).whole()
    for made, positive in ((first, classes[1]), (other, classes[2]), (first, classes[1])):
        train.look_at(made.run_dir)
        qtbot.waitUntil(
            lambda made=made: train.detail is not None and train.follower.run_dir == made.run_dir,
            timeout=8000,
        )
        qtbot.waitUntil(lambda positive=positive: train.operating.name == positive, timeout=8000)
        assert train.point.classes.value() == positive
        assert train.view.roc.curves[0].name == positive
        assert positive in train.view.header.auc_words.text()
        train.point.classes.set_value(classes[0])
        assert train.view.roc.curves[0].name == classes[0]


def test_a_failed_run_says_why_and_opens_its_log(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    made = new_run()
    made.plan()
    made.say("failed", message="The disk is full.")
    made.gone()
    (made.run_dir / "log.txt").write_text("Traceback: <b>no markup</b>\n")
    train.look_at(made.run_dir)
    qtbot.waitUntil(lambda: train.view.header.trouble.isVisible(), timeout=8000)
    assert train.view.header.trouble.text() == "The disk is full."
    qtbot.mouseClick(train.view.header.log, LEFT)
    window = train.findChild(LogWindow)
    assert isinstance(window, LogWindow)
    assert "<b>no markup</b>" in window.text.toPlainText()
    window.accept()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.timeout(20)
def test_a_log_that_is_a_pipe_does_not_hang_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log.txt")
    page = QWidget()
    qtbot.addWidget(page)
    assert LogWindow(page, tmp_path).text.toPlainText() == "The log is empty."


def test_a_crashed_run_can_be_resumed(
    qtbot: QtBot,
    train: TrainWorkspace,
    new_run: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    settled: Callable[[], None],
) -> None:
    made = new_run()
    made.plan()
    made.epoch(1)
    made.gone()
    asked: list[Path] = []
    monkeypatch.setattr(jobs, "resume", lambda run_dir, **_: asked.append(run_dir))
    show(qtbot, train, made)
    assert train.view.header.state.text() == "crashed"
    qtbot.keyClick(train.view.roc.view, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: asked == [made.run_dir])
    settled()


def test_stop_leaves_the_request_in_the_run_folder(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any], settled: Callable[[], None]
) -> None:
    made = new_run().live()
    made.plan()
    made.epoch(1)
    show(qtbot, train, made)
    qtbot.mouseClick(train.view.header.stop, LEFT)
    qtbot.waitUntil((made.run_dir / "stop").exists)
    qtbot.waitUntil(lambda: train.view.header.state.text() == "stopping", timeout=8000)
    made.say("stopped")
    made.gone()
    (made.run_dir / "stop").unlink()
    qtbot.waitUntil(train.can_resume, timeout=8000)
    settled()


def test_reopening_the_workspace_shows_the_newest_run(
    qtbot: QtBot, studio_window: StudioWindow, new_run: Callable[..., Any]
) -> None:
    new_run("old").whole()
    made = new_run().whole()
    studio_window.show_workspace("train")
    train = studio_window.mounted["train"]
    assert isinstance(train, TrainWorkspace)
    qtbot.waitUntil(lambda: bool(train.view.roc.curves), timeout=8000)
    assert train.follower.run_dir == made.run_dir
    assert len(train.view.roc.older) == 4
    assert "Runs (2)" in (train.left.title.text(), train.left.other.text())


def test_a_run_folder_of_another_place_is_remembered(
    qtbot: QtBot, train: TrainWorkspace, made_run: Any, tmp_path: Path
) -> None:
    elsewhere = made_run(tmp_path / "elsewhere", "theirs").whole()
    train.open_run(tmp_path)
    assert train.follower.run_dir is None
    train.open_run(elsewhere.run_dir)
    qtbot.waitUntil(lambda: bool(train.view.roc.curves), timeout=8000)
    qtbot.waitUntil(lambda: train.runs.runs.row_of(elsewhere.run_dir) == 0)


def test_plots_are_copied_as_data_and_as_picture(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole())
    lines = copied_data(train.view.roc).splitlines()
    assert lines[0] == "curve\tfpr\ttpr\tlow\thigh"
    assert lines[1] == "Epoch 5\t0\t0\t\t"
    assert any(line.startswith("Epoch 5, band\t") for line in lines)
    assert lines[-3] == "95 % DeLong; groups unknown: each image counts as independent"
    assert lines[-2] == "95 % band at each point"
    assert lines[-1] == "Research use, not a diagnosis."
    assert copied_data(train.view.auc).count("\n") >= 7
    train.view.roc.copy_picture()
    picture = QGuiApplication.clipboard().image()
    assert picture.width() == 2 * train.view.roc.figure_size().width()
    strip = train.view.roc.strip
    assert strip.isVisible()
    strong = train.view.roc.pen_of(train.view.roc.curves[0]).color()
    sample = picture.pixelColor(2 * (strip.x() + 6), 2 * (strip.y() + 24 + 9))
    assert abs(sample.red() - strong.red()) + abs(sample.green() - strong.green()) < 40


def test_a_person_chooses_the_band(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole())
    roc = train.view.roc
    assert roc.band_button.isVisible()
    _, whole, none = roc.band_button.menu().actions()
    at_points = roc.band
    assert at_points is not None
    assert not at_points.simultaneous
    assert roc.key.lines[-1].text == "95 % band at each point"
    made = "95 % DeLong; groups unknown: each image counts as independent"
    assert roc.method.text() == made
    whole.trigger()
    assert roc.band.simultaneous
    assert np.all(roc.band.high - roc.band.low >= at_points.high - at_points.low - 1e-9)
    assert roc.key.lines[-1].text == "95 % band for the whole curve"
    assert any(row[0] == "Epoch 5, band for the whole curve" for row in roc.table()[1])
    none.trigger()
    assert roc.band is None
    assert "band" not in " ".join(line.text for line in roc.key.lines)


def test_rates_say_that_their_threshold_was_chosen_here_and_can_allow_for_it(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole())
    panel, operating = train.point, train.operating
    plain = panel.rates["se"][1].text()
    assert "Wilson; groups unknown: each image counts as independent." in panel.made.text()
    assert "Chosen on these same images: the rates are too optimistic" in panel.made.text()
    assert panel.honest.isVisible()
    panel.honest.click()
    qtbot.waitUntil(lambda: panel.chosen_again.found is not None, timeout=20_000)
    scores = operating.detail.scores
    name = scores.positive
    expected = chosen_rates(scores.scores(name), scores.flags(name), "youden")
    assert panel.chosen_again.found == expected
    honest = f"{100 * expected.sensitivity.low:.1f}–{100 * expected.sensitivity.high:.1f}"
    assert panel.rates["se"][1].text() == honest != plain
    assert "chooses the threshold again" in panel.made.text()
    operating.use_rule(0.4)  # by hand: there is no rule to choose by again
    assert not panel.honest.isVisible()
    assert panel.chosen_again.found is None
    assert "Chosen on these same images" in panel.made.text()


def test_themes_change_under_plots_and_axes_stay_equal(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole())
    for _ in range(2):
        train.context.theme.toggle()
        QApplication.processEvents()
        color = train.view.roc.view.backgroundBrush().color()
        assert color == train.context.theme.color("canvas")
    box = train.view.roc.box.sceneBoundingRect()
    assert box.width() == pytest.approx(box.height(), abs=1)
    assert len(train.view.roc.curves) == 1


def test_following_a_run_keeps_the_window_alive(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any], smooth: Watchdog
) -> None:
    made = new_run(n=2000, epochs=8).live()
    made.plan()
    made.epoch(1)
    show(qtbot, train, made)
    qtbot.wait(50)
    smooth.start()
    for number in (2, 3):
        made.epoch(number)
        qtbot.waitUntil(
            lambda n=number: train.view.roc.curves[0].name == f"Epoch {n}", timeout=8000
        )
    made.gone()


# Starting


def write_pictures(folder: Path, count: int, seed: int) -> Path:
    random = np.random.default_rng(seed)
    for name, red in (("malignantmelanoma", 90), ("melanocyticnevus", 190)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            rgb = np.clip(random.normal(red, 40, (48, 48, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(rgb).save(folder / name / f"{number}.png")
    return folder


def test_the_form_counts_refuses_leakage_and_starts(
    qtbot: QtBot,
    train: TrainWorkspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    settled: Callable[[], None],
) -> None:
    started: list[Path] = []
    monkeypatch.setattr(jobs, "start", lambda run_dir: started.append(run_dir) or 1)
    folder = write_pictures(tmp_path / "train", 12, 0)
    form = train.form
    form.train.set_sources([folder])
    form.tests.set_sources([folder])
    qtbot.waitUntil(form.can_start, timeout=8000)
    assert form.counts is not None
    assert form.counts.splits[0] == ("Train", {"malignantmelanoma": 12, "melanocyticnevus": 12})
    form.settings.epochs.setValue(2)
    form.settings.side.setValue(64)
    qtbot.mouseClick(form.start_button, LEFT)
    qtbot.waitUntil(form.override.isVisible, timeout=15000)
    assert "24 of 24 test images are also in the training set" in form.leakage.words()
    assert started == []
    assert not form.can_start()
    qtbot.waitUntil(lambda: not form.progress.isVisible())
    form.override.click()
    qtbot.mouseClick(form.start_button, LEFT)
    qtbot.waitUntil(lambda: bool(started), timeout=15000)
    params = jobs.load(started[0]).params
    assert params["leakage"]["allowed"] is True
    assert (params["epochs"], params["size"], params["weights"]) == (2, 64, "auto")
    qtbot.waitUntil(lambda: train.follower.run_dir == started[0])
    assert train.left.at_runs
    settled()


def test_classes_that_are_far_apart_are_told_before_a_training(
    qtbot: QtBot, train: TrainWorkspace, tmp_path: Path, settled: Callable[[], None]
) -> None:
    form, folder = train.form, write_pictures(tmp_path / "train", 12, 0)
    for file in sorted((folder / "malignantmelanoma").iterdir())[3:]:
        file.unlink()
    form.train.set_sources([folder])
    qtbot.waitUntil(form.can_start, timeout=8000)
    assert "melanocyticnevus has 12 training pictures, malignantmelanoma 3" in form.problems.text()
    settled()


def test_overlap_of_the_validation_set_is_said_and_does_not_stop(
    qtbot: QtBot, train: TrainWorkspace, tmp_path: Path, settled: Callable[[], None]
) -> None:
    form = train.form
    form.train.set_sources([write_pictures(tmp_path / "train", 8, 1)])
    held = write_pictures(tmp_path / "val", 3, 2)
    form.val.set_sources([held])
    form.tests.set_sources([held])
    qtbot.waitUntil(form.can_start, timeout=8000)
    qtbot.mouseClick(form.check_button, LEFT)
    qtbot.waitUntil(form.leakage.isVisible, timeout=15000)
    assert "Pictures of the test set are in the validation set" in form.leakage.words()
    assert form.leakage.kind == "warning"
    assert not form.override.isVisible()
    settled()
    assert form.can_start()


def test_clean_data_and_settings_are_said_before_the_start(
    qtbot: QtBot, train: TrainWorkspace, tmp_path: Path, settled: Callable[[], None]
) -> None:
    form = train.form
    form.train.set_sources([write_pictures(tmp_path / "train", 8, 1)])
    form.tests.set_sources([write_pictures(tmp_path / "test", 3, 2)])
    qtbot.waitUntil(form.can_start, timeout=8000)
    qtbot.mouseClick(form.check_button, LEFT)
    qtbot.waitUntil(form.leakage.isVisible, timeout=15000)
    assert "0 of 6 test images are among the 16 training images." in form.leakage.words()
    assert not form.override.isVisible()
    settings = form.settings
    settings.weights.set_value("none")
    assert "Random weights" in settings.weights_note.text()
    settings.weights.set_value("file")
    assert not form.can_start()
    settings.weights.set_value("auto")
    settings.model.set_value("vgg19_bn")
    assert "timm's published weights" in settings.weights_note.text()
    settings.recipe.set_value("paper")
    assert settings.epochs.specialValueText() == "30 (recipe)"
    assert settings.values() == {
        "model": "vgg19_bn",
        "weights": "auto",
        "recipe": "paper",
        "seed": 0,
        "device": "auto",
    }
    settled()


def test_another_workspace_hands_a_data_set_over(
    qtbot: QtBot, studio_window: StudioWindow, tmp_path: Path, settled: Callable[[], None]
) -> None:
    folder = write_pictures(tmp_path / "export", 3, 3)
    studio_window.context.hand_to_train(train=folder, positive="melanocyticnevus", snapshot="s")
    train = studio_window.mounted["train"]
    assert isinstance(train, TrainWorkspace)
    qtbot.waitUntil(train.form.can_start, timeout=8000)
    assert train.form.train.sources == [folder]
    assert train.form.settings.values()["positive"] == "melanocyticnevus"
    settled()


def test_what_was_handed_over_is_shown_with_its_split_and_begins_by_one_button(
    qtbot: QtBot, studio_window: StudioWindow, tmp_path: Path, new_run: Callable[..., Any],
    settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    new_run("efficientnet_lite0 · studio · 5 epochs · seed 0").whole()
    folder = write_pictures(tmp_path / "export", 15, 20)
    studio_window.context.hand_to_train(train=folder)
    train = studio_window.mounted["train"]
    assert isinstance(train, TrainWorkspace)
    page = train.handover
    qtbot.waitUntil(train.form.can_start, timeout=8000)
    settled()
    assert train.middle.currentWidget() is page
    assert page.title.text() == "Train on export"
    assert page.facts.text() == "30 crops of 2 classes"
    counts = train.form.counts
    assert counts is not None
    assert counts.forecast is not None
    (_, rest), (_, held) = counts.forecast.splits
    assert sum(held.values()) == 6  # a fifth of 30
    assert {name: rest[name] + held[name] for name in rest} == counts.splits[0][1]
    assert "held out for validation" in page.split.text()
    shown = [image.label for image in page.sheet.images.images]
    assert shown == ["malignantmelanoma", "melanocyticnevus"] * 6
    # 24 pictures times 30 epochs at the 24 images/s of that run are 30 s.
    train.form.settings.epochs.setValue(30)
    train.form.settings.side.setValue(224)
    qtbot.waitUntil(lambda: "for 30 epochs" in page.estimate.text(), timeout=8000)
    assert page.estimate.text() == (
        "About 30 s for 30 epochs on this computer: as fast as Run 1 · Lite0 · 5 epochs, "
        "24 images/s."
    )
    assert primaries(studio_window) == [page.start_button]
    assert QApplication.focusWidget() is page.start_button
    asked: list[object] = []
    monkeypatch.setattr(
        "studio.ui.train.form.start", lambda *args: asked.append(args) or tmp_path / "run"
    )
    monkeypatch.setattr(train.form, "_started", lambda _: None)
    qtbot.keyClick(page.start_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=8000)
    settled()
    train.form.train.set_sources([])
    assert train.middle.currentWidget() is train.empty


def test_the_estimate_is_that_of_a_run_here_of_the_same_model_and_size(
    tmp_path: Path, made_run: Any
) -> None:
    settings = {"model": "efficientnet_lite0", "size": 96, "epochs": 3}
    others = []
    for number, (size, pace) in enumerate(((224, 5.0), (96, 40.0), (96, 20.0)), start=1):
        folder = tmp_path / f"000{number}-train"
        made_run(folder)
        jobs.spec.write(
            folder,
            jobs.JobSpec(
                kind="train", title="efficientnet_lite0 · studio · 3 epochs · seed 0",
                params={**settings, "size": size},
            ),
        )  # fmt: skip
        (folder / "history.json").write_text(json.dumps({"epochs": [{"images_per_s": pace}]}))
        others.insert(0, folder)
    found = estimate(settings, 400, others)
    assert found == PaceEstimate(3, 60.0, 20.0, "Run 3 · Lite0 · 3 epochs")
    other = estimate({**settings, "model": "vgg19_bn"}, 400, others)
    assert other == PaceEstimate(3)
    assert estimate({**settings, "epochs": 0}, 400, others) is None
    guess = estimate(settings, 400, [])
    assert guess is not None
    assert guess.images_per_s == pytest.approx(18 * (224 / 96) ** 2)


def test_a_folder_without_classes_is_a_sentence(
    qtbot: QtBot, train: TrainWorkspace, tmp_path: Path, settled: Callable[[], None]
) -> None:
    (tmp_path / "none").mkdir()
    train.form.train.set_sources([tmp_path / "none"])
    qtbot.waitUntil(train.form.problems.isVisible, timeout=8000)
    assert "has no class folders" in train.form.problems.text()
    assert not train.form.can_start()
    settled()


def test_more_settings_stand_with_their_fields_and_reach_the_run(qtbot: QtBot) -> None:
    settings = SettingsFields()
    qtbot.addWidget(settings)
    settings.show()
    assert settings.values().keys() == {"model", "weights", "recipe", "seed", "device"}
    controls = settings._controls
    assert not controls["learning_rate"].widget.isVisible()
    settings.fold.button.click()
    assert controls["learning_rate"].widget.isVisible()
    assert controls["learning_rate"].widget.text() == "0.0002 (recipe)"
    controls["learning_rate"].widget.setValue(0.001)
    controls["schedule"].set("constant")
    config = TrainConfig.parse(settings.values())
    assert (config.learning_rate, config.schedule) == (0.001, "constant")
    assert config.resolved() == RECIPES["studio"].model_copy(
        update={"learning_rate": 0.001, "schedule": "constant"}
    )


def test_stoppable_work_leaves_when_it_is_asked_to() -> None:
    told: list[int] = []
    control = Control(lambda done, total, message: told.append(done))
    tell = stoppable(control)
    tell(1, 1, "")
    control.request_stop()
    with pytest.raises(WorkStopped):
        tell(1, 1, "")
    assert told == [1]


def test_prepared_images_are_told_and_removed(qtbot: QtBot, train: TrainWorkspace) -> None:
    form, project = train.form, train.form._project
    assert project is not None
    qtbot.waitUntil(lambda: form.prepared.text() == "Prepared images: 0 MB")
    assert not form.clear_button.isEnabled()
    folder = project.cache_dir / "prepared"
    PreparedImages(folder).remember("pairs", "k", ["x" * 2_000_000])
    form.set_project(project)
    qtbot.waitUntil(lambda: form.prepared.text() == "Prepared images: 2.0 MB")
    form.area.ensureWidgetVisible(form.clear_button)
    qtbot.mouseClick(form.clear_button, LEFT)
    qtbot.waitUntil(lambda: form.prepared.text() == "Prepared images: 0 MB")
    assert not folder.exists()


def test_a_check_for_leakage_is_stopped(
    qtbot: QtBot, train: TrainWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, folder = train.form, write_pictures(tmp_path / "train", 12, 0)

    def never_ends(request: Any, on_progress: Any, project: Any) -> dict[str, Any]:
        while True:
            time.sleep(0.01)
            on_progress(1, 10, "")

    monkeypatch.setattr("studio.ui.train.form.check_leakage", never_ends)
    form.train.set_sources([folder])
    qtbot.waitUntil(form.can_start, timeout=8000)
    form.check()
    qtbot.waitUntil(form.stop_button.isVisible)
    qtbot.mouseClick(form.stop_button, LEFT)
    qtbot.waitUntil(form.can_start, timeout=8000)
    assert not form.stop_button.isVisible()
    assert not form.leakage.isVisible()


def test_a_plot_has_axes_without_a_frame_and_says_its_power_of_ten_once(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole())
    rate, roc = train.view.rate, train.view.roc
    assert rate.key.lines[0].text == "× 10⁻⁴"
    assert " ".join(line.text for line in rate.key.lines).count("10") == 1
    assert not train.view.loss.power
    assert rate.heading().endswith("× 10⁻⁴")
    assert roc.box.border.style() == Qt.PenStyle.NoPen
    roc.view.setFocus()
    assert roc.caption.property("focused") is True
    rate.view.setFocus()
    assert roc.caption.property("focused") is False


def test_an_empty_cell_gives_way_to_one_with_images_unless_it_was_chosen(
    qtbot: QtBot, train: TrainWorkspace, new_run: Callable[..., Any]
) -> None:
    show(qtbot, train, new_run().whole())
    panel, operating = train.point, train.operating
    operating.use_rule(0.0)  # everything is called positive: nothing is missed
    assert operating.confusion is not None
    assert operating.confusion.fn == 0
    assert panel.images_title.text().startswith("False alarms: 60 images")
    assert panel.sheet.isVisible()
    panel.confusion.cells["tn"].click()
    assert panel.images_title.text() == "No image in this cell."
    assert panel.sheet.isHidden()
