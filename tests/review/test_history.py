"""Any sequence of decisions, undos and redos of two reviewers equals a model that a page holds."""

import copy
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import insert

from studio.imaging import Square
from studio.project import NewBox, Project, schema
from studio.project.events import columns_of
from studio.review import HAND, Reviewer

NAMES = ("Ana", "Ben")
LABELS = (1, 2)
IMAGES = 3
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # thousands of commits; none is at stake
BOXES = 8  # of which Ana decides the even and Ben the odd ones; contests have tests of their own

who = st.sampled_from(NAMES)
number = st.integers(0, BOXES // 2 - 1)


@dataclass
class Stacks:
    """What one reviewer may undo and redo: the boxes' columns before and after each step."""

    undo: list[tuple[dict[int, Any], dict[int, Any]]] = field(default_factory=list)
    redo: list[tuple[dict[int, Any], dict[int, Any]]] = field(default_factory=list)


class Reviewing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY))
        self.project = Project.create(self.folder / "p", ["nevus", "keratosis"])
        with self.project.begin() as connection:
            for n in range(IMAGES):
                connection.execute(
                    insert(schema.image).values(
                        sha256=f"{n:064}",
                        file=f"{n}.jpg",
                        suffix=".jpg",
                        bytes=1,
                        width=400,
                        height=300,
                        created="",
                    )
                )
        new = [
            NewBox(1 + n % IMAGES, Square(99.5, 99.5, 40), 1 if n < 6 else None)
            for n in range(BOXES)
        ]
        self.ids = self.project.boxes.add(new)
        self.model: dict[int, dict[str, Any]] = self.stored()
        self.stacks = {name: Stacks() for name in NAMES}
        self.decisions = 0

    @initialize()
    def meet(self) -> None:
        self.reviewers = {name: Reviewer(self.project, name) for name in NAMES}

    def stored(self) -> dict[int, dict[str, Any]]:
        return {box.id: columns_of(box) for box in self.project.boxes.by_ids(self.all_ids())}

    def all_ids(self) -> list[int]:
        with self.project.connect() as connection:
            return list(connection.scalars(schema.box.select().with_only_columns(schema.box.c.id)))

    def decided(self, name: str, changes: dict[int, dict[str, Any]]) -> None:
        before = {id_: copy.copy(self.model.get(id_, {"deleted": True})) for id_ in changes}
        for id_, columns in changes.items():
            self.model[id_] = {**self.model.get(id_, {}), **columns}
        after = {id_: copy.copy(self.model[id_]) for id_ in changes}
        self.stacks[name].undo.append((before, after))
        self.stacks[name].redo.clear()
        self.decisions += 1

    def box(self, name: str, n: int) -> int:
        return self.ids[2 * n + NAMES.index(name)]

    def accepted(self, id_: int, label: int) -> dict[str, Any]:
        box = self.model[id_]
        moved = (box["cx"], box["cy"], box["side"]) != (99.5, 99.5, 40)
        state = "adjusted" if moved or box["state"] == "adjusted" else "accepted"
        return {"state": state, "label_id": label, "reason": None}

    @rule(name=who, n=number)
    def accept(self, name: str, n: int) -> None:
        id_ = self.box(name, n)
        label = self.model[id_]["label_id"]
        if label is not None:
            self.reviewers[name].accept(id_)
            self.decided(name, {id_: self.accepted(id_, label)})

    @rule(name=who, n=number, reason=st.sampled_from([None, "blur", "face"]))
    def reject(self, name: str, n: int, reason: str | None) -> None:
        id_ = self.box(name, n)
        self.reviewers[name].reject(id_)
        if reason is not None:
            self.reviewers[name].set_reason(id_, reason)
        self.decided(name, {id_: {"state": "rejected", "reason": reason}})

    @rule(name=who, n=number, label=st.sampled_from(LABELS), accept=st.booleans())
    def relabel(self, name: str, n: int, label: int, accept: bool) -> None:
        id_ = self.box(name, n)
        self.reviewers[name].relabel(id_, label, accept)
        self.decided(name, {id_: self.accepted(id_, label) if accept else {"label_id": label}})

    @rule(name=who, n=number, cx=st.integers(50, 350), side=st.integers(1, 100))
    def adjust(self, name: str, n: int, cx: int, side: int) -> None:
        id_ = self.box(name, n)
        self.reviewers[name].adjust(id_, Square(cx, 150, side))
        changes: dict[str, Any] = {"cx": cx, "cy": 150, "side": side}
        if self.model[id_]["label_id"] is not None:
            changes |= {"state": "adjusted", "reason": None}
        self.decided(name, {id_: changes})

    @rule(name=who, n=number, comment=st.sampled_from([None, "why?"]))
    def unsure(self, name: str, n: int, comment: str | None) -> None:
        id_ = self.box(name, n)
        self.reviewers[name].unsure(id_, comment)
        kept = {} if comment is None else {"comment": comment}
        self.decided(name, {id_: {"state": "unsure", "reason": None, **kept}})

    @rule(name=who, image=st.integers(1, IMAGES), label=st.sampled_from([*LABELS, None]))
    def create(self, name: str, image: int, label: int | None) -> None:
        event = self.reviewers[name].create(image, Square(200, 150, 30), label)
        assert event.box_id is not None
        new = columns_of(self.project.boxes.by_id(event.box_id))
        assert self.project.boxes.by_id(event.box_id).origin == HAND
        self.decided(name, {event.box_id: new})

    @rule(name=who, wrong=st.booleans())
    def page(self, name: str, wrong: bool) -> None:
        labelled = [self.box(name, n) for n in range(3)]
        rejected = labelled[-1:] if wrong else []
        self.reviewers[name].accept_page(labelled, rejected=rejected)
        changes = {id_: self.accepted(id_, self.model[id_]["label_id"]) for id_ in labelled}
        changes |= {id_: {"state": "rejected", "reason": None} for id_ in rejected}
        self.decided(name, changes)

    @rule(name=who, times=st.integers(1, 6))
    def undo(self, name: str, times: int) -> None:
        stacks = self.stacks[name]
        for _ in range(times):
            undone = self.reviewers[name].undo()
            if not stacks.undo:
                assert undone is None
                return
            before, after = stacks.undo.pop()
            stacks.redo.append((before, after))
            self.moved(undone, before)

    @rule(name=who, times=st.integers(1, 6))
    def redo(self, name: str, times: int) -> None:
        stacks = self.stacks[name]
        for _ in range(times):
            redone = self.reviewers[name].redo()
            if not stacks.redo:
                assert redone is None
                return
            before, after = stacks.redo.pop()
            stacks.undo.append((before, after))
            self.moved(redone, after)

    def moved(self, move: Any, boxes: dict[int, Any]) -> None:
        assert move is not None
        assert move.left == 0
        assert {event.box_id for event in move.events} == boxes.keys()
        assert move.box_id == next(iter(boxes))
        for id_, columns in boxes.items():
            self.model[id_] = {**self.model[id_], **columns}

    @precondition(lambda self: self.decisions > 2)
    @rule()
    def reopen(self) -> None:
        self.project.close()
        self.project = Project.open(self.folder / "p", reviewer="Ana")
        assert self.project.mode == "edit"
        self.meet()

    @invariant()
    def the_project_equals_the_model(self) -> None:
        assert self.stored() == self.model

    def teardown(self) -> None:
        self.project.close()
        shutil.rmtree(self.folder)


def test_any_sequence_equals_the_model() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Reviewing,
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_five_hundred_decisions_go_back_and_come_again() -> None:
    machine = Reviewing()
    machine.meet()
    ana = machine.reviewers["Ana"]
    try:
        with ana.together():  # one commit, many steps
            for n in range(500):
                ana.comment(machine.ids[0], f"note {n}")
            for n in reversed(range(500)):
                assert machine.project.boxes.read(ana._open, machine.ids[0]).comment == f"note {n}"
                ana.undo()
            assert ana.undo() is None
            for _ in range(500):
                assert ana.redo() is not None
            assert ana.redo() is None
        assert machine.project.boxes.by_id(machine.ids[0]).comment == "note 499"
    finally:
        machine.teardown()
