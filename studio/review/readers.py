"""One reader or two: what a box becomes by the decisions of all its reviewers.

The rule is a setting of the project. With one reader a box is what the last decision made of it.
With two, it stays undecided until two reviewers have decided on their own: what they agree on is
its state; where they do not agree it is *disputed*, until a third reviewer decides. Where the rule
names an adjudicator, they alone settle it: the first two others who decided the box are its
readers, and what a third says is recorded and changes nothing.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from studio.errors import UsageError
from studio.imaging import Square
from studio.project import KEPT, Action, Box, BoxState, Decision, Project, quoted
from studio.project.decisions import COLUMNS, decisions_on, first_decided
from studio.project.long_reads import ids_of
from studio.project.project import write_setting
from studio.project.records import plain
from studio.project.schema import box as _box
from studio.project.schema import decision as _decision
from studio.project.schema import reviewer as _reviewer
from studio.project.schema import setting as _setting
from studio.review import rules
from studio.review.history import first_columns
from studio.review.in_play import SAME_PLACE, boxes_in_play

SETTING = "review.readers"
_KEPT_RULE = select(_setting.c.value).where(_setting.c.key == SETTING)
Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReadersRule:
    """How many reviewers decide a box, and who decides where two do not agree; None for anyone."""

    readers: int = 1
    adjudicator: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"readers": self.readers, "adjudicator": self.adjudicator}


def readers_rule(project: Project) -> ReadersRule:
    """The rule of a project; one reader where nothing was said or what was said is damaged."""
    with project.connect() as connection:
        return rule_in(connection)


def rule_in(connection: Connection) -> ReadersRule:
    """As `readers_rule`, in a transaction of the caller's."""
    kept = connection.scalar(_KEPT_RULE)
    if not isinstance(kept, dict) or kept.get("readers") != 2:
        return ReadersRule()
    name = kept.get("adjudicator")
    return ReadersRule(2, name if isinstance(name, str) else None)


def set_readers_rule(
    project: Project, readers: int, adjudicator: str | None = None, by: str | None = None
) -> int:
    """Set the rule, and what follows from it for the boxes that reviewers have decided.

    Returns how many boxes changed, each with an event; the decisions themselves stay, so that the
    rule can be set back. Raises UsageError for another number than 1 or 2, for an adjudicator with
    one reader, and for a name of blanks or of more than 120 characters.
    """
    if readers not in (1, 2):
        raise UsageError(f"A project has one reader or two, not {readers}.")
    name = None if adjudicator is None else plain(adjudicator).strip()
    if name is not None and readers == 1:
        raise UsageError("With one reader there is nothing to adjudicate: ask for two readers.")
    if name is not None and not 0 < len(name) <= 120:
        raise UsageError(f"{quoted(name)} is not a name: an adjudicator needs 1 to 120 characters.")
    rule = ReadersRule(readers, name)
    project.require_edit()
    changed = 0
    with project.begin() as connection:
        write_setting(connection, SETTING, rule.to_dict() if rule != ReadersRule() else None)
        decided = ids_of(connection, select(_decision.c.box_id).distinct())
        for box_id in decided:
            box = project.boxes.read(connection, box_id)
            after = outcome(connection, box, decisions_on(connection, box_id), rule)
            if after != columns_of(box):
                project.events.record(connection, box, Action.RULE, after, by)
                changed += 1
    return changed


def outcome(
    connection: Connection, box: Box, decisions: Sequence[Decision], rule: ReadersRule
) -> Columns:
    """The columns of a box that follow from the decisions on it, which are sorted by time."""
    began = {}
    if rule.adjudicator is not None and len(decisions) > 2:
        began = first_decided(connection, box.id)
    found = settled(decisions, rule, began)
    if isinstance(found, Decision):
        return columns_of(found)
    proposed = {**columns_of(box), **first_columns(connection, box.id)}
    return {**{name: proposed[name] for name in COLUMNS}, "state": found.value, "reason": None}


def settled(
    decisions: Sequence[Decision], rule: ReadersRule, began: Mapping[str, int] | None = None
) -> Decision | BoxState:
    """The decision that stands, or UNDECIDED or DISPUTED where none does.

    `decisions` are those of different reviewers, sorted by time. With two readers, one who only
    gave a label or moved the box has decided nothing yet, and one who is unsure agrees with none.
    `began` has the event with which a reviewer first decided the box, where that is another than
    the one of their decision now: who changes their mind stays one of the first two.
    """
    if rule.readers == 1:
        return decisions[-1] if decisions else BoxState.UNDECIDED
    made = [one for one in decisions if one.state is not BoxState.UNDECIDED]
    final = next((one for one in made if one.reviewer == rule.adjudicator), None)
    if final is not None and final.state is not BoxState.UNSURE:
        return final
    made = [one for one in made if one is not final]
    if rule.adjudicator is not None:
        first = {one.reviewer: (began or {}).get(one.reviewer, one.event_id) for one in made}
        readers = sorted(made, key=lambda one: first[one.reviewer])[:2]
        made = [one for one in made if one in readers]
    for later, earlier in sorted((b, a) for a, b in combinations(range(len(made)), 2)):
        if agree(made[earlier], made[later]):
            return _joint(made[earlier], made[later])
    if len(made) > 2 and made[-1].state is not BoxState.UNSURE:
        return made[-1]
    return BoxState.DISPUTED if len(made) > 1 else BoxState.UNDECIDED


