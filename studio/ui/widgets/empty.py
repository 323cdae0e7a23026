"""What a view shows when it is empty or could not be made."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.theme.tokens import GRID
from studio.ui.widgets.basics import Button, FlatButton, PrimaryButton, label
from studio.ui.widgets.toast import copy_text

_MEASURE = 460  # px; a comfortable line of text


class EmptyState(QWidget):
    """What a workspace is for and the one button that begins it."""

    def __init__(
        self,
        title: str,
        text: str,
        button_text: str = "",
        on_click: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.title = label(title, "title")
        self.title.setWordWrap(True)
        self.text = label(text, "quiet", wrap=True)
        inner = QVBoxLayout()
        inner.setSpacing(GRID)
        inner.addWidget(self.title)
        inner.addWidget(self.text)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(GRID)
        self.buttons.setContentsMargins(0, GRID, 0, 0)
        self.button = PrimaryButton(button_text, on_click)
        if not button_text:
            self.button.hide()  # showing what has no parent yet would flash a window
        self.buttons.addWidget(self.button)
        self.buttons.addStretch(1)
        inner.addLayout(self.buttons)
        self.below = QVBoxLayout()
        inner.addLayout(self.below)
        holder = QWidget()
        holder.setLayout(inner)
        # Text keeps its measure; a row of buttons that needs more has it.
        for words in (self.title, self.text):
            words.setFixedWidth(_MEASURE)
        holder.setMinimumWidth(_MEASURE)
        holder.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        inner.setContentsMargins(0, 0, 0, 0)
        # Stretches instead of an alignment, which would forget that wrapped text grows in height.
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(holder)
        across.addStretch(1)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(across)
        outer.addStretch(3)

    def add_button(self, text: str, on_click: Callable[[], object]) -> Button:
        """A second way to begin, beside the first."""
        made = Button(text, on_click)
        self.buttons.insertWidget(self.buttons.count() - 1, made)
        return made


class ErrorState(EmptyState):
    """What happened, to which file, what to do; the text can be copied."""

    def __init__(
        self,
        title: str,
        text: str,
        button_text: str = "",
        on_click: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(title, text, button_text, on_click)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        copy = FlatButton(self.tr("Copy"), self._copy)
        self.buttons.insertWidget(self.buttons.count() - 1, copy)

    def _copy(self) -> None:
        text = f"{self.title.text()}\n{self.text.text()}"
        copy_text(self, text, self.tr("The message is on the clipboard."))
