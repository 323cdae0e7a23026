"""The place of a reviewer: a queue of image ids, one image of it, one of its boxes. No Qt."""

from array import array
from bisect import bisect_left
from dataclasses import replace
from enum import Enum

from studio.project import Box, BoxState, Decision, ImageRow, Label, Project
from studio.project.decisions import decisions_on_image
from studio.review import Decider, Filter, deciders, in_play
from studio.review.label_keys import LETTERS, label_keys
from studio.review.readers import ReadersRule, readers_rule, waiting_states, waits_for
from studio.ui.review.rows import PAGE, RowCache


class AdvanceResult(Enum):
    """What is current after advancing: a box of this image, another image, or nothing."""

    BOX = "box"
    IMAGE = "image"
    END = "end"


def matches(wanted: Filter, box: Box, decider: str | None = None) -> bool:
    """Whether the filter asks for a box; `decider` is who decided it, None for an undecided box."""
    if wanted.states is not None and box.state not in wanted.states:
        return False
    if wanted.labels is not None and box.label_id not in wanted.labels:
        return False
    if wanted.origins is not None and box.origin not in wanted.origins:
        return False
    if wanted.min_score is not None and (box.score is None or box.score < wanted.min_score):
        return False
    if wanted.max_score is not None and (box.score is None or box.score > wanted.max_score):
        return False
    return _matches_history(wanted, box, decider)


def _matches_history(wanted: Filter, box: Box, decider: str | None) -> bool:
    if wanted.reviewers is not None and decider not in wanted.reviewers:
        return False
    rejected = box.state is BoxState.REJECTED
    if wanted.reasons is not None and not (rejected and box.reason in wanted.reasons):
        return False
    said = (box.comment or "").casefold()
    return wanted.comment is None or (bool(said) and wanted.comment.casefold() in said)


