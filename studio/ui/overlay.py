"""The command palette (`Ctrl+K`) and the key help (`?`), both made from the action registry."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.ui.action_index import IndexedAction, read_index
from studio.ui.actions import Action, rank_of
from studio.ui.chords import shown
from studio.ui.context import StudioContext
from studio.ui.focus import usable
from studio.ui.theme import Theme
from studio.ui.theme.tokens import BODY, CONTROL, GRID, PADDING, SMALL
from studio.ui.widgets import label, row

Index = QModelIndex | QPersistentModelIndex
Line = tuple[list[str], str]  # keys or a gesture, and what they do

_KEY_COLUMN = 176  # px; the widest pair of keys, so that all groups stand in line
_CATEGORY, _KEY = (Qt.ItemDataRole.UserRole + n for n in range(2))


class Overlay(QFrame):
    """A sheet over the window that Escape or a click beside it closes."""

    closed = Signal()

    def __init__(self, window: QWidget, name: str, width: int, height: int) -> None:
        super().__init__(window)
        self._window = window
        self.setProperty("part", "overlay")
        self.setAccessibleName(name)
        self._width, self._height = width, height
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        self.body.setSpacing(GRID)
        self._focus_before: QWidget | None = None
        self.hide()
        window.installEventFilter(self)

    def home(self) -> QWidget:
        """What has the focus in the sheet."""
        return self

    def open(self) -> None:
        """Show the sheet and take the focus."""
        for other in self._window.findChildren(Overlay):
            other.shut()  # one sheet at a time; its focus goes back first
        self._focus_before = self.window().focusWidget()
        self.position()
        self.show()
        self.raise_()

    def shut(self) -> None:
        """Hide the sheet and give the focus back."""
        if not self.isVisible():
            return
        before, self._focus_before = self._focus_before, None
        if usable(before):
            before.setFocus()  # first, or hiding would hand the focus to a neighbour
        self.hide()
        self.closed.emit()

    def position(self) -> None:
        window = self._window
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
                self.position()
            elif event.type() == QEvent.Type.MouseButtonPress:
                self.shut()
        return False


class CommandDelegate(QStyledItemDelegate):
    """One command: title, category, and its key at the right."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, CONTROL)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._theme
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(option.rect, theme.color("selected"))
            bar = QRect(option.rect.left(), option.rect.top(), 3, option.rect.height())
            painter.fillRect(bar, theme.color("accent"))
        place = option.rect.adjusted(GRID + 3, 0, -GRID, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(BODY))
        painter.setPen(theme.color("text"))
        title = index.data()
        painter.drawText(place, middle, title)
        used = painter.fontMetrics().horizontalAdvance(title) + GRID
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color("text" if selected else "quiet"))
        painter.drawText(place.adjusted(used, 0, 0, 0), middle, index.data(_CATEGORY))
        painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, index.data(_KEY))
        painter.restore()


class Palette(Overlay):
    """Finds any action by name and runs it: those that work here first, then those of the other
    workspaces, the runs and the recent projects. `elsewhere(action)` goes to its place first.
    """

    def __init__(
        self,
        window: QWidget,
        context: StudioContext,
        mode: Callable[[], str],
        elsewhere: Callable[[IndexedAction], object],
        title_of: Callable[[str], str],
    ) -> None:
        super().__init__(window, self.tr("Commands"), 560, 420)
        self._context, self._mode = context, mode
        self._elsewhere, self._title_of = elsewhere, title_of
        self.more: list[Action] = []  # what is found besides actions: runs, recent projects
        self._found: list[Action | IndexedAction] = []
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(self.tr("What do you want to do?"))
        self.edit.setAccessibleName(self.tr("Find a command"))
        self.edit.textChanged.connect(self._fill)
        self.edit.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(CommandDelegate(context.theme, self.list))
        self.list.itemClicked.connect(lambda _: self._run())
        self.none = label(self.tr("No command has these words."), "quiet")
        for part in (self.edit, self.none, self.list):
            self.body.addWidget(part)

    def home(self) -> QWidget:
        return self.edit

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

    def show_more(self, more: Sequence[Action]) -> None:
        """Find these as well, such as runs and recent projects."""
        self.more = list(more)
        if self.isVisible() and self.edit.text():
            self._fill()

    def search(self, text: str) -> list[Action | IndexedAction]:
        """What `text` finds, what works now first."""
        index, mode = read_index(), self._mode()

        def words_of(action_id: str) -> str:
            return index[action_id].words if action_id in index else ""

        here = self._context.registry.search(text, mode, words_of)
        if not text.strip():
            return list(here)
        known = {action.id for action in here}
        found: list[tuple[int, int, Action | IndexedAction]] = []
        others = [a for a in index.values() if a.id not in known and self._could_run(a)]
        candidates: list[Action | IndexedAction] = [*self.more, *others]
        for order, action in enumerate(candidates):
            extra = action.category
            if isinstance(action, IndexedAction):
                extra = f"{self._place(action)} {action.category} {action.words}"
            rank = rank_of(text, action.title, extra)
            if rank is not None:
                found.append((rank, order, action))
        return [*here, *(action for _, _, action in sorted(found, key=lambda item: item[:2]))]

    def _could_run(self, action: IndexedAction) -> bool:
        """Whether going to its workspace may let an action of the index run."""
        return action.from_anywhere and (not action.place or bool(self._title_of(action.place)))

    def _place(self, action: IndexedAction) -> str:
        """Where an action works; its own group where that says more than the workspace."""
        place = self._title_of(action.place)
        return " · ".join(dict.fromkeys(part for part in (place, action.category) if part))

    def _fill(self) -> None:
        self.list.clear()
        self._found = self.search(self.edit.text())
        for action in self._found:
            item = QListWidgetItem(action.title, self.list)
            place = self._place(action) if isinstance(action, IndexedAction) else action.category
            item.setData(_CATEGORY, place)
            item.setData(_KEY, self._context.keymap.text(action.id))
        self.list.setCurrentRow(0)
        self.none.setVisible(not self._found)
        self.list.setVisible(bool(self._found))

    def _run(self) -> None:
        row = self.list.currentRow()
        if not 0 <= row < len(self._found):
            return
        action = self._found[row]
        self.shut()
        if isinstance(action, IndexedAction):
            self._elsewhere(action)
        elif action.enabled():
            action.run()


