"""The few colours and sizes that everything in the window is drawn with.

Colours are data in `resources/themes`; sizes are the same in both themes.
"""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from studio.resources import resource

GRID = 8  # px; every distance is a multiple, or half of one
CONTROL = 32  # px; height of every control
PADDING = 16  # px; inside a panel
BAR = 3  # px; the mark at the left of a chosen row
SIDE = 320  # px; width of every panel at the side of a workspace
SMALL, BODY, HEADING, TITLE = 12, 13, 16, 20  # px; the four sizes of type


@dataclass(frozen=True)
class Tokens:
    """The colours of one theme, as `#rrggbb`.

    Surfaces from back to front: canvas, panel, raised, hover; `selected` is a chosen row, `field`
    is where one types. `line` separates, `control` is an outline that carries meaning. `accent` is
    for focus and for the bar of a chosen row, `accent_fill` with `on_accent` for the primary
    action.
    """

    name: str
    canvas: str
    panel: str
    raised: str
    field: str
    hover: str
    selected: str
    line: str
    control: str
    text: str
    quiet: str
    disabled: str
    accent: str
    accent_fill: str
    accent_hover: str
    on_accent: str
    error: str
    state: dict[str, str]
    series: tuple[str, ...]

    def color(self, name: str) -> str:
        """A colour by name: a field such as "panel", or "state.accepted"."""
        if name.startswith("state."):
            return self.state[name.removeprefix("state.")]
        value: str = getattr(self, name)
        return value


@cache
def load_tokens(name: str) -> Tokens:
    """The tokens of theme `dark` or `light`."""
    data: dict[str, Any] = tomllib.loads(resource("themes", f"{name}.toml").read_text("utf-8"))
    data["series"] = tuple(data["series"]["order"])
    return Tokens(**{field.name: data[field.name] for field in fields(Tokens)})


def luminance(color: str) -> float:
    """Relative luminance of `#rrggbb`, 0..1 (WCAG 2.2, "relative luminance")."""

    def linear(byte: int) -> float:
        value = byte / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(color[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1..21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
