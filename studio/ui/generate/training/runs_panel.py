"""The panel of past trainings, and the way to those of other folders."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from studio.results.run_list import GanSummary
from studio.ui.runs.list import RunsList
from studio.ui.theme import Theme
from studio.ui.widgets import Button, Panel, label, row


class RunsPanel(Panel):
    """`folder_asked` when a run of another place is to be opened."""

    folder_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.list = RunsList(theme, pins=False)
        self.none = label(
            self.tr(
                "No training yet. One begun on the command line can be opened by its folder, even "
                "while it runs."
            ),
            "quiet",
            wrap=True,
        )
        self.add(self.none)
        self.body.addWidget(self.list, 1)
        self.add(row(Button(self.tr("Open a run folder…"), self.folder_asked.emit), None))
        self.body.addStretch(0)

    def show_runs(self, runs: Sequence[GanSummary], current: Path | None) -> None:
        """Show runs; `current` is the one that is looked at."""
        self.none.setVisible(not runs)
        self.list.setVisible(bool(runs))
        self.list.show_runs(runs, current)
