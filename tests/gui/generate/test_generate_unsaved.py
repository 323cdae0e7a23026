"""A morph that is in no file is asked about before it is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from morphing import settle, write_random
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio.generate.session import read_session, write_session
from studio.ui.generate.unsaved_dialog import UnsavedDialog
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.window import StudioWindow


def asked(window: StudioWindow) -> UnsavedDialog | None:
    """The question that is open."""
    found = [one for one in window.findChildren(UnsavedDialog) if one.isVisible()]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write_random(tmp_path / "other.safetensors", 32)


@pytest.fixture
def ways(
    window: StudioWindow, morph: GenerateWorkspace, other: Path, tmp_path: Path
) -> dict[str, Callable[[], object]]:
    """Everything that closes the morph that is open."""
    assert morph.controller.session is not None
    session = tmp_path / "theirs.morph.json"
    write_session(session, morph.controller.session.model_copy(update={"steps": 77}))
    project = tmp_path / "second"
    from studio.project import Project

    Project.create(project, ["a", "b"]).close()
    return {
        "network": lambda: morph.open_network(other),
        "session": lambda: morph.open_session(session),
        "training": lambda: morph.pages.network_chosen.emit(other),
        "project": lambda: window.projects.leave_for(project),
        "close": lambda: window.context.registry.trigger("project.close"),
        "quit": window.close,
    }


WAYS = ("network", "session", "training", "project", "close", "quit")


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_asked_where_nothing_would_be_lost(
    qtbot: QtBot,
    window: StudioWindow,
    morph: GenerateWorkspace,
    ways: dict[str, Callable[[], object]],
    way: str,
) -> None:
    morph.view.move_to(0.5)
    before = morph.controller.document
    ways[way]()
    assert asked(window) is None
    qtbot.waitUntil(
        lambda: morph.controller.session is None or morph.controller.document is not before,
        timeout=20_000,
    )
    if way != "quit":
        settle(qtbot, morph)


@pytest.mark.parametrize("way", WAYS)
def test_a_changed_morph_is_asked_about(
    qtbot: QtBot,
    window: StudioWindow,
    morph: GenerateWorkspace,
    ways: dict[str, Callable[[], object]],
    way: str,
) -> None:
    morph.controller.update(truncation=0.6)
    settle(qtbot, morph)
    before, document = morph.controller.session, morph.controller.document
    ways[way]()
    dialog = asked(window)
    assert dialog is not None
    assert "not been saved" in dialog.text.text()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    settle(qtbot, morph)
    assert morph.controller.session == before
    assert window.isVisible()
    assert window.context.project is not None
    ways[way]()
    dialog = asked(window)
    assert dialog is not None
    qtbot.mouseClick(dialog.discard, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: morph.controller.session is None or morph.controller.document is not document,
        timeout=20_000,
    )
    if way == "quit":
        assert not window.isVisible()
    else:
        settle(qtbot, morph)


def test_what_is_saved_goes_on(
    qtbot: QtBot,
    window: StudioWindow,
    morph: GenerateWorkspace,
    other: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    morph.controller.update(truncation=0.6)
    morph.open_network(other)
    dialog = asked(window)
    assert dialog is not None
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)  # the button that stands out
    assert asked(window) is None
    assert morph.controller.unsaved, "no file was chosen: the morph stays"
    mine = tmp_path / "mine.morph.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(mine), ""))
    morph.open_network(other)
    dialog = asked(window)
    assert dialog is not None
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: morph.sides.name.text() == "other.safetensors", timeout=20_000)
    assert read_session(mine).truncation == 0.6
    settle(qtbot, morph)


def test_a_morph_with_a_file_is_saved_there(
    qtbot: QtBot, window: StudioWindow, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.morph.json"
    morph.save_session(mine)
    assert not morph.unsaved
    morph.controller.update(truncation=0.6)
    assert morph.unsaved
    morph.controller.update(truncation=1.0)
    assert not morph.unsaved, "it is again what the file holds"
    morph.controller.update(truncation=0.6)
    window.close()
    dialog = asked(window)
    assert dialog is not None
    assert "mine.morph.json" in dialog.text.text()
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert not window.isVisible()
    assert read_session(mine).truncation == 0.6


def test_a_morph_outlives_the_end_of_its_rendering(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    morph.sides.path.steps.setValue(23)
    assert morph.controller.renderer is not None
    morph.controller.renderer.failed.emit("There is not enough memory.")
    assert morph.morph_stack.currentWidget() is morph.error
    assert morph.unsaved
    kept = tmp_path / "kept.morph.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(kept), ""))
    qtbot.mouseClick(morph.save_broken, Qt.MouseButton.LeftButton)
    assert read_session(kept).steps == 23
    assert not morph.unsaved
