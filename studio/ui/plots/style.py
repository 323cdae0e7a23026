"""How plots are drawn in a theme: pens, and one colour and pattern for each run everywhere."""

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPen

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SMALL

GREY = 6  # the last of the theme's series
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


def series_of(run_dir: Path) -> int:
    """The series number of a run, the same wherever and whenever it is drawn.

    A project counts its runs in their folders' names (`0003-train`); another folder has a number
    by its path. Never GREY, which is for curves that are not of a run.
    """
    number = run_dir.name.split("-")[0]
    if number.isdigit():
        return (int(number) - 1) % GREY
    return zlib.crc32(str(run_dir).encode("utf-8", "surrogateescape")) % GREY


def distinct_series(run_dirs: Sequence[Path]) -> dict[Path, int]:
    """A series number for each run shown at once: its own, or the next that is free."""
    found: dict[Path, int] = {}
    for run_dir in run_dirs:
        number = series_of(run_dir)
        free = [(number + step) % GREY for step in range(GREY)]
        taken = set(found.values())
        found[run_dir] = next((one for one in free if one not in taken), number)
    return found


def style_axis(axis: pg.AxisItem, theme: Theme) -> None:
    """Thin axes and quiet numbers."""
    axis.setPen(pen(theme.color("control")))
    axis.setTextPen(theme.color("quiet"))
    axis.setTickFont(theme.font(SMALL))
    axis.setStyle(tickLength=-4, tickTextOffset=6, maxTickLevel=1, hideOverlappingLabels=False)
    axis.label.setFont(theme.font(SMALL))
    axis.label.setDefaultTextColor(theme.color("quiet"))
