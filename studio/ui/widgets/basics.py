"""Labels, buttons and layouts with the studio's roles, so that views carry no style."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.words import plain_tip
from studio.wording import count


def set_role(widget: QWidget, **properties: object) -> None:
    """Set style properties (`role="quiet"`, `surface="panel"`) and apply the style sheet again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def label(text: str = "", role: str = "", wrap: bool = False) -> QLabel:
    """Plain text, whatever it came from. Roles: title, heading, strong, quiet, small, caption,
    error, figure, key, badge."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


class Button(QPushButton):
    """A plain button, 32 px high."""

    role = ""

    def __init__(self, text: str, on_click: Callable[[], object] | None = None) -> None:
        super().__init__(text)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        if self.role:
            self.setProperty("role", self.role)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())


class PrimaryButton(Button):
    """The one button of a view that begins what it is for."""

    role = "primary"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does what it says, as Space does; with Ctrl or Alt it is a shortcut's."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and plain == Qt.KeyboardModifier.NoModifier and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)


def demote(button: QPushButton, demoted: bool) -> None:
    """Show a primary button as a plain one while another is the primary of its page, and back."""
    set_role(button, role="" if demoted else PrimaryButton.role)


class FlatButton(Button):
    """A button without a box, for what is rarely needed."""

    role = "flat"


class IconButton(QToolButton):
    """An icon with an accessible name; it follows the theme."""

    def __init__(
        self,
        theme: Theme,
        icon_name: str,
        name: str,
        on_click: Callable[[], object] | None = None,
        role: str = "text",
        size: int = 20,
    ) -> None:
        super().__init__()
        self._theme, self._icon_name, self._role, self._size = theme, icon_name, role, size
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(name))
        self.setIconSize(QSize(size, size))
        # A click must not take the keys away from the picture.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if on_click is not None:
            self.clicked.connect(lambda: on_click())
        theme.changed.connect(self._apply_theme)
        self._apply_theme()

    def set_icon_name(self, icon_name: str) -> None:
        self._icon_name = icon_name
        self._apply_theme()

    def _apply_theme(self) -> None:
        self.setIcon(self._theme.icon(self._icon_name, self._role, self._size))


class Separator(QFrame):
    """A line of 1 px."""

    def __init__(self, vertical: bool = False) -> None:
        super().__init__()
        self.setProperty("line", True)
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)


class Spacer(QWidget):
    """Empty space that stretches."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)


def row(*parts: QWidget | QLayout | int | None, gap: int = GRID, margin: int = 0) -> QHBoxLayout:
    """A horizontal layout: widgets, layouts, distances in px, and None for space that stretches."""
    made = QHBoxLayout()
    _fill(made, parts, gap, margin)
    return made


def column(*parts: QWidget | QLayout | int | None, gap: int = GRID, margin: int = 0) -> QVBoxLayout:
    """A vertical layout, as `row`."""
    made = QVBoxLayout()
    _fill(made, parts, gap, margin)
    return made


def _fill(
    layout: QHBoxLayout | QVBoxLayout,
    parts: tuple[QWidget | QLayout | int | None, ...],
    gap: int,
    margin: int,
) -> None:
    layout.setSpacing(gap)
    layout.setContentsMargins(margin, margin, margin, margin)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(part)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)


class Figure(QWidget):
    """`set_value` shows a count with thousands separated, or any text."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.value = label("–", "figure")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.value)
        layout.addWidget(label(name, "small"))

    def set_value(self, value: int | str) -> None:
        text = count(value) if isinstance(value, int) else value
        self.value.setText(text)
        self.setAccessibleName(f"{self._name}: {text}")
