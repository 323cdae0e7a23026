"""The operating point that is being looked at: by a rule, by hand, or carried over."""

from PySide6.QtCore import QObject, Signal

from studio.results.cells import Cell, CellImage, called_images, cell_images
from studio.results.curves import Detail
from studio.stats import (
    Confusion,
    OperatingPoint,
    Rates,
    nearest_point,
    operating_point,
    rates_at,
)

_STEPS = 200  # by key along a curve of any length


class OperatingPointModel(QObject):
    """What is shown of a Detail at one threshold. `changed` after every change of it.

    A rule holds when the next epoch arrives; a threshold set by hand holds as a number. The class
    that was chosen holds as long as the run does: another run, or one with another positive class,
    begins with its own positive class.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.detail: Detail | None = None
        self.name = ""  # the class that counts as positive here
        self.rule: str | float | None = "youden"  # None: there is no threshold to look at
        self.point: OperatingPoint | None = None
        self.confusion: Confusion | None = None
        self.rates: Rates | None = None
        self._positive = ""  # of the run whose class was chosen
        self._own_rule = "youden"  # of the run, which holds until a person chooses

    def use_own_rule(self, rule: str) -> None:
        """Take over a run's own rule, unless a person has chosen another."""
        if self.rule == self._own_rule:
            self.rule = rule
        self._own_rule = rule

    def show(self, detail: Detail | None) -> None:
        """Look at another evaluation by the same rule or threshold."""
        self._set_detail(detail)
        self._update()

    def show_carried(self, detail: Detail, name: str, threshold: float | None) -> None:
        """Look at class `name` of a test set at a threshold that was chosen on other images."""
        self._set_detail(detail)
        self.name, self.rule = name, threshold
        self._update()

    def _set_detail(self, detail: Detail | None) -> None:
        self.detail = detail
        if detail is None:
            return
        positive = detail.scores.positive
        if positive != self._positive or self.name not in detail.classes:
            self.name = self._positive = positive

    def forget(self) -> None:
        """Look at nothing. A class and a threshold set by hand were of that run; a rule stays."""
        if not isinstance(self.rule, str):
            self.rule = self._own_rule
        self.name = self._positive = ""
        self.show(None)

    def use_class(self, name: str) -> None:
        """Look at another class against the rest."""
        if self.detail is not None and name in self.detail.classes and name != self.name:
            self.name = name
            if not isinstance(self.rule, str):
                self.rule = (
                    self._own_rule
                )  # a threshold set by hand was on the scores of another class
            self._update()

    def use_rule(self, rule: str | float) -> None:
        """Choose by a rule of `studio.stats.RULES`, or a threshold."""
        self.rule = rule
        self._update()

    def move_to(self, fpr: float, tpr: float) -> None:
        """Move to the point of the curve nearest to a place in the plot."""
        if self.point is not None and self.detail is not None:
            found = nearest_point(self.detail.classes[self.name].roc, fpr, tpr)
            self.use_rule(found.threshold)

    def step(self, steps: int) -> None:
        """Move along the curve; positive is towards more sensitivity."""
        if self.point is None or self.detail is None:
            return
        thresholds = self.detail.classes[self.name].roc.thresholds
        size = max(1, round(thresholds.size / _STEPS))
        index = min(max(self.point.index + steps * size, 0), thresholds.size - 1)
        self.use_rule(float(thresholds[index]))

    def images(self, cell: Cell) -> list[CellImage]:
        """The images of a cell, worst first."""
        if self.detail is None or self.point is None:
            return []
        return cell_images(self.detail.scores, self.name, self.point.threshold, cell)

    def called(self, truth: int, call: int) -> list[CellImage]:
        """The images of a cell of the matrix of all classes, the surest call first."""
        if self.detail is None:
            return []
        threshold = self.point.threshold if self.point is not None else None
        return called_images(self.detail.scores, threshold, truth, call)

    def _update(self) -> None:
        self.point = self.confusion = self.rates = None
        if self.detail is not None:
            curve = self.detail.classes[self.name]
            scores = self.detail.scores
            if curve.roc.estimable and self.rule is not None:
                self.point = operating_point(curve.roc, self.rule)
                self.rates = rates_at(
                    scores.scores(self.name),
                    scores.flags(self.name),
                    self.point.threshold,
                    scores.known_groups,
                )
                self.confusion = self.rates.counts
        self.changed.emit()
