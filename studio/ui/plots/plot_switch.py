"""Several plots in one place: beside one another where each has room, else one at a time."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from studio.ui.plots.plot_frame import PlotFrame
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Segments


class PlotSwitch(QWidget):
    """Shows all of its plots where each of them gets `least` px, in a row or, with `down`, in a
    column; else the chosen one, whose name gives way to a switch with the names of all."""

    def __init__(
        self, name: str, plots: Sequence[tuple[str, PlotFrame]], least: QSize, down: bool = False
    ) -> None:
        super().__init__()
        self._least, self._down = least, down
        self._names = [title for title, _ in plots]
        self._plots = [plot for _, plot in plots]
        self._offered = list(self._plots)
        self._chosen = self._plots[0]
        self.switches: list[Segments] = []
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self._layout.setSpacing(PADDING)
        for plot in self._plots:
            switch = Segments(name)
            switch.currentChanged.connect(self._switched)
            self.switches.append(switch)
            plot.put_switch(switch)
            self._layout.addWidget(plot, 1)
        self._name_switches()
        self.arrange()

    @property
    def all_shown(self) -> bool:
        """Whether every plot that is offered has room."""
        count = len(self._offered)
        gaps = PADDING * (count - 1)
        if self._down:
            return self.height() >= count * self._least.height() + gaps
        return self.width() >= count * self._least.width() + gaps

    def current(self) -> PlotFrame:
        """The plot that was chosen last."""
        return self._chosen

    def show_plot(self, plot: PlotFrame) -> None:
        """Bring a plot to the front, where only one has room."""
        if plot in self._offered:
            self._chosen = plot
            self.arrange()

    def set_down(self, down: bool) -> None:
        """Stand below one another, or beside."""
        if down != self._down:
            self._down = down
            self.arrange()

    def offers(self, plot: PlotFrame) -> bool:
        """Whether a plot can be looked at."""
        return plot in self._offered

    def offer(self, plot: PlotFrame, offered: bool) -> None:
        """Let a plot be looked at, or take it away."""
        if offered == self.offers(plot):
            return
        self._offered = [p for p in self._plots if (offered if p is plot else self.offers(p))]
        if self._chosen not in self._offered:
            self._chosen = self._offered[0]
        self._name_switches()
        self.arrange()

    def arrange(self) -> None:
        """Show what has room."""
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._layout.setDirection(down if self._down else across)
        everything = self.all_shown
        for plot, switch in zip(self._plots, self.switches, strict=True):
            blocked = switch.blockSignals(True)
            switch.setCurrentIndex(self._offered.index(self._chosen))
            switch.blockSignals(blocked)
            plot.use_switch(not everything and len(self._offered) > 1)
            plot.setVisible(plot in self._offered and (everything or plot is self._chosen))

    def _name_switches(self) -> None:
        for switch in self.switches:
            blocked = switch.blockSignals(True)
            while switch.count():
                switch.removeTab(0)
            for title, plot in zip(self._names, self._plots, strict=True):
                if self.offers(plot):
                    switch.addTab(title)
            switch.blockSignals(blocked)

    def _switched(self, index: int) -> None:
        if not 0 <= index < len(self._offered):
            return
        had_focus = any(switch.hasFocus() for switch in self.switches)
        self._chosen = self._offered[index]
        self.arrange()
        if had_focus:
            place = self._plots.index(self._chosen)
            self.switches[place].setFocus(Qt.FocusReason.OtherFocusReason)

    # Qt

    def minimumSizeHint(self) -> QSize:
        # One of them at least: what has no room beside the others is behind the switch.
        return QSize(self._least)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()
