"""Tool tips show what others wrote letter by letter, and load nothing that it names."""

from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, Qt, QTextDocument
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from studio import imaging
from studio.jobs import JobStatus
from studio.jobs.status import State
from studio.project import Project
from studio.results.cells import CellImage
from studio.ui.collect.pictures import PicturesModel
from studio.ui.context import StudioContext
from studio.ui.plots.image_sheet import ImagesModel
from studio.ui.review.filmstrip import FilmRow, FilmStrip
from studio.ui.runs.words import state_word
from studio.ui.widgets import JobRow, TableModel
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.words import plain_tip

# Codes that are words themselves.
ENGLISH = {"running", "stopping", "stopped", "finished", "failed", "crashed"}
NAME = "<img src=x>.jpg"
TIP = Qt.ItemDataRole.ToolTipRole


def seen(tip: str) -> str:
    """What a person reads of a tool tip, which Qt takes for rich text if it looks like it."""
    if not Qt.mightBeRichText(tip):
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    assert "<img" not in tip
    return document.toPlainText()


@pytest.mark.parametrize("text", [NAME, f"{NAME}\n320 × 240", "<b>&amp;</b>", "&lt;a", "<!-- x"])
def test_every_letter_is_shown(qapp: QApplication, text: str) -> None:
    assert seen(plain_tip(text)) == text


def test_what_is_plain_stays_as_it_is(qapp: QApplication) -> None:
    for text in ("", "a & b.jpg", "3 < 4", "C:\\photos\\a.jpg"):
        assert plain_tip(text) == text


def test_a_picture_named_as_a_tag(
    qapp: QApplication, context: StudioContext, photographs: Path, tmp_path: Path
) -> None:
    file = next(photographs.rglob("*.jpg")).rename(photographs / NAME)
    with Project.create(tmp_path / "p", ["nevus"]) as project:
        with imaging.Verifier() as verifier:
            project.images.add(verifier.check(file), NAME, file)
        pictures = PicturesModel()
        pictures.set_project(project, project.images.ids())
        assert seen(pictures.data(pictures.index(0, 0), TIP)) == f"{NAME}\n320 × 240"
    images = ImagesModel()
    images.set_images([CellImage(f"/p/{NAME}", "<i>nevus</i>", 0.5, None)])
    assert seen(images.data(images.index(0, 0), TIP)) == f"/p/{NAME}\n<i>nevus</i>\n0.500000"
    table = TableModel(["File"])
    table.set_rows([["x" * 40 + NAME]])
    assert seen(table.data(table.index(0, 0), TIP)).endswith(NAME)


def test_a_line_and_a_job_that_name_a_tag(qapp: QApplication, context: StudioContext) -> None:
    line = ElidedLabel(NAME)
    assert seen(line.toolTip()) == line.text() == NAME
    row = JobRow(context.theme, NAME)
    row.show_status(JobStatus("running", "train", NAME, message=NAME))
    assert seen(row.toolTip()) == NAME
    assert seen(row.button.toolTip()) == f"Stop: {NAME}"
    row.set_title(NAME * 9)
    assert seen(row.title.toolTip()) == NAME * 9
    for widget in (line, row):
        widget.deleteLater()


def test_the_film_strip_names_a_tag(
    qtbot: QtBot, context: StudioContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _widget: said.append(text))
    strip = FilmStrip(context.theme, lambda _: FilmRow(1, NAME, ""))
    qtbot.addWidget(strip)
    strip.set_count(1)
    at = QPoint(20, 20)
    QApplication.sendEvent(strip.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, at))
    assert [seen(tip) for tip in said] == [NAME]


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_of_a_job_has_words(qapp: QApplication, state: str) -> None:
    words = state_word(qapp, state)
    assert words
    assert "_" not in words
    assert words != state or state in ENGLISH
