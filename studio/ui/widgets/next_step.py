"""The bar at the foot of a page that says what was done and offers what comes next."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from studio.ui.theme.tokens import CONTROL, GRID, PADDING
from studio.ui.widgets.basics import Button, PrimaryButton, set_role
from studio.ui.widgets.elided import ElidedLabel


class NextStep(QFrame):
    """Hidden until `show_step`, which a page calls once the bar lies in its layout.

    `button` is the page's primary action while it is shown, unless `primary` is False; `changed`
    says whether it is shown, so that the page can let go of another accent (`basics.demote`).
    """

    changed = Signal(bool)
    HEIGHT = CONTROL + 2 * GRID

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setFixedHeight(self.HEIGHT)
        self.done = ElidedLabel("", "strong")
        self.done.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = PrimaryButton("", self._run_step)
        self.others: list[Button] = []
        self._run: Callable[[], object] | None = None
        self._other_runs: list[Callable[[], object]] = []
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(PADDING, GRID, PADDING, GRID)
        self._layout.setSpacing(GRID)
        self._layout.addWidget(self.done, 1)
        self._layout.addWidget(self.button)
        self.hide()

    def show_step(
        self,
        done: str,
        title: str = "",
        run: Callable[[], object] | None = None,
        *,
        others: Sequence[tuple[str, Callable[[], object]]] = (),
        primary: bool = True,
    ) -> None:
        """Say what was `done`, and offer `title`, which calls `run`; `others` are quieter ways
        that stand before it. Without a title only the sentence is shown."""
        self.done.set_text(done)
        self.setAccessibleName(done)
        self._run = run
        # A step that is shown again with the same buttons keeps them, and the focus on them.
        titles = [words for words, _ in others]
        if titles != [button.text() for button in self.others]:
            self._replace_others(titles)
        self._other_runs = [on_click for _, on_click in others]
        self.button.setText(title)
        self.button.setVisible(bool(title) and run is not None)
        set_role(self.button, role="primary" if primary else "")
        self._set_shown(True)

    def clear(self) -> None:
        """Hide the bar: nothing comes next yet."""
        self._set_shown(False)

    def _run_step(self) -> None:
        if self._run is not None:
            self._run()

    def _run_other(self, number: int) -> None:
        self._other_runs[number]()

    def _replace_others(self, titles: Sequence[str]) -> None:
        for old in self.others:
            self._layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.others = []
        for number, words in enumerate(titles):
            made = Button(words, partial(self._run_other, number))
            self._layout.insertWidget(self._layout.count() - 1, made)
            self.others.append(made)

    def _set_shown(self, shown: bool) -> None:
        if shown == self.isHidden():
            self.setVisible(shown)
            self.changed.emit(shown)