def agree(one: Decision, other: Decision) -> bool:
    """Whether both reject, or both keep the same lesion under the same label."""
    if BoxState.UNSURE in (one.state, other.state):
        return False
    if one.state not in KEPT or other.state not in KEPT:
        return one.state is other.state
    return one.label_id == other.label_id and one.square.iou(other.square) >= SAME_PLACE


def _joint(first: Decision, second: Decision) -> Decision:
    """What two who agree say together: the square of the one who adjusted it (the later one's,
    where both did), and the reason that the first gave."""
    if second.state is BoxState.ADJUSTED or first.state is not BoxState.ADJUSTED:
        return replace(second, reason=first.reason or second.reason)
    return first


def columns_of(said: Box | Decision) -> dict[str, Any]:
    """COLUMNS of a box or a decision."""
    return {
        "state": said.state.value,
        "label_id": said.label_id,
        "reason": said.reason,
        **rules.columns_of(said.square),
    }


def as_said(connection: Connection, box: Box, said: Columns | None) -> Box:
    """A box as one reviewer has it: as they decided it, or as it was proposed."""
    if said is None:
        proposed = first_columns(connection, box.id)
        said = {**columns_of(box), **proposed, "state": BoxState.UNDECIDED, "reason": None}
    square = Square(said["cx"], said["cy"], said["side"])
    state = BoxState(said["state"])
    return replace(
        box, square=square, state=state, label_id=said["label_id"], reason=said["reason"]
    )


def waiting_states(rule: ReadersRule, reviewer: str | None) -> frozenset[BoxState]:
    """The states in which a box waits for a reviewer who has not decided it; None for anyone.

    A named adjudicator waits for the readers of a box to disagree, and nobody else adjudicates.
    """
    if rule.readers == 1:
        return frozenset({BoxState.UNDECIDED})
    if reviewer is None or rule.adjudicator is None:
        return frozenset({BoxState.UNDECIDED, BoxState.DISPUTED})
    mine = BoxState.DISPUTED if reviewer == rule.adjudicator else BoxState.UNDECIDED
    return frozenset({mine})


def waits_for(rule: ReadersRule, reviewer: str | None) -> ColumnElement[bool]:
    """Whether a row of the table of boxes waits for a decision of a reviewer; None for anyone's.

    With two readers, what a reviewer has decided does not wait for them, settled or not.
    """
    states = sorted(state.value for state in waiting_states(rule, reviewer))
    waiting = _box.c.state.in_(states)
    if rule.readers == 1 or reviewer is None:
        return waiting
    named = select(_reviewer.c.id).where(_reviewer.c.name == reviewer)
    own = select(_decision.c.box_id).where(
        _decision.c.reviewer_id.in_(named), _decision.c.state != BoxState.UNDECIDED.value
    )
    return and_(waiting, _box.c.id.not_in(own))


def to_read(project: Project, reviewer: str) -> "array[int]":
    """Ids of the boxes in play that a reviewer has still to decide by the rule, in order.

    With one reader, those undecided. With two, those that are not settled and that this reviewer
    has not decided: of the disputed ones, all for the adjudicator, or for anyone where none is
    named.
    """
    waiting = waits_for(readers_rule(project), plain(reviewer).strip())
    query = select(_box.c.id).where(_box.c.deleted.is_(False), boxes_in_play(), waiting)
    with project.connect() as connection:
        return ids_of(connection, query.order_by(_box.c.image_id, _box.c.position, _box.c.id))


def count_readings(project: Project) -> dict[int, int]:
    """How many boxes were decided by how many reviewers each: {1: 40, 2: 12}."""
    each = (
        select(func.count().label("readers"))
        .join(_box, _box.c.id == _decision.c.box_id)
        .where(_box.c.deleted.is_(False), _decision.c.state != BoxState.UNDECIDED.value)
        .group_by(_decision.c.box_id)
        .subquery()
    )
    query = select(each.c.readers, func.count()).group_by(each.c.readers).order_by(each.c.readers)
    with project.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}