class KeyHelp(Overlay):
    """Every key of the present workspace and of the window, by category, and the mouse's."""

    def __init__(
        self,
        window: QWidget,
        context: StudioContext,
        mode: Callable[[], str],
        gestures: Callable[[], list[tuple[str, str]]],
        title_of: Callable[[str], str],
    ) -> None:
        super().__init__(window, self.tr("Keys"), 1000, 880)
        self._context, self._mode, self._gestures = context, mode, gestures
        self._title_of = title_of
        self.body.addWidget(label(self.tr("Keys"), "heading"))
        self.sheet_area = QScrollArea()
        self.sheet_area.setWidgetResizable(True)
        self.sheet_area.setAccessibleName(self.tr("Keys"))
        self.body.addWidget(self.sheet_area, 1)

    def home(self) -> QWidget:
        return self.sheet_area

    def open(self) -> None:
        super().open()
        self.sheet_area.setWidget(self._sheet())
        self.sheet_area.setFocus()

    def _sheet(self) -> QWidget:
        sheet = QWidget()
        sheet.setProperty("surface", "none")
        columns = [QVBoxLayout(), QVBoxLayout()]
        across = QHBoxLayout(sheet)
        across.setContentsMargins(0, GRID, GRID, 0)
        across.setSpacing(GRID * 3)
        lengths = [0, 0]
        for category, lines in self._groups().items():
            side = 0 if lengths[0] <= lengths[1] else 1
            columns[side].addLayout(self._group(category, lines))
            lengths[side] += len(lines) + 2
        for column in columns:
            column.setSpacing(GRID * 2)
            column.addStretch(1)
            across.addLayout(column, 1)
        return sheet

    def _groups(self) -> dict[str, list[Line]]:
        """What has a key here, the workspace's own and the mouse's first, then the window's. Where
        no workspace is in front, the keys of all of them."""
        mode = self._mode()
        root = mode.split(".")[0]
        own: dict[str, dict[str, list[str]]] = {}
        window: dict[str, dict[str, list[str]]] = {}
        for action in self._context.registry.all():
            if not action.listed():
                continue
            if action.mode == "global":
                self._note(window, action.category, action, mode)
            elif action.mode.split(".")[0] == root:
                self._note(own, action.category, action, mode)
        if root == "global":
            for indexed in read_index().values():
                place = self._title_of(indexed.place)
                if place:
                    parts = dict.fromkeys((place, indexed.category))
                    self._note(own, " · ".join(parts), indexed, indexed.mode)
        mouse: list[Line] = [([gesture], words) for gesture, words in self._gestures()]
        return {
            **_lines(own),
            **({self.tr("Mouse"): mouse} if mouse else {}),
            **_lines(window),
        }

    def _note(
        self,
        groups: dict[str, dict[str, list[str]]],
        category: str,
        action: Action | IndexedAction,
        mode: str,
    ) -> None:
        """Add the keys of an action, each once; two actions of one title share a line."""
        keys = [shown(key) for key in self._context.keymap.keys(action.id, mode)]
        if keys:
            line = groups.setdefault(category, {}).setdefault(action.title, [])
            line.extend(key for key in keys if key not in line)

    def _group(self, category: str, lines: list[Line]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID * 2)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnMinimumWidth(0, _KEY_COLUMN)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label(category, "caption"), 0, 0, 1, 2)
        for number, (names, title) in enumerate(lines, 1):
            keys = row(gap=GRID // 2)
            for name in names:
                keys.addWidget(label(name, "key"))
            keys.addStretch(1)
            grid.addLayout(keys, number, 0)
            grid.addWidget(label(title, wrap=True), number, 1)
        return grid


def _lines(groups: dict[str, dict[str, list[str]]]) -> dict[str, list[Line]]:
    return {
        category: [(keys, title) for title, keys in lines.items()]
        for category, lines in groups.items()
    }
