"""What a reviewer does to boxes: each decision is committed before its method returns."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from studio.errors import StudioError
from studio.imaging import Square, fit_square
from studio.project import KEPT, Action, Box, BoxState, Decision, Event, NewBox, Project
from studio.project.decisions import COLUMNS, Undoing, decisions_on, from_log, log_of
from studio.project.events import event_of_id, last_event_id, reviewer_id
from studio.project.records import plain
from studio.review import history, rules
from studio.review.readers import (
    ReadersRule,
    as_said,
    columns_of,
    outcome,
    rule_in,
)

OnScreen = Mapping[str, Any]
_NOW = 1 << 62  # later than any event
HAND = "hand"
"""The origin of boxes that a person drew."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """What an undo or redo did, and where to return to.

    `event` is the one of the box to return to, `events` all of the gesture's. `left` counts the
    boxes that stayed as they were because another reviewer has decided them since.
    """

    event: Event
    events: tuple[Event, ...]
    decision: Action
    left: int = 0

    @property
    def image_id(self) -> int:
        """The image to return to."""
        assert self.event.image_id is not None
        return self.event.image_id

    @property
    def box_id(self) -> int:
        """The box to return to; removed when its creation was undone."""
        assert self.event.box_id is not None
        return self.event.box_id


class Reviewer:
    """The decisions of one person in one project.

    Each method raises StudioError, having changed nothing, for an unknown or removed box and for
    a project that is not open for editing. `ms_spent` is the time the box was looked at,
    milliseconds; `on_screen` what was shown then (mode, zoom, aids), both kept in the event.
    """

    def __init__(self, project: Project, name: str) -> None:
        """Raises StudioError for a name that is empty or longer than 120 characters."""
        if not name.strip() or len(name) > 120:
            raise StudioError("A reviewer needs a name of 1 to 120 characters.")
        self.project = project
        self.name = plain(name).strip()
        self._open: Connection | None = None
        self._rule = ReadersRule()  # of the project, in the transaction that is open

    def accept(
        self, box_id: int, *, ms_spent: int | None = None, on_screen: OnScreen | None = None
    ) -> Event:
        """The box is right. One that was adjusted by hand stays so. Raises NeedsLabel."""
        with self._box(box_id) as (connection, box):
            after = self._accepted(connection, box, box.label_id)
            return self._record(connection, box, Action.ACCEPT, after, ms_spent, on_screen)

    def accept_page(
        self,
        box_ids: Sequence[int],
        *,
        rejected: Sequence[int] = (),
        label_id: int | None = None,
        labels: Mapping[int, int] | None = None,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> list[Event]:
        """Confirm a page of a contact sheet: all right but the `rejected`, in one transaction.

        `labels` maps the ids of single boxes to the label that each is given; `label_id` is given
        to those other right ones that have no label. One event a box, in order, undone together.
        Raises NeedsLabel, or StudioError for a label that is never decided in bulk; then nothing
        of the page is decided.
        """
        own = dict(labels or {})
        if label_id is not None:
            self._check_label(label_id)
        for given in set(own.values()):
            self._check_label(given)
        wrong = frozenset(rejected)
        page = dict.fromkeys([*box_ids, *rejected])
        with self.together() as connection:
            bulk = {label.id: label for label in self.project.labels()}
            events: list[Event] = []
            for box_id in page:
                box = self._read(connection, box_id)
                if box_id in wrong:
                    action, after = Action.REJECT, rules.rejected(None)
                else:
                    usual = label_id if box.label_id is None else box.label_id
                    wanted = own.get(box_id, usual)
                    action = Action.ACCEPT if wanted == box.label_id else Action.RELABEL
                    after = self._accepted(connection, box, wanted)
                    label = bulk[after["label_id"]]
                    if label.never_in_bulk:
                        raise StudioError(
                            f"Box {box_id} is a {label.name}, which is never accepted in bulk: "
                            "decide it alone."
                        )
                batch = events[0].id if events else None
                event = self._record(connection, box, action, after, ms_spent, on_screen, batch)
                events.append(event)
        return events

    def reject(
        self,
        box_id: int,
        reason: str | None = None,
        *,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> Event:
        """The box is wrong; `reason` is one of RejectReason."""
        after = rules.rejected(reason)
        with self._box(box_id) as (connection, box):
            return self._record(connection, box, Action.REJECT, after, ms_spent, on_screen)

    def reject_together(
        self,
        box_ids: Sequence[int],
        *,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> list[Event]:
        """Several boxes are wrong, such as what is left on an image: undone together."""
        after = rules.rejected(None)
        events: list[Event] = []
        with self.together() as connection:
            for box_id in dict.fromkeys(box_ids):
                box = self._read(connection, box_id)
                batch = events[0].id if events else None
                event = self._record(
                    connection, box, Action.REJECT, after, ms_spent, on_screen, batch
                )
                events.append(event)
        return events

    def decide_image(
        self,
        box_id: int,
        rest: Sequence[int],
        *,
        label_id: int | None = None,
        square: Square | None = None,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> list[Event]:
        """One box of an image is right and what is undecided of the `rest` wrong: undone together.

        The right one is given the label and the square (raw frame) where there is one; without
        either, a box that is accepted already stays as it is. In one transaction. Raises
        NeedsLabel; then nothing is decided.
        """
        if label_id is not None:
            self._check_label(label_id)
        with self.together() as connection:
            box = self._read(connection, box_id)
            wanted = box.label_id if label_id is None else label_id
            after = self._accepted(connection, box, wanted)
            action = Action.ACCEPT if wanted == box.label_id else Action.RELABEL
            if square is not None:
                action = Action.ADJUST
                after |= rules.columns_of(self._fitted(box.image_id, square))
                after["state"] = BoxState.ADJUSTED
            wrong = [self._read(connection, one) for one in dict.fromkeys(rest) if one != box_id]
            steps = [
                (one, Action.REJECT, rules.rejected(None))
                for one in wrong
                if one.state is BoxState.UNDECIDED  # what this reviewer has said stays
            ]
            if not steps or action is not Action.ACCEPT or box.state not in KEPT:
                steps.insert(0, (box, action, after))
            events: list[Event] = []
            for one, action, after in steps:
                batch = events[0].id if events else None
                event = self._record(connection, one, action, after, ms_spent, on_screen, batch)
                events.append(event)
        return events

    def set_reason(
        self,
        box_id: int,
        reason: str | None,
        *,
        later: bool = False,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> Event:
        """Why a box was rejected, None for no reason; at any time.

        Right after the rejection, both are undone together; `later` makes it a step of its own.
        """
        after = {"reason": None if reason is None else rules.reason_of(reason)}
        with self._box(box_id) as (connection, box):
            if box.state is not BoxState.REJECTED:
                raise StudioError(f"Box {box_id} is not rejected, so it has no reason for it.")
            last = history.last_gesture(connection, self._id(connection))
            rejected_just_now = (
                not later
                and bool(last)
                and last[0].action == Action.REJECT
                and all(row.box_id == box_id for row in last)
            )
            batch = last[0].id if rejected_just_now else None
            return self._record(connection, box, Action.REASON, after, ms_spent, on_screen, batch)

    def relabel(
        self,
        box_id: int,
        label_id: int,
        accept: bool = True,
        *,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> Event:
        """Give the box a label and, with `accept`, accept it in the same decision."""
        self._check_label(label_id)
        with self._box(box_id) as (connection, box):
            after: dict[str, Any] = {"label_id": label_id}
            if accept:
                after = self._accepted(connection, box, label_id)
            return self._record(connection, box, Action.RELABEL, after, ms_spent, on_screen)

    def adjust(
        self,
        box_id: int,
        square: Square,
        label_id: int | None = None,
        *,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> Event:
        """Move or resize the box (raw frame), fitted into the picture: shifted, then shrunk.

        The box counts as accepted, being adjusted by hand, as soon as it has a label; until then
        it keeps its state and its new square, and is adjusted once it is accepted with one.
        """
        if label_id is not None:
            self._check_label(label_id)
        with self._box(box_id) as (connection, box):
            label_id = box.label_id if label_id is None else label_id
            after = rules.columns_of(self._fitted(box.image_id, square))
            if label_id is not None:
                after |= {"label_id": label_id, "state": BoxState.ADJUSTED, "reason": None}
            return self._record(connection, box, Action.ADJUST, after, ms_spent, on_screen)

    def unsure(
        self,
        box_id: int,
        comment: str | None = None,
        *,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> Event:
        """Leave the box to a second reader."""
        after: dict[str, Any] = {"state": BoxState.UNSURE, "reason": None}
        if comment is not None:
            after["comment"] = rules.comment_of(comment)
        with self._box(box_id) as (connection, box):
            return self._record(connection, box, Action.UNSURE, after, ms_spent, on_screen)

    def comment(
        self,
        box_id: int,
        text: str,
        *,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> Event:
        """Write a note to the box; an empty one removes it."""
        after = {"comment": rules.comment_of(text)}
        with self._box(box_id) as (connection, box):
            return self._record(connection, box, Action.COMMENT, after, ms_spent, on_screen)

    def create(
        self,
        image_id: int,
        square: Square,
        label_id: int | None,
        *,
        ms_spent: int | None = None,
        on_screen: OnScreen | None = None,
    ) -> Event:
        """Draw a new box (raw frame), accepted when it has a label; its id is the event's."""
        if label_id is not None:
            self._check_label(label_id)
        self.project.require_edit()
        state = BoxState.UNDECIDED if label_id is None else BoxState.ACCEPTED
        fitted = self._fitted(image_id, square)
        own: dict[str, Any] | None = None
        with self.together() as connection:
            if self._rule.readers > 1:
                own = {**rules.columns_of(fitted), "label_id": label_id}
                own |= {"state": state.value, "reason": None}
                state = BoxState.UNDECIDED
            self.project.boxes.insert(
                connection,
                [NewBox(image_id, fitted, label_id, HAND, state=state)],
                Action.CREATE,
                self.name,
                ms_spent=ms_spent,
                on_screen=dict(on_screen) if on_screen else None,
                decision=own,
            )
            return event_of_id(connection, last_event_id(connection))

    def undo(self) -> Reversal | None:
        """Take the last decision back; None when there is none.

        Without limit, across images and sessions. A box that another reviewer has decided since
        stays as it is, and is counted in `left`.
        """
        with self.together() as connection:
            gesture = history.gesture_to_undo(connection, self._id(connection))
            moves = [(row, row.before, row.id) for row in reversed(gesture)]
            events, left = self._move(connection, Action.UNDO, moves)
        if not events:
            return None
        return Reversal(events[-1], tuple(events), Action(gesture[0].action), left)

    def redo(self) -> Reversal | None:
        """Take the last undo back; None when there is none, or a decision came since."""
        with self.together() as connection:
            gesture = history.gesture_to_redo(connection, self._id(connection))
            moves = [(row, row.before, row.reverts) for row in reversed(gesture)]
            events, left = self._move(connection, Action.REDO, moves)
            if not events:
                return None
            decision = event_of_id(connection, gesture[-1].reverts).action
        return Reversal(events[0], tuple(events), decision, left)

    @contextmanager
    def together(self) -> Iterator[Connection]:
        """Decisions within the block are committed together at its end, or none of them.

        They stay separate steps of undo. For scripts; a person's decisions are committed each.
        """
        if self._open is not None:
            yield self._open
            return
        self.project.require_edit()
        with self.project.begin() as connection:
            self._open = connection
            try:
                self._rule = rule_in(connection)
                yield connection
            finally:
                self._open = None

    def _move(
        self, connection: Connection, action: Action, moves: Sequence[tuple[Any, Any, int]]
    ) -> tuple[list[Event], int]:
        """Write UNDO or REDO events for (event, columns to set, decision it is about)."""
        events: list[Event] = []
        left = 0
        own = self._id(connection)
        for row, columns, decision in moves:
            box = self.project.boxes.read(connection, row.box_id)
            said = None
            if self._rule.readers > 1 or row.decision is not None:
                move = Undoing(action, decision)
                found = from_log(log_of(connection, box.id), own, columns_of(box), move)
                said = {} if found is None else found[1]
                kept = {n: v for n, v in (columns or {}).items() if n not in COLUMNS}
                columns = {**kept, **self._outcome(connection, box, found)}
            elif history.is_contested(connection, box.id, row.id, own):
                columns = {}
                left += 1
            batch = events[0].id if events else None
            events.append(
                self.project.events.record(
                    connection,
                    box,
                    action,
                    columns or {},
                    self.name,
                    reverts=decision,
                    batch=batch,
                    decision=said,
                )
            )
        return events, left

    def _outcome(
        self, connection: Connection, box: Box, own: tuple[int, Mapping[str, Any]] | None
    ) -> Mapping[str, Any]:
        """What a box becomes where this reviewer says `own` of it (an event's id and COLUMNS), or
        nothing, and the others what they say."""
        others = [one for one in decisions_on(connection, box.id) if one.reviewer != self.name]
        if own is not None:
            said = own[1]
            square = Square(said["cx"], said["cy"], said["side"])
            state = BoxState(said["state"])
            decision = Decision(
                box.id, self.name, own[0], state, said["label_id"], square, said["reason"]
            )
            others = sorted([*others, decision], key=lambda one: one.event_id)
        return outcome(connection, box, others, self._rule)

    @contextmanager
    def _box(self, box_id: int) -> Iterator[tuple[Connection, Box]]:
        with self.together() as connection:
            yield connection, self._read(connection, box_id)

    def _read(self, connection: Connection, box_id: int) -> Box:
        box = self.project.boxes.read(connection, box_id)
        if box.deleted:
            raise StudioError(f"Box {box_id} was removed: redo its creation, or draw it anew.")
        if self._rule.readers == 1:
            return box
        found = from_log(log_of(connection, box_id), self._id(connection), columns_of(box))
        return as_said(connection, box, None if found is None else found[1])

    def _accepted(self, connection: Connection, box: Box, label_id: int | None) -> dict[str, Any]:
        return rules.accepted(box, label_id, history.first_square(connection, box.id))

    def _record(
        self,
        connection: Connection,
        box: Box,
        action: Action,
        after: Mapping[str, Any],
        ms_spent: int | None,
        on_screen: OnScreen | None,
        batch: int | None = None,
    ) -> Event:
        said = None
        if self._rule.readers > 1:
            # `box` is as this reviewer has it; what it becomes depends on the others, too.
            own, box = columns_of(box), self.project.boxes.read(connection, box.id)
            if action is not Action.COMMENT:
                said = {**own, **{n: v for n, v in after.items() if n in COLUMNS}}
                said["state"] = str(said["state"])
                made = self._decided_at(connection, box) if action is Action.REASON else _NOW
                shared = {n: v for n, v in after.items() if n not in COLUMNS}
                after = {**shared, **self._outcome(connection, box, (made, said))}
        return self.project.events.record(
            connection,
            box,
            action,
            after,
            self.name,
            decision=said,
            ms_spent=ms_spent,
            on_screen=on_screen,
            batch=batch,
        )

    def _decided_at(self, connection: Connection, box: Box) -> int:
        """The event of this reviewer's decision on a box, which there is."""
        made = decisions_on(connection, box.id)
        return next(one.event_id for one in made if one.reviewer == self.name)

    def _id(self, connection: Connection) -> int:
        own = reviewer_id(connection, self.name)
        assert own is not None
        return own

    def _check_label(self, label_id: int) -> None:
        if all(label.id != label_id for label in self.project.labels()):
            raise StudioError(f"There is no label {label_id} in this project.")

    def _fitted(self, image_id: int, square: Square) -> Square:
        return fit_square(square, *self.project.images.by_id(image_id).square_limits)
