"""Ctrl+K finds every action from everywhere, and the key help knows every workspace."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.resources import resource
from studio.ui.action_index import IndexedAction, place_of, read_index, written_index
from studio.ui.actions import rank_of
from studio.ui.jobs_model import WatchedJob
from studio.ui.window import StudioWindow

Settled = Callable[[], None]
CONTROL = Qt.KeyboardModifier.ControlModifier
WORDS = (
    "export", "seed", "theme", "threshold", "stop", "pin", "import", "labels", "morph", "leakage",
    "reader", "snapshot",
)  # fmt: skip


def test_the_index_is_what_the_workspaces_register(
    open_window: StudioWindow, settled: Settled
) -> None:
    for workspace_id in open_window.entries:
        open_window.show_workspace(workspace_id)
    open_window.show_workspace("generate")
    for room in ("training", "sets"):
        open_window.context.registry.trigger(f"generate.room_{room}")
    settled()
    text = written_index(open_window.context.registry.all())
    file = resource("actions.toml")
    if os.environ.get("CAN_STUDIO_WRITE_INDEX"):
        file.write_text(text, "utf-8")
    assert file.read_text("utf-8") == text, (
        "run this test with CAN_STUDIO_WRITE_INDEX=1, which writes resources/actions.toml anew"
    )


def test_a_title_that_begins_with_the_words_comes_first() -> None:
    assert rank_of("stop", "Stop the run") == 0
    assert rank_of("run", "Stop the run") == 1
    assert rank_of("op", "Stop the run") == 2
    assert rank_of("cancel run", "Stop the run", "cancel") == 3
    assert rank_of("seed", "Stop the run", "cancel") is None


@pytest.mark.parametrize(
    ("mode", "place"),
    [
        ("global", ("", "")),
        ("labels", ("review", "")),
        ("review.grid", ("review", "grid")),
        ("generate", ("generate", "morph")),
        ("generate.seeds", ("generate", "morph")),
        ("generate.training.run", ("generate", "training")),
    ],
)
def test_a_mode_has_a_place(mode: str, place: tuple[str, str]) -> None:
    assert place_of(mode) == place


@pytest.mark.parametrize("workspace_id", ["", "collect", "evaluate"])
def test_every_word_is_found_from_everywhere(
    window: StudioWindow, project_path: Path, workspace_id: str
) -> None:
    if workspace_id:
        window.context.open_project(project_path)
        window.show_workspace(workspace_id)
    for word in WORDS:
        assert window.palette_sheet.search(word), word
    everything = {action.id for action in window.palette_sheet.search("e")}
    reachable = {a.id for a in read_index().values() if a.from_anywhere and "e" in a.title}
    assert reachable <= everything


def test_an_action_of_another_workspace_goes_there_and_runs(
    qtbot: QtBot, open_window: StudioWindow
) -> None:
    open_window.show_workspace("collect")
    qtbot.keyClick(open_window, Qt.Key.Key_K, CONTROL)
    sheet = open_window.palette_sheet
    qtbot.keyClicks(sheet.edit, "new reader study")
    assert isinstance(sheet._found[0], IndexedAction)
    qtbot.keyClick(sheet.edit, Qt.Key.Key_Return)
    assert open_window.rail.button("study").isChecked()
    study = open_window.mounted["study"]
    qtbot.waitUntil(lambda: study.middle.currentWidget() is study.form, timeout=10_000)


def test_what_cannot_be_done_there_yet_is_said(qtbot: QtBot, open_window: StudioWindow) -> None:
    open_window.show_workspace("collect")
    qtbot.keyClick(open_window, Qt.Key.Key_K, CONTROL)
    qtbot.keyClicks(open_window.palette_sheet.edit, "resume the run")
    qtbot.keyClick(open_window.palette_sheet.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(open_window.toasts.toasts()), timeout=10_000)
    [toast] = open_window.toasts.toasts()
    assert toast.text == "Resume the run cannot be done yet: this page shows what it needs."
    assert open_window.rail.button("train").isChecked()


def test_without_a_project_the_palette_says_what_is_missing(
    qtbot: QtBot, window: StudioWindow
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_K, CONTROL)
    qtbot.keyClicks(window.palette_sheet.edit, "start training")
    qtbot.keyClick(window.palette_sheet.edit, Qt.Key.Key_Return)
    [toast] = window.toasts.toasts()
    assert toast.text.startswith("Start training works in a project")
    assert window.welcome.title.text().startswith("Train: ")


def test_recent_projects_are_found(qtbot: QtBot, window: StudioWindow, project_path: Path) -> None:
    window.context.settings.set("recent_projects", [str(project_path)])
    qtbot.keyClick(window, Qt.Key.Key_K, CONTROL)
    qtbot.keyClicks(window.palette_sheet.edit, "clinic")
    qtbot.keyClick(window.palette_sheet.edit, Qt.Key.Key_Return)
    assert window.context.project is not None


def _find(qtbot: QtBot, window: StudioWindow, words: str, kind: str) -> None:
    """Type words into the palette, wait for what the project has, and press Enter."""
    qtbot.keyClick(window, Qt.Key.Key_K, CONTROL)
    qtbot.keyClicks(window.palette_sheet.edit, words)
    qtbot.waitUntil(lambda: any(a.id.startswith(kind) for a in window.palette_sheet._found))
    row = next(n for n, a in enumerate(window.palette_sheet._found) if a.id.startswith(kind))
    for _ in range(row):
        qtbot.keyClick(window.palette_sheet.edit, Qt.Key.Key_Down)
    qtbot.keyClick(window.palette_sheet.edit, Qt.Key.Key_Return)


def test_training_runs_are_found_by_name(
    qtbot: QtBot, open_window: StudioWindow, made_run: Any, settled: Settled
) -> None:
    project = open_window.context.project
    assert project is not None
    folders = [project.runs.new_folder("train", "efficientnet_lite0") for _ in range(2)]
    for folder in folders:
        made_run(folder, "efficientnet_lite0 · studio · 5 epochs · seed 0").whole()
    open_window.show_workspace("collect")
    for number, folder in enumerate(folders, 1):
        _find(qtbot, open_window, f"run {number}", "run:")
        settled()
        train: Any = open_window.mounted["train"]
        assert open_window.current is train
        assert train.follower.run_dir == folder


def test_a_label_opens_review_with_its_boxes(
    qtbot: QtBot, open_window: StudioWindow, settled: Settled
) -> None:
    project = open_window.context.project
    assert project is not None
    label = project.labels()[-1]
    open_window.show_workspace("collect")
    _find(qtbot, open_window, label.name[:6].lower(), f"label:{label.id}")
    settled()
    review: Any = open_window.mounted["review"]
    assert open_window.current is review
    assert review.view.filter_bar.label.value() == label.id
    assert review.session.navigator.filter.labels == {label.id}


def test_a_test_set_opens_evaluate_with_the_newest_run_on_it(
    qtbot: QtBot, open_window: StudioWindow, made_run: Any, settled: Settled
) -> None:
    project = open_window.context.project
    assert project is not None
    folders = []
    for sets in (["clinic-a", "clinic-b"], ["clinic-b"]):
        folders.append(project.runs.new_folder("train", "efficientnet_lite0"))
        made_run(folders[-1], "efficientnet_lite0 · studio · 5 epochs · seed 0").whole(sets)
    open_window.show_workspace("collect")
    for name, folder in (("clinic-b", folders[1]), ("clinic-a", folders[0])):
        _find(qtbot, open_window, name, "test:")
        settled()
        evaluate: Any = open_window.mounted["evaluate"]
        assert open_window.current is evaluate
        assert evaluate.view.test().title == name
        assert evaluate.side.chosen() == folder


def test_a_running_job_is_stopped_by_name_and_never_by_tab(
    qtbot: QtBot, open_window: StudioWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[Path] = []
    jobs = open_window.context.jobs
    monkeypatch.setattr(jobs, "stop", stopped.append)
    monkeypatch.setattr(jobs, "_poll", lambda: None)
    job: WatchedJob = jobs.watch(tmp_path / "run", "Export crops")
    row = open_window.jobs_bar.rows[job.run_dir]
    assert row.button.focusPolicy() == Qt.FocusPolicy.NoFocus
    qtbot.keyClick(open_window, Qt.Key.Key_K, CONTROL)
    qtbot.keyClicks(open_window.palette_sheet.edit, "stop export")
    qtbot.keyClick(open_window.palette_sheet.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: stopped == [job.run_dir])
    jobs.forget(job.run_dir)
    assert not open_window.context.registry.search("stop export")


def shown_keys(window: StudioWindow) -> list[str]:
    window.help_sheet.open()
    return [part.text() for part in window.help_sheet.findChildren(QLabel)]


def test_the_help_without_a_project_has_the_keys_of_every_workspace(window: StudioWindow) -> None:
    texts = shown_keys(window)
    for title in ("Accept, next", "Start training", "Propose crop boxes", "Read this study"):
        assert title in texts
    assert "Review · Decide" in texts
    assert len(texts) > 200


def test_a_title_stands_once_in_the_help_and_no_key_twice(open_window: StudioWindow) -> None:
    open_window.show_workspace("generate")
    groups = open_window.help_sheet._groups()
    titles = [title for lines in groups.values() for _, title in lines]
    assert titles.count("Back to the morph") == 1
    for lines in groups.values():
        for keys, title in lines:
            assert len(keys) == len(set(keys)), title
            assert keys, title
