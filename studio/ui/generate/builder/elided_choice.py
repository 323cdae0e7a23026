"""A drop-down of long names: shortened in their middle, whole in the list that opens."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox, QStylePainter

from studio.ui.widgets import Choice

_EDGE = 32  # px of the list beside its words
_WIDEST = 640  # px


class ElidedChoice(Choice):
    """The beginning and the end of a name tell it from others: a run, and which network of it."""

    def shown(self) -> str:
        """The text as it stands there now."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        combo = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(combo, option, field, self).width()
        middle = Qt.TextElideMode.ElideMiddle
        return self.fontMetrics().elidedText(self.currentText(), middle, room - 4)

    def set_options(self, options: Iterable[tuple[Any, str]]) -> None:
        super().set_options(options)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.view().setMinimumWidth(min(self.view().sizeHintForColumn(0) + _EDGE, _WIDEST))

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
