"""One page of the contact sheet: what was marked, what has been seen, whether it may be decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field

SMALLEST_PAGE, LARGEST_PAGE = 12, 48
SMALLEST_TILE = 64  # px; a view too small for that scrolls


@dataclass
class SheetPage:
    """The boxes of a page in reading order. Marked ones will be rejected, unreadable ones left."""

    box_ids: Sequence[int]
    marked: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    unreadable: set[int] = field(default_factory=set)
    unlabelled: bool = False  # its boxes have no label: they are all given `label_id`
    label_id: int | None = None
    own_labels: dict[int, int] = field(default_factory=dict)  # of single boxes, in its place

    def toggle(self, box_id: int) -> None:
        """Mark a tile as wrong, or take the mark back."""
        if box_id in self.box_ids:
            self.marked ^= {box_id}

    def give_label(self, box_id: int, label_id: int | None) -> None:
        """Give one box a label of its own; None gives it what the page says again."""
        if label_id is None:
            self.own_labels.pop(box_id, None)
        elif box_id in self.box_ids:
            self.own_labels[box_id] = label_id
            self.marked.discard(box_id)  # what has a label is right

    @property
    def decidable(self) -> list[int]:
        """The boxes that confirming decides: those whose crop could be shown."""
        return [b for b in self.box_ids if b not in self.unreadable]

    @property
    def unseen(self) -> int:
        """How many tiles have not been on screen yet."""
        return sum(b not in self.seen for b in self.decidable)

    @property
    def all_seen(self) -> bool:
        return bool(self.decidable) and self.unseen == 0

    @property
    def lacks_label(self) -> bool:
        """Whether crops would be accepted that have no label."""
        bare = [b for b in self.decision()[0] if b not in self.own_labels]
        return self.unlabelled and self.label_id is None and bool(bare)

    @property
    def confirmable(self) -> bool:
        return self.all_seen and not self.lacks_label

    def decision(self) -> tuple[list[int], list[int]]:
        """(accepted, rejected) box ids of a confirmed page."""
        accepted = [b for b in self.decidable if b not in self.marked]
        return accepted, [b for b in self.decidable if b in self.marked]

    def labels(self) -> dict[int, int]:
        """The labels of single boxes among the accepted ones."""
        accepted = self.decision()[0]
        return {b: label for b, label in self.own_labels.items() if b in accepted}


@dataclass(frozen=True)
class PageLayout:
    """So many tiles side by side and one below another, each with a picture `side` px wide."""

    columns: int
    rows: int
    side: int

    @property
    def size(self) -> int:
        """How many tiles that is."""
        return self.columns * self.rows


def page_layout(width: float, height: float, gap: int, caption: int, wanted: int) -> PageLayout:
    """The page that fits a view of this size (px) without scrolling.

    It has 12 to 48 tiles: as many as can be `wanted` px wide, or, where the view is too small for
    12 of those, the 12 or more that come out largest.
    """
    best = PageLayout(1, SMALLEST_PAGE, SMALLEST_TILE)
    for columns in range(1, LARGEST_PAGE + 1):
        wide = (width - gap) / columns - gap
        for rows in range(-(-SMALLEST_PAGE // columns), LARGEST_PAGE // columns + 1):
            side = int(min(wide, (height - gap) / rows - gap - caption))
            one = PageLayout(columns, rows, max(side, SMALLEST_TILE))
            best = max(best, one, key=lambda p: (min(p.side, wanted), p.size, p.side))
    return best


def layout_for(count: int, width: float, height: float, gap: int, caption: int) -> PageLayout:
    """The layout in which so many tiles, of a page made for another view, fit this view best."""
    best = PageLayout(1, max(count, 1), SMALLEST_TILE)
    for columns in range(1, max(count, 1) + 1):
        rows = -(-max(count, 1) // columns)
        side = int(min((width - gap) / columns - gap, (height - gap) / rows - gap - caption))
        if side > best.side:
            best = PageLayout(columns, rows, side)
    return best
