"""Lines, areas and dots in the coordinates of a plot.

Plain items of Qt's graphics view: an epoch draws dozens of curves anew, and pyqtgraph's own curve
items cost ten times as much to make.
"""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPen
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsItem, QGraphicsPathItem
from shiboken6 import isValid

from studio.results.scores import Floats


class Marks:
    """The items that one drawing put into a view box; the last added lies on top."""

    def __init__(self, box: pg.ViewBox) -> None:
        self._box = box
        self._items: list[QGraphicsItem] = []

    def clear(self) -> None:
        """Remove all of them."""
        for item in self._items:
            # A scene that has gone has taken its items with it.
            if isValid(item) and item.scene() is not None:
                item.scene().removeItem(item)
        self._items = []

    def __len__(self) -> int:
        return len(self._items)

    def line(self, x: Floats, y: Floats, pen: QPen) -> None:
        """A line through points [N]."""
        item = QGraphicsPathItem(pg.arrayToQPath(_floats(x), _floats(y)))
        item.setPen(pen)
        self._add(item)

    def area(self, x: Floats, low: Floats, high: Floats, brush: QBrush) -> None:
        """The area between two lines over the same `x` [N]."""
        around = np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])
        item = QGraphicsPathItem(pg.arrayToQPath(*(_floats(part) for part in around)))
        item.setPen(QPen(Qt.PenStyle.NoPen))
        item.setBrush(brush)
        self._add(item)

    def dot(self, x: float, y: float, size: float, pen: QPen | None, brush: QBrush) -> None:
        """A dot of `size` px at a place."""
        item = QGraphicsEllipseItem(QRectF(-size / 2, -size / 2, size, size))
        item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        item.setPen(QPen(Qt.PenStyle.NoPen) if pen is None else pen)
        item.setBrush(brush)
        item.setPos(x, y)
        self._add(item)

    def _add(self, item: QGraphicsItem) -> None:
        item.setZValue(self._box.zValue() + 1)
        item.setParentItem(self._box.childGroup)
        self._items.append(item)


def _floats(values: Floats) -> Floats:
    return np.ascontiguousarray(values, np.float64)
