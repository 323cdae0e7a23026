"""Curves of other runs beside the one that is shown, loaded in the background, and what is said
of the comparison."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from studio.errors import StudioError
from studio.results.comparison import ComparedRun, corrected, load_compared
from studio.results.curves import Detail
from studio.stats import Comparison
from studio.ui.background import Task
from studio.ui.plots.interval_words import counting_text
from studio.wording import count, p_value, signed_interval


class PinnedRuns(QObject):
    """Loads pinned curves in the background; `changed` when `found` is new."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: list[ComparedRun] = []
        self._wanted = 0

    def load(
        self, run_dirs: Sequence[Path], shown: Detail | None, key: str, name: str = ""
    ) -> None:
        """Replace what is pinned, for class `name`; a load still under way is dropped."""
        self._wanted += 1
        number = self._wanted
        if shown is None or not run_dirs:
            if self.found:
                self.found = []
                self.changed.emit()
            return

        def work(_control: object) -> list[ComparedRun]:
            found = []
            for run_dir in run_dirs:
                try:
                    pinned = load_compared(run_dir, shown, key, name)
                except StudioError:
                    continue  # a run that was removed has no curve any more
                if pinned is not None:
                    found.append(pinned)
            return corrected(found)

        task = Task(work)
        task.done.connect(lambda found: self._store_runs(number, found))
        task.start()

    def _store_runs(self, number: int, found: list[ComparedRun]) -> None:
        if number == self._wanted:
            self.found = found
            self.changed.emit()


def tr(text: str) -> str:
    return QCoreApplication.translate("Pins", text)


def p_short(comparison: Comparison | None, corrected_p: float | None = None) -> str:
    """ "p = 0.034" for the label of a curve, corrected where known, or why there is none."""
    if comparison is None:
        return tr("other images")
    if not comparison.estimable:
        return tr("p not estimable")
    if corrected_p is not None:
        return tr("{0} (Holm)").format(p_value(corrected_p))
    return p_value(comparison.p)


def p_sentence(pinned: ComparedRun, images: int, compared: int = 1) -> str:
    """The comparison in full, one of `compared`, or why there is none."""
    found = pinned.comparison
    if found is None:
        return tr("{0}: not comparable, it was measured on other images.").format(pinned.name)
    if not found.estimable:
        return tr("{0}: both rank the images alike, so p is not estimable.").format(pinned.name)
    difference = signed_interval(found.difference, found.low, found.high)
    told = tr("{0}: ΔAUC {1}, {2}").format(pinned.name, difference, p_value(found.p))
    if pinned.corrected is not None:
        words = tr("; with Holm's correction for {0} comparisons {1}")
        told += words.format(compared, p_value(pinned.corrected))
    counted = counting_text(found.groups, found.images)[0]
    if 0 < found.groups < found.images:
        return tr("{0}, paired clustered DeLong on {1}.").format(told, counted)
    return tr("{0}, paired DeLong on {1} images; {2}.").format(told, count(images), counted)
