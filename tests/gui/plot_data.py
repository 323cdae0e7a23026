"""What a plot draws, read from the items of its scene, beside the table that it opens."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsPathItem, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.generate.curve_plot import CurvePlot
from studio.ui.plots.confusion_plot import ConfusionPlot
from studio.ui.plots.data_window import DataWindow
from studio.ui.plots.kimg_plot import KimgPlot
from studio.ui.plots.plot import Plot
from studio.ui.plots.plot_frame import PlotFrame
from studio.ui.plots.roc_plot import RocPlot
from studio.ui.study.accuracy_plot import AccuracyPlot

Point = tuple[float, float]


def plots_in(widget: QWidget) -> list[PlotFrame | CurvePlot]:
    """The plots in sight, with whatever else was drawn by pyqtgraph outside of them."""
    found: list[PlotFrame | CurvePlot] = [
        one for kind in (PlotFrame, CurvePlot) for one in widget.findChildren(kind)
        if one.isVisible()
    ]  # fmt: skip
    views = [view for view in widget.findChildren(pg.GraphicsView) if view.isVisible()]
    assert all(any(one is v or one.isAncestorOf(v) for one in found) for v in views)
    return found


def opened(plot: PlotFrame | CurvePlot) -> list[list[object]]:
    """The rows of the table that a plot opens, as its model has them; the table is closed."""
    plot.show_data()
    [window] = [one for one in plot.findChildren(DataWindow) if one.isVisible()]
    model = window.table.rows
    rows = [
        [model.index(row, column).data(Qt.ItemDataRole.UserRole) for column in range(
            model.columnCount())]
        for row in range(model.rowCount())
    ]  # fmt: skip
    window.close()
    return rows


def assert_table_is_what_is_drawn(qtbot: QtBot, plot: PlotFrame | CurvePlot) -> None:
    """Each point drawn is a row, and each row that is not of an interval is drawn."""
    rows = opened(plot)
    assert rows
    if isinstance(plot, ConfusionPlot):
        classes = list(plot.grid.classes)
        shown = np.zeros((len(classes), len(classes)), int)
        for truth, called, images in rows:
            shown[classes.index(truth), classes.index(called)] = images
        assert shown.tolist() == plot.grid.counts.tolist()
        return
    if isinstance(plot, CurvePlot):
        items = [item.getData() for item in plot.listDataItems() if item.opts["symbol"] is None]
        drawn = [(x, y) for xs, ys in items for x, y in zip(xs, ys, strict=True)]
        told = [(*plot._across([float(row[1])]), float(row[2])) for row in rows]
        assert _all_in(told, drawn) == _all_in(drawn, told) == []
        return
    assert isinstance(plot, Plot)
    if isinstance(plot, AccuracyPlot):
        dots = [(x, 0.0) for x, _ in _dots(plot)]
        told = [(float(row[1]), 0.0) for row in rows]
        assert _all_in(told, dots) == _all_in(dots, told) == []
        return
    curves = [row for row in rows if ", band" not in str(row[0])]
    up = getattr(plot, "up", np.asarray)
    points = [
        (float(row[1]), float(up(np.array([float(row[2])]))[0]))
        for row in curves
        if row[2] != "" and not str(row[0]).endswith("each step")
    ]
    points = [point for point in points if np.isfinite(point[1])]
    bounds = [(float(r[1]), float(v)) for r in curves for v in r[3:5] if v != ""]
    lines = _lines(plot)[1:] if isinstance(plot, RocPlot) else _lines(plot)  # not that of chance
    drawn = [*(point for line in lines for point in line), *_dots(plot)]
    assert _all_in(points, drawn) == []
    if isinstance(plot, KimgPlot):  # marks of a level and of the place that is looked at
        across = (0.0, plot._end, plot.cursor_at)
        drawn = [point for point in drawn if point[0] not in across]
    assert _all_in(drawn, points + bounds) == []


def _all_in(some: list[Point], others: list[Point]) -> list[Point]:
    """Those of `some` that are none of `others`, which were written with six digits."""
    if not some or not others:
        return some
    apart = np.abs(np.array(some)[:, None] - np.array(others)[None])
    size = np.maximum(np.abs(np.array(some)), 1e-3)[:, None]
    near = (apart <= 2e-5 * size).all(axis=2).any(axis=1)
    return [point for point, found in zip(some, near, strict=True) if not found]


def _lines(plot: Plot) -> list[list[Point]]:
    found = []
    for item in plot._marks._items:
        if isinstance(item, QGraphicsPathItem) and item.pen().style() != Qt.PenStyle.NoPen:
            path = item.path()
            places = [path.elementAt(n) for n in range(path.elementCount())]
            found.append([(one.x, one.y) for one in places])
    return found


def _dots(plot: Plot) -> list[Point]:
    items = [one for one in plot._marks._items if isinstance(one, QGraphicsEllipseItem)]
    return [(one.pos().x(), one.pos().y()) for one in items]
