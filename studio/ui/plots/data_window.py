"""What a plot draws, as a table that can be read, copied and saved."""

import re
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QHeaderView, QVBoxLayout, QWidget

from studio.files import write_text
from studio.tables import neutralise, table_text
from studio.ui.plots.figure_files import Drawing
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Table, label, row
from studio.ui.widgets.toast import announce, copy_data
from studio.wording import counted

_WIDTH, _HEIGHT = 560, 480  # px
_SUFFIX = ".csv"


def data_text(plot: Drawing) -> str:
    """The table of a plot with tabs between its cells, what is to be said of it, and the notice."""
    headers, rows = plot.table()
    lines = [[str(neutralise(cell)) for cell in line] for line in [headers, *rows]]
    lines += [[words] for words in (*plot.remarks(), plot.note) if words]
    return "".join("\t".join(line) + "\n" for line in lines)


def show_data(widget: QWidget, plot: Drawing) -> None:
    """Open the data of a plot over the window of `widget`, or say that nothing is drawn yet."""
    headers, rows = plot.table()
    if not headers or not rows:
        words = QCoreApplication.translate("DataWindow", "Nothing is drawn here yet.")
        announce(widget, words)
        return
    DataWindow(widget, plot).show()


class DataWindow(QDialog):
    """The rows as they were drawn when it was opened; sorted by a click on a header, Esc closes."""

    def __init__(self, parent: QWidget, plot: Drawing) -> None:
        super().__init__(parent)
        self.setWindowTitle(plot.heading())
        self._headers, self._rows = plot.table()
        self._text = data_text(plot)
        self._name = plot.heading()
        self.table = Table(plot.heading(), self._headers, stretch=-1)
        self.table.set_rows([[_cell(cell) for cell in line] for line in self._rows])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.copy_button = Button(self.tr("Copy"), self.copy)
        self.save_button = Button(self.tr("Save as CSV…"), self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addWidget(self.table, 1)
        for words in (*plot.remarks(), plot.note):
            if words:
                layout.addWidget(label(words, "small", wrap=True))
        told = label(counted(len(self._rows), self.tr("{0} row"), self.tr("{0} rows")), "small")
        layout.addLayout(row(told, None, self.copy_button, self.save_button))
        self.resize(_WIDTH, _HEIGHT)
        self.table.setFocus()
        self.finished.connect(self.deleteLater)

    def copy(self) -> None:
        """Put the whole table on the clipboard, tab-separated; Ctrl+C copies the rows chosen."""
        copy_data(self, self._text)

    def save(self) -> None:
        """Ask for a file and write the table to it."""
        proposed = re.sub(r"[^\w.-]+", "-", self._name).strip("-") + _SUFFIX
        found, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save the data"), proposed, "CSV (*.csv)"
        )
        if not found:
            return
        path = Path(found)
        if not path.suffix:
            path = path.with_name(f"{path.name}{_SUFFIX}")
        try:
            write_text(path, table_text(self._headers, self._rows), errors="surrogateescape")
        except OSError as error:
            words = self.tr("{0} cannot be written: {1}.").format(path, error.strerror)
            announce(self, words, "error")
            return
        announce(self, self.tr("The data are in {0}.").format(path))


def _cell(cell: object) -> object:
    """A figure that was written out, as a number again, so that the table sorts by it."""
    with suppress(ValueError):
        return float(cell) if isinstance(cell, str) and cell else cell
    return cell
