"""The questions about the lock of another computer and about a damaged project."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from studio.project import NewImage, Project, lock
from studio.ui import project_trouble
from studio.ui.project_trouble import RescueDialog, TakeOverDialog, UpgradeDialog
from studio.ui.window import StudioWindow

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def _closed(window: StudioWindow) -> Iterator[None]:
    yield
    window.context.close_project()


@pytest.fixture
def path(tmp_path: Path, make_image: Callable[..., NewImage]) -> Path:
    with Project.create(tmp_path / "moles", ["nevus"], reviewer="Ana") as project:
        project.images.add_many([make_image(b"%d" % n) for n in range(3)])
        held = json.loads((project.path / lock.NAME).read_text())
    (tmp_path / "held.json").write_text(json.dumps({**held, "host": "ward-3", "pid": 77}))
    return tmp_path / "moles"


def hold_elsewhere(path: Path) -> None:
    (path / lock.NAME).write_bytes((path.parent / "held.json").read_bytes())


D = TypeVar("D", bound=QDialog)


def dialog_of(window: StudioWindow, kind: type[D]) -> D:
    (found,) = window.findChildren(kind)
    assert found.isVisible()
    return found


def test_the_lock_of_another_computer_is_taken_over_after_a_question(
    qtbot: QtBot, window: StudioWindow, path: Path
) -> None:
    hold_elsewhere(path)
    assert window.projects.open(path)
    dialog = dialog_of(window, TakeOverDialog)
    assert "ward-3" in dialog.facts.text()
    assert dialog.look.isDefault()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)  # the default changes nothing
    assert window.context.read_only
    assert json.loads((path / lock.NAME).read_text())["host"] == "ward-3"
    qtbot.waitUntil(lambda: not window.findChildren(TakeOverDialog))

    window.context.registry.trigger("project.take_over")
    dialog = dialog_of(window, TakeOverDialog)
    qtbot.mouseClick(dialog.take, LEFT)
    assert not window.context.read_only
    assert json.loads((path / lock.NAME).read_text())["pid"] == os.getpid()
    action = window.context.registry.by_id("project.take_over")
    assert action is not None
    assert not action.enabled()


def test_another_that_took_it_meanwhile_is_not_replaced(
    qtbot: QtBot, window: StudioWindow, path: Path
) -> None:
    hold_elsewhere(path)
    window.projects.open(path)
    dialog = dialog_of(window, TakeOverDialog)
    other = {**json.loads((path / lock.NAME).read_text()), "host": "ward-4"}
    (path / lock.NAME).write_text(json.dumps(other))
    qtbot.mouseClick(dialog.take, LEFT)
    assert "ward-4" in dialog.error.text()
    assert dialog.isVisible()
    assert window.context.read_only


def test_a_process_of_this_computer_is_not_asked_about(window: StudioWindow, path: Path) -> None:
    with Project.open(path, reviewer="Ben"):
        window.projects.open(path)
        assert not window.findChildren(TakeOverDialog)
        assert not window.projects.held_elsewhere


def test_a_damaged_project_is_rescued_from_the_error(
    qtbot: QtBot, window: StudioWindow, path: Path
) -> None:
    file = path / "project.db"
    content = bytearray(file.read_bytes())
    content[:100] = bytes(100)
    file.write_bytes(content)
    assert not window.projects.open(path)
    dialog = dialog_of(window, RescueDialog)
    assert "is not a database" in dialog.sentence.text()
    assert dialog.folder.text() == str(path.with_name("moles-rescued"))
    dialog.folder.set_text(str(path / "inside"))
    qtbot.mouseClick(dialog.save, LEFT)
    qtbot.waitUntil(lambda: dialog.save.isEnabled(), timeout=20_000)
    assert window.context.project is None
    dialog.folder.set_text(str(path.with_name("saved")))
    qtbot.mouseClick(dialog.save, LEFT)
    qtbot.waitUntil(lambda: window.context.project is not None, timeout=20_000)
    project = window.context.project
    assert project is not None
    assert (project.path.name, project.images.count(), project.mode) == ("saved", 3, "edit")
    assert bytes(file.read_bytes()) == bytes(content)


def test_an_older_project_is_upgraded_before_the_eyes(
    tmp_path: Path, window: StudioWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "before"
    path.mkdir()
    dump = Path(__file__).parents[1] / "project" / "project_0001.sql"
    with closing(sqlite3.connect(path / "project.db")) as connection:
        connection.executescript(dump.read_text())
    seen: list[tuple[bool, int]] = []
    follow = UpgradeDialog.follow

    def watched(dialog: UpgradeDialog, done: int, total: int) -> None:
        follow(dialog, done, total)
        dialog.reject()
        seen.append((dialog.isVisible(), dialog.bar.value()))

    monkeypatch.setattr(project_trouble, "_FELT_STEPS", 0)
    monkeypatch.setattr(UpgradeDialog, "follow", watched)
    assert window.projects.open(path)
    assert seen[0] == (True, 0)
    assert seen[-1] == (True, 1000)
    assert [value for _, value in seen] == sorted(value for _, value in seen)
    assert not any(dialog.isVisible() for dialog in window.findChildren(UpgradeDialog))
    assert window.context.project is not None
    assert window.context.project.images.count() == 6
