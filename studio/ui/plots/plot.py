"""One plot: axes and a view box in a frame that copies and saves it."""

from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QResizeEvent

from studio.ui.plots.marks import Marks
from studio.ui.plots.plot_frame import PlotFrame
from studio.ui.plots.style import style_axis
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID

LEFT, BOTTOM = 48, 40  # px of the axes
BARE_BOTTOM = 22  # px without a label
FIGURE = QSize(640, 400)  # px of a saved plot
RIGHT = 12  # px right of the plot, where half of its last number stands


class FixedViewBox(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph has no types
    """A view box that cannot be zoomed away; `pointed(x, y)` on clicks and drags in it."""

    def __init__(self) -> None:
        super().__init__(enableMenu=False, enableMouse=False, defaultPadding=0)
        self.on_point: Callable[[float, float], None] | None = None

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        self._point(ev)

    def mouseClickEvent(self, ev: Any) -> None:
        self._point(ev)

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        ev.ignore()  # the panel scrolls

    def _point(self, ev: Any) -> None:
        if self.on_point is None or ev.button() != Qt.MouseButton.LeftButton:
            ev.ignore()
            return
        ev.accept()
        place = self.mapSceneToView(ev.scenePos())
        self.on_point(place.x(), place.y())


class Plot(PlotFrame):
    """Axes and a view box; subclasses draw and give their `table`."""

    def __init__(self, theme: Theme, name: str, x: str, y: str, note: str = "") -> None:
        super().__init__(theme, name, note)
        self.box = FixedViewBox()
        self._marks, self._point_marks = Marks(self.box), Marks(self.box)
        self.left, self.bottom = pg.AxisItem("left"), pg.AxisItem("bottom")
        self.view = self._make_view(name, bool(x))
        self._label_axes(x, y)
        self.view.setParent(self.holder)
        self.holder.installEventFilter(self)
        self.view.installEventFilter(self)
        self.apply_theme()
        self._show_focus()

    def _make_view(self, name: str, labelled: bool) -> pg.GraphicsView:
        view = pg.GraphicsView(background=None)
        self.inner = inner = pg.GraphicsLayout()
        inner.layout.setContentsMargins(0, GRID, RIGHT, 0)
        inner.layout.setSpacing(0)
        view.setCentralItem(inner)
        inner.addItem(self.left, 0, 0)
        inner.addItem(self.box, 0, 1)
        inner.addItem(self.bottom, 1, 1)
        for axis in (self.left, self.bottom):
            axis.linkToView(self.box)
            axis.enableAutoSIPrefix(False)
        self.left.setWidth(LEFT)
        self.bottom.setHeight(BOTTOM if labelled else BARE_BOTTOM)
        view.setAntialiasing(True)
        view.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # the frame has one
        view.setAccessibleName(name)
        return view

    def _label_axes(self, x: str, y: str) -> None:
        # pyqtgraph sets labels as HTML; ours are our own words, never text from a file.
        for axis, words in ((self.bottom, x), (self.left, y)):
            if words:
                axis.setLabel(words)

    # What subclasses say

    def apply_theme(self) -> None:
        """Draw in the colours of the theme."""
        self.view.setBackground(self._theme.color("canvas"))
        for axis in (self.left, self.bottom):
            style_axis(axis, self._theme)

    def paint_key(self, painter: QPainter) -> None:
        """Paint the labels into a figure, from the origin of the plot."""

    # Figures

    def fit_figure(self) -> None:
        self.view.resize(FIGURE)
        self.lay_out_view()

    def lay_out_view(self) -> None:
        """Give axes and box their places now; a view that is not shown is told of its size."""
        if not self.view.isVisible():
            for part in (self.view, self.view.viewport()):
                QCoreApplication.sendEvent(part, QResizeEvent(part.size(), QSize()))
        self.inner.layout.activate()

    def body_size(self) -> QSize:
        return QSize(self.view.size())

    def paint_body(self, painter: QPainter) -> None:
        self.paint_view(painter)
        self.paint_key(painter)

    def paint_view(self, painter: QPainter) -> None:
        """Paint axes and lines."""
        size = self.view.size()
        self.view.render(painter, QRect(0, 0, size.width(), size.height()))

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.holder and event.type() == QEvent.Type.Resize:
            self.position_parts()
        elif watched is self.view and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._show_focus()
        return False

    def position_parts(self) -> None:
        """Fit the view into its holder."""
        self.view.setGeometry(self.holder.rect())

    def _show_focus(self) -> None:
        # By the name: a frame beside a curve would read as one of its lines.
        self.show_focus(self.view.hasFocus())
