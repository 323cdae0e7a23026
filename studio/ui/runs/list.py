"""A list of runs: choose one to look at and, where curves can be compared, pin others."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QLineF,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from studio.results.run_identity import run_details, run_label
from studio.results.run_list import RunSummary
from studio.ui.runs.words import details_words, figures_words, local_time, state_word
from studio.ui.theme import Theme
from studio.ui.theme.tokens import BODY, GRID, SMALL
from studio.ui.words import plain_tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_HEIGHT = 76
_PIN = 36  # px at the right


class RunsModel(QAbstractListModel):
    """Runs, newest first; the check state is the pin."""

    pins_changed = Signal()  # other runs are pinned now

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runs: list[RunSummary] = []
        self.kept_pins: list[Path] = []  # also of runs that are not listed at the moment

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Show other runs; where only figures changed the list keeps its place."""
        before = self.pinned
        same = [run.run_dir for run in runs] == [run.run_dir for run in self.runs]
        if same:
            self.runs = list(runs)
            if runs:
                self.dataChanged.emit(self.index(0), self.index(len(runs) - 1))
            return
        self.beginResetModel()
        self.runs = list(runs)
        self.endResetModel()
        if self.pinned != before:
            self.pins_changed.emit()

    @property
    def pinned(self) -> list[Path]:
        """The runs that are pinned, in the order in which they were."""
        return [path for path in self.kept_pins if self.row_of(path) is not None]

    def restore_pins(self, run_dirs: Sequence[Path]) -> None:
        """Pin what was pinned in an earlier session, each as soon as it is listed."""
        self.kept_pins = list(run_dirs)

    def row_of(self, run_dir: Path | None) -> int | None:
        return next((n for n, run in enumerate(self.runs) if run.run_dir == run_dir), None)

    def toggle_pin(self, row: int) -> None:
        """Pin a run beside the chosen one, or unpin it."""
        run_dir = self.runs[row].run_dir
        if run_dir in self.kept_pins:
            self.kept_pins.remove(run_dir)
        else:
            self.kept_pins.append(run_dir)
        self.dataChanged.emit(self.index(row), self.index(row))
        self.pins_changed.emit()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run = self.runs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return run_label(run)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            pinned = self.tr("pinned") if run.run_dir in self.pinned else ""
            parts = (
                run_label(run),
                state_word(self, run.state),
                run.fault or figures_words(run),
                pinned,
            )
            return ", ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.CheckStateRole:
            on = run.run_dir in self.pinned
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            words = [f"{what}: {value}" for what, value in details_words(run_details(run))]
            return plain_tip("\n".join(filter(None, (run_label(run), *words, run.fault))))
        return None


def _lines_of(owner: QObject, run: RunSummary) -> list[str]:
    """What a run's row says: what it is called, when it began, its state with its figures."""
    parts = (state_word(owner, run.state), figures_words(run))
    return [run_label(run), local_time(run.started), " · ".join(part for part in parts if part)]


class _RunDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, model: RunsModel, pins: bool) -> None:
        super().__init__(model)
        self._theme, self._model, self._pins = theme, model, pins
        self.current: Path | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        run, theme = self._model.runs[index.row()], self._theme
        area: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, theme.color("selected" if selected else "hover"))
        if selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(QRectF(area).adjusted(1, 1, -1, -1))
        pinned = run.run_dir in self._model.kept_pins
        painter.setPen(QPen(theme.series(run.identity.series), 3))
        x = area.left() + 5
        painter.drawLine(QLineF(x, area.top() + 10, x, area.bottom() - 10))
        self._paint_words(painter, area.adjusted(GRID + 6, 8, -_PIN - 4, -8), run, selected)
        if self._pins:
            icon = theme.icon("pin", "text" if pinned else "disabled", 16)
            icon.paint(painter, QRect(area.right() - _PIN + 8, area.top() + 8, 18, 18))
        painter.restore()

    def _paint_words(self, painter: QPainter, area: QRect, run: RunSummary, selected: bool) -> None:
        theme, middle = self._theme, Qt.TextElideMode.ElideRight
        painter.setFont(theme.font(BODY))
        painter.setPen(theme.color("text"))
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for number, words in enumerate(_lines_of(self._model, run)):
            place = QRect(area.left(), area.top() + 20 * number, area.width(), 20)
            if number:
                place.setWidth(area.width() + _PIN)
                painter.setFont(theme.font(SMALL))
                painter.setPen(theme.color("text" if selected else "quiet"))
            shown = painter.fontMetrics().elidedText(words, middle, place.width())
            painter.drawText(place, flags, shown)


class RunsList(QListView):
    """`chosen(Path)` when another run is to be looked at."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, pins: bool = True) -> None:
        super().__init__()
        self._pins = pins
        self.runs = RunsModel(self)
        self._delegate = _RunDelegate(theme, self.runs, pins)
        self.setModel(self.runs)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(self.tr("Runs"))
        self.setAccessibleDescription(
            self.tr("Enter shows a run, Space pins its curve beside the one shown.")
            if pins
            else self.tr("Enter shows a run.")
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._pinning = False  # the mouse is down on a pin
        theme.changed.connect(self.viewport().update)

    def show_runs(self, runs: Sequence[RunSummary], current: Path | None) -> None:
        """Show runs; `current` is the one whose results are shown."""
        self.runs.set_runs(runs)
        self.set_current(current)

    def set_current(self, run_dir: Path | None) -> None:
        """Mark the run that is shown."""
        self._delegate.current = run_dir
        row = self.runs.row_of(run_dir)
        if row is not None and not self.hasFocus():
            self.setCurrentIndex(self.runs.index(row))
        self.viewport().update()

    def toggle_pin(self) -> None:
        """Pin the row under the cursor, or unpin it."""
        if self.currentIndex().isValid():
            self.runs.toggle_pin(self.currentIndex().row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid() and self._pins:
            self.toggle_pin()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.chosen.emit(self.runs.runs[index.row()].run_dir)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        left = index.isValid() and event.button() == Qt.MouseButton.LeftButton
        at_pin = event.position().x() > self.visualRect(index).right() - _PIN
        self._pinning = left and self._pins and at_pin
        if self._pinning:
            self.runs.toggle_pin(index.row())  # and the row that is chosen stays chosen
            return
        super().mousePressEvent(event)
        if left:
            self.chosen.emit(self.runs.runs[index.row()].run_dir)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._pinning:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._pinning:
            super().mouseReleaseEvent(event)
        self._pinning = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)
