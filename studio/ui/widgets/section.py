"""A part of a panel that folds away under its heading."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.ui.settings import Settings
from studio.ui.theme.tokens import GRID
from studio.ui.widgets.basics import column


class Section(QWidget):
    """What is rarely needed, under a heading that opens and folds it.

    With `settings` and a `key`, what a person opened or folded stays so in the next session, under
    `fold.<key>`; `set_open` is for the page and is not remembered. `toggled` says whether it is
    open, whoever changed it.
    """

    toggled = Signal(bool)

    def __init__(
        self, title: str, *, settings: Settings | None = None, key: str = "", open: bool = False
    ) -> None:
        super().__init__()
        self._settings, self._key = settings, f"fold.{key}" if key else ""
        self.button = _Heading(title)
        self.button.clicked.connect(self._toggle)
        self._holder = QWidget()
        self.body = QVBoxLayout(self._holder)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(GRID)
        layout = column(self.button, self._holder, gap=GRID // 2)
        self.setLayout(layout)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        remembered = settings.get(self._key) if settings is not None and self._key else None
        self._open = remembered if isinstance(remembered, bool) else open
        self._show()

    def add(self, *parts: QWidget | QLayout) -> None:
        """Append widgets and layouts to what folds."""
        for part in parts:
            if isinstance(part, QWidget):
                self.body.addWidget(part)
            else:
                self.body.addLayout(part)

    def open(self) -> bool:
        """Whether what is in it can be seen."""
        return self._open

    def set_open(self, open: bool) -> None:
        """Open or fold it, as when something in it needs a look."""
        if open != self._open:
            self._open = open
            self._show()
            self.toggled.emit(open)

    def _toggle(self) -> None:
        self.set_open(not self._open)
        if self._settings is not None and self._key:
            self._settings.set(self._key, self._open)

    def _show(self) -> None:
        # A part is hidden before it is shown again, so it never shows itself without a window.
        self._holder.setVisible(self._open)
        self.button.show_open(self._open)


class _Heading(QToolButton):
    def __init__(self, title: str) -> None:
        super().__init__()
        self.setText(title)
        self.setAccessibleName(title)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_open(self, open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if open else Qt.ArrowType.RightArrow
        self.setArrowType(arrow)
        self.setAccessibleDescription(self.tr("Open") if open else self.tr("Folded"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does what Space does; a single letter stays a shortcut's."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)
