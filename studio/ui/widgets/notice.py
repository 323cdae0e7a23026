"""What a page has to say about itself: a notice with a way to what is wrong, and a verdict."""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.theme.icons import pixmap
from studio.ui.theme.tokens import GRID
from studio.ui.widgets.basics import Button, label, row, set_role

Kind = Literal["info", "warning", "error"]

_MARK = 16  # px


class Notice(QFrame):
    """A sentence that stays in the page until it is no longer true; hidden while it has none.

    A bar at its left and a mark tell its kind, so that a warning looks like one without a colour
    of its text. A link leads to what the sentence is about.
    """

    def __init__(self, kind: Kind = "warning") -> None:
        super().__init__()
        self.setProperty("part", "notice")
        self.setProperty("kind", kind)
        self._mark = _Mark(kind)
        self._on_click: Callable[[], object] | None = None
        self.text = label("", wrap=True)
        self.link = _Link(self._clicked)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.text)
        words.addLayout(row(self.link, None))  # the link's own width must not be the text's
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.hide()

    @property
    def kind(self) -> str:
        return str(self.property("kind"))

    def words(self) -> str:
        """The sentence that it shows; empty while it is hidden."""
        return self.text.text()

    def show_text(
        self,
        text: str,
        link: str = "",
        on_click: Callable[[], object] | None = None,
        *,
        kind: Kind | None = None,
    ) -> None:
        """Show a sentence, with a link that calls `on_click`; an empty sentence hides it all."""
        if kind is not None and kind != self.kind:
            set_role(self, kind=kind)
            self._mark.set_kind(kind)
        self._on_click = on_click
        self.text.setText(text)
        self.link.setText(link)
        self.link.setVisible(bool(link))
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def clear(self) -> None:
        """Hide it and forget what it said."""
        self.show_text("")

    def _clicked(self) -> None:
        if self._on_click is not None:
            self._on_click()


class Verdict(QWidget):
    """One or two words, large, and the sentences that they rest on below."""

    def __init__(self) -> None:
        super().__init__()
        self.word = label("", "title", wrap=True)
        self._sentences: tuple[str, ...] = ()
        self._reasons = QVBoxLayout()
        self._reasons.setSpacing(GRID // 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self.word)
        layout.addLayout(self._reasons)

    def show_verdict(self, word: str, reasons: Sequence[str] = ()) -> None:
        """Show a verdict with the sentences below it."""
        self.word.setText(word)
        while (item := self._reasons.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for reason in reasons:
            self._reasons.addWidget(label(reason, wrap=True))
        self._sentences = tuple(reasons)
        self.setAccessibleName(word)
        self.setAccessibleDescription(" ".join(reasons))

    def reasons(self) -> list[str]:
        """The sentences shown below the verdict."""
        return list(self._sentences)


class _Link(Button):
    role = "link"

    def __init__(self, on_click: Callable[[], object]) -> None:
        super().__init__("", on_click)
        self.hide()


class _Mark(QWidget):
    """The sign of a notice, in the colour of text."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._kind = kind
        self.setFixedSize(_MARK, _MARK)

    def set_kind(self, kind: Kind) -> None:
        self._kind = kind
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        name = "info" if self._kind == "info" else "warning"
        color = self.palette().color(self.foregroundRole()).name()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, pixmap(name, color, _MARK, self.devicePixelRatioF()))
        painter.end()
