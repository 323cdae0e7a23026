"""The studies of the project: choose one, make one, open one from elsewhere."""

from pathlib import Path

from PySide6.QtCore import Signal

from studio.ui.context import StudioContext
from studio.ui.study.summaries import StudiesSummary
from studio.ui.study.words import status_of
from studio.ui.widgets import Button, Panel, Table, label, row


class StudyList(Panel):
    """`chosen(Path)`, `new_asked`, `open_asked`."""

    chosen = Signal(object)
    new_asked = Signal()
    open_asked = Signal()

    def __init__(self, context: StudioContext) -> None:
        super().__init__(self.tr("Reader studies"))
        self._paths: list[Path] = []
        self.table = Table(self.tr("Reader studies"), [self.tr("Study"), self.tr("You")])
        self.table.setSelectionMode(Table.SelectionMode.SingleSelection)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._changed())
        self.none = label(self.tr("This project has no reader study yet."), "quiet", wrap=True)
        self.new = Button(self.tr("New study"), self.new_asked.emit)
        self.open = Button(self.tr("Open folder…"), self.open_asked.emit)
        self.trouble = label("", "error", wrap=True)
        self.add(row(self.new, self.open, None), self.none, self.table, self.trouble)
        self.body.addStretch(0)

    def show_facts(self, facts: StudiesSummary, chosen: Path | None) -> None:
        """List studies and mark the one that is shown."""
        blocked = self.table.selectionModel().blockSignals(True)
        self._paths = [one.path for one in facts.studies]
        self.table.set_rows([(one.study.file.title, status_of(one)) for one in facts.studies])
        if chosen in self._paths:
            self.table.choose(self._paths.index(chosen))
        self.table.selectionModel().blockSignals(blocked)
        self.table.viewport().update()
        self.none.setVisible(not self._paths)
        self.table.setVisible(bool(self._paths))
        self.trouble.setText("\n".join(facts.problems))
        self.trouble.setVisible(bool(facts.problems))

    def step(self, by: int) -> None:
        """Choose the next or the one before."""
        now = self.table.selected_index()
        if self._paths:
            self.table.choose((0 if now is None else now + by) % len(self._paths))

    def _changed(self) -> None:
        index = self.table.selected_index()
        if index is not None and index < len(self._paths):
            self.chosen.emit(self._paths[index])
