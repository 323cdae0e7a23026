"""The grid: a row a mix, a column a test set, each cell its mean AUC (SD) as trainings finish."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
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
from studio.ui.theme import Theme
from studio.ui.theme.tokens import BAR, CONTROL, GRID
from studio.ui.words import plain_tip
from studio.wording import DASH, counted, interval, number, progress, signed

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
WHOLE = 0.1
"""Difference of AUCs that has the strongest colour."""
STRONGEST = 0.38
"""Share of the colour in the surface under a cell's text, at `WHOLE` and above."""
BETTER, WORSE = 1, 0  # series of the theme: blue and orange, which every eye tells apart
_MIX, _TEST = 150, 104  # px at least
_WIDEST_MIX = 320  # px
_ROWS = 12  # in sight at once


def tr(text: str) -> str:
    return QCoreApplication.translate("ExperimentGrid", text)


def cell_text(cell: GridCell) -> str:
    """A cell as it stands in the grid: "▲ 0.874 (0.042)", "0 of 5", "failed"."""
    if not cell.planned:
        return DASH
    if cell.mean is None:
        if cell.finished:
            return tr("undefined")
        if cell.failed == cell.planned:
            return tr("failed")
        return progress(0, cell.planned) + (" …" if cell.running else "")
    mark = "" if not cell.difference else "▲ " if cell.difference > 0 else "▼ "
    spread = f" ({number(cell.sd)})" if cell.sd is not None else ""
    return f"{mark}{number(cell.mean)}{spread}"


def cell_tip(cell: GridCell, exact: Cell | None, baseline: str) -> str:
    """What the pointer over a cell says: how many trainings, interval, difference."""
    if not cell.planned:
        return tr("Nothing is left to train on: the mix is the test set alone.")
    lines = [f"{cell.key.mix} · {cell.key.test}"]
    done = progress(cell.finished, cell.planned, tr("trainings"))
    lines.append(done)
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
        if self.mixes and self.tests:
            last = self.index(len(self.mixes) - 1, len(self.tests))
            self.dataChanged.emit(self.index(0, 0), last)

    def cell(self, index: Index) -> GridCell | None:
        """The cell at an index; None in the column of the mixes, and where nothing is known."""
        if not index.isValid() or index.column() == 0:
            return None
        key = CellKey(self.mixes[index.row()], self.tests[index.column() - 1], self.model)
        return self._cells.get(key)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.mixes)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else 1 + len(self.tests)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        name = self.tests[section - 1] if section else tr("Trained on")
        if role == Qt.ItemDataRole.DisplayRole:
            return self.short(name, section)
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
        cell = self.cell(index)
        if cell is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(cell)
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
        if cell is not None and 0 < cell.finished < cell.planned:
            width = area.width() * cell.finished // cell.planned
            painter.fillRect(
                QRect(area.left(), area.bottom() - BAR, width, BAR), theme.color("control")
            )
        if selected:
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(area.adjusted(1, 1, -2, -2))
        strong = cell is None and index.row() < len(self._view.grid.mixes) and (
            self._view.grid.mixes[index.row()] == self._view.grid.baseline
        )  # fmt: skip
        font = option.font
        font.setBold(strong)
        painter.setFont(font)
        known = cell is None or cell.mean is not None
        painter.setPen(theme.color("text" if known or selected else "quiet"))
        room = area.adjusted(GRID, 0, -GRID, 0)
        words = str(index.data() or "")
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, int(_side(index.column() > 0)), shown)
        painter.restore()


def shade(theme: Theme, difference: float) -> QColor:
    """The surface of a cell by its difference to the baseline."""
    share = min(1.0, abs(difference) / WHOLE) * STRONGEST
    over, under = theme.series(BETTER if difference > 0 else WORSE), theme.color("panel")
    parts = [
        round(share * one + (1 - share) * other)
        for one, other in (
            (over.red(), under.red()),
            (over.green(), under.green()),
            (over.blue(), under.blue()),
        )
    ]
    return QColor(*parts)


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
        header.setMinimumSectionSize(_TEST)
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
        room = header.sectionSize(section) - 4 * GRID
        return QFontMetrics(font).elidedText(name, Qt.TextElideMode.ElideMiddle, room)

    def _fit(self) -> None:
        """The mixes as wide as their names within reason; the tests share the rest."""
        header = self.horizontalHeader()
        if not self.grid.mixes:
            return
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        metrics = self.fontMetrics()
        names = [str(self.grid.index(row, 0).data()) for row in range(len(self.grid.mixes))]
        widest = max(metrics.horizontalAdvance(one) for one in names) + 4 * GRID
        self.setColumnWidth(0, max(_MIX, min(widest, _WIDEST_MIX)))
        rows = min(len(self.grid.mixes), _ROWS)
        self.setMaximumHeight(header.sizeHint().height() + rows * CONTROL + 2 * GRID)
        self.setMinimumHeight(header.sizeHint().height() + min(rows, 3) * CONTROL + GRID)


def _side(right: bool) -> Qt.AlignmentFlag:
    horizontal = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return horizontal | Qt.AlignmentFlag.AlignVCenter
