"""Text that is cut with … where it does not fit: a line, and the name of a check box."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

from studio.ui.words import plain_tip

_NARROWEST = 24  # px of text


class ElidedLabel(QLabel):
    """Plain text; the whole of it is the tool tip and what a screen reader says.

    It is cut at its end, or in its `middle`, as suits names that differ in their last characters.
    """

    def __init__(
        self, text: str = "", role: str = "", parent: QWidget | None = None, middle: bool = False
    ) -> None:
        super().__init__(parent)
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)
        self.set_text(text)

    def set_text(self, text: str, tip: str = "") -> None:
        self.setText(text)
        self.setToolTip(plain_tip(tip or text))

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QPainter(self), QStyleOption()
        option.initFrom(self)
        style = self.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        words = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        style.drawItemText(
            painter, self.rect(), flags, self.palette(), self.isEnabled(), words,
            self.foregroundRole(),
        )  # fmt: skip
        painter.end()


class ElidedCheckBox(QCheckBox):
    """A check box whose name, that of a file or a run, is cut in its middle and whole as a tip."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def set_text(self, text: str, tip: str = "") -> None:
        self._words = text
        self.setText(text.replace("&", "&&"))  # a single & would underline the letter after it
        self.setAccessibleName(text)
        self.setToolTip(plain_tip(tip or text))

    def minimumSizeHint(self) -> QSize:
        whole = super().minimumSizeHint()
        words = self.fontMetrics().horizontalAdvance(self._words)
        return QSize(whole.width() - max(0, words - _NARROWEST), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionButton()
        self.initStyleOption(option)
        place = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, self)
        words = self.fontMetrics().elidedText(
            self._words, Qt.TextElideMode.ElideMiddle, place.width()
        )
        option.text = words.replace("&", "&&")
        painter.drawControl(QStyle.ControlElement.CE_CheckBox, option)
        painter.end()
