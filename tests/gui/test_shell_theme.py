"""Colours that people can read and that do not tint what they judge."""

import itertools
from dataclasses import fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from studio.resources import resource
from studio.ui.theme import Theme
from studio.ui.theme.stylesheet import build
from studio.ui.theme.tokens import Tokens, contrast, load_tokens, luminance

THEMES = [load_tokens("dark"), load_tokens("light")]
SURFACES = ("canvas", "panel", "raised", "hover", "field")


@pytest.fixture(params=THEMES, ids=lambda tokens: tokens.name)
def tokens(request: pytest.FixtureRequest) -> Tokens:
    return request.param


def test_contrast_agrees_with_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#0072b2", "#0072b2") == 1.0
    assert luminance("#ffffff") == pytest.approx(1.0)


@pytest.mark.parametrize("name", [*SURFACES, "selected", "line", "control", "text"])
def test_greys_have_no_hue(tokens: Tokens, name: str) -> None:
    color = tokens.color(name)
    assert color[1:3] == color[3:5] == color[5:7]


# What each colour is drawn on, and the least contrast that it has there (WCAG 2.2, 1.4.3, 1.4.11).
USES: dict[str, tuple[float, tuple[str, ...]]] = {
    "text": (4.5, (*SURFACES, "selected")),
    "quiet": (4.5, SURFACES),
    "error": (4.5, SURFACES),
    "accent": (4.5, SURFACES),  # a link is text
    "on_accent": (4.5, ("accent_fill", "accent_hover")),
    "disabled": (3.0, SURFACES),  # no rule asks for it; it should be seen to be there
    "control": (3.0, SURFACES),
    "accent_fill": (3.0, ("canvas", "panel")),
    "accent_hover": (1.0, ()),  # seen under the pointer only, by its words
    "line": (1.15, ("canvas", "panel", "raised")),  # separates, says nothing
    "hover": (1.1, ("canvas", "panel", "raised")),
    "selected": (1.35, ("canvas", "panel", "raised", "hover")),
    "canvas": (1.09, ("panel",)),
    "panel": (1.1, ("raised",)),
    "raised": (1.1, ("canvas",)),
    "field": (1.09, ("panel",)),
}


def test_every_colour_has_a_rule() -> None:
    colors = {field.name for field in fields(Tokens)} - {"name", "state", "series"}
    assert colors == set(USES)


@pytest.mark.parametrize("name", USES)
def test_a_colour_can_be_seen_on_what_it_is_drawn_on(tokens: Tokens, name: str) -> None:
    least, surfaces = USES[name]
    found = {one: contrast(tokens.color(name), tokens.color(one)) for one in surfaces}
    assert {one: ratio for one, ratio in found.items() if ratio < least} == {}


def test_the_bar_of_a_chosen_row_can_be_seen(tokens: Tokens) -> None:
    assert contrast(tokens.accent, tokens.selected) >= 3.0


@pytest.mark.parametrize("surface", ["canvas", "panel", "raised"])
def test_states_and_curves_can_be_seen(tokens: Tokens, surface: str) -> None:
    for color in (*tokens.state.values(), *tokens.series):
        assert contrast(color, tokens.color(surface)) >= 3.0, color


def test_states_differ_in_every_pair(tokens: Tokens) -> None:
    assert len(set(tokens.state.values())) == 5
    for one, other in itertools.combinations(tokens.state.values(), 2):
        distance = sum(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5))
        assert distance > 60, (one, other)


def test_the_dark_surfaces_are_those_of_the_design() -> None:
    dark = THEMES[0]
    assert (dark.canvas, dark.panel, dark.raised) == ("#1c1c1c", "#242424", "#2e2e2e")
    assert (dark.line, dark.text, dark.quiet) == ("#3a3a3a", "#e6e6e6", "#a0a0a0")
    assert (THEMES[1].canvas, THEMES[1].panel) == ("#d9d9d9", "#f2f2f2")


def test_marks_of_the_style_sheet_have_the_colours_of_the_tokens(tokens: Tokens) -> None:
    for name, color in (("down", tokens.quiet), ("check", tokens.on_accent)):
        assert color in resource("themes", tokens.name, f"{name}.svg").read_text("utf-8")


def test_one_style_sheet_has_no_unfilled_place(tokens: Tokens) -> None:
    sheet = build(tokens)
    assert sheet.count("{") == sheet.count("}")
    assert "None" not in sheet


def paper(widget: QWidget) -> str:
    """The colour of the corner of a widget as it is drawn."""
    return widget.grab().toImage().pixelColor(3, 3).name()


def test_a_change_of_theme_reaches_hidden_pages_when_they_are_shown(qtbot: QtBot) -> None:
    theme, window = Theme("dark"), QWidget()
    qtbot.addWidget(window)
    pages = [QLabel("one", window), QLabel("two", window)]
    for page in pages:
        page.setProperty("surface", "raised")
        page.resize(60, 20)
        theme.host(page)
    pages[1].hide()
    window.show()
    assert paper(pages[0]) == THEMES[0].raised
    before = pages[1].styleSheet()
    theme.toggle()
    assert paper(pages[0]) == THEMES[1].raised
    assert pages[1].styleSheet() == before  # nothing is spent on what is hidden
    pages[1].show()
    assert paper(pages[1]) == THEMES[1].raised


def test_dialogs_and_menus_over_a_window_have_its_theme(qtbot: QtBot) -> None:
    theme, window = Theme("dark"), QWidget()
    qtbot.addWidget(window)
    theme.host_dialogs(window)
    page = QWidget(window)
    theme.host(page)
    window.show()
    theme.toggle()
    for parent in (window, page):
        dialog, menu = QDialog(parent), QMenu(parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Open")
        dialog.show()
        menu.ensurePolished()
        assert paper(dialog) == THEMES[1].panel
        assert paper(menu) == THEMES[1].raised
        dialog.close()
