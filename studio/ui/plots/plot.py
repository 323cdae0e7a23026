"""One plot: its name, what it draws, and two buttons that copy it as picture and as data."""

from collections.abc import Callable, Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QWidget

from studio.ui.plots.marks import Marks
from studio.ui.plots.style import dress_axis, pen
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL
from studio.ui.widgets import IconButton, column, label, row

LEFT, BOTTOM = 48, 40  # px of the axes
BARE_BOTTOM = 22  # px without a label
RIGHT = 12  # px right of the plot, where half of its last number stands
_COPY_SCALE = 2
_FOOT = 24  # px of the line under a copied picture


class Box(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph has no types
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


class Plot(QWidget):
    """Axes and a view box; subclasses draw and give their `table`."""

    def __init__(self, theme: Theme, name: str, x: str, y: str, note: str = "") -> None:
        super().__init__()
        self._theme, self._note = theme, note
        self.title = name
        self.box = Box()
        self._marks, self._point_marks = Marks(self.box), Marks(self.box)
        self.left, self.bottom = pg.AxisItem("left"), pg.AxisItem("bottom")
        self.view = self._make_view(name, bool(x))
        self._label_axes(x, y)
        self.caption = label(name, "strong")
        self.copy_picture_button = IconButton(
            theme, "copy", self.tr("Copy as picture: {0}").format(name), self.copy_picture, size=16
        )
        self.copy_data_button = IconButton(
            theme, "grid", self.tr("Copy data: {0}").format(name), self.copy_data, size=16
        )
        self.holder = QWidget()
        self.view.setParent(self.holder)
        self.holder.installEventFilter(self)
        self.view.installEventFilter(self)
        self.head = row(self.caption, None, self.copy_picture_button, self.copy_data_button, gap=0)
        self.column = column(self.head, gap=0)
        self.column.addWidget(self.holder, 1)
        self.setLayout(self.column)
        theme.changed.connect(self.dress)
        self.dress()

    def _make_view(self, name: str, labelled: bool) -> pg.GraphicsView:
        view = pg.GraphicsView(background=None)
        inner = pg.GraphicsLayout()
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
        view.setAccessibleName(name)
        return view

    def _label_axes(self, x: str, y: str) -> None:
        # pyqtgraph sets labels as HTML; ours are our own words, never text from a file.
        for axis, words in ((self.bottom, x), (self.left, y)):
            if words:
                axis.setLabel(words)

    # What subclasses say

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """(headers, rows) of what is drawn."""
        return [], []

    def remarks(self) -> list[str]:
        """Sentences that stand below the copied rows: how intervals were made."""
        return []

    def dress(self) -> None:
        """Draw in the colours of the theme."""
        self.view.setBackground(self._theme.color("canvas"))
        for axis in (self.left, self.bottom):
            dress_axis(axis, self._theme)
        self._show_focus()

    def paint_key(self, painter: QPainter, top: int) -> None:
        """Paint the labels into a copied picture, whose plot begins `top` px from above."""

    # Copying

    def copy_data(self) -> None:
        """Put what is drawn on the clipboard, tab-separated."""
        QGuiApplication.clipboard().setText(self.data_text())

    def data_text(self) -> str:
        headers, rows = self.table()
        lines = ["\t".join(str(cell) for cell in line) for line in [headers, *rows]]
        lines += self.remarks()
        if self._note:
            lines.append(self._note)
        return "\n".join(lines) + "\n"

    def copy_picture(self) -> None:
        """Put the plot on the clipboard as a picture, with its name and the notice."""
        QGuiApplication.clipboard().setImage(self.picture())

    def picture(self) -> QImage:
        """The plot at twice its size on the screen."""
        size = self.view.size()
        foot = 2 * _FOOT
        image = QImage(
            size.width() * _COPY_SCALE,
            (size.height() + foot) * _COPY_SCALE,
            QImage.Format.Format_RGB32,
        )
        image.setDevicePixelRatio(_COPY_SCALE)
        image.fill(self._theme.color("canvas"))
        painter = QPainter(image)
        self.view.render(painter, QRect(0, _FOOT, size.width(), size.height()))
        painter.save()
        self.paint_key(painter, _FOOT)
        painter.restore()
        painter.setPen(self._theme.color("text"))
        painter.setFont(self._theme.font(SMALL, strong=True))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        across = size.width() - 2 * GRID
        painter.drawText(QRect(GRID, 0, across, _FOOT), left, self.title)
        painter.setFont(self._theme.font(SMALL))
        painter.setPen(self._theme.color("quiet"))
        painter.drawText(QRect(GRID, size.height() + _FOOT, across, _FOOT), left, self._note)
        painter.end()
        return image

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.holder and event.type() == QEvent.Type.Resize:
            self.place()
        elif watched is self.view and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._show_focus()
        return False

    def place(self) -> None:
        """Fit the view into its holder."""
        self.view.setGeometry(self.holder.rect())

    def _show_focus(self) -> None:
        color = "accent" if self.view.hasFocus() else "control"
        self.box.setBorder(pen(self._theme.color(color), 2 if self.view.hasFocus() else 1))
