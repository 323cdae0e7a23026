"""Plots as PNG, SVG and PDF with their data, on the clipboard, and the matrix of all classes."""

import csv
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from sklearn.metrics import auc as area_of_sklearn
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from studio.errors import StudioError
from studio.results.classifier_run import ClassifierReader, load_scores
from studio.ui.evaluate.workspace import EvaluateWorkspace
from studio.ui.plots.data_window import DataWindow
from studio.ui.plots.figure_files import save_figure
from studio.ui.plots.run_figures import write_figures
from studio.ui.window import StudioWindow

THREE = ("basalcellcarcinoma", "malignantmelanoma", "melanocyticnevus")
POSITIVE = THREE[1]


@pytest.fixture
def work(
    window: StudioWindow, tmp_path: Path, made_run: Any, settled: Callable[[], None]
) -> EvaluateWorkspace:
    """The Evaluate workspace with a run of three classes and one test set."""
    project = window.context.new_project(tmp_path / "clinic", list(THREE)) or window.context.project
    assert project is not None
    folder = project.runs.new_folder("train", "three")
    made_run(folder, "three", classes=THREE, n=150).whole(tests=["/data/test"])
    window.show_workspace("evaluate")
    found = window.mounted["evaluate"]
    assert isinstance(found, EvaluateWorkspace)
    settled()
    return found


def scores_of(work: EvaluateWorkspace) -> Any:
    assert work.results is not None
    return load_scores(ClassifierReader(work.results.run.run_dir).read(), "test /data/test")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def texts_of_svg(path: Path) -> str:
    return " ".join("".join(one.itertext()) for one in ElementTree.parse(path).iter())


def test_a_curve_is_saved_in_every_format_with_its_data(
    work: EvaluateWorkspace, tmp_path: Path
) -> None:
    roc, theme = work.view.roc, work.view.roc.theme
    shown = roc.view.size()
    files = save_figure(roc, tmp_path / "out" / "roc")
    assert [file.name for file in files] == [
        "roc.png", "roc.svg", "roc.pdf", "roc.csv", "roc.json",
    ]  # fmt: skip
    with Image.open(files[0]) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.width > 1500
        assert image.convert("RGB").getpixel((5, 5)) == (255, 255, 255)
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 50
    words = texts_of_svg(files[1])
    assert f"{POSITIVE} against the rest" in words
    assert "Research use, not a diagnosis." in words
    content = files[2].read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") == 1
    assert any(b" l\n" in part for part in _streams(content))  # lines, not a picture of them
    scores = scores_of(work)
    fpr, tpr, _ = roc_curve(
        scores.flags(POSITIVE), scores.scores(POSITIVE), drop_intermediate=False
    )
    known = {(f"{x:.6g}", f"{y:.6g}") for x, y in zip(fpr, tpr, strict=True)}
    saved = [(row["fpr"], row["tpr"]) for row in rows(files[3]) if row["curve"] == "test"]
    assert set(saved) <= known
    area = area_of_sklearn([float(x) for x, _ in saved], [float(y) for _, y in saved])
    assert area == pytest.approx(roc_auc_score(scores.flags(POSITIVE), scores.scores(POSITIVE)))
    facts = json.loads(files[4].read_text(encoding="utf-8"))
    auc = roc_auc_score(scores.flags(POSITIVE), scores.scores(POSITIVE))
    assert facts["curves"][0]["auc"] == pytest.approx(auc)
    assert (facts["curves"][0]["level"], facts["curves"][0]["method"]) == (0.95, "DeLong")
    assert facts["notice"] == "Research use, not a diagnosis."
    assert (roc.theme, roc.view.size()) == (theme, shown)  # the window is as it was


def _streams(content: bytes) -> list[bytes]:
    """The streams of a PDF that are not pictures or fonts."""
    found = []
    for part in content.split(b"stream\n")[1:]:
        try:
            found.append(zlib.decompressobj().decompress(part))
        except zlib.error:
            continue
    return found


def test_nothing_is_overwritten_unless_the_figure_was_chosen_to_be(
    work: EvaluateWorkspace, tmp_path: Path
) -> None:
    data = tmp_path / "roc.csv"
    data.write_text("mine")
    with pytest.raises(StudioError, match=r"roc\.csv is there already"):
        save_figure(work.view.roc, tmp_path / "roc.svg")
    assert not (tmp_path / "roc.svg").exists()
    assert data.read_text() == "mine"
    data.unlink()
    save_figure(work.view.roc, tmp_path / "roc.svg")
    save_figure(work.view.roc, tmp_path / "roc.svg")
    for name in ("scores.svg", "scores.csv"):  # not of a figure: to replace one is not to lose both
        (tmp_path / name).write_text("mine")
    with pytest.raises(StudioError, match=r"scores\.csv is there already"):
        save_figure(work.view.roc, tmp_path / "scores.svg")
    assert (tmp_path / "scores.csv").read_text() == "mine"
    with pytest.raises(StudioError, match=r"\.png, \.svg or \.pdf"):
        save_figure(work.view.roc, tmp_path / "roc.gif")


