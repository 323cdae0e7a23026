"""The command palette (`Ctrl+K`) and the key help (`?`), both made from the action registry."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.ui.actions import Action
from studio.ui.context import StudioContext
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import label

_ID = Qt.ItemDataRole.UserRole


class Overlay(QFrame):
    """A sheet over the window that Escape or a click beside it closes."""

    closed = Signal()

    def __init__(self, window: QWidget, name: str, width: int, height: int) -> None:
        super().__init__(window)
        self.setProperty("part", "overlay")
        self.setAccessibleName(name)
        self._width, self._height = width, height
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        self.body.setSpacing(GRID)
        self._focus_before: QWidget | None = None
        self.hide()
        window.installEventFilter(self)

    def open(self) -> None:
        """Show the sheet and take the focus."""
        self._focus_before = self.window().focusWidget()
        self.place()
        self.show()
        self.raise_()

    def shut(self) -> None:
        """Hide the sheet and give the focus back."""
        if not self.isVisible():
            return
        self.hide()
        if self._focus_before is not None:
            self._focus_before.setFocus()
        self.closed.emit()

    def place(self) -> None:
        window = self.parentWidget()
        width = min(self._width, window.width() - 2 * PADDING)
        height = min(self._height, window.height() - 10 * GRID)
        self.setGeometry((window.width() - width) // 2, 6 * GRID, width, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.isVisible():
            return False
        if watched is self.parentWidget():
            if event.type() == QEvent.Type.Resize:
                self.place()
            elif event.type() == QEvent.Type.MouseButtonPress:
                self.shut()
        return False


class Palette(Overlay):
    """Finds any action by name and runs it."""

    def __init__(self, window: QWidget, context: StudioContext, mode: Callable[[], str]) -> None:
        super().__init__(window, self.tr("Commands"), 560, 420)
        self._context, self._mode = context, mode
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(self.tr("What do you want to do?"))
        self.edit.setAccessibleName(self.tr("Find a command"))
        self.edit.textChanged.connect(self._fill)
        self.edit.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _: self._run())
        self.none = label(self.tr("No command has these words."), "quiet")
        for part in (self.edit, self.none, self.list):
            self.body.addWidget(part)

    def open(self) -> None:
        super().open()
        self.edit.clear()
        self._fill()
        self.edit.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.edit and event.type() == QEvent.Type.KeyPress:
            return self._key(event)  # type: ignore[arg-type]
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        step = {Qt.Key.Key_Down.value: 1, Qt.Key.Key_Up.value: -1}.get(key)
        if step is not None and self.list.count():
            self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
            return True
        if key in (Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value):
            self._run()
            return True
        if key == Qt.Key.Key_Escape.value:
            self.shut()
            return True
        return False

    def _fill(self) -> None:
        self.list.clear()
        found = self._context.registry.search(self.edit.text(), self._mode())
        for action in found:
            item = QListWidgetItem(self.list)
            item.setData(_ID, action.id)
            self.list.setItemWidget(item, self._line(action, item))
        self.list.setCurrentRow(0)
        self.none.setVisible(not found)
        self.list.setVisible(bool(found))

    def _line(self, action: Action, item: QListWidgetItem) -> QWidget:
        from PySide6.QtWidgets import QHBoxLayout

        line = QWidget()
        line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QHBoxLayout(line)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        layout.addWidget(label(action.title))
        layout.addWidget(label(action.category, "small"))
        layout.addStretch(1)
        key = self._context.keymap.text(action.id)
        if key:
            layout.addWidget(label(key, "key"))
        item.setSizeHint(line.sizeHint())
        return line

    def _run(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        action_id = item.data(_ID)
        self.shut()
        self._context.registry.trigger(action_id)


class KeyHelp(Overlay):
    """Every key of the present workspace and of the window, by category."""

    def __init__(self, window: QWidget, context: StudioContext, mode: Callable[[], str]) -> None:
        super().__init__(window, self.tr("Keys"), 880, 640)
        self._context, self._mode = context, mode
        self.body.addWidget(label(self.tr("Keys"), "heading"))
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setAccessibleName(self.tr("Keys"))
        self.body.addWidget(self.scroll, 1)
        self.footer = QVBoxLayout()
        self.body.addLayout(self.footer)

    def open(self) -> None:
        super().open()
        self.scroll.setWidget(self._sheet())
        self.scroll.setFocus()

    def _sheet(self) -> QWidget:
        sheet = QWidget()
        sheet.setProperty("surface", "none")
        grid = QGridLayout(sheet)
        grid.setHorizontalSpacing(GRID * 2)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        root = self._mode().split(".")[0]
        groups: dict[str, list[Action]] = {}
        for action in self._context.registry.all():
            here = action.mode == "global" or action.mode.split(".")[0] == root
            if here and self._context.keymap.keys(action.id):
                groups.setdefault(action.category, []).append(action)
        rows = [0, 0]
        for category, actions in groups.items():
            side = 0 if rows[0] <= rows[1] else 1
            grid.addWidget(label(category, "caption"), rows[side], side * 2, 1, 2)
            for offset, action in enumerate(actions, rows[side] + 1):
                keys = self._context.keymap.text(action.id)
                grid.addWidget(label(keys, "key"), offset, side * 2, Qt.AlignmentFlag.AlignRight)
                grid.addWidget(label(action.title), offset, side * 2 + 1)
            rows[side] += len(actions) + 1
        grid.setRowStretch(max(rows), 1)
        return sheet
