"""The bar at the bottom: the keys that work now at the left, long jobs at the right."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import CONTROL, GRID
from studio.ui.widgets.basics import label


class Hint(QPushButton):
    """A key and what it does; a click does it too."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__()
        self.setProperty("role", "hint")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(f"{text} ({key})")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID // 2, 0, GRID // 2, 0)
        layout.setSpacing(6)
        for part in (label(key, "key"), label(text, "small")):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as what is in it, which a button leaves out of account."""
        layout = self.layout()
        return QSize(layout.sizeHint().width() if layout else 0, CONTROL)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class HintBar(QFrame):
    """`triggered(action id)` when a hint is clicked."""

    triggered = Signal(str)
    HEIGHT = CONTROL + GRID

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._hints: list[tuple[str, str, str]] = []
        self.setProperty("part", "hints")
        self.setFixedHeight(self.HEIGHT)
        self.setAccessibleName(self.tr("Keys that work now, and long jobs"))
        self._left = QHBoxLayout()
        self._left.setSpacing(GRID)
        self.jobs = QHBoxLayout()
        self.jobs.setSpacing(PADDING_BETWEEN_JOBS)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, 0)
        layout.addLayout(self._left)
        layout.addStretch(1)
        layout.addLayout(self.jobs)

    def set_hints(self, hints: Sequence[tuple[str, str, str]]) -> None:
        """Show (action id, key, text); rebuilt only when they differ."""
        if list(hints) == self._hints:
            return
        self._hints = list(hints)
        while (item := self._left.takeAt(0)) is not None:
            _discard(item.widget())
        for action_id, key, text in hints:
            made = Hint(key, text)
            made.clicked.connect(lambda _=False, a=action_id: self.triggered.emit(a))
            self._left.addWidget(made)

    def place_of_hints(self) -> QRect:
        """Where the keys are shown: all of the bar that the jobs leave."""
        jobs = self.jobs.sizeHint().width()
        return self.rect().adjusted(0, 0, -(jobs + GRID * 2) if jobs else 0, 0)

    def hints(self) -> list[tuple[str, str, str]]:
        return list(self._hints)


PADDING_BETWEEN_JOBS = GRID * 3


def _discard(widget: QWidget | None) -> None:
    if widget is not None:
        widget.hide()
        widget.deleteLater()
