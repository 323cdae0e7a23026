"""Intervals that allow for a threshold's having been chosen on the same images, made off the Qt
thread: each bootstrap takes tenths of a second."""

from PySide6.QtCore import QObject, Signal

from studio.results.curves import Detail
from studio.stats import ChosenRates, chosen_rates
from studio.ui.background import Task
from studio.ui.plots.operating import OperatingPointModel

_Key = tuple[int, str, str]


class ChosenAgain(QObject):
    """The rates of what an `OperatingPointModel` shows, where a rule chose its threshold there.

    `wanted` turns it on. `changed` when `found` is new: None while it is being made, and where no
    rule chose.
    """

    changed = Signal()

    def __init__(self, operating: OperatingPointModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._operating = operating
        self.wanted = False
        self.found: ChosenRates | None = None
        self._key: _Key | None = None
        self._shown: Detail | None = None  # kept, so that no other can have its number

    def set_wanted(self, wanted: bool) -> None:
        """Start computing them, or stop."""
        self.wanted = wanted
        self.refresh()

    def refresh(self) -> None:
        """Make what is shown now, unless that is already there or under way."""
        operating = self._operating
        detail, rule, name = operating.detail, operating.rule, operating.name
        if (
            not self.wanted
            or detail is None
            or operating.point is None
            or not isinstance(rule, str)
        ):
            self._store_rates(None, None)
            return
        key = id(detail), name, rule
        if key == self._key:
            return
        self._shown = detail
        scores = detail.scores
        values, flags, groups = scores.scores(name), scores.flags(name), scores.known_groups
        self._store_rates(key, None)
        task = Task(lambda _: chosen_rates(values, flags, str(rule), groups))
        task.done.connect(lambda found: self._store_rates(key, found) if key == self._key else None)
        task.start()

    def _store_rates(self, key: _Key | None, found: ChosenRates | None) -> None:
        if (key, found) != (self._key, self.found):
            self._key, self.found = key, found
            self.changed.emit()
