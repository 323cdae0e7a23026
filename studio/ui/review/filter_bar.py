"""The filter: state, label, source, score, text and order, in one line of plain controls."""

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from studio.project import BoxState, Label
from studio.review import Filter
from studio.ui.review.words import origin_word, state_short
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, FlatButton, FloatField, label
from studio.ui.widgets.panel import Panel

TYPING_PAUSE = 250  # ms without a key before the queue is asked again

DECIDED = frozenset(BoxState) - {BoxState.UNDECIDED}
NO_LABEL = -1  # a label's value in the list of choices; None is "any"


class FilterBar(Panel):
    """Emits `changed(Filter)`; Escape or Enter leave it."""

    changed = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__(padding=0)
        self._filter = Filter()
        self._filling = False
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("File name contains…"))
        self.text.setAccessibleName(self.tr("File name contains"))
        self.text.setClearButtonEnabled(True)
        self.state = Choice(self._states())
        self.label = Choice()
        self.source = Choice([(None, self.tr("Any source"))])
        self.low, self.high = self._score(0.0), self._score(1.0)
        self.order = Choice(
            [
                ("image", self.tr("Order of import")),
                ("score", self.tr("Best score first")),
                ("random", self.tr("Random order")),
            ]
        )
        self.clear_button = FlatButton(self.tr("Clear"), self.clear)
        self._name()
        self._lay_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE)
        self._pause.timeout.connect(self._emit)
        self.text.textEdited.connect(lambda _: self._pause.start())
        for spin in (self.low, self.high):
            spin.valueChanged.connect(lambda _: self._pause.start())
        for choice in (self.state, self.label, self.source, self.order):
            choice.chosen.connect(lambda _: self._emit())

    def _states(self) -> list[tuple[object, str]]:
        single = [(frozenset({s}), state_short(s)) for s in BoxState]
        return [
            (None, self.tr("Any state")),
            *single,
            (DECIDED, self.tr("Decided")),
            ("needs_box", self.tr("Without a box")),
        ]

    def _score(self, value: float) -> FloatField:
        spin = FloatField()
        spin.setRange(0.0, 1.0)
        spin.setSingleStep(0.05)
        spin.setValue(value)
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        spin.setFixedWidth(84)
        return spin

    def _name(self) -> None:
        for control, name in (
            (self.state, self.tr("State")),
            (self.label, self.tr("Label")),
            (self.source, self.tr("Source of the box")),
            (self.low, self.tr("Lowest score")),
            (self.high, self.tr("Highest score")),
            (self.order, self.tr("Order")),
        ):
            control.setAccessibleName(name)
            control.setToolTip(name)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
        line.setSpacing(GRID)
        line.addWidget(self.text, 3)
        for choice in (self.state, self.label, self.source):
            line.addWidget(choice, 2)
        line.addWidget(label(self.tr("Score"), "quiet"))
        line.addWidget(self.low)
        line.addWidget(label("–", "quiet"))
        line.addWidget(self.high)
        line.addWidget(self.order, 2)
        line.addWidget(self.clear_button)
        self.body.addLayout(line)

    def set_labels(self, labels: Iterable[Label]) -> None:
        """The labels to choose from in this project."""
        self._filling = True
        named = [(one.id, one.name) for one in labels]
        self.label.set_options(
            [(None, self.tr("Any label")), *named, (NO_LABEL, self.tr("No label"))]
        )
        self._filling = False

    def set_origins(self, origins: Iterable[str]) -> None:
        """The sources to choose from in this project."""
        self._filling = True
        self.source.set_options(
            [(None, self.tr("Any source")), *((o, origin_word(o)) for o in origins)]
        )
        wanted = self._filter.origins
        self.source.set_value(next(iter(wanted)) if wanted else None)
        self._filling = False

    def set_filter(self, wanted: Filter) -> None:
        """Show a filter without asking for it again."""
        self._filling = True
        self._filter = wanted
        self.text.setText(wanted.text)
        self.state.set_value("needs_box" if wanted.needs_box else wanted.states)
        one = next(iter(wanted.labels), None) if wanted.labels else None
        self.label.set_value(None if wanted.labels is None else NO_LABEL if one is None else one)
        self.source.set_value(next(iter(wanted.origins)) if wanted.origins else None)
        self.low.setValue(wanted.min_score or 0.0)
        self.high.setValue(1.0 if wanted.max_score is None else wanted.max_score)
        self.order.set_value(wanted.order)
        self._pause.stop()
        self._filling = False

    def filter(self) -> Filter:
        """What the controls say."""
        state, chosen, source = self.state.value(), self.label.value(), self.source.value()
        label_id = None if chosen == NO_LABEL else chosen
        return replace(
            self._filter,
            states=None if state == "needs_box" else state,
            needs_box=state == "needs_box",
            labels=None if chosen is None else frozenset({label_id}),
            origins=None if source is None else frozenset({source}),
            min_score=self.low.value() or None,
            max_score=None if self.high.value() >= 1.0 else self.high.value(),
            text=self.text.text().strip(),
            order=self.order.value(),
        )

    def is_clear(self) -> bool:
        """Whether nothing is filtered and the order is the usual one."""
        return self._filter == Filter()

    def clear(self) -> None:
        """No filter, in the order of import."""
        self.set_filter(Filter())
        self._pause.stop()
        self.changed.emit(self._filter)

    def _emit(self) -> None:
        self._pause.stop()
        wanted = self.filter()
        if not self._filling and wanted != self._filter:
            self._filter = wanted
            self.changed.emit(wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._pause.isActive():
                self._emit()
            self.left.emit()
            return
        super().keyPressEvent(event)

    def focus(self) -> None:
        """Where typing goes."""
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.text.selectAll()
