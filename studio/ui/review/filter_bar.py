"""The filter, in two lines of plain controls.

State, label, source, score, text and order; below them who decided, the reason and the comment.
"""

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from studio.project import BoxState, Label
from studio.review import Filter
from studio.ui.review.words import REASONS, origin_word, reason_word, state_short
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, FlatButton, FloatField, label
from studio.ui.widgets.panel import Panel
from studio.wording import counted

TYPING_PAUSE = 250  # ms without a key before the queue is asked again

DECIDED = frozenset(BoxState) - {BoxState.UNDECIDED, BoxState.DISPUTED}
NO_LABEL = -1  # a label's value in the list of choices; None is "any"
NO_REASON = ""  # a reason's value there


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
        self.reviewer = Choice([(None, self.tr("Any reviewer"))])
        self.reason = Choice(
            [
                (None, self.tr("Any reason")),
                *((reason, reason_word(reason).capitalize()) for reason in REASONS),
                (NO_REASON, self.tr("Rejected without a reason")),
            ]
        )
        self.commented = Choice(
            [(False, self.tr("Comment or none")), (True, self.tr("With a comment"))]
        )
        self.comment = QLineEdit()
        self.comment.setPlaceholderText(self.tr("Comment contains…"))
        self.comment.setAccessibleName(self.tr("Comment contains"))
        self.comment.setClearButtonEnabled(True)
        self.images = label("", "quiet")
        self.clear_button = FlatButton(self.tr("Clear"), self.clear)
        self._name()
        self._lay_out()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE)
        self._pause.timeout.connect(self._emit)
        for edit in (self.text, self.comment):
            edit.textChanged.connect(lambda _: None if self._filling else self._pause.start())
        for spin in (self.low, self.high):
            spin.valueChanged.connect(lambda _: self._pause.start())
        for choice in (self.state, self.label, self.source, self.order, *self._history()):
            choice.chosen.connect(lambda _: self._emit())

    def _history(self) -> tuple[Choice, ...]:
        return self.reviewer, self.reason, self.commented

    def set_two_readers(self, two: bool) -> None:
        """Whether boxes of this project can be disputed."""
        self._filling = True
        chosen = self.state.value()
        self.state.set_options(self._states(two))
        self.state.set_value(chosen)
        self._filling = False

    def _states(self, two: bool = False) -> list[tuple[object, str]]:
        offered = [one for one in BoxState if two or one is not BoxState.DISPUTED]
        single = [(frozenset({one}), state_short(one)) for one in offered]
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
            (self.reviewer, self.tr("Who decided")),
            (self.reason, self.tr("Reason of the rejection")),
            (self.commented, self.tr("Whether there is a comment")),
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
        below = QHBoxLayout()
        below.setContentsMargins(GRID * 2, 0, GRID * 2, GRID)
        below.setSpacing(GRID)
        below.addWidget(self.comment, 3)
        for choice in (self.commented, self.reviewer, self.reason):
            below.addWidget(choice, 2)
        below.addWidget(self.images)
        below.addStretch(2)
        below.addWidget(self.clear_button)
        self.body.setSpacing(0)
        self.body.addLayout(line)
        self.body.addLayout(below)

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

    def set_reviewers(self, names: Iterable[str]) -> None:
        """The reviewers to choose from in this project."""
        self._filling = True
        wanted = self._filter.reviewers
        # One who is filtered by stays to be chosen, also where nothing is theirs any more.
        listed = dict.fromkeys([*names, *sorted(wanted or ())])
        self.reviewer.set_options(
            [(None, self.tr("Any reviewer")), *((name, name) for name in listed)]
        )
        self.reviewer.set_value(next(iter(wanted)) if wanted else None)
        self._filling = False

    def set_filter(self, wanted: Filter) -> None:
        """Show a filter without asking for it again."""
        self._filling = True
        self._filter = wanted
        self.text.setText(wanted.text)
        sent = len(wanted.images or ())
        self.images.setText(
            counted(sent, self.tr("Only {0} image sent"), self.tr("Only {0} images sent"))
        )
        self.images.setVisible(wanted.images is not None)
        self.state.set_value("needs_box" if wanted.needs_box else wanted.states)
        one = next(iter(wanted.labels), None) if wanted.labels else None
        self.label.set_value(None if wanted.labels is None else NO_LABEL if one is None else one)
        self.source.set_value(next(iter(wanted.origins)) if wanted.origins else None)
        self.low.setValue(wanted.min_score or 0.0)
        self.high.setValue(1.0 if wanted.max_score is None else wanted.max_score)
        self.order.set_value(wanted.order)
        who = next(iter(wanted.reviewers)) if wanted.reviewers else None
        if who is not None and self.reviewer.findData(who) < 0:
            self.reviewer.addItem(who, who)
        self.reviewer.set_value(who)
        reason = next(iter(wanted.reasons), None) if wanted.reasons else None
        self.reason.set_value(None if wanted.reasons is None else reason or NO_REASON)
        self.commented.set_value(wanted.comment is not None)
        self.comment.setText(wanted.comment or "")
        self._pause.stop()
        self._filling = False

    def filter(self) -> Filter:
        """What the controls say."""
        state, chosen, source = self.state.value(), self.label.value(), self.source.value()
        who, reason, said = self.reviewer.value(), self.reason.value(), self.comment.text().strip()
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
            reviewers=None if who is None else frozenset({who}),
            reasons=None if reason is None else frozenset({reason or None}),
            comment=said if said or self.commented.value() else None,
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
