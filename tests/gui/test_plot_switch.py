"""Plots that stand beside one another where there is room, and behind a switch where not."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.ui.context import StudioContext
from studio.ui.plots.line_plot import EpochPlot
from studio.ui.plots.plot_switch import PlotSwitch

NAMES = ("AUC", "Loss", "Rate")


@pytest.fixture
def switch(qtbot: QtBot, context: StudioContext) -> PlotSwitch:
    plots = [(name, EpochPlot(context.theme, name, "")) for name in NAMES]
    made = PlotSwitch("Figures", plots, QSize(160, 184))
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


def shown(switch: PlotSwitch) -> list[str]:
    return [plot.title for plot in switch.findChildren(EpochPlot) if plot.isVisible()]


def test_all_are_shown_where_each_has_room(switch: PlotSwitch) -> None:
    assert shown(switch) == list(NAMES)
    assert not any(one.isVisible() for one in switch.switches)
    switch.resize(3 * 160 + 2 * 16, 200)
    assert shown(switch) == list(NAMES)
    switch.resize(3 * 160 + 2 * 16 - 1, 200)
    assert shown(switch) == ["AUC"]
    switch.set_down(True)
    switch.resize(160, 3 * 184 + 2 * 16)
    assert shown(switch) == list(NAMES)


def test_keys_and_clicks_choose_and_the_keys_stay_at_the_switch(
    qtbot: QtBot, switch: PlotSwitch
) -> None:
    switch.resize(300, 200)
    plots = switch.findChildren(EpochPlot)
    first = switch.switches[0]
    assert first.isVisible()
    assert not plots[0].caption.isVisible()
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert shown(switch) == ["Loss"]
    second = QApplication.focusWidget()
    assert second is switch.switches[1]
    assert switch.switches[1].currentIndex() == 1
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton, pos=second.tabRect(2).center())
    assert shown(switch) == ["Rate"]
    assert switch.current() is plots[2]


def test_what_is_taken_away_gives_way(switch: PlotSwitch) -> None:
    switch.resize(300, 200)
    plots = switch.findChildren(EpochPlot)
    switch.show_plot(plots[2])
    switch.offer(plots[2], False)
    assert shown(switch) == ["AUC"]
    assert [switch.switches[0].tabText(n) for n in range(switch.switches[0].count())] == [
        "AUC", "Loss",
    ]  # fmt: skip
    switch.offer(plots[1], False)
    assert not switch.switches[0].isVisible()  # a single plot has its name
    assert plots[0].caption.isVisible()
