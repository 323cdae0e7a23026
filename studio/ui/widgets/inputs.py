"""Fields, drop-downs, tabs and sliders that the wheel changes only while they have the focus.

A page is scrolled with the wheel, and a field that passes under the pointer must not change. Every
form uses these classes instead of Qt's own.
"""

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QSlider,
    QSpinBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionSlider,
    QTabBar,
)


class WheelNeedsFocus:
    """Mixin: without the focus, the wheel scrolls the page and not the widget."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():  # type: ignore[attr-defined]
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class IntField(WheelNeedsFocus, QSpinBox):
    """A whole number."""

    def __init__(self) -> None:
        super().__init__()
        # Qt's default policy would give the focus to whatever the wheel turns over.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class FloatField(WheelNeedsFocus, QDoubleSpinBox):
    """A decimal number."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class DropDown(WheelNeedsFocus, QComboBox):
    """A list to choose from."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Qt's own delegate of drop-downs leaves out the height of rows in the style sheet.
        self.setItemDelegate(QStyledItemDelegate(self))


class TabBar(WheelNeedsFocus, QTabBar):
    """The titles of pages."""


class Segments(TabBar):
    """A choice of one of a few views in a single control, for a header: no second row of tabs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("kind", "segments")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setAccessibleName(name)


class Slider(WheelNeedsFocus, QSlider):
    """A horizontal slider: a press anywhere on its track moves the handle there at once."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            handle = self._part(QStyle.SubControl.SC_SliderHandle)
            if not handle.contains(event.position().toPoint()):
                self.setSliderPosition(self._value_at(event.position().x(), handle))
        # The handle is under the pointer now, so Qt begins its own drag there.
        super().mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        # A quick second press is another move; as a double click Qt would leave it out.
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.mousePressEvent(event)  # type: ignore[arg-type]
            return True
        return super().event(event)

    def _value_at(self, x: float, handle: QRect) -> int:
        groove = self._part(QStyle.SubControl.SC_SliderGroove)
        place = round(x - groove.left() - handle.width() / 2)
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        span = groove.width() - handle.width()
        return QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), place, span, mirrored)

    def _part(self, part: QStyle.SubControl) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        kind = QStyle.ComplexControl.CC_Slider
        return self.style().subControlRect(kind, option, part, self)
