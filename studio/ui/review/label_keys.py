"""The labels with their keys; the one of the current box is marked."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.project import Label
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import label, row
from studio.ui.widgets.elided import ElidedLabel


class _LabelButton(QToolButton):
    """`1 melanocyticnevus ✓`: a key, a name, and whether it is the present label."""

    def __init__(self, key_text: str, one: Label) -> None:
        super().__init__()
        self.setProperty("role", "label")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCheckable(True)
        self.setAccessibleName(f"{one.name} ({key_text})" if key_text else one.name)
        self.setToolTip("")
        name = ElidedLabel()
        name.set_text(one.name)
        self._check = label("", "strong")
        key = label(key_text or " ", "key")
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

    chosen = Signal(int)  # label id

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[int, _LabelButton] = {}  # by label id
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)

    def set_labels(self, labels: list[Label], keys: Mapping[int, str], more: str) -> None:
        """`keys` by label id; `more` is the key that goes before a letter."""
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._buttons = {}
        for one in labels:
            key = keys.get(one.id, "").upper()
            button = _LabelButton(f"{more} {key}" if key.isalpha() else key, one)
            button.clicked.connect(lambda _=False, id_=one.id: self.chosen.emit(id_))
            self._rows.addWidget(button)
            self._buttons[one.id] = button

    def set_current(self, label_id: int | None) -> None:
        for one, button in self._buttons.items():
            button.set_current(one == label_id)
