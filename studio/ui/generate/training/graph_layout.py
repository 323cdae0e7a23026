"""Where the stages of a plan stand: columns by descent, rows so that no arrow crosses another.

No Qt here: places are in cells, and the painter makes pixels of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from studio.workflows.generate.stages import Stage, StagePlan

Direction = Literal["left", "right", "up", "down"]


@dataclass(frozen=True)
class Place:
    """A cell: `column` 0 is the first stage's, `row` may lie between two."""

    column: int
    row: float


@dataclass(frozen=True)
class Layout:
    """Places by stage name, in reading order, and the arrows between them."""

    places: dict[str, Place]
    arrows: tuple[tuple[str, str], ...]  # parent, child
    columns: int
    rows: int

    def beside(self, name: str, direction: Direction) -> str:
        """The stage that an arrow key leads to; the same one where there is none."""
        here = self.places.get(name)
        if here is None:
            return next(iter(self.places), "")
        if direction == "left":
            return next((a for a, b in self.arrows if b == name), name)
        if direction == "right":
            return next((b for a, b in self.arrows if a == name), name)
        sign = 1 if direction == "down" else -1
        ahead = [
            (abs(place.column - here.column), abs(place.row - here.row), other)
            for other, place in self.places.items()
            if (place.row - here.row) * sign > 0
        ]
        return min(ahead)[2] if ahead else name


def lay_out(plan: "StagePlan") -> Layout:
    """Each stage right of what it begins from, halfway between its first and its last child."""
    places: dict[str, Place] = {}
    next_row = 0

    def put(stage: "Stage", column: int) -> float:
        nonlocal next_row
        rows = [put(child, column + 1) for child in plan.children(stage.name)]
        if rows:
            row = (rows[0] + rows[-1]) / 2
        else:
            row = float(next_row)
            next_row += 1
        places[stage.name] = Place(column, row)
        return row

    for stage in plan.stages:
        if plan.parent(stage) is None:
            put(stage, 0)
    order = sorted(places, key=lambda name: (places[name].column, places[name].row))
    arrows = tuple(
        (parent.name, stage.name)
        for stage in plan.stages
        if (parent := plan.parent(stage)) is not None
    )
    columns = max((place.column for place in places.values()), default=-1) + 1
    return Layout({name: places[name] for name in order}, arrows, columns, next_row)
