"""The results' table: rows keep their number however they are sorted."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent

from studio.ui.widgets import Table

_NARROW = 560  # px


class ResultTable(Table):
    """A table in which one row is chosen."""

    def __init__(self, name: str, headers: list[str]) -> None:
        super().__init__(name, headers)
        self.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # The sentence below the table says it too; the name of the test set has to be read.
        self.setColumnHidden(self.model().columnCount() - 1, self.width() < _NARROW)
        super().resizeEvent(event)

    def chosen(self) -> int | None:
        """The number of the chosen row in the order in which rows were set."""
        chosen = self.selectionModel().selectedRows()
        return self._source_row(chosen[0].row()) if chosen else None

    def choose(self, number: int) -> None:
        """Choose a row by that number."""
        for row in range(self.model().rowCount()):
            if self._source_row(row) == number:
                self.selectRow(row)
