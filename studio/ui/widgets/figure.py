"""A number that matters with its name below it."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.widgets.basics import label


class Figure(QWidget):
    """`set_value` shows a count with thousands separated, or any text."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.value = label("–", "figure")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.value)
        layout.addWidget(label(name, "small"))

    def set_value(self, value: int | str) -> None:
        text = f"{value:,}" if isinstance(value, int) else value
        self.value.setText(text)
        self.setAccessibleName(f"{self._name}: {text}")
