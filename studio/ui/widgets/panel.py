"""Surfaces: a panel with a heading, one that scrolls, and a splitter that remembers its sizes."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from studio.ui.settings import Settings
from studio.ui.theme.tokens import GRID, PADDING, SIDE
from studio.ui.widgets.basics import label

_WIDEST = 400  # px that a scrolling panel may claim for itself


class Panel(QFrame):
    """A panel surface: heading (optional) over a column of contents, 16 px inside."""

    def __init__(self, title: str = "", padding: int = PADDING) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding, padding, padding)
        self.body.setSpacing(GRID)
        self.heading = label(title, "heading")
        if not title:
            self.heading.setParent(self)
            self.heading.hide()
        else:
            self.setAccessibleName(title)
            self.body.addWidget(self.heading)
            self.body.addSpacing(GRID // 2)

    def add(self, *parts: QWidget | QLayout) -> None:
        """Append widgets and layouts."""
        for part in parts:
            if isinstance(part, QWidget):
                self.body.addWidget(part)
            else:
                self.body.addLayout(part)


class ScrollPanel(QScrollArea):
    """A panel that scrolls vertically where the window is low."""

    def __init__(self, title: str = "", padding: int = PADDING) -> None:
        super().__init__()
        self.panel = Panel(title, padding)
        self.setWidget(self.panel)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("surface", "panel")
        self.panel.installEventFilter(self)

    def add(self, *parts: QWidget | QLayout) -> None:
        self.panel.add(*parts)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Nothing scrolls sideways, so the panel may not get narrower than what is in it.
        grows = event.type() == QEvent.Type.LayoutRequest and self.maximumWidth() != SIDE
        if watched is self.panel and grows:
            bar = self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(min(self.panel.minimumSizeHint().width() + bar, _WIDEST))
        return super().eventFilter(watched, event)


def fix_side(widget: QWidget) -> None:
    """Give a panel at the side of a workspace the one width that all of them have.

    A panel that scrolls then no longer widens itself for what is in it: names in it are elided.
    """
    widget.setFixedWidth(SIDE)


class RememberedSplitter(QSplitter):
    """A splitter whose sizes come back in the next session under `name`."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        orientation: Qt.Orientation = Qt.Orientation.Horizontal,
    ) -> None:
        super().__init__(orientation)
        self._settings, self._key = settings, f"splitter.{name}"
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(400)
        self._save.timeout.connect(lambda: self._settings.set(self._key, self.sizes()))
        self.splitterMoved.connect(lambda *_: self._save.start())

    def restore(self, default: list[int]) -> None:
        """Take the remembered sizes, or `default` (px) the first time; call once filled."""
        sizes = self._settings.get(self._key)
        fits = isinstance(sizes, list) and len(sizes) == self.count()
        self.setSizes([int(size) for size in sizes] if fits else default)
