"""The panel of past runs: the list, what pinned curves say, and the way to other folders."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from studio.results.run_list import RunSummary
from studio.ui.runs.list import RunsList
from studio.ui.theme import Theme
from studio.ui.widgets import Button, Panel, label, row


class RunListPanel(Panel):
    """The runs, newest first; `folder_requested` when a run of another folder is to be opened.

    `none` stands where no run is.

    With `pins`, curves of other runs can be put beside the one shown.
    """

    folder_requested = Signal()

    def __init__(self, theme: Theme, none: str, pins: bool = False, open_words: str = "") -> None:
        super().__init__()
        self.list = RunsList(theme, pins)
        self.none = label(none, "quiet", wrap=True)
        self._pin_help = self.tr(
            "Pinned curves stand beside the one shown, with the paired DeLong p."
        )
        self.help = label(self._pin_help, "small", wrap=True)
        self.pin = Button(self.tr("Pin"), self.list.toggle_pin)
        self.pin.setToolTip(self.tr("Show the chosen run's curve beside the one shown (Space)"))
        folder = Button(open_words or self.tr("Open a run folder…"), self.folder_requested.emit)
        self.add(self.none)
        self.body.addWidget(self.list, 1)
        self._with_runs = [self.list, self.help, self.pin] if pins else [self.list]
        if not pins:
            self.help.hide()
            self.pin.hide()
        self.add(self.help, row(folder, self.pin, None))
        self.body.addStretch(0)

    def show_runs(self, runs: Sequence[RunSummary], current: Path | None) -> None:
        """Show runs; `current` is the one that is looked at."""
        self.none.setVisible(not runs)
        for part in self._with_runs:
            part.setVisible(bool(runs))
        self.list.show_runs(runs, current)

    def show_comparisons(self, sentences: Sequence[str]) -> None:
        """Say how the pinned curves compare with the one shown."""
        self.help.setText("\n".join(sentences) or self._pin_help)