def test_saving_asks_for_a_file_and_says_what_was_written(
    qtbot: QtBot,
    work: EvaluateWorkspace,
    window: StudioWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = (str(tmp_path / "figure"), "SVG (*.svg)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    qtbot.mouseClick(work.view.roc.save_button, Qt.MouseButton.LeftButton)
    assert sorted(path.name for path in tmp_path.glob("figure*")) == [
        "figure.csv", "figure.json", "figure.svg",
    ]  # fmt: skip
    said = window.toasts.toasts()[-1]
    assert (said.kind, "figure.svg" in said.text) == ("info", True)
    (tmp_path / "figure.svg").unlink()
    qtbot.mouseClick(work.view.roc.save_button, Qt.MouseButton.LeftButton)
    refused = next(toast for toast in window.toasts.toasts() if toast.kind == "error")
    assert "figure.csv is there already" in refused.text


def test_the_clipboard_says_that_it_copied(
    qtbot: QtBot, work: EvaluateWorkspace, window: StudioWindow
) -> None:
    qtbot.mouseClick(work.view.roc.copy_picture_button, Qt.MouseButton.LeftButton)
    assert window.toasts.toasts()[-1].text == "The picture is on the clipboard."
    assert QGuiApplication.clipboard().image().width() > 200
    work.copy_table()
    assert window.toasts.toasts()[-1].text == "The table is on the clipboard."


def test_the_data_of_a_plot_are_a_table_that_can_be_sorted_copied_and_saved(
    qtbot: QtBot, work: EvaluateWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = work.view.roc
    qtbot.mouseClick(plot.data_button, Qt.MouseButton.LeftButton)
    [data] = plot.findChildren(DataWindow)
    assert data.windowTitle() == plot.heading()
    headers, drawn = plot.table()
    assert data.table.rows.columnCount() == len(headers)
    assert data.table.rows.rowCount() == len(drawn)
    data.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    first = data.table.model().index(0, 2)
    assert float(first.data(Qt.ItemDataRole.UserRole)) == 1
    qtbot.mouseClick(data.copy_button, Qt.MouseButton.LeftButton)
    told = QGuiApplication.clipboard().text().splitlines()
    assert told[: len(drawn) + 1] == ["\t".join(map(str, line)) for line in [headers, *drawn]]
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "curve"), "CSV (*.csv)")
    )
    qtbot.mouseClick(data.save_button, Qt.MouseButton.LeftButton)
    saved = rows(tmp_path / "curve.csv")
    assert [list(one.values()) for one in saved] == [[str(cell) for cell in line] for line in drawn]
    qtbot.keyClick(data, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not plot.findChildren(DataWindow))


def test_a_plot_without_data_opens_no_table(
    qtbot: QtBot, work: EvaluateWorkspace, window: StudioWindow
) -> None:
    work.view.roc.show_curves([])
    qtbot.mouseClick(work.view.roc.data_button, Qt.MouseButton.LeftButton)
    assert not work.view.roc.findChildren(DataWindow)
    assert window.toasts.toasts()[-1].text == "Nothing is drawn here yet."


def test_the_matrix_of_all_classes_is_that_of_scikit_learn_and_opens_images(
    qtbot: QtBot, work: EvaluateWorkspace, tmp_path: Path
) -> None:
    work.view.pages.show_page("matrix")
    grid, scores = work.view.matrix.grid, scores_of(work)
    calls = scores.probabilities.argmax(axis=1)
    expected = confusion_matrix(scores.truth, calls, labels=[0, 1, 2])
    assert grid.counts.tolist() == expected.tolist()
    place = grid._rect((0, 2), grid.size()).center().toPoint()
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    images = work.point.sheet.images.images
    assert len(images) == expected[0, 2]
    wanted = {scores.files[i] for i in np.flatnonzero((scores.truth == 0) & (calls == 2))}
    assert {image.file for image in images} == wanted
    assert f"Truly {THREE[0]}, called {THREE[2]}" in work.point.images_title.text()
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    assert grid.cell == (1, 2)
    assert len(work.point.sheet.images.images) == expected[1, 2]
    assert grid.accessibleDescription().startswith(f"Truly {POSITIVE}, called {THREE[2]}")
    files = save_figure(work.view.matrix, tmp_path / "matrix")
    assert [int(row["images"]) for row in rows(files[3])] == expected.ravel().tolist()
    assert json.loads(files[4].read_text())["matrix"] == expected.tolist()
    assert THREE[0] in texts_of_svg(files[1])


def test_the_figures_of_a_run_are_written_without_a_window(
    work: EvaluateWorkspace, tmp_path: Path
) -> None:
    assert work.results is not None
    run_dir = work.results.run.run_dir
    files = write_figures(run_dir, tmp_path / "figures", ["svg"], "se90")
    names = sorted(file.name for file in files if file.suffix == ".svg")
    assert names == sorted(
        [f"roc-01-test-{name}.svg" for name in THREE]
        + [f"roc-00-validation-{name}.svg" for name in THREE]
        + [f"auc-by-epoch-{name}.svg" for name in THREE]
        + ["confusion-01-test.svg", "loss-by-epoch.svg", "learning-rate-by-epoch.svg"]
    )
    scores = scores_of(work)
    for name in THREE:
        facts = json.loads((tmp_path / f"figures/roc-01-test-{name}.json").read_text())
        auc = roc_auc_score(scores.flags(name), scores.scores(name))
        assert facts["curves"][0]["auc"] == pytest.approx(auc)
        assert facts["subject"] == f"{name} against the rest"
    with pytest.raises(StudioError, match="is not empty"):
        write_figures(run_dir, tmp_path / "figures", ["svg"], "se90")
    with pytest.raises(StudioError, match="no test set nowhere; it has: test"):
        write_figures(run_dir, tmp_path / "other", ["svg"], "se90", "nowhere")
