"""No text in the window is cut, and what looks for cut text finds it."""

from pytestqt.qtbot import QtBot

from gui.looking import cut_texts, primaries
from studio.ui.widgets import Button, Panel, PrimaryButton, ScrollPanel, demote, label
from studio.ui.widgets.elided import ElidedLabel

LONG = "A sentence that is far longer than the panel is wide"


def shown(qtbot: QtBot, panel: Panel | ScrollPanel, width: int = 200, height: int = 300) -> None:
    qtbot.addWidget(panel)
    panel.resize(width, height)
    panel.show()
    qtbot.waitExposed(panel)


def test_text_that_is_cut_is_found(qtbot: QtBot) -> None:
    panel = Panel()
    shown(qtbot, panel)
    narrow, low = label(LONG, "strong"), label(LONG, wrap=True)
    narrow.setFixedWidth(100)
    low.setFixedHeight(16)
    button = Button(LONG)
    button.setFixedWidth(80)
    panel.add(narrow, low, button)
    qtbot.wait(10)
    found = cut_texts(panel)
    assert [line.partition(" ")[0] for line in found] == ["QLabel", "QLabel", "Button"]
    assert "wide" in found[0]
    assert "high" in found[1]


def test_text_beyond_the_edge_is_found_but_not_what_scrolls(qtbot: QtBot) -> None:
    panel = Panel()
    shown(qtbot, panel)
    beyond = label("Beyond the right edge")
    beyond.setParent(panel)
    beyond.move(150, 10)
    beyond.show()
    assert [line for line in cut_texts(panel) if "across" in line]
    scroll = ScrollPanel()
    shown(qtbot, scroll, 300, 100)
    scroll.add(*(label(f"Line {n}") for n in range(20)))
    qtbot.wait(10)
    assert cut_texts(scroll) == []


def test_text_that_fits_or_is_elided_on_purpose_is_whole(qtbot: QtBot) -> None:
    panel = Panel("Title")
    shown(qtbot, panel)
    panel.add(label(LONG, wrap=True), ElidedLabel(LONG), Button("Press"))
    panel.body.addStretch(1)
    qtbot.wait(10)
    assert cut_texts(panel) == []


def test_the_primary_buttons_are_those_that_can_be_pressed(qtbot: QtBot) -> None:
    panel = Panel()
    shown(qtbot, panel)
    one, off, hidden, quiet = (PrimaryButton(name) for name in ("One", "Off", "Hidden", "Quiet"))
    panel.add(one, off, hidden, quiet)
    off.setEnabled(False)
    hidden.hide()
    demote(quiet, True)
    qtbot.wait(10)
    assert primaries(panel) == [one]
