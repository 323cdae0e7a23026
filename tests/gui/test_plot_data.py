"""Every plot of the window opens the table of what it draws."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from gui.plot_data import assert_table_is_what_is_drawn, plots_in
from studio.ui.plots.data_window import DataWindow
from studio.ui.window import StudioWindow

THREE = ("basalcellcarcinoma", "malignantmelanoma", "melanocyticnevus")


def with_run(window: StudioWindow, tmp_path: Path, made_run: Any) -> Path:
    project = window.context.new_project(tmp_path / "clinic", list(THREE)) or window.context.project
    assert project is not None
    folder: Path = project.runs.new_folder("train", "three")
    made_run(folder, "three", classes=THREE, n=60).whole(tests=["/data/test"])
    return folder


def test_the_table_of_each_plot_in_sight_has_what_is_drawn(
    qtbot: QtBot,
    window: StudioWindow,
    tmp_path: Path,
    made_run: Any,
    settled: Callable[[], None],
) -> None:
    with_run(window, tmp_path, made_run)
    window.resize(1920, 1080)
    seen: dict[str, int] = {}
    for name in window.entries:
        window.show_workspace(name)
        settled()
        found = plots_in(window)
        seen[name] = len(found)
        for plot in found:
            assert_table_is_what_is_drawn(qtbot, plot)
    assert seen["train"] >= 4
    assert seen["evaluate"] >= 1


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_menu_of_a_plot_opens_its_data_by_mouse_and_key(
    qtbot: QtBot,
    window: StudioWindow,
    tmp_path: Path,
    made_run: Any,
    settled: Callable[[], None],
) -> None:
    with_run(window, tmp_path, made_run)
    window.show_workspace("train")
    settled()
    plot = window.current.view.roc
    middle = QPoint(plot.view.width() // 2, plot.view.height() // 2)
    for reason, target in (
        (QContextMenuEvent.Reason.Mouse, plot.view.viewport()),
        (QContextMenuEvent.Reason.Keyboard, plot.view),
    ):
        event = QContextMenuEvent(reason, middle, target.mapToGlobal(middle))
        QApplication.sendEvent(target, event)
        menu = next(one for one in plot.findChildren(QMenu) if one.isVisible())
        entries = [action.text() for action in menu.actions()]
        assert entries == ["Copy as picture", "Show the data", "Save as a figure…"]
        qtbot.keyClick(menu, Qt.Key.Key_Down)
        qtbot.keyClick(menu, Qt.Key.Key_Down)
        qtbot.keyClick(menu, Qt.Key.Key_Return)
        [data] = [one for one in plot.findChildren(DataWindow) if one.isVisible()]
        qtbot.keyClick(data, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not plot.findChildren(DataWindow))
