"""A row of answers, each with the key that gives it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import BODY, GRID, SMALL
from studio.ui.words import plain_tip

_HEIGHT, _WIDEST, _NARROWEST = 56, 176, 96  # px


class ChoiceButton(QAbstractButton):
    """Key above, words below; framed where the mark is."""

    def __init__(self, theme: Theme, number: int, words: str) -> None:
        super().__init__()
        self._theme, self.number, self.words = theme, number, words
        self.marked = False
        self.setAccessibleName(f"{number}: {words}")
        self.setToolTip(plain_tip(words))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(_NARROWEST)
        self.setMaximumWidth(_WIDEST)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(_WIDEST, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self.marked or self.hasFocus()
        painter.setPen(QPen(theme.color("accent" if strong else "control"), 2 if strong else 1))
        hover = self.underMouse() or self.isDown()
        painter.setBrush(theme.color("hover" if hover else "raised"))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        inner = self.rect().adjusted(GRID, 6, -GRID, -6)
        half = inner.height() // 2
        painter.setPen(theme.color("quiet"))
        painter.setFont(theme.font(SMALL))
        upper = QRect(inner.left(), inner.top(), inner.width(), half)
        painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, str(self.number))
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(BODY))
        lower = QRect(inner.left(), inner.top() + half, inner.width(), half)
        words = painter.fontMetrics().elidedText(
            self.words, Qt.TextElideMode.ElideMiddle, inner.width()
        )
        painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, words)
        painter.end()


class ChoiceRow(QWidget):
    """Buttons by number, with a gap after `split` of them."""

    def __init__(self, theme: Theme, on_choice: Callable[[int], object]) -> None:
        super().__init__()
        self._theme, self._on_choice = theme, on_choice
        self._shown: list[tuple[int, str]] = []
        self.buttons: dict[int, ChoiceButton] = {}
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID // 2)

    def set_choices(self, choices: Sequence[tuple[int, str]], split: int = 0) -> None:
        """Replace the answers, unless they are the same."""
        if list(choices) == self._shown:
            return
        self._shown = list(choices)
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.buttons = {}
        self._layout.addStretch(1)
        for place, (number, words) in enumerate(choices):
            if split and place == split:
                self._layout.addSpacing(3 * GRID)
            button = ChoiceButton(self._theme, number, words)
            button.clicked.connect(lambda _=False, n=number: self._on_choice(n))
            self.buttons[number] = button
            self._layout.addWidget(button, 4)
        self._layout.addStretch(1)

    def mark(self, number: int | None) -> None:
        """Frame one answer, or none."""
        for button in self.buttons.values():
            button.marked = button.number == number
            button.update()

    def sizeHint(self) -> QSize:
        return QSize(6 * _WIDEST, _HEIGHT)
