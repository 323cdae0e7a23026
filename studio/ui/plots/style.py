"""How plots are drawn in a theme: pens, patterns and axes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPen

from studio.results.run_identity import SERIES
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SMALL

GREY = SERIES  # the last of the theme's series, for what is not a run
PATTERNS = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)


_width = 1.0  # of a pen of 1 px; set by `pens_for` alone


@contextmanager
def pens_for(scale: float) -> Iterator[None]:
    """Pens made in the block are for a picture of `scale` times as many pixels.

    Their width is in pixels of what is painted on, so that it does not change with the zoom; in a
    picture of more pixels they would be hairs.
    """
    global _width
    kept, _width = _width, scale
    try:
        yield
    finally:
        _width = kept


def pen(color: QColor, width: float = 1.0, pattern: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen whose width does not change with the zoom."""
    made = QPen(color, width * _width, pattern)
    made.setCosmetic(True)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made


def faded(color: QColor, alpha: float) -> QColor:
    """The colour at opacity `alpha` (0..1)."""
    made = QColor(color)
    made.setAlphaF(alpha)
    return made


def brush(color: QColor, alpha: float) -> QBrush:
    """A see-through fill."""
    return QBrush(faded(color, alpha))


def style_axis(axis: pg.AxisItem, theme: Theme) -> None:
    """Thin axes and quiet numbers."""
    axis.setPen(pen(theme.color("line")))
    axis.setTextPen(theme.color("quiet"))
    axis.setTickFont(theme.font(SMALL))
    axis.setStyle(tickLength=-4, tickTextOffset=6, maxTickLevel=1, hideOverlappingLabels=False)
    axis.label.setFont(theme.font(SMALL))
    axis.label.setDefaultTextColor(theme.color("quiet"))