class QueueNavigator:
    """Moves through a queue of images and their boxes.

    `index` is the place in the queue; `image` may lie outside the queue after an undo.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.rows = RowCache(project)
        self.filter = Filter()
        self.queue: array[int] = array("q")
        self.index = -1
        self.direction = 1
        self.image: ImageRow | None = None
        self.boxes: list[Box] = []
        self.current_id: int | None = None
        self._deciders: dict[int, Decider] | None = None
        self.reviewer = ""
        self.rule = ReadersRule()
        self._stored: dict[int, Box] = {}  # with two readers: boxes as all decisions made them
        self._said: dict[int, list[Decision]] = {}
        self.show_all = False
        self.labels: list[Label] = []
        self.label_keys: dict[int, str] = {}  # by label id
        self.read_labels()

    # --- the labels ---------------------------------------------------------------------------

    def read_labels(self) -> None:
        """The labels of the project and their keys, as they are now."""
        self.labels = self.project.labels()
        self.label_keys = label_keys(self.project)

    def label_of_key(self, key: str) -> Label | None:
        return next((one for one in self.labels if self.label_keys[one.id] == key), None)

    def lettered(self) -> dict[str, Label]:
        """The labels whose key is a letter, by that letter."""
        keys = {self.label_keys[one.id]: one for one in self.labels}
        return {key: keys[key] for key in sorted(keys) if key and key in LETTERS}

    # --- the readers --------------------------------------------------------------------------

    def read_as(self, reviewer: str) -> None:
        """Who reviews. With two readers, boxes are shown as this one has decided them, and what
        waits for this one is what is undecided."""
        self.reviewer, self.rule = reviewer, readers_rule(self.project)
        two = self.rule.readers == 2
        self.rows.reviewer = reviewer if two and reviewer else None
        self.rows.waiting = waits_for(self.rule, reviewer or None) if two else None
        self.rows.forget_counts()
        self.reload()

    def is_open(self, box: Box) -> bool:
        """Whether a box of this image waits for a decision of this reviewer."""
        if self.rule.readers == 1:
            return box.state is BoxState.UNDECIDED
        waiting = waiting_states(self.rule, self.reviewer or None)
        return self._own(box.id) is None and self.stored(box).state in waiting

    def stored(self, box: Box) -> Box:
        """A box of this image as the decisions of all its readers have made it."""
        return self._stored.get(box.id, box)

    def readings(self, box: Box) -> list[Decision]:
        """With two readers, what each of them said of a box of this image, by time; nothing before
        this reviewer may know it: who has still to decide on their own does not see the others."""
        made = [one for one in self._said.get(box.id, []) if one.state is not BoxState.UNDECIDED]
        blind = self._own(box.id) is None and self.stored(box).state is BoxState.UNDECIDED
        third = self.stored(box).state is BoxState.DISPUTED and not (
            self._own(box.id) is not None or self.is_open(box)
        )
        return [] if blind or third else made

    def _own(self, box_id: int) -> Decision | None:
        made = (one for one in self._said.get(box_id, []) if one.reviewer == self.reviewer)
        return next((one for one in made if one.state is not BoxState.UNDECIDED), None)

    def _read_boxes(self, image: ImageRow) -> list[Box]:
        boxes = self.project.boxes.of_image(image.id)
        if self.rule.readers == 1:
            return boxes
        with self.project.connect() as connection:
            self._said = decisions_on_image(connection, image.id)
        self._stored = {box.id: box for box in boxes}
        own = {
            id_: one
            for id_, made in self._said.items()
            for one in made
            if one.reviewer == self.reviewer
        }
        return [
            replace(
                box, state=one.state, label_id=one.label_id, square=one.square, reason=one.reason
            )
            if (one := own.get(box.id)) is not None
            and (one.state is not BoxState.UNDECIDED or box.state is BoxState.UNDECIDED)
            else box
            for box in boxes
        ]

    # --- the queue ----------------------------------------------------------------------------

    def set_queue(self, wanted: Filter, queue: "array[int]") -> None:
        """Use another queue: stay on the present image if it has it, else show the one after it."""
        self.filter, self.queue, self.index = wanted, queue, -1
        self.rows.forget_counts()
        here = self.image.id if self.image else None
        if here is not None and here in queue:
            self.go_to_image(here, self.current_id)
        elif here is not None and wanted.order == "image" and queue:
            self.go_to(min(bisect_left(queue, here), len(queue) - 1))
        else:
            self.go_to(0)

    def go_to(self, index: int) -> bool:
        """Show the image at this place; False and nothing changes when there is none."""
        if not 0 <= index < len(self.queue):
            if not self.queue:
                self.index, self.image, self.boxes, self.current_id = -1, None, [], None
            return False
        self.direction = 1 if index >= self.index else -1
        self.rows.fetch_around(self.queue, index)
        image = self.rows.image(self.queue[index])
        if image is None:
            return False
        self.index = index
        self._load_image(image)
        return True

    def go_to_image(self, image_id: int, box_id: int | None = None) -> bool:
        """Show an image wherever it is; one that is not in the queue leaves the place as it was."""
        try:
            index = self.queue.index(image_id)
        except ValueError:
            image = self.rows.image(image_id)
            if image is None:
                return False
            self._load_image(image)
        else:
            if not self.go_to(index):
                return False
        if box_id is not None and any(b.id == box_id for b in self.boxes):
            self.current_id = box_id
        return True

    @property
    def off_queue(self) -> bool:
        """Whether the image shown is not in the queue, as after an undo."""
        at_place = self.queue[self.index] if 0 <= self.index < len(self.queue) else None
        return self.image is not None and self.image.id != at_place

    def step(self, by: int) -> bool:
        """Show the image `by` places on; from outside the queue, return to the place in it."""
        if self.off_queue and self.index >= 0:
            return self.go_to(self.index)
        return self.go_to(self.index + by)

    def next_undecided(self) -> int | None:
        """The next place after this one with something to decide, wrapping; None if none."""
        count = len(self.queue)
        for start in range(1, count + 1, PAGE * 4):
            places = [
                (self.index + k) % count for k in range(start, min(start + PAGE * 4, count + 1))
            ]
            self.rows.fetch([self.queue[p] for p in places])
            for place in places:
                if self.rows.count(self.queue[place]).undecided:
                    return place
        return None

    # --- the boxes ----------------------------------------------------------------------------

    def _load_image(self, image: ImageRow) -> None:
        self.image = image
        self._deciders = None
        self.show_all = False
        self.boxes = self._read_boxes(image)
        self.current_id = self._first_box()

    def reload(self) -> None:
        """Read the boxes of this image again after a decision."""
        if self.image is not None:
            self.boxes = self._read_boxes(self.image)
            self._deciders = None
            undecided = sum(in_play(box) and self.is_open(box) for box in self.boxes)
            self.rows.count_boxes(self.image.id, self.boxes, undecided)
            if all(b.id != self.current_id for b in self.boxes):
                self.current_id = self._first_box()

    def visible_boxes(self) -> list[Box]:
        """The boxes on the canvas, best first: those in play, or all when that was asked for."""
        if self.show_all:
            return self.boxes
        return [b for b in self.boxes if in_play(b) or b.id == self.current_id]

    @property
    def hidden_count(self) -> int:
        return len(self.boxes) - len(self.visible_boxes())

    @property
    def undecided_shown(self) -> int:
        """How many of the boxes on the canvas are undecided."""
        return sum(map(self.is_open, self.visible_boxes()))

    @property
    def current(self) -> Box | None:
        return next((b for b in self.boxes if b.id == self.current_id), None)

    @property
    def needs_label(self) -> bool:
        """Whether the current box cannot be accepted as it is."""
        box = self.current
        return box is not None and box.label_id is None

    def decider(self, box: Box) -> Decider | None:
        """Who decided a box of this image, and when, with two readers this one; None for an
        undecided box."""
        if self.image is None or box.state is BoxState.UNDECIDED:
            return None
        if self._deciders is None:
            who = self.reviewer if self.rule.readers == 2 else None
            self._deciders = deciders(self.project, self.image.id, who)
        return self._deciders.get(box.id)

    def wants(self, box: Box) -> bool:
        """Whether the queue asks about a box: what is decided only where the filter names it."""
        asks = self.filter
        decided = (asks.states, asks.reviewers, asks.reasons)
        if all(part is None for part in decided) and not self.is_open(box):
            return False
        if self.rule.readers == 1:
            who = self.decider(box) if asks.reviewers is not None else None
            return matches(asks, box, who.reviewer if who else None)
        if asks.states is not None and BoxState.UNDECIDED in asks.states and self.is_open(box):
            asks = replace(asks, states=None)
        made = self._said.get(box.id)
        stored = self.stored(box)
        if stored.state is BoxState.UNDECIDED and not self.is_open(box):
            return False
        return matches(asks, stored, made[-1].reviewer if made else None)

    def _first_box(self) -> int | None:
        self.current_id = None
        shown = self.visible_boxes()
        for rule in (self.wants, self.is_open, lambda b: True):
            found = next((b.id for b in shown if rule(b)), None)
            if found is not None:
                return found
        return None

    def select(self, box_id: int) -> None:
        self.current_id = box_id

    def select_next(self, by: int) -> None:
        """Select the next box of this image; after the last comes the first."""
        ids = [b.id for b in self.visible_boxes()]
        if ids:
            at = ids.index(self.current_id) if self.current_id in ids else -by
            self.current_id = ids[(at + by) % len(ids)]

    def advance(self) -> AdvanceResult:
        """Go on to the next box to decide: one of this image, else the next image."""
        shown = self.visible_boxes()
        ids = [b.id for b in shown]
        at = ids.index(self.current_id) if self.current_id in ids else -1
        later = [b for b in shown[at + 1 :] if self.wants(b)]
        earlier = [b for b in shown[: max(at, 0)] if self.is_open(b)]
        for box in [*later, *(b for b in earlier if self.wants(b))]:
            self.current_id = box.id
            return AdvanceResult.BOX
        return self.advance_image()

    def advance_image(self) -> AdvanceResult:
        """Go on to the next image, whatever is left to decide on this one."""
        return AdvanceResult.IMAGE if self.step(1) else AdvanceResult.END
