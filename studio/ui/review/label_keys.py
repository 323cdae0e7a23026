"""The labels with their number keys; the one of the current box is marked."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.project import Label
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import label, row
from studio.ui.widgets.elided import ElidedLabel

MOST_KEYS = 9


class _LabelButton(QToolButton):
    """`1 melanocyticnevus ✓`: a number key, a name, and whether it is the present label."""

    def __init__(self, number: int, one: Label) -> None:
        super().__init__()
        self.setProperty("role", "label")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCheckable(True)
        self.setAccessibleName(f"{one.name} ({number})")
        self.setToolTip("")
        name = ElidedLabel()
        name.set_text(one.name)
        self._check = label("", "strong")
        key = label(str(number), "key")
        for part in (key, name, self._check):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        line = row(key, name, self._check)
        line.setContentsMargins(GRID // 2, 0, GRID, 0)
        line.setStretch(1, 1)
        self.setLayout(line)

    def set_current(self, on: bool) -> None:
        self.setChecked(on)
        self._check.setText("✓" if on else "")


class LabelKeys(QWidget):
    """Click a label to do what its key does."""

    chosen = Signal(int)  # number key, from 1

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[int, _LabelButton] = {}  # by label id
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)

    def set_labels(self, labels: list[Label]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._buttons = {}
        for number, one in enumerate(labels[:MOST_KEYS], start=1):
            button = _LabelButton(number, one)
            button.clicked.connect(lambda _=False, n=number: self.chosen.emit(n))
            self._rows.addWidget(button)
            self._buttons[one.id] = button

    def set_current(self, label_id: int | None) -> None:
        for one, button in self._buttons.items():
            button.set_current(one == label_id)
