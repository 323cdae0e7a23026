"""Curves of other runs beside the one that is shown, with the paired DeLong comparison.

Several pinned runs are several tests of one run: their p values get Holm's correction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication, QObject, Signal

from studio.errors import StudioError
from studio.results.curves import Curve, Detail, class_curve
from studio.results.run_reader import RunReader, load_scores
from studio.results.scores import ScoreSet, aligned
from studio.stats import Comparison, compare_delong, holm
from studio.ui.background import Task
from studio.ui.plots.interval_words import counting_text


@dataclass(frozen=True)
class Pinned:
    """A pinned run's own curve. `comparison` is None where it has not been measured on the same
    images; `difference` there is the shown run's AUC minus this one's. `corrected` is its p value
    after Holm's correction for all that are compared; None where there is but one."""

    run_dir: Path
    title: str
    key: str
    curve: Curve
    comparison: Comparison | None
    corrected: float | None = None

    @property
    def name(self) -> str:
        """Number, name, model, recipe and seed; the number of epochs shows in the curve."""
        number = self.run_dir.name.split("-")[0].lstrip("0")
        parts = self.title.split(" · ")
        title = " · ".join(part for part in parts if not part.endswith((" epoch", " epochs")))
        return f"{number} {title}" if number.isdigit() else title


def load_pinned(run_dir: Path, shown: Detail, key: str, name: str = "") -> Pinned | None:
    """The pinned run's evaluation that matches `key`, compared with what is shown.

    Both are of class `name` against the rest, whichever class the pinned run calls positive;
    without a name of the positive class of what is shown. A test set is compared with the test set
    of that name, everything else with the newest validation of the pinned run. None where it has
    nothing to compare.
    """
    snapshot = RunReader(run_dir).read()
    wanted = key if key.startswith("test ") else snapshot.newest
    if wanted is None or wanted not in snapshot.files():
        return None
    scores = load_scores(snapshot, wanted)
    name = name or shown.scores.positive
    curve = class_curve(scores, name).drawn if name in scores.classes else None
    if curve is None:
        return None
    return Pinned(run_dir, snapshot.title, wanted, curve, compare(shown.scores, scores, name))


def compare(shown: ScoreSet, other: ScoreSet, name: str = "") -> Comparison | None:
    """The paired comparison for class `name` against the rest, or the positive one of `shown`.

    None unless the images and the classes are the same.
    """
    order = aligned(shown, other)
    if order is None:
        return None
    name = name or shown.positive
    return compare_delong(
        shown.scores(name),
        other.scores(name)[order],
        shown.flags(name),
        groups=shown.known_groups or _ordered(other, order),
    )


def _ordered(scores: ScoreSet, order: npt.NDArray[np.int64]) -> list[str] | None:
    """The groups of a run that knows them, for one that was scored before they were kept."""
    return [scores.groups[place] for place in order] if scores.groups else None


def corrected(found: Sequence[Pinned]) -> list[Pinned]:
    """The same with Holm's correction over all that can be compared, where there are several."""
    ps = [one.comparison.p if one.comparison else math.nan for one in found]
    if sum(not math.isnan(p) for p in ps) < 2:
        return list(found)
    return [
        replace(one, corrected=None if math.isnan(p) else p)
        for one, p in zip(found, holm(ps), strict=True)
    ]


class Pins(QObject):
    """Loads pinned curves in the background; `changed` when `found` is new."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: list[Pinned] = []
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

        def work(_control: object) -> list[Pinned]:
            found = []
            for run_dir in run_dirs:
                try:
                    pinned = load_pinned(run_dir, shown, key, name)
                except StudioError:
                    continue  # a run that was removed has no curve any more
                if pinned is not None:
                    found.append(pinned)
            return corrected(found)

        task = Task(work)
        task.done.connect(lambda found: self._take(number, found))
        task.start()

    def _take(self, number: int, found: list[Pinned]) -> None:
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
        return tr("{0} (Holm)").format(_p(corrected_p))
    return _p(comparison.p)


def p_sentence(pinned: Pinned, images: int, compared: int = 1) -> str:
    """The comparison in full, one of `compared`, or why there is none."""
    found = pinned.comparison
    if found is None:
        return tr("{0}: not comparable, it was measured on other images.").format(pinned.name)
    if not found.estimable:
        return tr("{0}: both rank the images alike, so p is not estimable.").format(pinned.name)
    signed = (f"{value:+.3f}" for value in (found.difference, found.low, found.high))
    told = tr("{0}: ΔAUC {1} ({2} to {3}), {4}").format(pinned.name, *signed, _p(found.p))
    if pinned.corrected is not None:
        words = tr("; with Holm's correction for {0} comparisons {1}")
        told += words.format(compared, _p(pinned.corrected))
    counted = counting_text(found.groups, found.images)[0]
    if 0 < found.groups < found.images:
        return tr("{0}, paired clustered DeLong on {1}.").format(told, counted)
    return tr("{0}, paired DeLong on {1:,} images; {2}.").format(told, images, counted)


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
