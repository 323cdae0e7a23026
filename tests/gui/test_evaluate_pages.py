"""The pages of a test set in the Evaluate workspace, beside its curve and its matrix."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score
from sqlalchemy import select

from studio import imaging
from studio.project.schema import image
from studio.results.scores import ScoreSet
from studio.results.wrong_labels import label_candidates
from studio.ui.evaluate.pages import Page, ResultPages
from studio.ui.evaluate.workspace import EvaluateWorkspace
from studio.ui.plots.picture_window import PictureWindow
from studio.ui.window import StudioWindow

POSITIVE = "malignantmelanoma"
LABELS = ["melanocyticnevus", POSITIVE]


@pytest.fixture
def shown(
    window: StudioWindow, tmp_path: Path, made_run: Any, settled: Callable[[], None]
) -> Callable[..., EvaluateWorkspace]:
    """Shows a run that was tested on the folder `tmp_path / "set"`."""

    def show(validation: bool = True, **more: Any) -> EvaluateWorkspace:
        window.context.new_project(tmp_path / "clinic", LABELS)
        project = window.context.project
        assert project is not None
        folder = tmp_path / "set"
        folder.mkdir(exist_ok=True)
        made = made_run(project.runs.new_folder("train", "run"), "run", **more)
        if validation:
            made.whole(tests=[str(folder)])
        else:
            made.plan()
            made.test(str(folder))
            (made.run_dir / "last.pt").touch()
            made.say("finished", result={})
            made.gone()
        window.show_workspace("evaluate")
        work = window.mounted["evaluate"]
        assert isinstance(work, EvaluateWorkspace)
        settled()
        return work

    return show


def open_page(qtbot: QtBot, work: EvaluateWorkspace, page: str) -> None:
    """Choose a page in the switch with the mouse, and wait for what it shows."""
    pages = work.view.pages
    place = pages.switch.tabRect(pages.ids().index(page)).center()
    qtbot.mouseClick(pages.switch, Qt.MouseButton.LeftButton, pos=place)
    assert pages.current == page
    qtbot.waitUntil(lambda: work.view.assessed.found is not None)


def scores_of(work: EvaluateWorkspace) -> ScoreSet:
    test = work.view.test()
    assert test is not None
    assert test.detail is not None
    return test.detail.scores


def test_one_switch_leads_through_the_pages_by_keys(
    qtbot: QtBot, shown: Callable[..., EvaluateWorkspace], window: StudioWindow
) -> None:
    work = shown()
    window.resize(1280, 720)
    pages = work.view.pages
    pages.switch.setFocus()
    seen = [pages.current]
    for _ in pages.ids()[1:]:
        qtbot.keyClick(pages.switch, Qt.Key.Key_Right)
        seen.append(pages.current)
        assert [one.id for one in pages._pages if one.widget.isVisible()] == [pages.current]
    assert seen == pages.ids()


def test_the_first_two_stand_beside_one_another_and_a_list_stands_for_a_switch_without_room(
    qtbot: QtBot,
) -> None:
    widgets = {name: QWidget() for name in ("roc", "matrix", "calibration")}
    pages = ResultPages(
        "Page", [Page(name, name.title(), one) for name, one in widgets.items()], QSize(200, 100)
    )
    qtbot.addWidget(pages)
    pages.resize(416, 200)
    pages.show()
    assert widgets["roc"].isVisible()
    assert widgets["matrix"].isVisible()
    assert not pages.switch.isTabVisible(1)
    pages.resize(415, 200)
    assert not widgets["matrix"].isVisible()
    assert pages.switch.isTabVisible(1)
    assert not pages.menu.isVisible()
    pages.resize(pages.switch.sizeHint().width() - 1, 200)
    assert pages.menu.isVisible()
    assert not pages.switch.isVisible()
    with qtbot.waitSignal(pages.changed):
        pages.menu.setFocus()
        qtbot.keyClick(pages.menu, Qt.Key.Key_Down)
    assert widgets["matrix"].isVisible()
    assert not widgets["roc"].isVisible()


def test_the_reliability_diagram_is_that_of_scikit_learn(
    qtbot: QtBot, shown: Callable[..., EvaluateWorkspace]
) -> None:
    work = shown()
    open_page(qtbot, work, "calibration")
    scores, page = scores_of(work), work.view.calibration
    truth, values = scores.flags(POSITIVE), scores.scores(POSITIVE)
    share, mean = calibration_curve(truth, values, n_bins=10)
    line = page.plot.lines[0]
    known = np.isfinite(line.x)
    np.testing.assert_allclose(line.x[known], mean)
    np.testing.assert_allclose(line.y[known], share)
    rows = [page.table.rows.row(n) for n in range(3)]
    assert rows[0][1].startswith(f"{brier_score_loss(truth, values):.3f}, ")
    assert [row[0].split()[0] for row in rows] == ["As", "Temperature", "Isotonic"]
    assert "fitted on 120 validation images, judged on this test set" in page.fitted.text()
    headers, data = page.plot.table()
    assert len(data) == 30
    assert sum(int(str(row[3])) for row in data[:10]) == scores.n
    assert list(headers)[3] == "images"


def test_without_validation_scores_no_map_is_fitted_and_that_is_said(
    qtbot: QtBot, shown: Callable[..., EvaluateWorkspace]
) -> None:
    work = shown(validation=False)
    open_page(qtbot, work, "calibration")
    page = work.view.calibration
    assert page.table.rows.rowCount() == 1
    assert "keeps no validation scores" in page.fitted.text()


def test_the_decision_curve_is_counted_from_the_images(
    qtbot: QtBot, shown: Callable[..., EvaluateWorkspace]
) -> None:
    work = shown()
    open_page(qtbot, work, "decision")
    scores, page = scores_of(work), work.view.decision
    truth, values = scores.flags(POSITIVE), scores.scores(POSITIVE)
    _, rows = page.plot.table()
    for at, model, everybody, nobody in ([float(str(cell)) for cell in row] for row in rows[9::20]):
        called = values >= at
        worth = ((called & truth).sum() - (called & ~truth).sum() * at / (1 - at)) / scores.n
        assert model == pytest.approx(worth, abs=1e-6)
        whole = truth.mean() - (1 - truth.mean()) * at / (1 - at)
        assert everybody == pytest.approx(whole, abs=1e-5)
        assert nobody == 0
    assert "share of positives, 50.0 %" in page.words.text()
    assert page.plot.carried == work.operating.point.threshold if work.operating.point else False


def test_subgroups_come_from_the_table_beside_the_images(
    qtbot: QtBot, shown: Callable[..., EvaluateWorkspace], tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    labels = [("malignantmelanoma", "melanocyticnevus")[i % 2] for i in range(120)]
    files = [str(folder / label / f"{i}.jpg") for i, label in enumerate(labels)]
    sexes = [("female", "male")[i // 2 % 2] for i in range(118)] + ["", ""]
    folder.mkdir()
    with (folder / "groups.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "sex", "site"])
        for file, sex in zip(files, sexes, strict=True):
            site = "nail" if labels[files.index(file)] == POSITIVE else "back"
            writer.writerow([str(Path(file).relative_to(folder)), sex, site])
    work = shown(files=files)
    open_page(qtbot, work, "subgroups")
    page, scores = work.view.subgroups, scores_of(work)
    rows = {page.table.rows.row(n)[0]: page.table.rows.row(n) for n in range(4)}
    own = np.array([sex == "female" for sex in sexes])
    auc = roc_auc_score(scores.flags(POSITIVE)[own], scores.scores(POSITIVE)[own])
    assert rows["Sex: female"][1] == "60 (30 / 30)"
    assert rows["Sex: female"][2].startswith(f"{auc:.3f} (")
    assert rows["Site: nail"][2] == "undefined"  # every image there is positive
    assert rows["Site: nail"][4] == "undefined"
    assert "Sex: AUC p = 0." in page.tests.text()
    assert "Site: AUC undefined, SE undefined, SP undefined" in page.tests.text()
    assert "rare: 2 images" in page.tests.text()


def test_without_a_table_the_subgroups_say_how_to_bring_one(
    qtbot: QtBot, shown: Callable[..., EvaluateWorkspace], tmp_path: Path
) -> None:
    work = shown()
    open_page(qtbot, work, "subgroups")
    page = work.view.subgroups
    assert not page.table.isVisible()
    assert f"groups.csv into {tmp_path / 'set'}" in page.instead.text()
    assert "skin_tone, sex, age, site" in page.instead.text()


def test_errors_come_by_loss_and_open_large_by_keys(
    qtbot: QtBot, shown: Callable[..., EvaluateWorkspace], tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    files = [str(folder / f"{i}.png") for i in range(120)]
    for file in files:
        Image.new("RGB", (16, 16), (200, 150, 120)).save(file)
    work = shown(files=files)
    open_page(qtbot, work, "errors")
    scores, sheet = scores_of(work), work.view.errors.sheet
    own = scores.probabilities[np.arange(scores.n), scores.truth]
    worst = [scores.files[i] for i in np.argsort(own, kind="stable")[:5]]
    assert [one.file for one in sheet.images.images[:5]] == worst
    wrong = int((scores.probabilities.argmax(axis=1) != scores.truth).sum())
    assert f"In {wrong} of 120 " in work.view.errors.about.text()
    sheet.setFocus()
    sheet.setCurrentIndex(sheet.images.index(0, 0))
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    large = work.view.errors.findChild(PictureWindow)
    assert large is not None
    assert large.file.text() == worst[0]
    assert f"({own.min():.3f}) · called " in large.words.text()
    qtbot.keyClick(large, Qt.Key.Key_Right)
    assert large.file.text() == worst[1]
    qtbot.keyClick(large, Qt.Key.Key_Left)
    qtbot.keyClick(large, Qt.Key.Key_Left)  # none before the first
    assert large.file.text() == worst[0]
    qtbot.waitUntil(lambda: large.tile._image is not None)
    qtbot.keyClick(large, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: work.view.errors.findChild(PictureWindow) is None)


def test_candidates_from_elsewhere_are_written_as_a_list(
    qtbot: QtBot,
    shown: Callable[..., EvaluateWorkspace],
    window: StudioWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = shown()
    open_page(qtbot, work, "labels")
    page, expected = work.view.labels, label_candidates(scores_of(work))
    assert expected
    assert list(page.sheet.images.images) == expected
    out = tmp_path / "list.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), "CSV (*.csv)"))
    qtbot.mouseClick(page.save, Qt.MouseButton.LeftButton)
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["file"] for row in rows] == [one.file for one in expected]
    assert [row["suggested"] for row in rows] == [one.suggested for one in expected]
    qtbot.mouseClick(page.review, Qt.MouseButton.LeftButton)
    said = "None of these files is an image of this project"
    qtbot.waitUntil(lambda: any(said in toast.text for toast in window.toasts.toasts()))
    assert window.mode == "evaluate"


def test_candidates_of_the_project_open_in_review(
    qtbot: QtBot,
    shown: Callable[..., EvaluateWorkspace],
    window: StudioWindow,
    tmp_path: Path,
    settled: Callable[[], None],
) -> None:
    export = tmp_path / "clinic/exports/crops"
    files = [str(export / f"{i}.png") for i in range(120)]
    work = shown(files=files)
    project = window.context.project
    assert project is not None
    photos = tmp_path / "photos"
    photos.mkdir()
    with imaging.Verifier() as verifier:
        for number in range(4):
            photo = photos / f"{number}.png"
            Image.new("RGB", (64, 64), (200, 40 * number, 120)).save(photo)
            project.images.add(verifier.check(photo), photo.name, photo, None)
    with project.connect() as connection:
        known = sorted(connection.execute(select(image.c.sha256)).scalars())
    export.mkdir(parents=True)
    own = [{"path": f"{i}.png", "image": known[i % 3]} for i in range(120)]
    (export / "manifest.json").write_text(json.dumps({"files": own}))
    open_page(qtbot, work, "labels")
    page = work.view.labels
    page.of.setFocus()
    qtbot.keyClick(page.of, Qt.Key.Key_Down)
    assert page.of.currentText() == "Validation"
    wanted = {known[int(Path(one.file).stem) % 3] for one in page.candidates()}
    assert wanted
    qtbot.mouseClick(page.review, Qt.MouseButton.LeftButton)
    settled()
    assert window.mode == "review"
    review = window.mounted["review"]
    qtbot.waitUntil(lambda: review.session.navigator.filter.images == wanted)
    shas = {review.session.navigator.rows.image(i).sha256 for i in review.session.navigator.queue}
    assert shas == wanted
    assert f"Only {len(wanted)} image" in review.view.filter_bar.images.text()
    qtbot.mouseClick(review.view.filter_bar.clear_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(review.session.navigator.queue) == 4)
