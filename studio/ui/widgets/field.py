"""A control with its name above it and what is wrong with it below."""

from collections.abc import Iterable
from typing import Any, Literal

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionFrame,
    QVBoxLayout,
    QWidget,
)

from studio.ui.theme.tokens import GRID
from studio.ui.widgets.basics import Button, label, set_role
from studio.ui.widgets.inputs import DropDown
from studio.ui.widgets.new_folder import choose_folder_to_write
from studio.ui.words import plain_tip

_TEXT_MARGIN = 2  # px that a QLineEdit keeps free beside its text


class Field(QWidget):
    """Name, control, and one line of help or of error."""

    def __init__(self, name: str, control: QWidget, help_text: str = "") -> None:
        super().__init__()
        self.control = control
        self._help = help_text
        self._name = label(name, "small")
        self._name.setBuddy(control)
        self._note = label(help_text, "small", wrap=True)
        if not help_text:
            self._note.hide()  # showing what has no parent yet would flash a window
        control.setAccessibleName(name)
        control.setAccessibleDescription(help_text)
        if isinstance(control, QAbstractSpinBox) and control.lineEdit() is not None:
            # Style sheets do not reach the padding of a spin box's own field.
            control.lineEdit().setTextMargins(GRID - 1, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        for part in (self._name, control, self._note):
            layout.addWidget(part)
        self.setFocusProxy(control)

    def set_help(self, sentence: str) -> None:
        """Another line of help."""
        self._help = sentence
        self.set_error("")

    def set_error(self, sentence: str) -> None:
        """Show what is wrong, or the help again when `sentence` is empty."""
        self._note.setText(sentence or self._help)
        self._note.setVisible(bool(sentence or self._help))
        set_role(self._note, role="error" if sentence else "small")
        set_role(self.control, invalid=bool(sentence))
        self.control.setAccessibleDescription(sentence or self._help)


class Choice(DropDown):
    """A drop-down of (value, text) pairs."""

    chosen = Signal(object)

    def __init__(self, options: Iterable[tuple[Any, str]] = ()) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_options(options)
        self.currentIndexChanged.connect(lambda _: self.chosen.emit(self.value()))

    def set_options(self, options: Iterable[tuple[Any, str]]) -> None:
        """Replace the options, keeping the value where it is still among them. The same options
        change nothing, not even where an open list stands."""
        options = list(options)
        if options == [(self.itemData(n), self.itemText(n)) for n in range(self.count())]:
            return
        kept = self.value()
        blocked = self.blockSignals(True)
        self.clear()
        for value, text in options:
            self.addItem(text, value)
        self.set_value(kept)
        self.blockSignals(blocked)

    @property
    def open(self) -> bool:
        """Whether its list hangs open, for a person to choose from."""
        return self.view().isVisible()

    def value(self) -> Any:
        return self.currentData()

    def set_value(self, value: Any) -> None:
        """Choose the option of this value; the first when no option has it."""
        index = next((i for i in range(self.count()) if self.itemData(i) == value), 0)
        self.setCurrentIndex(index if self.count() else -1)


class PathEdit(QLineEdit):
    """A line for a path: whole while it is edited, else elided in its middle where it is long."""

    def shown(self) -> str:
        """The text as it stands there now."""
        if self.hasFocus():
            return self.text()
        middle = Qt.TextElideMode.ElideMiddle
        return self.fontMetrics().elidedText(self.text(), middle, self._inner().width())

    def _inner(self) -> QRect:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        contents = QStyle.SubElement.SE_LineEditContents
        inner = self.style().subElementRect(contents, option, self)
        return inner.adjusted(_TEXT_MARGIN, 0, -_TEXT_MARGIN, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown()
        if shown == self.text():
            super().paintEvent(event)
            return
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        painter = QPainter(self)
        panel = QStyle.PrimitiveElement.PE_PanelLineEdit
        self.style().drawPrimitive(panel, option, painter, self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self._inner(), Qt.AlignmentFlag.AlignVCenter, shown)


class PathField(QWidget):
    """A path that can be typed, pasted, dropped or chosen."""

    changed = Signal(str)

    def __init__(
        self,
        name: str,
        mode: Literal["folder", "file", "new folder", "new file"] = "folder",
        placeholder: str = "",
        pattern: str = "",
    ) -> None:
        super().__init__()
        self._name, self._mode, self._pattern = name, mode, pattern
        self.edit = PathEdit()
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(name)
        self.edit.textChanged.connect(lambda text: self.edit.setToolTip(plain_tip(text)))
        self.edit.textChanged.connect(self.changed)
        self.button = Button(self.tr("Choose…"), self._choose)
        self.button.setAccessibleName(self.tr("Choose: {0}").format(name))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.button)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.edit)

    def text(self) -> str:
        return self.edit.text().strip()

    def set_text(self, text: str) -> None:
        self.edit.setText(text)

    def _choose(self) -> None:
        start = self.text()
        if self._mode == "file":
            found, _ = QFileDialog.getOpenFileName(self, self._name, start, self._pattern)
        elif self._mode == "new folder":
            found = str(choose_folder_to_write(self, self._name, start) or "")
        elif self._mode == "new file":
            found, _ = QFileDialog.getSaveFileName(self, self._name, start)
        else:
            found = QFileDialog.getExistingDirectory(self, self._name, start)
        if found:
            self.set_text(found)
