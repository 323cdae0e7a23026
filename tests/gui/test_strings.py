"""No text in the window is cut, and what looks for cut text finds it."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.looking import cut_texts, primaries
from studio import ui
from studio.ui.widgets import Button, Panel, PrimaryButton, ScrollPanel, demote, label
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.window import StudioWindow

UI = Path(ui.__path__[0])
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


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_text_of_the_window_is_cut_at_its_smallest_size(
    window: StudioWindow, project_path: Path, settled: Callable[[], None], theme: str
) -> None:
    """Without a project, and then in every workspace of a small one."""
    window.resize(1280, 720)
    window.context.theme.use(theme)
    found = {}
    for project in (None, project_path):
        if project is not None:
            window.context.open_project(project)
        for name in window.entries:
            window.show_workspace(name)
            settled()
            found[name if project else f"{name} without a project"] = cut_texts(window)
    assert {name: texts for name, texts in found.items() if texts} == {}


def sentences() -> Iterator[tuple[str, str]]:
    """(text, module) of everything that the window says through `tr`."""
    for path in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("tr", "translate", "say"):
                for part in node.args:
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value, path.relative_to(UI).as_posix()


def test_no_sentence_stands_in_two_places() -> None:
    where: dict[str, list[str]] = defaultdict(list)
    for text, module in sentences():
        if len(text.split()) >= 6 and text.rstrip().endswith((".", "?")):
            where[text].append(module)
    assert {text: modules for text, modules in where.items() if len(modules) > 1} == {}


def test_the_window_does_not_send_anybody_to_the_command_line() -> None:
    found = [one for one in sentences() if re.search(r"command line|can-studio ", one[0])]
    assert found == []
