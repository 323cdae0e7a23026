"""Where decisions are made: one key decides, the commit returns, the deck advances.

The desk draws nothing. It guards (read-only project, key gate, unreadable picture), calls the
reviewer, and tells the views what changed.
"""

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import Box, Event
from studio.review import KeyGate, NeedsLabel, Pace, Reviewer
from studio.ui.review.deck import Deck, Moved
from studio.ui.review.rows import stored
from studio.ui.words import read_only_sentence

Decide = Callable[..., Event]


class Desk(QObject):
    """Decisions on the current box of a deck."""

    moved = Signal()  # another image, or none
    changed = Signal()  # boxes of the image, or which one is current
    committed = Signal(object)  # Event
    settled = Signal()  # the current box is decided: what was being edited is saved or given up
    rejected = Signal(int)  # box id, for its reason
    said = Signal(str, str)  # sentence, kind
    ended = Signal()  # the queue is through

    def __init__(self, deck: Deck, reviewer: Reviewer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.deck = deck
        self.reviewer = reviewer
        self.gate = KeyGate()
        self.pace = Pace()
        self.pending: Square | None = None  # upright frame: edited or alternative, not saved
        self.unreadable = False
        self.key: Callable[[str], str] = lambda action_id: ""  # the key of an action, for people
        self.screen: Callable[[], dict[str, Any]] = dict
        self._since = time.monotonic()
        self._told_read_only = False

    # --- guards -------------------------------------------------------------------------------

    @property
    def read_only(self) -> bool:
        return self.deck.project.mode == "read"

    def _may_decide(self) -> bool:
        if self.read_only:
            if not self._told_read_only:
                self._told_read_only = True
                self.said.emit(read_only_sentence(self.deck.project), "error")
            return False
        return True

    def needs_label(self) -> str:
        """What to do about a box that has no label."""
        keys = min(len(self.deck.labels), 9)
        if keys < 2:
            return self.tr("This box has no label yet: press 1.")
        return self.tr("This box has no label yet: press 1 to {}.").format(keys)

    def _key_counts(self) -> bool:
        return self.gate.admits()

    def shown(self) -> None:
        """The picture has become visible."""
        self.gate.shown()
        self._since = time.monotonic()

    def hidden(self) -> None:
        """The picture is not visible yet, or no more."""
        self.gate.hidden()

    # --- decisions ----------------------------------------------------------------------------

    def accept(self) -> None:
        """Accept the current box, with the square as it is now, and go on."""
        box = self._decidable()
        if box is None:
            return
        if self.unreadable:
            self.said.emit(self.tr("A picture that cannot be read cannot be accepted."), "hint")
            return
        square = self._moved_square(box)
        if square is None:
            self._decide(lambda **kw: self.reviewer.accept(box.id, **kw))
        elif box.label_id is None:
            self.said.emit(self.needs_label(), "hint")
        else:
            self._decide(lambda **kw: self.reviewer.adjust(box.id, square, **kw))

    def reject(self) -> None:
        """Reject the current box and go on; a reason may follow within a second."""
        box = self._decidable()
        if box is not None and self._decide(lambda **kw: self.reviewer.reject(box.id, **kw)):
            self.rejected.emit(box.id)

    def relabel(self, number: int, *, stay: bool = False) -> None:
        """Give the label of a number key and accept; `stay` does not go on."""
        labels = self.deck.labels
        box = self._decidable()
        if box is None:
            return
        if number > len(labels):
            self.said.emit(self.tr("No label has the key {}.").format(number), "hint")
            return
        if self.unreadable:
            self.said.emit(self.tr("A picture that cannot be read cannot be accepted."), "hint")
            return
        one, square = labels[number - 1].id, self._moved_square(box)
        if square is None:
            self._decide(lambda **kw: self.reviewer.relabel(box.id, one, **kw), stay=stay)
        else:
            self._decide(lambda **kw: self.reviewer.adjust(box.id, square, one, **kw), stay=stay)

    def unsure(self) -> None:
        """Leave the current box to the second reader and go on."""
        box = self._decidable()
        if box is not None:
            self._decide(lambda **kw: self.reviewer.unsure(box.id, **kw))

    def set_reason(self, box_id: int, reason: str) -> bool:
        """Why a box was rejected; the image has moved on already. Whether it was written."""
        # What is on the screen now, and for how long, is not what the reason is about.
        written = self._commit(lambda **_: self.reviewer.set_reason(box_id, reason))
        return written is not None

    def comment(self, text: str) -> None:
        """A remark on the current box; decides nothing."""
        box = self.deck.current
        if box is not None and self._may_decide():
            self._commit(lambda **kw: self.reviewer.comment(box.id, text, **kw))
            self._reload()

    def keep_square(self) -> None:
        """Save the square as edited; with a label the box is accepted by that. It stays current."""
        box = self.deck.current
        if box is None or not self._may_decide():
            return
        square = self._moved_square(box)
        self.pending = None
        if square is not None:
            self._commit(lambda **kw: self.reviewer.adjust(box.id, square, **kw))
        self._reload()

    def create(self, square: Square, label_id: int | None) -> None:
        """A new box, drawn by hand, in the upright frame; it becomes the current one."""
        image = self.deck.image
        if image is None or not self._may_decide():
            return
        event = self._commit(
            lambda **kw: self.reviewer.create(image.id, stored(square, image), label_id, **kw)
        )
        if event is not None:
            self.deck.current_id = event.box_id
            self._reload()

    def _decidable(self) -> Box | None:
        """The current box if a key may decide it now."""
        if not self._key_counts() or not self._may_decide():
            return None
        box = self.deck.current
        if box is None and self.deck.image is not None:
            words = self.tr("There is no box here yet: press {} to draw one.")
            self.said.emit(words.format(self.key("review.new_box")), "hint")
        return box

    def _moved_square(self, box: Box) -> Square | None:
        """The pending square in the stored frame, when it differs from what is saved."""
        if self.pending is None or self.deck.image is None:
            return None
        square = stored(self.pending, self.deck.image)
        same = max(
            abs(square.cx - box.square.cx),
            abs(square.cy - box.square.cy),
            abs(square.side - box.square.side),
        )
        return square if same > 1e-6 else None

    def _decide(self, decide: Decide, *, stay: bool = False) -> bool:
        if self._commit(decide, decides=True) is None:
            return False
        self.pending = None
        self.settled.emit()
        self.deck.reload()
        if stay:
            self.changed.emit()
        else:
            self._advance()
        return True

    def _commit(self, decide: Decide, *, decides: bool = False) -> Event | None:
        """Write; only what decides a box, a note or a new outline does not, counts as work done."""
        spent = round((time.monotonic() - self._since) * 1000)
        try:
            event = decide(ms_spent=spent, on_screen=self.screen())
        except NeedsLabel:
            self.said.emit(self.needs_label(), "hint")
            return None
        except StudioError as error:
            self.said.emit(str(error), "error")
            return None
        if decides:
            self._since = time.monotonic()
            self.pace.decided()
        self.committed.emit(event)
        return event

    def _reload(self) -> None:
        self.deck.reload()
        self.changed.emit()

    def decide_page(
        self, accepted: list[int], rejected: list[int], label_id: int | None = None
    ) -> bool:
        """Confirm a contact sheet page in one transaction; undone with one key."""
        if not self._may_decide():
            return False
        spent = round((time.monotonic() - self._since) * 1000)
        try:
            events = self.reviewer.accept_page(
                accepted,
                rejected=rejected,
                label_id=label_id,
                ms_spent=spent,
                on_screen=self.screen(),
            )
        except StudioError as error:
            self.said.emit(str(error), "error")
            return False
        self._since = time.monotonic()
        self.pace.decided(len(events))
        for event in events:
            if event.image_id is not None:
                self.deck.rows.forget_count(event.image_id)
        if events:
            self.committed.emit(events[-1])
        return True

    # --- moving -------------------------------------------------------------------------------

    def _advance(self) -> None:
        outcome = self.deck.advance()
        if outcome is Moved.IMAGE:
            self._moved()
        else:
            self.changed.emit()
            if outcome is Moved.END:
                self.ended.emit()

    def _moved(self) -> None:
        self.pending = None
        self.hidden()
        self.moved.emit()

    def step(self, by: int) -> None:
        """Browse without deciding."""
        if self.deck.step(by):
            self._moved()

    def go_to(self, index: int) -> None:
        """Show the image at this place of the queue."""
        elsewhere = index != self.deck.index or self.deck.off_queue
        if elsewhere and self.deck.go_to(index):
            self._moved()

    def go_to_box(self, image_id: int, box_id: int | None) -> None:
        """Return to a box wherever it is."""
        same = self.deck.image is not None and self.deck.image.id == image_id
        if same:
            self.deck.reload()
            if any(b.id == box_id for b in self.deck.boxes):
                self.deck.current_id = box_id
            self.pending = None
            self.changed.emit()
        elif self.deck.go_to_image(image_id, box_id):
            self._moved()

    def next_undecided(self) -> None:
        """Jump to the next image with something to decide."""
        index = self.deck.next_undecided()
        if index is None:
            self.said.emit(self.tr("Everything in this queue is decided."), "hint")
        elif index == self.deck.index and not self.deck.off_queue:
            self.said.emit(self.tr("This is the only image left to decide here."), "hint")
        else:
            self.go_to(index)

    def select(self, box_id: int) -> None:
        self.pending = None
        self.deck.select(box_id)
        self.changed.emit()

    def select_next(self, by: int) -> None:
        self.pending = None
        self.deck.select_next(by)
        self.changed.emit()

    def show_all(self) -> None:
        """Show the proposals of low rank too, or hide them again."""
        self.deck.show_all = not self.deck.show_all
        self.changed.emit()

    # --- undo ---------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the last decision back and return to it."""
        self._revert(self.reviewer.undo, self.tr("There is nothing to undo."))

    def redo(self) -> None:
        """Decide again what was undone, and return to it."""
        self._revert(self.reviewer.redo, self.tr("There is nothing to redo."))

    def _revert(self, revert: Callable[[], Any], nothing: str) -> None:
        if not self._may_decide():
            return
        try:
            done = revert()
        except StudioError as error:
            self.said.emit(str(error), "error")
            return
        if done is None:
            self.said.emit(nothing, "hint")
            return
        for event in done.events:
            if event.image_id is not None:
                self.deck.rows.forget_count(event.image_id)
        self.committed.emit(done.event)
        if done.left:
            self.said.emit(
                self.tr("{} boxes stay: another reviewer has decided them since.").format(
                    done.left
                ),
                "info",
            )
        self.go_to_box(done.image_id, done.box_id)
