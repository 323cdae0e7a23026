"""The theme in use: colours, icons and fonts by name, and a signal when it changes.

The style sheet is set on hosts, the few parts that a window is made of, and not on the application:
that would style thousands of widgets anew at each change, most of them in pages that are hidden.
"""

from functools import cache
from weakref import WeakKeyDictionary, WeakSet

from PySide6.QtCore import QChildEvent, QEvent, QObject, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from studio.ui.theme import icons
from studio.ui.theme.stylesheet import build
from studio.ui.theme.tokens import BODY, Tokens, load_tokens

NAMES = ("dark", "light")


class Theme(QObject):
    """What views ask for a colour; they repaint on `changed` and keep no colour of their own."""

    changed = Signal()

    def __init__(self, name: str = "dark", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tokens: Tokens = load_tokens(name if name in NAMES else "dark")
        self._hosts: WeakKeyDictionary[QWidget, str] = WeakKeyDictionary()  # theme that each shows
        self._windows: WeakSet[QWidget] = WeakSet()

    @property
    def name(self) -> str:
        return self.tokens.name

    def color(self, name: str) -> QColor:
        """A token as a colour: "panel", "accent", "state.accepted", ..."""
        return QColor(self.tokens.color(name))

    def state(self, state: str) -> QColor:
        """The colour of a box state; draw its line pattern too (see `state_pattern`)."""
        return QColor(self.tokens.state[str(state)])

    def series(self, index: int) -> QColor:
        """The colour of curve `index`: Okabe-Ito, repeating."""
        return QColor(self.tokens.series[index % len(self.tokens.series)])

    def icon(self, name: str, role: str = "text", size: int = 20) -> QIcon:
        """The line icon `resources/icons/<name>.svg` in a token's colour."""
        return icons.icon(name, self.tokens, role, size)

    def font(self, size: int = BODY, strong: bool = False) -> QFont:
        """The system's family at `size` px with figures of equal width."""
        made = QFont(QApplication.font())
        made.setPixelSize(size)
        made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        tabular(made)
        return made

    def apply(self) -> None:
        """Apply this theme to the application and to the hosts that are in sight."""
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            return
        if application.style().objectName().lower() != "fusion":
            application.setStyle("Fusion")
        if application.font().pixelSize() != BODY:
            font = QFont(application.font())
            font.setPixelSize(BODY)
            tabular(font)
            application.setFont(font)
        application.setPalette(palette(self.tokens))
        for widget in list(self._hosts):
            if isValid(widget) and widget.isVisible():
                self._style(widget)

    def host(self, widget: QWidget) -> None:
        """Give `widget` and all that is in it the style sheet, now and in a change of theme.

        While it is hidden a change costs nothing: it is styled when it is shown again.
        """
        widget.installEventFilter(self)
        self._style(widget)

    def host_dialogs(self, window: QWidget) -> None:
        """Make a host of each dialog and menu that is opened over `window`, which is none itself.

        Those over a part of it take the style of that part.
        """
        self._windows.add(window)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Show and isinstance(watched, QWidget):
            if self._hosts.get(watched, self.name) != self.name:
                self._style(watched)
        elif kind == QEvent.Type.ChildPolished and isinstance(event, QChildEvent):
            child = event.child()
            if watched in self._windows and isinstance(child, QWidget) and child.isWindow():
                self.host(child)
        return False

    def _style(self, widget: QWidget) -> None:
        self._hosts[widget] = self.name
        widget.setStyleSheet(_sheet(self.name))

    def use(self, name: str) -> None:
        """Change to theme `dark` or `light` at once."""
        if name != self.name:
            self.tokens = load_tokens(name)
            self.apply()
            self.changed.emit()

    def toggle(self) -> None:
        """Change to the other theme."""
        self.use(NAMES[1 - NAMES.index(self.name)])


@cache
def _sheet(name: str) -> str:
    return build(load_tokens(name))


def tabular(font: QFont) -> None:
    """Figures of equal width, so that counting numbers do not jitter (OpenType `tnum`)."""
    font.setFeature(QFont.Tag("tnum"), 1)


def palette(tokens: Tokens) -> QPalette:
    """The palette for what no style sheet reaches: placeholder text, native parts, plots."""
    made = QPalette()
    role = QPalette.ColorRole
    for part, name in (
        (role.Window, "panel"),
        (role.WindowText, "text"),
        (role.Base, "canvas"),
        (role.AlternateBase, "panel"),
        (role.Text, "text"),
        (role.Button, "raised"),
        (role.ButtonText, "text"),
        (role.PlaceholderText, "quiet"),
        (role.ToolTipBase, "raised"),
        (role.ToolTipText, "text"),
        (role.Highlight, "accent_fill"),
        (role.HighlightedText, "on_accent"),
        (role.Link, "accent"),
        (role.Mid, "line"),
        (role.Light, "hover"),
        (role.Dark, "line"),
    ):
        made.setColor(part, QColor(tokens.color(name)))
    for part in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, part, QColor(tokens.disabled))
    return made
