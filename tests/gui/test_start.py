"""The start page: ways to begin, what each workspace is for, the projects of last time."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.project import Project
from studio.ui import new_project
from studio.ui.background import Control
from studio.ui.new_project import NewProjectDialog
from studio.ui.recent_projects import glance
from studio.ui.window import StudioWindow
from studio.workflows import make_sample_project

Settled = Callable[[], None]
LEFT = Qt.MouseButton.LeftButton


def test_the_sample_has_the_focus_and_every_workspace_says_what_it_is_for(
    qtbot: QtBot, window: StudioWindow
) -> None:
    welcome = window.welcome
    assert QApplication.focusWidget() is welcome.sample
    said = {(welcome.title.text(), welcome.text.text())}
    for workspace_id, entry in window.entries.items():
        qtbot.mouseClick(window.rail.button(workspace_id), LEFT)
        assert entry.purpose in welcome.text.text()
        assert welcome.steps[workspace_id].isChecked()
        said.add((welcome.title.text(), welcome.text.text()))
    assert len(said) == 1 + len(window.entries)
    qtbot.mouseClick(welcome.steps["train"], LEFT)
    assert window.rail.button("train").isChecked()
    assert welcome.title.text().startswith("Train: ")


def test_a_new_project_has_a_folder_and_opens_in_collect(
    qtbot: QtBot, window: StudioWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_project.platformdirs, "user_documents_dir", lambda: str(tmp_path))
    window.show_workspace("study")
    qtbot.mouseClick(window.welcome.new, LEFT)
    dialog = window.findChild(NewProjectDialog)
    assert isinstance(dialog, NewProjectDialog)
    assert Path(dialog.folder.text()) == tmp_path / "CAN Studio" / "moles"
    qtbot.mouseClick(dialog.make, LEFT)
    assert window.context.project is not None
    assert window.rail.button("collect").isChecked()
    assert list(window.mounted) == ["collect"]
    assert new_project.suggested_folder() == tmp_path / "CAN Studio" / "moles-2"


def test_recent_projects_show_photographs_size_and_place(
    qtbot: QtBot, window: StudioWindow, project_path: Path, settled: Settled
) -> None:
    window.context.settings.set("recent_projects", [str(project_path), "/nowhere/at all"])
    window.welcome.refresh()
    settled()
    [row] = window.welcome.recent.rows
    assert row.isVisible()
    assert row.seen.photographs == 6
    assert row.seen.facts().startswith("6 photographs · ")
    assert len(row.seen.thumbs) == 3
    assert all(thumb.width() == thumb.height() for thumb in row.seen.thumbs)
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Space)
    assert window.context.project is not None
    assert window.context.project.path == project_path


def test_a_look_from_outside_survives_what_is_broken(tmp_path: Path) -> None:
    folder = tmp_path / "originals" / "ab"
    folder.mkdir(parents=True)
    (folder / "abc.jpg").write_bytes(b"no picture")
    (tmp_path / "originals" / "file").write_text("not a folder")
    seen = glance(tmp_path)
    assert (seen.photographs, seen.changed, seen.thumbs) == (1, 0.0, ())
    assert glance(tmp_path / "nowhere").facts() == ""


def test_recent_rows_are_whole_and_the_steps_leave_them_room(
    qtbot: QtBot, window: StudioWindow, tmp_path: Path, settled: Settled
) -> None:
    paths = [tmp_path / f"project {number}" for number in range(8)]
    for path in paths:
        path.mkdir()
    window.context.settings.set("recent_projects", [str(path) for path in paths])
    for height in (600, 720, 900):
        window.resize(1280, height)
        window.welcome.refresh()
        settled()
        shown = [row for row in window.welcome.recent.rows if row.isVisible()]
        assert shown
        bottom = shown[-1].mapTo(window.welcome, shown[-1].rect().bottomLeft()).y()
        assert bottom < window.welcome.height()
        assert all(row.height() == 64 for row in shown)
    assert window.welcome.steps["collect"].isVisible()


def test_the_time_left_is_said_once_it_can_be_told(window: StudioWindow) -> None:
    welcome = window.welcome
    welcome._sample_progressed(0, 0, "Rendering")
    assert not welcome.sample.isEnabled()
    welcome._began -= 10  # as if ten seconds had gone by
    welcome._sample_progressed(20, 60, "Rendering")
    assert welcome.progress.note.text().endswith(" · about 20 s left")
    welcome._sample_ended()
    assert welcome.sample.isEnabled()


def test_a_decided_sample_opens_where_a_training_begins(
    qtbot: QtBot, window: StudioWindow, project_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.ui import project_actions

    asked: list[tuple[str, bool]] = []

    def make(folder: Path, control: Control, decided: bool) -> Path:
        asked.append((folder.name, decided))
        return project_path

    monkeypatch.setattr(project_actions, "make_sample", make)
    qtbot.mouseClick(window.welcome.decided, LEFT)
    qtbot.waitUntil(lambda: window.rail.button("datasets").isChecked(), timeout=10_000)
    assert asked == [("sample-project-decided", True)]


def test_the_decided_sample_has_no_box_left_and_an_export(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    told: list[int] = []
    make_sample_project(
        folder, 3, on_progress=lambda done, total, message: told.append(done), decided=True
    )
    assert told == sorted(told)
    with Project.open(folder, "read") as project:
        by_state = project.status()["boxes"]["by_state"]
        assert by_state["undecided"] == 0
        kept = by_state["accepted"] + by_state["adjusted"]
    crops = list((folder / "exports" / "crops-1").rglob("*.png"))
    crops += list((folder / "exports" / "crops-1").rglob("*.jpg"))
    assert len(crops) == kept > 0
