"""Colours that people can read and that do not tint what they judge."""

import itertools

import pytest

from studio.resources import resource
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


@pytest.mark.parametrize("name", ["canvas", "panel", "raised", "hover", "line", "control", "text"])
def test_greys_have_no_hue(tokens: Tokens, name: str) -> None:
    color = tokens.color(name)
    assert color[1:3] == color[3:5] == color[5:7]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", ["text", "quiet"])
def test_text_can_be_read(tokens: Tokens, name: str, surface: str) -> None:
    assert contrast(tokens.color(name), tokens.color(surface)) >= 4.5


@pytest.mark.parametrize("surface", ["panel", "raised"])
def test_errors_can_be_read(tokens: Tokens, surface: str) -> None:
    assert contrast(tokens.error, tokens.color(surface)) >= 4.5


@pytest.mark.parametrize("fill", ["accent_fill", "accent_hover"])
def test_words_on_the_primary_button_can_be_read(tokens: Tokens, fill: str) -> None:
    assert contrast(tokens.on_accent, tokens.color(fill)) >= 4.5


@pytest.mark.parametrize("surface", ["canvas", "panel"])
def test_meaningful_lines_can_be_seen(tokens: Tokens, surface: str) -> None:
    lines = [tokens.control, tokens.accent, *tokens.state.values(), *tokens.series]
    for line in lines:
        assert contrast(line, tokens.color(surface)) >= 3.0, line


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
