"""What a person would see at once: text that is cut, more than one accent, keys that go nowhere."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QWidget,
)

from studio.ui.generate.curve_plot import CurvePlot
from studio.ui.plots.data_window import DataWindow
from studio.ui.plots.plot_frame import PlotFrame
from studio.ui.widgets.elided import ElidedCheckBox, ElidedLabel
from studio.ui.window import StudioWindow

_SLACK = 1  # px; a width that is rounded down cuts nothing that can be seen
_LINE_EDIT = 2 * (2 + 1)  # px that a line edit keeps beside its text: margin and frame


def cut_texts(root: QWidget) -> list[str]:
    """The visible texts below `root` that cannot be read whole, each with why.

    Labels and check boxes that elide a name on purpose, and have it as their tool tip, are whole.
    """
    return [f"{type(part).__name__} {text!r}: {why}" for part, text, why in _cut(root)]


def primaries(root: QWidget) -> list[QPushButton]:
    """The primary buttons that can be pressed now, in the window of `root`."""
    return [
        button
        for button in root.findChildren(QPushButton)
        if button.property("role") == "primary"
        and button.isVisible()
        and button.isEnabled()
        and button.window() is root.window()
    ]


def focus_inside(window: StudioWindow) -> bool:
    """Whether the keys reach the workspace in front: its focus is on a part that can be used."""
    focus, current = QApplication.focusWidget(), window.current
    if focus is None or current is None:
        return False
    inside = focus is current or current.isAncestorOf(focus)
    return inside and focus.isVisible() and focus.isEnabled()


def _cut(root: QWidget) -> Iterator[tuple[QWidget, str, str]]:
    for part in [root, *root.findChildren(QWidget)]:
        if not part.isVisible() or part.window() is not root.window():
            continue
        for text, why in _cut_in(part):
            yield part, text, why
        text = _text_of(part)
        if text and (why := _outside(part)):
            yield part, text, why


def _text_of(part: QWidget) -> str:
    if isinstance(part, QLabel | QAbstractButton):
        return part.text()
    return part.currentText() if isinstance(part, QComboBox) else ""


def _cut_in(part: QWidget) -> Iterator[tuple[str, str]]:
    """(text, why) of what a widget has no room for in itself."""
    if isinstance(part, ElidedLabel | ElidedCheckBox):
        return
    if isinstance(part, QLabel | QAbstractButton):
        yield from _too_small(part)
    elif isinstance(part, QComboBox):
        option = QStyleOptionComboBox()
        part.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = part.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, part)
        yield from _too_wide(part, part.currentText(), room.width())
    elif isinstance(part, QLineEdit) and not part.text():
        room = part.contentsRect().width() - _LINE_EDIT
        yield from _too_wide(part, part.placeholderText(), room)
    elif isinstance(part, QTabBar):
        for n in range(part.count()):
            if part.isTabVisible(n) and part.tabRect(n).right() > part.width() + _SLACK:
                yield part.tabText(n), f"ends at {part.tabRect(n).right()} of {part.width()} px"
    elif isinstance(part, QHeaderView) and part.orientation() == Qt.Orientation.Horizontal:
        for n in range(part.count()):
            name = str(part.model().headerData(n, part.orientation()) or "")
            if name and not part.isSectionHidden(n):
                yield from _too_wide(part, name, part.sectionSize(n))


def _too_wide(part: QWidget, text: str, room: int) -> Iterator[tuple[str, str]]:
    needed = part.fontMetrics().horizontalAdvance(text)
    if needed > room + _SLACK:
        yield text, f"{needed} px of text in {room}"


def _too_small(part: QLabel | QAbstractButton) -> Iterator[tuple[str, str]]:
    text = part.text()
    if not text or (isinstance(part, QAbstractButton) and not _shows_text(part)):
        return
    if isinstance(part, QLabel) and part.wordWrap():
        needed, room, what = part.heightForWidth(part.width()), part.height(), "high"
    else:
        needed, room, what = part.sizeHint().width(), part.width(), "wide"
    if needed > room + _SLACK:
        yield text, f"{needed} px {what} in {room}"


def _shows_text(button: QAbstractButton) -> bool:
    style = getattr(button, "toolButtonStyle", None)
    return style is None or style() != Qt.ToolButtonStyle.ToolButtonIconOnly


def _outside(part: QWidget) -> str:
    """Why a widget does not lie whole in what it is in; "" where scrolling brings it to sight."""
    seen = QRect(QPoint(0, 0), part.size())
    inner, parent = part, part.parentWidget()
    while parent is not None and not inner.isWindow():
        seen.moveTopLeft(inner.mapTo(parent, QPoint(0, 0)) + seen.topLeft())
        area = parent.parentWidget()
        scrolls = isinstance(area, QScrollArea) and area.viewport() is parent
        off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if scrolls and area.horizontalScrollBarPolicy() != off:
            return ""
        name = type(parent).__name__
        if seen.left() < -_SLACK or seen.right() > parent.width() + _SLACK:
            return f"from {seen.left()} to {seen.right()} px across a {name} of {parent.width()}"
        if scrolls:
            return _outside(area)  # up and down it can be scrolled
        if seen.top() < -_SLACK or seen.bottom() > parent.height() + _SLACK:
            return f"from {seen.top()} to {seen.bottom()} px down a {name} of {parent.height()}"
        inner, parent = parent, parent.parentWidget()
    return ""


def copied_data(plot: PlotFrame | CurvePlot) -> str:
    """Open the data of a plot as a table, copy them, and return what is on the clipboard."""
    plot.show_data()
    [window] = [one for one in plot.findChildren(DataWindow) if one.isVisible()]
    window.copy_button.click()
    window.close()
    return QGuiApplication.clipboard().text()
