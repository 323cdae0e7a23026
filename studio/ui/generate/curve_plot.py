"""Classifier probability along the path: one curve a run, the crossing of one half marked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter
from PySide6.QtWidgets import QWidget

from studio.results.run_identity import RunIdentity
from studio.ui.plots.data_window import show_data
from studio.ui.plots.figure_files import ask_and_save, framed_size, paint_framed
from studio.ui.plots.plot_frame import open_plot_menu
from studio.ui.plots.style import pen, pens_for, style_axis
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SMALL
from studio.ui.widgets.toast import copy_image

if TYPE_CHECKING:
    from studio.generate.latent.path import PathSpacing
    from studio.generate.latent.probability import ProbabilityCurve

HEIGHT = 136
_FIGURE = QSize(640, 320)  # px of a saved plot
_LINE, _TOP = 0.16, 0.86  # of the probability axis: a line of text, the last that fits
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)


class CurvePlot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph is untyped
    """Share of the path across, as on the slider above, which has the keys; probability up."""

    chosen = Signal(float)  # the length fraction that was clicked

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None, enableMenu=False)
        self._theme = theme
        self.curves: list[tuple[str, ProbabilityCurve]] = []
        self._spacing: PathSpacing | None = None
        self._looks: Mapping[str, RunIdentity] = {}
        self._inset = 0.0
        self._fraction = 0.0
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self.tr("Classifier probability along the path"))
        self.getPlotItem().ctrlMenu = None  # a window without a parent, never shown
        self.hideButtons()
        self.setMouseEnabled(False, False)
        self.setYRange(0, 1, padding=0.06)
        self.getAxis("left").setTicks([[(0, "0"), (0.5, "½"), (1, "1")]])
        self.getAxis("left").setWidth(28)
        self.getAxis("bottom").hide()
        self.getPlotItem().layout.setContentsMargins(0, 0, 0, 0)
        self.getViewBox().sigResized.connect(lambda _: self._fit_across())
        self.cursor_line = pg.InfiniteLine(angle=90, movable=False)
        self.half = pg.InfiniteLine(pos=0.5, angle=0, movable=False)
        self.scene().sigMouseClicked.connect(self._clicked)
        theme.changed.connect(self.draw)
        self._fit_across()
        self.draw()

    def set_curves(
        self,
        curves: "Sequence[tuple[str, ProbabilityCurve]]",
        spacing: "PathSpacing | None" = None,
        looks: "Mapping[str, RunIdentity] | None" = None,
    ) -> None:
        """Curves by the names of their runs' folders, over the length fractions of a spacing;
        `looks` has the number and the colour of each run."""
        self.curves, self._spacing, self._looks = list(curves), spacing, looks or {}
        self.draw()

    def set_inset(self, inset: float) -> None:
        """Let the path begin and end this many px from the sides, under the middles of the first
        and the last picture of the strip."""
        self._inset = inset
        self._fit_across()

    def _fit_across(self) -> None:
        width = self.getViewBox().width()
        beside = self._inset / max(width - 2 * self._inset, 1)
        self.setXRange(-beside, 1 + beside, padding=0)

    def _series(self, index: int, name: str) -> int:
        return self._looks[name].series if name in self._looks else index

    def title_of(self, name: str) -> str:
        """What a curve is called: the number of its run, or the folder of one of another place."""
        found = self._looks.get(name)
        if found is None or found.number is None:
            return name
        called: str = self.tr("Run {0}").format(found.number)
        return called

    def set_length_fraction(self, fraction: float) -> None:
        """Where the slider is."""
        self._fraction = fraction
        self.cursor_line.setPos(fraction)

    def _across(self, ts: "Sequence[float]") -> list[float]:
        return [t if self._spacing is None else self._spacing.length_fraction(t) for t in ts]

    def draw(self) -> None:
        """Everything anew in the colours of the theme."""
        theme = self._theme
        self.clear()
        self.setBackground(theme.color("canvas"))
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            style_axis(axis, theme)
        self.half.setPen(pen(theme.color("line"), 1, Qt.PenStyle.DashLine))
        self.cursor_line.setPen(pen(theme.color("text")))
        self.cursor_line.setPos(self._fraction)
        self.addItem(self.half)
        for index, (name, curve) in enumerate(self.curves):
            self._draw_curve(index, name, curve)
        self._label()
        self.addItem(self.cursor_line)

    def _draw_curve(self, index: int, name: str, curve: "ProbabilityCurve") -> None:
        colour = self._theme.series(self._series(index, name))
        line = pen(colour, 2, _DASHES[index % len(_DASHES)])
        self.plot(self._across(curve.ts), list(curve.probabilities), pen=line)
        crossings = curve.crossings
        self.plot(
            self._across(crossings),
            [0.5] * len(crossings),
            pen=None,
            symbol="d",
            symbolSize=11,
            symbolBrush=self._theme.color("canvas"),
            symbolPen=pen(colour, 2),
        )

    def _label(self) -> None:
        """Names at the right ends of the curves, moved apart where they would overlap."""
        ends = sorted(
            (curve.probabilities[-1], index, name)
            for index, (name, curve) in enumerate(self.curves)
        )
        lowest = 0.02
        for number, (end, index, name) in enumerate(ends):
            above = len(ends) - 1 - number
            at = max(lowest, min(end + 0.02, _TOP - above * _LINE))
            lowest = at + _LINE
            colour = self._theme.series(self._series(index, name))
            words = pg.TextItem(self.title_of(name), color=colour, anchor=(1, 1))
            words.setFont(self._theme.font(SMALL))
            words.setPos(0.995, at)
            self.addItem(words)

    # Figures: a `Drawing` of studio.ui.plots.figure_files

    @property
    def note(self) -> str:
        words: str = self.tr("Model output, not a diagnosis.")
        return words

    def heading(self) -> str:
        name: str = self.accessibleName()
        return name

    def table(self) -> "tuple[Sequence[str], Sequence[Sequence[object]]]":
        """(headers, rows) of the points."""
        rows = [
            (name, f"{t:.6g}", f"{p:.6g}")
            for name, curve in self.curves
            for t, p in zip(curve.ts, curve.probabilities, strict=True)
        ]
        return ["run", "t", "probability"], rows

    def remarks(self) -> list[str]:
        return []

    def facts(self) -> dict[str, Any]:
        """Where each curve crosses one half."""
        crossings = [(name, [float(t) for t in curve.crossings]) for name, curve in self.curves]
        return {"curves": [{"run": name, "crossings_of_half": at} for name, at in crossings]}

    @contextmanager
    def as_figure(self, theme: Theme, scale: float = 1.0) -> Iterator[None]:
        """Be drawn in another theme, at the size of a figure, for the length of the block."""
        kept, size, inset = self._theme, self.size(), self._inset
        try:
            with pens_for(scale):
                self._theme = theme
                self.setFixedHeight(_FIGURE.height())
                self.resize(_FIGURE)
                self.set_inset(0.0)
                self.draw()
                self.getPlotItem().layout.activate()
                yield
        finally:
            self._theme = kept
            self.setFixedHeight(HEIGHT)
            self.resize(size)
            self.set_inset(inset)
            self.draw()

    def figure_size(self) -> QSize:
        return framed_size(QSize(self.size()))

    def paint_figure(self, painter: QPainter) -> None:
        size = QSize(self.size())

        def paint(inner: QPainter) -> None:
            self.render(inner, QRect(0, 0, size.width(), size.height()))

        paint_framed(painter, size, self._theme, self.heading(), self.note, paint)

    def show_data(self) -> None:
        """Open the points as a table."""
        show_data(self, self)

    def copy_picture(self) -> None:
        """The plot to the clipboard."""
        copy_image(self, self.grab().toImage())

    def save(self) -> None:
        """Ask for a file and write the figure with its data."""
        ask_and_save(self, self)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        open_plot_menu(self, self, event.globalPos())

    def _clicked(self, event: object) -> None:
        place: QPointF = event.scenePos()  # type: ignore[attr-defined]
        t = self.getPlotItem().vb.mapSceneToView(place).x()
        self.chosen.emit(min(max(float(t), 0.0), 1.0))
