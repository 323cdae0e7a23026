"""The control by which a form enters one option of a pydantic model (see `studio.options`)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSizePolicy, QWidget

from studio.ui.theme.tokens import GRID
from studio.ui.widgets.field import Choice
from studio.ui.widgets.inputs import FloatField, IntField

if TYPE_CHECKING:
    from studio.options import ModelOption

_NARROW = 104  # px; less than Qt would ask for, so that two stand in a row


def translated(text: str) -> str:
    """A title or help of an option, which stands in English with its field."""
    return QCoreApplication.translate("Options", text) if text else ""


def has_keys(widget: QWidget) -> bool:
    """Whether what is typed goes to this widget, or will when its window is in front again."""
    return widget.window().focusWidget() is widget


class OptionControl:
    """A control for an option: `get` and `set` its value, `on_change` when a person changed it.

    Numbers are entered in the range of the field, from 0 on at least: what is too small is left to
    the model, which says what is wrong in a sentence.
    """

    def __init__(self, option: "ModelOption", on_change: Callable[[], None]) -> None:
        self.option = option
        self.title = translated(option.option.title)
        self.widget: QWidget
        if option.type is bool:
            self.widget = box = QCheckBox(self.title)
            box.toggled.connect(lambda _: on_change())
        elif option.option.values:
            values = tuple((value, translated(title)) for value, title in option.option.values)
            self.widget = choice = Choice(values)
            choice.chosen.connect(lambda _: on_change())
        elif option.type is str:
            self.widget = line = QLineEdit()
            line.editingFinished.connect(on_change)
        else:
            self.widget = _spin(option, on_change)
        self.widget.setToolTip(translated(option.option.help))
        if not self.is_check:
            self.widget.setMinimumWidth(_NARROW)

    @property
    def is_check(self) -> bool:
        """Whether it has its title within and takes a row of its own."""
        return isinstance(self.widget, QCheckBox)

    @property
    def being_edited(self) -> bool:
        """Whether a user is choosing, or may have typed a value that was not signalled yet."""
        widget = self.widget
        if isinstance(widget, Choice):
            return widget.open
        return not isinstance(widget, QCheckBox) and has_keys(widget)

    def get(self) -> Any:
        """The value as the model accepts it."""
        widget = self.widget
        if isinstance(widget, QCheckBox):
            return widget.isChecked()
        if isinstance(widget, Choice):
            return widget.value()
        if isinstance(widget, QLineEdit):
            return widget.text().strip()
        value = widget.value()  # type: ignore[attr-defined]
        if self.option.option.none and not value:
            return None
        return self.option.type(value)

    def set(self, value: Any) -> None:
        """Show a value without a signal."""
        widget = self.widget
        blocked = widget.blockSignals(True)
        if isinstance(widget, QCheckBox):
            widget.setChecked(bool(value))
        elif isinstance(widget, Choice):
            widget.set_value(value)
        elif isinstance(widget, QLineEdit):
            widget.setText(str(value or ""))
        else:
            widget.setValue(value or 0)  # type: ignore[attr-defined]
        widget.blockSignals(blocked)


def _spin(option: "ModelOption", on_change: Callable[[], None]) -> IntField | FloatField:
    made: IntField | FloatField
    words = option.option
    if option.type is float:
        made = ShortSpin()
        made.setDecimals(words.decimals)
        made.setRange(option.lowest, option.highest)
        made.setSingleStep(words.step)
    else:
        made = IntField()
        made.setRange(int(option.lowest), int(option.highest))
        made.setSingleStep(int(words.step))
    made.setSpecialValueText(translated(words.none))
    made.setKeyboardTracking(False)
    made.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    made.valueChanged.connect(lambda _: on_change())
    return made


class ShortSpin(FloatField):
    """Shows 0.003 and 8.2 without the zeros that follow."""

    def textFromValue(self, value: float) -> str:  # noqa: N802  # Qt's name
        return self.locale().toString(value, "g", 8)
