"""Boxes by label and state, with totals, but weak proposals, which a review does not show."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy

from studio.ui.datasets.summary import DatasetSummary
from studio.ui.datasets.words import state_words
from studio.ui.widgets import Table


class CountsTable(Table):
    """One row a label, one column a state; as high as its rows."""

    def __init__(self) -> None:
        super().__init__("", [])
        self.setAccessibleName(self.tr("Boxes by label and state"))
        self.setSortingEnabled(False)
        self.setSizeAdjustPolicy(QAbstractScrollArea.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setMaximumHeight(260)

    def show_summary(self, facts: DatasetSummary) -> None:
        """Fill the table; labels without a box are shown, since their absence matters."""
        words = state_words(facts.states)
        states = list(words)
        names: list[tuple[int | None, str]] = [
            (
                label.id,
                self.tr("{0} (positive)").format(label.name) if label.positive else label.name,
            )
            for label in facts.labels
        ]
        if any(label is None for _, label in facts.counts):
            names.append((None, self.tr("no label yet")))
        rows: list[list[object]] = []
        for label_id, name in names:
            found = {state: facts.counts.get((state, label_id), 0) for state in states}
            found["undecided"] -= facts.weak.get(label_id, 0)
            counts = list(found.values())
            rows.append([name, *counts, sum(counts)])
        totals = [sum(int(str(row[i])) for row in rows) for i in range(1, len(states) + 2)]
        rows.append([self.tr("all"), *totals])
        headers = [self.tr("Label"), *(words[state] for state in states), self.tr("All")]
        self.set_rows(rows, headers)
        self.updateGeometry()
