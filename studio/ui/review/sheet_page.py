"""One page of the contact sheet: what was marked, what has been seen, whether it may be decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field

SMALLEST_PAGE, LARGEST_PAGE = 24, 48


@dataclass
class SheetPage:
    """The boxes of a page in reading order. Marked ones will be rejected, unreadable ones left."""

    box_ids: Sequence[int]
    marked: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    unreadable: set[int] = field(default_factory=set)
    unlabelled: bool = False  # its boxes have no label: they are all given `label_id`
    label_id: int | None = None

    def toggle(self, box_id: int) -> None:
        """Mark a tile as wrong, or take the mark back."""
        if box_id in self.box_ids:
            self.marked ^= {box_id}

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
        return self.unlabelled and self.label_id is None and bool(self.decision()[0])

    @property
    def confirmable(self) -> bool:
        return self.all_seen and not self.lacks_label

    def decision(self) -> tuple[list[int], list[int]]:
        """(accepted, rejected) box ids of a confirmed page."""
        accepted = [b for b in self.decidable if b not in self.marked]
        return accepted, [b for b in self.decidable if b in self.marked]


def page_size(width: float, height: float, tile: float) -> int:
    """How many tiles a page has: what fills the view, within 24 to 48, in whole rows."""
    columns = columns_of(width, tile)
    rows = max(int(height // tile), 1)
    size = min(max(columns * rows, SMALLEST_PAGE), LARGEST_PAGE)
    whole = size // columns * columns
    return whole if whole >= SMALLEST_PAGE else min(whole + columns, LARGEST_PAGE)


def columns_of(width: float, tile: float) -> int:
    """How many tiles fit side by side, one at least."""
    return min(max(int(width // tile), 1), LARGEST_PAGE)
