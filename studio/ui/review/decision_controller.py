"""Controls the decisions of the review workspace: a key decides, the event is committed, the
navigator advances.

The controller draws nothing. It checks whether a key counts, calls the reviewer, and tells the
views what changed. A key decides nothing in a project that is open for reading only, without a
reviewer's name, on an image that cannot be read, on a box outside the canvas, before that box has
been visible for a moment, or after the last box of the queue.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import KEPT, Box, Event
from studio.review import KeyGate, NeedsLabel, Pace, Reversal, Reviewer
from studio.ui.review.queue_navigator import AdvanceResult, QueueNavigator
from studio.ui.review.rows import stored, upright, whole_picture
from studio.ui.words import read_only_sentence
from studio.wording import counted

Decide = Callable[..., Event]


class DecisionController(QObject):
    """Decides the current box of a navigator."""

    moved = Signal()  # another image, or none
    changed = Signal()  # boxes of the image, or which one is current
    committed = Signal(object)  # Event
    settled = Signal()  # the current box is decided: what was being edited is saved or given up
    rejected = Signal(int)  # box id, for its reason
    label_requested = Signal()  # the label of the current box, before its image can be decided
    notified = Signal(str, str)  # sentence, kind
    refused = Signal(str)  # a key that would decide did not count: why, as a sentence
    image_unreadable = Signal()  # the picture shown cannot be read
    reviewer_name_requested = Signal()  # who decides has to be known first
    queue_ended = Signal()  # the queue is through

    def __init__(
        self, navigator: QueueNavigator, reviewer: Reviewer | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.navigator = navigator
        self.reviewer = reviewer
        self.at_end = False  # the last box of the queue has been decided
        self.decided_before = False  # what came up by itself was decided by this reviewer before
        self.last_rejected: int | None = None  # box id, for a reason that is given later
        self.gate = KeyGate()
        self.pace = Pace()
        self.pending: Square | None = None  # upright frame: edited or alternative, not saved
        self.unreadable = False
        self.key: Callable[[str], str] = lambda action_id: ""  # the key of an action, for people
        self.screen: Callable[[], dict[str, Any]] = dict
        self.in_sight: Callable[[Sequence[Square], bool], bool] = lambda _squares, _whole: True
        self.bring_into_sight: Callable[[Sequence[Square], bool], None] = lambda _squares, _w: None
        self._since = time.monotonic()
        self._told_read_only = False

    # --- guards -------------------------------------------------------------------------------

    @property
    def read_only(self) -> bool:
        return self.navigator.project.mode == "read"

    def may_write(self) -> bool:
        """Whether anything can be written to this project now; says why not, or asks for a name."""
        if self.read_only:
            if not self._told_read_only:
                self._told_read_only = True
                self.notified.emit(read_only_sentence(self.navigator.project), "error")
            return False
        if self.reviewer is None:
            self.reviewer_name_requested.emit()
            return False
        return True

    def _count_key(self, squares: Sequence[Square], *, whole: bool = False) -> bool:
        """Whether a key that decides these squares (upright frame) counts now.

        What is not in sight is brought there first, and the key counts a moment after that;
        `whole` asks for all of each square to be in sight.
        """
        words = ""
        if self.unreadable:
            words = self.tr("Nothing is decided about a picture that cannot be seen.")
        elif self.at_end:
            words = self.tr("That was the last one: {} takes it back, {} goes back.").format(
                self.key("review.back"), self.key("review.previous")
            )
        elif self.decided_before:
            words = self.tr("You have decided this one. {} decides it anew, {} goes on.").format(
                self.key("review.next_box"), self.key("review.next_undecided")
            )
        elif not self.in_sight(squares, whole):
            self.bring_into_sight(squares, whole)
            words = self.tr("It was out of sight. Look at it now, then press again.")
        elif not self.gate.admits():
            words = self._too_early()
        if words:
            self.refused.emit(words)
        return not words

    def _too_early(self) -> str:
        if self.gate.seconds_left() == float("inf"):
            return self.tr("The picture is not here yet. Press again when it is.")
        return self.tr("Too early: it has only just come into sight. Press again.")

    def may_edit(self) -> bool:
        """Whether what is on the canvas has been seen, so that it may be edited or drawn on."""
        admitted = not self.unreadable and self.gate.admits()
        if not admitted and not self.unreadable:
            self.refused.emit(self._too_early())
        return admitted

    def needs_label(self) -> str:
        """What to do about a box that has no label."""
        digits = sorted(key for key in self.navigator.label_keys.values() if key.isdigit())
        letters = self.navigator.lettered()
        if not self.navigator.labels:
            words = self.tr("This box needs a label, and the project has none yet: {} adds one.")
            return words.format(self.key("project.labels"))
        keys = digits[0] if len(digits) == 1 else ""
        if len(digits) > 1:
            keys = self.tr("{} to {}").format(digits[0], digits[-1])
        if letters:
            more = self.tr("{} and a letter").format(self.key("review.label_more"))
            keys = self.tr("{} or {}").format(keys, more) if keys else more
        return self.tr("This box has no label yet: press {}.").format(keys)

    def mark_visible(self) -> None:
        """What is asked about has become visible: the picture, or another box of it."""
        self.gate.mark_visible()
        self._since = time.monotonic()

    def mark_hidden(self) -> None:
        """What is asked about is not visible yet, or not any more."""
        self.gate.mark_hidden()

    # --- decisions ----------------------------------------------------------------------------

    def accept(self) -> None:
        """Accept the current box, with the square as it is now, and go on."""
        box = self._decidable()
        if box is not None:
            self._accept(box)

    def _accept(self, box: Box) -> None:
        square = self._moved_square(box)
        if square is None:
            self._decide(lambda **kw: self._writer.accept(box.id, **kw))
        elif box.label_id is None:
            self.notified.emit(self.needs_label(), "hint")
        else:
            self._decide(lambda **kw: self._writer.adjust(box.id, square, **kw))

    def accept_whole(self) -> None:
        """The whole picture is the crop: its largest square, about the middle."""
        image = self.navigator.image
        if image is None or not self.may_write():
            return
        square = whole_picture(image)
        box = self.navigator.current
        if not self._count_key([square], whole=True):
            return
        if box is None:
            if self.create(square, image.label_id) and image.label_id is not None:
                self._advance()
            return
        self.pending = square
        self.changed.emit()
        self._accept(box)

    def reject(self) -> None:
        """Reject the current box and go on; a reason may follow within a second."""
        box = self._decidable()
        if box is not None and self._decide(lambda **kw: self._writer.reject(box.id, **kw)):
            self.last_rejected = box.id
            self.rejected.emit(box.id)

    def reject_rest(self) -> None:
        """Reject every undecided box that is shown on this image, together, and go on."""
        image = self.navigator.image
        if image is None or not self.may_write():
            return
        rest = [box for box in self.navigator.visible_boxes() if self.navigator.is_open(box)]
        if not rest:
            self.notified.emit(self.tr("No box of this image is left to decide."), "hint")
            return
        if self._count_key([upright(box.square, image) for box in rest], whole=True):
            ids = [box.id for box in rest]
            count = len(ids)
            if self._decide(lambda **kw: self._writer.reject_together(ids, **kw)[-1], count=count):
                words = self.tr("{} boxes rejected: {} takes them back.")
                if count == 1:
                    words = self.tr("{} box rejected: {} takes it back.")
                self.notified.emit(words.format(count, self.key("review.back")), "done")

    def decide_image(self, label_id: int | None = None) -> None:
        """The current box is the lesion and the rest of its image is none: accept it, with this
        label where one is given, reject what is undecided, and go on to the next image.

        A box without a label, beside one that is accepted already, is of the rest. Without any
        accepted box, `label_requested` asks for the label first.
        """
        box, image = self.navigator.current, self.navigator.image
        if box is None or image is None:
            self._decidable()
            return
        if not self.may_write():
            return
        shown = self.navigator.visible_boxes()
        right = box
        if label_id is None and box.label_id is None:
            kept = [one for one in shown if one.state in KEPT]
            if not kept:
                self.label_requested.emit()
                return
            right = kept[0]
        rest = [one for one in shown if self.navigator.is_open(one) and one is not right]
        squares = [upright(one.square, image) for one in rest]
        moved = None
        if right is box:
            squares.insert(0, self.pending or upright(box.square, image))
            moved = self._moved_square(box)
        if self._count_key(squares, whole=bool(rest)):
            self._decide_image(right, rest, label_id, moved)

    def _decide_image(
        self, right: Box, rest: Sequence[Box], label_id: int | None, square: Square | None
    ) -> None:
        ids = [one.id for one in rest]
        stays = right.state in KEPT and label_id is None and square is None
        if stays and not ids:
            self._advance(image=True)
            return
        how: dict[str, Any] = {"label_id": label_id, "square": square}
        decided = self._decide(
            lambda **kw: self._writer.decide_image(right.id, ids, **how, **kw)[-1],
            count=len(ids) + int(not stays),
            image=True,
        )
        if decided and ids:
            rejected = counted(len(ids), self.tr("{0} box rejected"), self.tr("{0} boxes rejected"))
            words = self.tr("One kept, {}: {} takes it back.")
            self.notified.emit(words.format(rejected, self.key("review.back")), "done")

    def relabel(self, label_id: int, *, stay: bool = False) -> None:
        """Give the current box a label and accept it; `stay` does not go on."""
        box = self._decidable()
        if box is None:
            return
        square = self._moved_square(box)
        if square is None:
            self._decide(lambda **kw: self._writer.relabel(box.id, label_id, **kw), stay=stay)
        else:
            self._decide(
                lambda **kw: self._writer.adjust(box.id, square, label_id, **kw), stay=stay
            )

    def unsure(self) -> None:
        """Leave the current box to the second reader and go on."""
        box = self._decidable()
        if box is not None:
            self._decide(lambda **kw: self._writer.unsure(box.id, **kw))

    def set_reason(self, box_id: int, reason: str | None, *, later: bool = False) -> bool:
        """Why a box was rejected; the image may have moved on. Whether it was written."""
        if not self.may_write():
            return False
        # What is on the screen now, and for how long, is not what the reason is about.
        written = self._commit(lambda **_: self._writer.set_reason(box_id, reason, later=later))
        if any(box.id == box_id for box in self.navigator.boxes):
            self._reload()
        return written is not None

    def comment(self, text: str) -> None:
        """A remark on the current box; decides nothing."""
        box = self.navigator.current
        if box is not None and self.may_write():
            self._commit(lambda **kw: self._writer.comment(box.id, text, **kw))
            self._reload()

    def keep_square(self) -> None:
        """Save the square as edited; with a label the box is accepted by that. It stays current."""
        box = self.navigator.current
        if box is None or not self.may_write():
            return
        square = self._moved_square(box)
        self.pending = None
        if square is not None:
            self._commit(lambda **kw: self._writer.adjust(box.id, square, **kw))
        self._reload()

    def create(self, square: Square, label_id: int | None) -> bool:
        """A new box, in the upright frame; it becomes the current one. Whether it was written."""
        image = self.navigator.image
        if image is None or not self.may_write():
            return False
        event = self._commit(
            lambda **kw: self._writer.create(image.id, stored(square, image), label_id, **kw)
        )
        if event is not None:
            self.navigator.current_id = event.box_id
            self.at_end = self.decided_before = False
            self._reload()
        return event is not None

    @property
    def _writer(self) -> Reviewer:
        assert self.reviewer is not None  # may_write has been asked
        return self.reviewer

    def _decidable(self) -> Box | None:
        """The current box if a key may decide it now."""
        image, box = self.navigator.image, self.navigator.current
        if image is None or not self.may_write():
            return None
        if box is None:
            if self._count_key([]):
                words = self.tr("There is no box here yet: press {} to draw one.")
                self.notified.emit(words.format(self.key("review.new_box")), "hint")
            return None
        square = self.pending or upright(box.square, image)
        return box if self._count_key([square]) else None

    def _moved_square(self, box: Box) -> Square | None:
        """The pending square in the stored frame, when it differs from what is saved."""
        if self.pending is None or self.navigator.image is None:
            return None
        square = stored(self.pending, self.navigator.image)
        same = max(
            abs(square.cx - box.square.cx),
            abs(square.cy - box.square.cy),
            abs(square.side - box.square.side),
        )
        return square if same > 1e-6 else None

    def _decide(
        self, decide: Decide, *, stay: bool = False, count: int = 1, image: bool = False
    ) -> bool:
        """Write and go on: to the next box, with `image` to the next image, or with `stay` not."""
        if self._commit(decide, decides=count) is None:
            return False
        self.pending = None
        self.settled.emit()
        self.navigator.reload()
        if stay:
            self.changed.emit()
        else:
            self._advance(image=image)
        return True

    def _commit(self, decide: Decide, *, decides: int = 0) -> Event | None:
        """Write; only what `decides` boxes, a note or a new outline does not, counts as work."""
        spent = round((time.monotonic() - self._since) * 1000)
        try:
            event = decide(ms_spent=spent, on_screen=self.screen())
        except NeedsLabel:
            self.notified.emit(self.needs_label(), "hint")
            return None
        except StudioError as error:
            self.notified.emit(str(error), "error")
            return None
        if decides:
            self._since = time.monotonic()
            self.pace.decided(decides)
        self.committed.emit(event)
        return event

    def _reload(self) -> None:
        self.navigator.reload()
        self.changed.emit()

    def decide_page(
        self,
        accepted: list[int],
        rejected: list[int],
        label_id: int | None = None,
        labels: dict[int, int] | None = None,
    ) -> bool:
        """Confirm a contact sheet page in one transaction; undone with one key."""
        if not self.may_write():
            return False
        spent = round((time.monotonic() - self._since) * 1000)
        try:
            events = self._writer.accept_page(
                accepted,
                rejected=rejected,
                label_id=label_id,
                labels=labels,
                ms_spent=spent,
                on_screen=self.screen(),
            )
        except StudioError as error:
            self.notified.emit(str(error), "error")
            return False
        self._since = time.monotonic()
        self.pace.decided(len(events))
        for event in events:
            if event.image_id is not None:
                self.navigator.rows.forget_count(event.image_id)
        if events:
            self.committed.emit(events[-1])
        return True

    # --- moving -------------------------------------------------------------------------------

    def _advance(self, *, image: bool = False) -> None:
        outcome = self.navigator.advance_image() if image else self.navigator.advance()
        if outcome is AdvanceResult.IMAGE:
            self._announce_move()
            self.note_arrival()
        else:
            self.at_end = outcome is AdvanceResult.END
            self.changed.emit()
            if self.at_end:
                self.queue_ended.emit()

    def note_arrival(self) -> None:
        """The current box came up by itself, not because a person chose it.

        Keys struck on out of habit must not overturn what this reviewer has decided before.
        """
        box = self.navigator.current
        self.decided_before = False
        if box is not None and self.reviewer is not None and not self.navigator.wants(box):
            who = self.navigator.decider(box)
            self.decided_before = who is not None and who.reviewer == self.reviewer.name

    def _reset_edit(self) -> None:
        """A person went to the current box: keys decide it, whatever it is."""
        self.pending = None
        self.at_end = self.decided_before = False

    def _announce_move(self) -> None:
        self._reset_edit()
        self.mark_hidden()
        self.moved.emit()

    def reset_for_image(self) -> None:
        """Another queue has brought another image."""
        self._reset_edit()
        self.note_arrival()
        self.mark_hidden()

    def step(self, by: int) -> None:
        """Browse without deciding."""
        if self.navigator.step(by):
            self._announce_move()

    def go_to(self, index: int) -> None:
        """Show the image at this place of the queue."""
        elsewhere = index != self.navigator.index or self.navigator.off_queue
        if elsewhere and self.navigator.go_to(index):
            self._announce_move()

    def go_to_box(self, image_id: int, box_id: int | None) -> None:
        """Return to a box wherever it is."""
        same = self.navigator.image is not None and self.navigator.image.id == image_id
        if same:
            self.navigator.reload()
            if any(b.id == box_id for b in self.navigator.boxes):
                self.navigator.current_id = box_id
            self._reset_edit()
            self.changed.emit()
        elif self.navigator.go_to_image(image_id, box_id):
            self._announce_move()

    def next_undecided(self) -> None:
        """Jump to the next image with something to decide."""
        index = self.navigator.next_undecided()
        if index is None:
            words = self.tr("Everything in this queue is decided.")
            if self.navigator.rule.readers == 2:
                words = self.tr("Nothing in this queue waits for you.")
            self.notified.emit(words, "hint")
        elif index == self.navigator.index and not self.navigator.off_queue:
            self.notified.emit(self.tr("This is the only image left to decide here."), "hint")
        else:
            self.go_to(index)

    def select(self, box_id: int) -> None:
        self._reset_edit()
        self.navigator.select(box_id)
        self.changed.emit()

    def select_next(self, by: int) -> None:
        self._reset_edit()
        self.navigator.select_next(by)
        self.changed.emit()

    def show_all(self) -> None:
        """Show the proposals of low rank too, or hide them again."""
        self.navigator.show_all = not self.navigator.show_all
        self.changed.emit()

    # --- undo ---------------------------------------------------------------------------------

    def undo(self) -> Reversal | None:
        """Take the last decision back and return to it; what was undone."""
        return self._revert("undo", self.tr("There is nothing to undo."))

    def redo(self) -> Reversal | None:
        """Decide again what was undone, and return to it; what was redone."""
        done = self._revert("redo", self.tr("There is nothing to redo."))
        self.note_arrival()
        return done

    def _revert(self, move: Literal["undo", "redo"], nothing: str) -> Reversal | None:
        if not self.may_write():
            return None
        try:
            done = self._writer.undo() if move == "undo" else self._writer.redo()
        except StudioError as error:
            self.notified.emit(str(error), "error")
            return None
        if done is None:
            self.notified.emit(nothing, "hint")
            return None
        for event in done.events:
            if event.image_id is not None:
                self.navigator.rows.forget_count(event.image_id)
            if event.box_id == self.last_rejected:
                self.last_rejected = None  # it may not be rejected any more
        self.committed.emit(done.event)
        if done.left:
            self.notified.emit(
                self.tr("{} boxes stay: another reviewer has decided them since.").format(
                    done.left
                ),
                "info",
            )
        self.go_to_box(done.image_id, done.box_id)
        return done
