"""Whether the model does as well in each part of a test set: skin tone, sex, age, site."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.datasets.group_table import NAMES
from studio.datasets.image_table import SUBGROUPS
from studio.results.assessment import FEWEST
from studio.ui.evaluate.assessed import TestAssessment
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Button, Table, label, row
from studio.wording import count, counted, interval, p_value, percent_interval


class SubgroupsPage(QWidget):
    """A row for each value of each field, and below them the tests of difference."""

    def __init__(self) -> None:
        super().__init__()
        self.caption = label(self.tr("Subgroups"), "strong")
        headers = [
            self.tr("Subgroup"), self.tr("n (+ / −)"), self.tr("AUC (95 %)"),
            self.tr("SE (95 %)"), self.tr("SP (95 %)"),
        ]  # fmt: skip
        self.table = Table(self.tr("Subgroups"), headers)
        self.copy = Button(self.tr("Copy table"), lambda: self.table.copy(everything=True))
        self.tests = label("", "small", wrap=True)
        self.instead = label("", "quiet", wrap=True)
        self.instead.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(row(self.caption, None, self.copy))
        layout.addWidget(self.instead)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.tests)
        layout.addStretch(0)

    def show_assessment(self, found: TestAssessment | None) -> None:
        """Show a test set's; nothing while it is being made."""
        told = found.subgroups if found is not None else {}
        rows = [self._row(field, one) for field, own in told.items() for one in own["subgroups"]]
        self.table.set_rows(rows)
        for part in (self.table, self.copy, self.tests):
            part.setVisible(bool(rows))
        self.instead.setVisible(not rows)
        self.instead.setText(self._instead(found) if found is not None else "")
        sentences = [self._test(field, own) for field, own in told.items()]
        if sentences:
            words = self.tr("Tests of no difference, not corrected for several comparisons:")
            sentences.insert(0, words)
        self.tests.setText("\n".join(sentences))

    def field_name(self, field: str) -> str:
        """A column of the table of images as people say it."""
        return {
            "skin_tone": self.tr("Skin tone"),
            "sex": self.tr("Sex"),
            "age": self.tr("Age"),
            "site": self.tr("Site"),
        }.get(field, field)

    def _row(self, field: str, one: Mapping[str, Any]) -> Sequence[object]:
        auc = one["auc"]
        undefined = self.tr("undefined")
        positives, negatives = one["n_pos"], one["n_neg"]
        return (
            f"{self.field_name(field)}: {one['name']}",
            f"{count(positives + negatives)} ({count(positives)} / {count(negatives)})",
            undefined if auc is None else interval(auc, one["auc_low"], one["auc_high"]),
            *(
                undefined
                if one[rate]["value"] is None
                else percent_interval(one[rate]["value"], one[rate]["low"], one[rate]["high"], 0)
                for rate in ("sensitivity", "specificity")
            ),
        )

    def _test(self, field: str, own: Mapping[str, Any]) -> str:
        undefined = self.tr("undefined")
        auc, se, sp = (
            undefined if p is None else p_value(p)
            for p in (own["p"], own["sensitivity"]["p"], own["specificity"]["p"])
        )
        told = self.tr("{0}: AUC {1}, SE {2}, SP {3}").format(self.field_name(field), auc, se, sp)
        unknown = own["unknown"]
        if not unknown:
            return told
        words = self.tr("{0} · left out, as their value is unknown or rare: {1}")
        return words.format(told, counted(unknown, self.tr("{0} image"), self.tr("{0} images")))

    def _instead(self, found: TestAssessment) -> str:
        if found.fields:
            return self.tr(
                "No field has two values with {0} images or more each, so there is nothing to "
                "compare. Known here: {1}."
            ).format(FEWEST, ", ".join(self.field_name(one) for one in found.fields))
        return self.tr(
            "Nothing is known of these images beside their class. Put a table {0} into {1}, with a "
            "column “file” and any of: {2}. Public sets that the studio has adopted have it. It is "
            "read again the next time the results are opened."
        ).format(NAMES[0], found.folder, ", ".join(SUBGROUPS))
