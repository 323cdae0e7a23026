"""The grid: a row a mix, a column a test set, each cell its mean AUC (SD) as trainings finish."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QFont, QFontMetrics, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from studio.experiment.grid import GridCell
from studio.experiment.table import Cell
from studio.experiment.trainings import CellKey
from studio.ui.experiment.shade import shade
from studio.ui.theme import Theme
from studio.ui.theme.tokens import BAR, CONTROL, GRID, SMALL
from studio.ui.words import plain_tip
from studio.wording import DASH, count, counted, interval, number, progress, signed

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_MIX, _TEST, _MEAN = 150, 110, 64  # px at least
_WIDEST_MIX = 320  # px
_CORNER = 9  # px of the mark of a failed training
_ROWS = 12  # in sight at once


def tr(text: str) -> str:
    return QCoreApplication.translate("ExperimentGrid", text)


class CellWords(NamedTuple):
    """A cell as it stands in the grid: ▲ or ▼ where it differs from the baseline, its figure or its
    state, and the SD, or while more trainings are to come how many are done."""

    mark: str
    main: str
    rest: str


def cell_words(cell: GridCell) -> CellWords:
    """What a cell says: "▲", "0.874", "(0.042)"; "", "0.874", "3/5"; "", "0 of 5", ""."""
    if not cell.planned:
        return CellWords("", DASH, "")
    if cell.mean is None:
        if cell.finished:
            return CellWords("", tr("undefined"), "")
        if cell.failed == cell.planned:
            return CellWords("", tr("failed"), "")
        going = tr("running") if cell.running else progress(0, cell.planned)
        return CellWords("", going, "")
    mark = "" if not cell.difference else "▲" if cell.difference > 0 else "▼"
    rest = f"({number(cell.sd)})" if cell.sd is not None else ""
    if cell.finished < cell.planned:
        rest = f"{count(cell.finished)}/{count(cell.planned)}"
    return CellWords(mark, number(cell.mean), rest)


def cell_tip(cell: GridCell, exact: Cell | None, baseline: str) -> str:
    """What the pointer over a cell says: how many trainings, interval, difference."""
    if not cell.planned:
        return tr("Nothing is left to train on: the mix is the test set alone.")
    lines = [f"{cell.key.mix} · {cell.key.test}"]
    lines.append(progress(cell.finished, cell.planned, tr("trainings")))
    if cell.running:
        lines.append(counted(cell.running, tr("{0} training runs"), tr("{0} trainings run")))
    if cell.failed:
        lines.append(counted(cell.failed, tr("{0} training failed"), tr("{0} trainings failed")))
    if cell.mean is not None:
        spread = f", SD {number(cell.sd)}" if cell.sd is not None else ""
        lines.append(tr("Mean AUC over seeds {0}").format(number(cell.mean)) + spread)
    if exact is not None:
        told = interval(exact.auc.value, exact.auc.low, exact.auc.high)
        lines.append(tr("AUC of the averaged scores {0}").format(told))
        if exact.leaking:
            lines.append(
                counted(exact.leaking, tr("{0} test image was trained on"),
                        tr("{0} test images were trained on"))
            )  # fmt: skip
    if cell.difference is not None:
        lines.append(tr("{0} to {1}").format(signed(cell.difference), baseline))
    return "\n".join(lines)


class GridModel(QAbstractTableModel):
    """The cells of one model; column 0 names the mix."""

    def __init__(self) -> None:
        super().__init__()
        self.mixes: Sequence[str] = ()
        self.tests: Sequence[str] = ()
        self.model, self.baseline = "", ""
        self.short: Callable[[str, int], str] = lambda name, _: name
        """A name made short for the width of its column."""
        self._cells: Mapping[CellKey, GridCell] = {}
        self._exact: Mapping[CellKey, Cell] = {}
        self._means: list[float | None] = []

    def set_plan(
        self, mixes: Sequence[str], tests: Sequence[str], model: str, baseline: str
    ) -> None:
        """Another grid; the same one changes nothing."""
        if (mixes, tests, model, baseline) == (self.mixes, self.tests, self.model, self.baseline):
            return
        self.beginResetModel()
        self.mixes, self.tests, self.model, self.baseline = mixes, tests, model, baseline
        self.endResetModel()

    def set_cells(
        self, cells: Mapping[CellKey, GridCell], exact: Mapping[CellKey, Cell] | None = None
    ) -> None:
        """Other figures in the same grid; `exact` are those of the table, where it is made."""
        self._cells = cells
        if exact is not None:
            self._exact = exact
        self._means = [self._mean(mix) for mix in self.mixes]
        if self.mixes and self.tests:
            last = self.index(len(self.mixes) - 1, len(self.tests) + 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def cell(self, index: Index) -> GridCell | None:
        """The cell at an index; None in the columns of the mixes and of their means, and where
        nothing is known."""
        if not index.isValid() or not 0 < index.column() <= len(self.tests):
            return None
        key = CellKey(self.mixes[index.row()], self.tests[index.column() - 1], self.model)
        return self._cells.get(key)

    def _mean(self, mix: str) -> float | None:
        """The mean of a row over all its test sets; None until each of them has an AUC."""
        found = (self._cells.get(CellKey(mix, test, self.model)) for test in self.tests)
        planned = [cell for cell in found if cell is not None and cell.planned]
        means = [cell.mean for cell in planned if cell.mean is not None]
        return fmean(means) if means and len(means) == len(planned) else None

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.mixes)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else 2 + len(self.tests)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        name = tr("Trained on") if section == 0 else tr("Mean")
        if 0 < section <= len(self.tests):
            name = self.tests[section - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.short(name, section) if 0 < section <= len(self.tests) else name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return plain_tip(name)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section > 0)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column() > 0)
        if index.column() == 0:
            mix = self.mixes[index.row()]
            named = tr("{0} (baseline)").format(mix) if mix == self.baseline else mix
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
                return named
            return plain_tip(named) if role == Qt.ItemDataRole.ToolTipRole else None
        if index.column() > len(self.tests):
            mean = self._means[index.row()] if index.row() < len(self._means) else None
            if role == Qt.ItemDataRole.DisplayRole:
                return number(mean)
            tips = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
            return tr("Mean over the test sets {0}").format(number(mean)) if role in tips else None
        cell = self.cell(index)
        if cell is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(part for part in cell_words(cell) if part)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            tip = cell_tip(cell, self._exact.get(cell.key), self.baseline)
            if role == Qt.ItemDataRole.ToolTipRole:
                return plain_tip(tip)
            return tip.replace("\n", ", ")
        return None


class _CellDelegate(QStyledItemDelegate):
    """Paints the colour of a difference, and a bar for what has not finished yet."""

    def __init__(self, view: "ExperimentGrid", theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell, theme, area = self._view.grid.cell(index), self._theme, QRect(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        surface = theme.color("selected" if selected else "panel")
        if cell is not None and cell.difference is not None:
            surface = shade(theme, cell.difference)
        painter.fillRect(area.adjusted(0, 0, -1, -1), surface)
        if cell is not None:
            self._paint_marks(painter, area.adjusted(0, 0, -1, -1), cell)
        if selected:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(area.adjusted(1, 1, -2, -2))
        strong = cell is None and index.row() < len(self._view.grid.mixes) and (
            self._view.grid.mixes[index.row()] == self._view.grid.baseline
        )  # fmt: skip
        font = option.font
        font.setBold(strong)
        painter.setFont(font)
        known = cell is None or cell.mean is not None or bool(cell.running or cell.failed)
        painter.setPen(theme.color("text" if known or selected else "quiet"))
        if cell is not None:
            self._paint_words(painter, area.adjusted(5, 0, -6, 0), cell_words(cell))
        else:
            room = area.adjusted(GRID, 0, -GRID, 0)
            words = painter.fontMetrics().elidedText(
                str(index.data() or ""), Qt.TextElideMode.ElideMiddle, room.width()
            )
            painter.drawText(room, int(_side(index.column() > 0)), words)
        painter.restore()

    def _paint_words(self, painter: QPainter, room: QRect, words: CellWords) -> None:
        """The mark at the left, the figure at the right; what does not fit is left to the tip."""
        small, right = self._theme.font(SMALL), int(_side(True))
        width = QFontMetrics(small).horizontalAdvance(f" {words.rest}") if words.rest else 0
        mark = QFontMetrics(small).horizontalAdvance(words.mark) + 2 if words.mark else 0
        if painter.fontMetrics().horizontalAdvance(words.main) + width + mark > room.width():
            width = 0
        painter.drawText(room.adjusted(0, 0, -width, 0), right, words.main)
        painter.setFont(small)
        if width:
            painter.drawText(room, right, words.rest)
        painter.drawText(room, int(_side(False)), words.mark)

    def _paint_marks(self, painter: QPainter, area: QRect, cell: GridCell) -> None:
        """Stripes where there is nothing to train, how much is done while more is to come, brighter
        while it runs, and a corner where a training failed."""
        theme = self._theme
        if not cell.planned:
            painter.fillRect(area, QBrush(theme.color("line"), Qt.BrushStyle.BDiagPattern))
            return
        if cell.finished < cell.planned and (cell.finished or cell.running):
            bar = QRect(area.left(), area.bottom() - BAR, area.width(), BAR)
            painter.fillRect(bar, theme.color("line"))
            bar.setWidth(area.width() * cell.finished // cell.planned)
            painter.fillRect(bar, theme.color("text" if cell.running else "control"))
        if cell.failed:
            corner = area.topLeft()
            points = [corner, corner + QPoint(_CORNER, 0), corner + QPoint(0, _CORNER)]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("error"))
            painter.drawPolygon(points)
            painter.setBrush(Qt.BrushStyle.NoBrush)


class ExperimentGrid(QTableView):
    """`row_chosen(mix)` and `cell_chosen(CellKey)`, `opened` by Enter or a double click."""

    row_chosen = Signal(str)
    cell_chosen = Signal(object)
    opened = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.grid = GridModel()
        self.setModel(self.grid)
        self.setItemDelegate(_CellDelegate(self, theme))
        self.setAccessibleName(tr("AUC by mix and test set"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(CONTROL)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        self.grid.short = self._short
        header.setMinimumSectionSize(_MEAN)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setProperty("studioKeys", True)
        self.selectionModel().currentChanged.connect(lambda *_: self._changed())
        self.doubleClicked.connect(lambda _: self.opened.emit())
        self.grid.modelReset.connect(self._fit)
        theme.changed.connect(self.viewport().update)

    def chosen(self) -> CellKey | str | None:
        """The cell that is chosen, the mix of a row, or None."""
        index = self.selectionModel().currentIndex()
        cell = self.grid.cell(index)
        if cell is not None:
            return cell.key
        return self.grid.mixes[index.row()] if index.isValid() else None

    def choose(self, row: int, column: int) -> None:
        """Choose a cell, or with column 0 a row."""
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(self.grid.index(row, column), flag)

    def _changed(self) -> None:
        chosen = self.chosen()
        if isinstance(chosen, CellKey):
            self.cell_chosen.emit(chosen)
        elif chosen is not None:
            self.row_chosen.emit(chosen)

    def _short(self, name: str, section: int) -> str:
        """A name as it fits in the header; Qt's own would lose its first letters."""
        header = self.horizontalHeader()
        font = QFont(header.font())
        font.setBold(True)
        room = header.sectionSize(section) - 3 * GRID
        return QFontMetrics(font).elidedText(name, Qt.TextElideMode.ElideMiddle, room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_columns()

    def _fit(self) -> None:
        """As high as the rows within reason, and the columns as wide as there is room."""
        header = self.horizontalHeader()
        if not self.grid.mixes:
            return
        self._share_columns()
        rows = min(len(self.grid.mixes), _ROWS)
        bar = self.horizontalScrollBar().sizeHint().height()
        head = header.sizeHint().height() + 2 * self.frameWidth()
        self.setMaximumHeight(head + rows * CONTROL + bar)
        self.setMinimumHeight(head + min(rows, 3) * CONTROL + bar)

    def _share_columns(self) -> None:
        """The mixes as wide as their names within reason, the mean as its figure; the tests share
        the rest, and are scrolled to where it is too little."""
        if not self.grid.mixes:
            return
        metrics, tests = self.fontMetrics(), len(self.grid.tests)
        names = [str(self.grid.index(row, 0).data()) for row in range(len(self.grid.mixes))]
        widest = max(metrics.horizontalAdvance(one) for one in names) + 4 * GRID
        room = self.viewport().width() - _MEAN
        mix = max(_MIX, min(widest, _WIDEST_MIX, room - tests * _TEST))
        self.setColumnWidth(0, mix)
        for column in range(1, tests + 1):
            self.setColumnWidth(column, max(_TEST, (room - mix) // tests))
        self.setColumnWidth(tests + 1, _MEAN)


def _side(right: bool) -> Qt.AlignmentFlag:
    horizontal = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return horizontal | Qt.AlignmentFlag.AlignVCenter
