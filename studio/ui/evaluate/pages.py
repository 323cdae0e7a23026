"""The pages of a test set's results, one at a time under a single switch."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Choice, Segments


@dataclass(frozen=True)
class Page:
    """A page under its `title` in the switch; `id` is its name in code."""

    id: str
    title: str
    widget: QWidget


class ResultPages(QWidget):
    """Shows one page; `changed(id)` when a person or a command chose another.

    The first two are plots that stand beside one another where each gets `least` px; the second has
    no place of its own in the switch then. Where the switch does not fit it becomes a drop-down.
    """

    changed = Signal(str)

    def __init__(self, name: str, pages: Sequence[Page], least: QSize) -> None:
        super().__init__()
        self._pages, self._least = list(pages), least
        self.switch = Segments(name)
        for page in pages:
            self.switch.addTab(page.title)
        self.menu = Choice((page.id, page.title) for page in pages)
        self.menu.setAccessibleName(name)
        self.switch.currentChanged.connect(lambda index: self._choose(self._pages[index].id))
        self.menu.chosen.connect(self._choose)
        self._current = self._pages[0].id
        pair = QWidget()
        beside = QHBoxLayout(pair)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(PADDING)
        self._stack = QStackedWidget()
        self._stack.addWidget(pair)
        for number, page in enumerate(pages):
            if number < 2:
                beside.addWidget(page.widget, 1)
            else:
                self._stack.addWidget(page.widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.switch, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.menu)
        layout.addWidget(self._stack, 1)
        self._arrange()

    @property
    def current(self) -> str:
        """The id of the page that is shown."""
        return self._current

    def ids(self) -> list[str]:
        """The pages in their order."""
        return [page.id for page in self._pages]

    def show_page(self, page_id: str) -> None:
        """Bring a page to the front."""
        self._choose(page_id)

    @property
    def _wide(self) -> bool:
        """Whether the first two have room beside one another."""
        return self.width() >= 2 * self._least.width() + PADDING

    def _choose(self, page_id: str) -> None:
        if page_id not in self.ids():
            return
        changed = page_id != self._current
        self._current = page_id
        self._arrange()
        if changed:
            self.changed.emit(page_id)

    def _arrange(self) -> None:
        wide, first, second = self._wide, self._pages[0], self._pages[1]
        if wide and self._current == second.id:
            self._current = first.id
        first.widget.setVisible(wide or self._current != second.id)
        second.widget.setVisible(wide or self._current == second.id)
        self.switch.setTabVisible(1, not wide)
        number = self.ids().index(self._current)
        self._stack.setCurrentIndex(max(0, number - 1))
        for control in (self.switch, self.menu):
            control.blockSignals(True)
        self.switch.setCurrentIndex(number)
        self.menu.set_options(
            (page.id, page.title) for page in self._pages if not (wide and page is second)
        )
        self.menu.set_value(self._current)
        for control in (self.switch, self.menu):
            control.blockSignals(False)
        self.switch.setVisible(self.switch.sizeHint().width() <= self.width())
        # Asked anew: hiding a part can resize this widget, which arranges it again in between.
        self.menu.setVisible(self.switch.isHidden())

    # Qt

    def minimumSizeHint(self) -> QSize:
        # The switch has a drop-down to give way to, and each page scrolls or shrinks.
        return QSize(240, self._least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
