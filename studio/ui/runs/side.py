"""The panel at the left of a page of runs: the form of a new one, or the list of those there."""

from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from studio.ui.runs.panel import RunListPanel
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import FlatButton, column, label, row


class RunSide(QWidget):
    """One of two pages under its name, and a button beside that which leads to the other."""

    def __init__(
        self, form: QWidget, form_title: str, past: RunListPanel, runs_title: str = ""
    ) -> None:
        super().__init__()
        self._form_title = form_title
        self._plain_title = self._runs_title = runs_title or self.tr("Runs")
        self.title = label("", "heading")
        self.other = FlatButton("", self.turn_over)
        self.pages = QStackedWidget()
        self.pages.addWidget(form)
        self.pages.addWidget(past)
        head = QFrame()
        head.setProperty("surface", "panel")
        across = row(self.title, None, self.other)
        across.setContentsMargins(PADDING, GRID, GRID, 0)
        head.setLayout(across)
        layout = column(head, self.pages, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._show(at_runs=False)

    @property
    def at_runs(self) -> bool:
        """Whether the list is shown, and not the form."""
        return self.pages.currentIndex() == 1

    def show_form(self) -> None:
        """Show the form."""
        self._show(at_runs=False)

    def show_runs(self) -> None:
        """Show the list."""
        self._show(at_runs=True)

    def turn_over(self) -> None:
        """Show the other page."""
        self._show(at_runs=not self.at_runs)

    def set_count(self, count: int) -> None:
        """Say how many runs there are."""
        plain = self._plain_title
        self._runs_title = self.tr("{0} ({1})").format(plain, count) if count else plain
        self._show(self.at_runs)

    def _show(self, at_runs: bool) -> None:
        self.pages.setCurrentIndex(int(at_runs))
        titles = (self._form_title, self._runs_title)
        self.title.setText(titles[at_runs])
        self.other.setText(titles[not at_runs])
