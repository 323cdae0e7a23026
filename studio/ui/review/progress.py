"""How much of the queue is decided and how long the rest takes, counted off the Qt thread."""

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from studio.project import Action, BoxState, Event
from studio.review import ReviewCounts, count_review, in_play
from studio.ui.background import Task
from studio.ui.review.crop_panel import CropPanel
from studio.ui.review.session import ReviewSession
from studio.ui.review.words import progress_sentence
from studio.wording import count, duration

RECOUNT_MS = 20_000
_COUNTED_ANEW = (Action.UNDO, Action.REDO, Action.CREATE)


class ProgressMeter(QObject):
    """Counts once in a while and, between, goes by the decisions it hears of."""

    counted = Signal(object)  # ReviewCounts

    def __init__(self, panel: CropPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self._session: ReviewSession | None = None
        self.counts = ReviewCounts()
        self._counting = self._stale = False
        self._timer = QTimer(self)
        self._timer.setInterval(RECOUNT_MS)
        self._timer.timeout.connect(self.recount)

    def follow(self, session: ReviewSession | None) -> None:
        """Count for this session's queue from now on."""
        self._session = session
        if session is None:
            self._timer.stop()
            self.counts = ReviewCounts()
            self.counted.emit(self.counts)
        else:
            self._timer.start()
            self.recount()

    def recount(self) -> None:
        """Count anew, and once more if something was decided meanwhile."""
        session = self._session
        if session is None or self._counting:
            self._stale = True
            return
        project, wanted = session.project, session.navigator.filter

        def on_done(counts: ReviewCounts) -> None:
            if session is self._session and not self._stale:
                self._show(counts)

        self._counting, self._stale = True, False
        who = session.navigator.rows.reviewer
        task = Task(lambda _: count_review(project, wanted, who))
        task.done.connect(on_done)
        task.ended.connect(self._counted)
        task.start()

    def _counted(self) -> None:
        self._counting = False
        if self._stale:
            self.recount()

    def count_event(self, event: Event) -> None:
        """A decision: one more or one less, until the next count."""
        self._stale = True
        several = event.batch is not None  # a page tells of its last decision only
        # With two readers, the state of a box does not tell what waits for this one.
        if several or self._two_readers or event.action in _COUNTED_ANEW or self._came_into_play():
            self.recount()
        elif event.before and event.after and "state" in event.after:
            was_open = event.before.get("state") == BoxState.UNDECIDED.value
            is_open = event.after["state"] == BoxState.UNDECIDED.value
            step, counts = int(was_open) - int(is_open), self.counts
            done = counts.images_done + int(step > 0 and self._is_last(event))
            counts = replace(counts, strong_done=counts.strong_done + step, images_done=done)
            if counts.left > 0:
                self._show(counts)
            else:
                self.recount()  # what came of all the boxes is said next

    @property
    def _two_readers(self) -> bool:
        return self._session is not None and self._session.navigator.rule.readers == 2

    def _is_last(self, event: Event) -> bool:
        """Whether the box of a decision was the last to be decided on its image."""
        boxes = self._session.navigator.boxes if self._session is not None else []
        waiting = [b.id for b in boxes if in_play(b) and b.state is BoxState.UNDECIDED]
        return waiting in ([], [event.box_id])

    def _came_into_play(self) -> bool:
        """Whether the box that has just been decided was not among those counted."""
        box = self._session.navigator.current if self._session is not None else None
        return box is not None and not in_play(box)

    def _show(self, counts: ReviewCounts) -> None:
        assert self._session is not None
        self.counts = counts
        pace = self._session.controller.pace
        rate, left = pace.per_minute(), pace.seconds_for(max(counts.left, 0))
        words = self.tr("The pace shows after a few decisions.") if counts.strong else ""
        if rate is not None and left is not None:
            words = self.tr("{} boxes a minute · {} left").format(
                count(round(rate)), duration(left)
            )
        if counts.strong and counts.left <= 0:
            words = self.tr("All decided.")
            if self._two_readers:
                words = self.tr("Nothing waits for you.")
        sentence = progress_sentence(counts, yours=self._two_readers)
        self._panel.set_progress(counts.images_done, counts.images, sentence, words)
        self.counted.emit(counts)
