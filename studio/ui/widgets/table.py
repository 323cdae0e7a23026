"""A table of plain rows: sortable by header, copyable, with figures at the right."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from studio import wording
from studio.ui.theme.tokens import BAR, CONTROL
from studio.ui.widgets.toast import copy_text
from studio.ui.words import plain_tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_DIGITS = 5  # of a number that is not whole
_WIDEST = 280  # px; a longer text is elided in the middle and whole in its tool tip


class TableModel(QAbstractTableModel):
    """Rows of values under headers. Values show as text, figures as people read them."""

    def __init__(self, headers: Sequence[str]) -> None:
        super().__init__()
        self._headers = list(headers)
        self._rows: list[Sequence[Any]] = []

    def set_rows(self, rows: Sequence[Sequence[Any]], headers: Sequence[str] | None = None) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        if headers is not None:
            self._headers = list(headers)
        self.endResetModel()

    def row(self, index: int) -> Sequence[Any]:
        return self._rows[index]

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._headers)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            figures = bool(self._rows) and _is_figure(self._rows[0][section])
            return _side(figures)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            if isinstance(value, int):
                return wording.count(value)
            if isinstance(value, float):
                return wording.significant(value, _DIGITS)
            return "" if value is None else str(value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(value) if isinstance(value, str) and len(value) > 40 else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(_is_figure(value))
        if role == Qt.ItemDataRole.UserRole:
            return value
        return None


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _side(right: bool) -> Qt.AlignmentFlag:
    horizontal = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return horizontal | Qt.AlignmentFlag.AlignVCenter


class Table(QTableView):
    """A read-only table; Ctrl+C copies the selected rows as tab-separated text."""

    def __init__(self, name: str, headers: Sequence[str], stretch: int = 0) -> None:
        super().__init__()
        self.rows = TableModel(headers)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.rows)
        self._proxy.setSortRole(Qt.ItemDataRole.UserRole)
        self.setModel(self._proxy)
        self.setAccessibleName(name)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(CONTROL)
        header = self.horizontalHeader()
        self._stretch = stretch
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setHighlightSections(False)

    def set_rows(self, rows: Sequence[Sequence[Any]], headers: Sequence[str] | None = None) -> None:
        self.rows.set_rows(rows, headers)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """As wide as their contents within reason; one column takes the rest."""
        header = self.horizontalHeader()
        for column in range(self.rows.columnCount()):
            if column == self._stretch:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
            elif not self.isColumnHidden(column):
                self.resizeColumnToContents(column)
                self.setColumnWidth(column, min(self.columnWidth(column), _WIDEST))

    def selected_rows(self) -> list[Sequence[Any]]:
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.rows.row(self._source_row(row)) for row in chosen]

    def choose(self, index: int) -> None:
        """Select only this row of what was given to `set_rows`.

        Unlike `selectRow` it does not mind which modifier keys are down at the moment.
        """
        proxy = self._proxy.mapFromSource(self.rows.index(index, 0))
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(proxy, flag.ClearAndSelect | flag.Rows)

    def selected_index(self) -> int | None:
        """The first selected row's index in what was given to `set_rows`; None without one."""
        chosen = self.selectionModel().selectedRows()
        return self._source_row(chosen[0].row()) if chosen else None

    def copy(self, everything: bool = False) -> None:
        """Put rows on the clipboard: those selected, or all when none is."""
        rows = [] if everything else self.selected_rows()
        rows = rows or [self.rows.row(self._source_row(r)) for r in range(self._proxy.rowCount())]
        headers = [
            self.rows.headerData(c, Qt.Orientation.Horizontal)
            for c in range(self.rows.columnCount())
        ]
        lines = ["\t".join("" if v is None else str(v) for v in line) for line in [headers, *rows]]
        text = "\n".join(lines)
        copy_text(
            self,
            text,
            wording.counted(
                len(rows),
                self.tr("{0} row is on the clipboard."),
                self.tr("{0} rows are on the clipboard."),
            ),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        for index in self.selectionModel().selectedRows():
            row = self.visualRect(index)  # a style sheet would draw the bar in every cell
            bar = self.palette().color(QPalette.ColorRole.Link)
            painter.fillRect(0, row.top(), BAR, row.height(), bar)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def _source_row(self, proxy_row: int) -> int:
        return self._proxy.mapToSource(self._proxy.index(proxy_row, 0)).row()
