"""The pairs of a leakage check, judged by keys and clicks, and what comes of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.ui.leakage.pairs_dialog import PairsDialog
from studio.ui.train.workspace import TrainWorkspace
from studio.ui.window import StudioWindow

LEFT = Qt.MouseButton.LeftButton
Mole = Callable[..., Image.Image]


@pytest.fixture
def studio_window(window: StudioWindow, tmp_path: Path) -> StudioWindow:
    """A window with an empty project."""
    window.context.new_project(tmp_path / "clinic", ["melanoma", "nevus"])
    return window


@pytest.fixture
def train(studio_window: StudioWindow) -> TrainWorkspace:
    studio_window.show_workspace("train")
    found = studio_window.mounted["train"]
    assert isinstance(found, TrainWorkspace)
    return found


@pytest.fixture
def folders(tmp_path: Path, mole: Mole) -> tuple[Path, Path]:
    """A test set with a mirrored copy, a turned one, and the bytes of a third."""
    for number in range(6):
        folder = tmp_path / "train" / ("nevus", "melanoma")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        mole(number).save(folder / f"{number}.png")
    for name in ("nevus", "melanoma"):
        (tmp_path / "test" / name).mkdir(parents=True)
    mole(0).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "test/nevus/a.png")
    mole(1).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "test/melanoma/b.png")
    mole(2).save(tmp_path / "test/nevus/c.png")
    mole(77).save(tmp_path / "test/melanoma/d.png")
    return tmp_path / "train", tmp_path / "test"


def opened(qtbot: QtBot, parent: QWidget) -> PairsDialog:
    qtbot.waitUntil(lambda: bool(parent.findChildren(PairsDialog)), timeout=8000)
    return parent.findChildren(PairsDialog)[-1]


def test_pairs_are_judged_and_the_next_check_knows(
    qtbot: QtBot,
    train: TrainWorkspace,
    folders: tuple[Path, Path],
    settled: Callable[[], None],
) -> None:
    form, context = train.form, train.context
    context.reviewer = ""  # nobody has said who they are
    form.train.set_sources([folders[0]])
    form.tests.set_sources([folders[1]])
    qtbot.waitUntil(form.check_button.isEnabled)
    assert not form.has_pairs()
    qtbot.mouseClick(form.check_button, LEFT)
    qtbot.waitUntil(form.has_pairs, timeout=30_000)
    assert "3 of 4 test images are also in the training set" in form.leakage.words()
    assert form.looked_for.text().startswith("Looked for: the same file")
    settled()
    form.leakage.link.click()
    dialog = opened(qtbot, form)
    qtbot.waitExposed(dialog)
    names = [Path(pair.second.file).name for pair in dialog.pairs]
    assert (names[0], set(names[1:])) == ("c.png", {"a.png", "b.png"})
    assert not dialog.same.isEnabled()  # the bytes are the same
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: all(tile._image is not None for tile in dialog.tiles), timeout=8000)
    assert "Nobody has judged" in dialog.verdict.text()
    # A name first: who said it is kept.
    assert not dialog.different.isEnabled()
    qtbot.keyClick(dialog.list, Qt.Key.Key_N)
    settled()
    assert dialog.pairs[1].verdict is None
    dialog.reviewer.edit.setText("Ana")
    qtbot.keyClick(dialog.reviewer.edit, Qt.Key.Key_Return)
    assert dialog.isVisible()
    qtbot.keyClick(dialog.list, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: dialog.pairs[1].verdict is not None)
    assert dialog.list.currentRow() == 2  # the next without a verdict
    assert dialog.list.item(1).text().startswith("≠ ")
    qtbot.mouseClick(dialog.same, LEFT)
    qtbot.waitUntil(lambda: dialog.pairs[2].verdict is not None)
    assert "Ana" in dialog.verdict.text()
    project = context.project
    assert project is not None
    text = (project.path / "verdicts.jsonl").read_text(encoding="utf-8")
    kept = [json.loads(line) for line in text.splitlines()]
    assert [(line["verdict"], line["reviewer"]) for line in kept] == [
        ("different", "Ana"), ("same", "Ana")
    ]  # fmt: skip
    settled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "2 of 4 test images" in form.leakage.words(), timeout=30_000)
    assert "not the same picture, said Ana" in form.leakage.words()
    settled()


def test_an_evaluation_shows_its_pairs(
    qtbot: QtBot, studio_window: StudioWindow, folders: tuple[Path, Path]
) -> None:
    from studio.ui.leakage.pairs import has_pairs, show_pairs
    from studio.workflows.leakage import leakage_report

    told = leakage_report([folders[0]], [folders[1]]).to_dict()
    told["validation"] = leakage_report([folders[1]], [folders[1]]).to_dict()
    assert not has_pairs(None)
    assert not has_pairs({"clean": False, "sentence": "of an older studio"})
    assert has_pairs(told)
    context = studio_window.context
    assert context.project is not None
    show_pairs(studio_window, context, context.project.path, told, evaluated=True)
    dialog = opened(qtbot, studio_window)
    roles = [(pair.first.role, pair.second.role) for pair in dialog.pairs]
    assert roles == [("training", "test")] * 3 + [("validation", "test")] * 4
    dialog.list.setCurrentRow(3)
    assert dialog.heads[1].text() == "Validation"
    assert "no verdict to give" in dialog.verdict.text()
    qtbot.waitUntil(lambda: all(tile._image is not None for tile in dialog.tiles), timeout=8000)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
