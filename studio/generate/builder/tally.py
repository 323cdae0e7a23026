"""How many pictures of each label were tried, kept, and left out for which reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from studio.generate.builder.attempt_log import Attempt
from studio.generate.builder.filters import REASONS
from studio.generate.builder.recipe import SetRecipe


@dataclass(frozen=True)
class SetCounts:
    """Pictures of a label; `rejected` by reason."""

    asked: int
    tried: int
    kept: int
    rejected: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**vars(self)}

    def shortfall(self, label: str) -> str | None:
        """The sentence for a label that has too few; None when it has all."""
        if self.kept >= self.asked:
            return None
        why = " and ".join(f"{n:,} {REASONS[reason]}" for reason, n in self.rejected.items())
        return (
            f"{label} has {self.kept:,} of {self.asked:,} pictures: {self.tried:,} seeds were "
            f"tried, and left out were {why}. Allow more tries, or ask less of the filters."
        )


class SetTally:
    """Counts that grow with each picture."""

    def __init__(self, recipe: SetRecipe) -> None:
        self._labels = [entry.label for entry in recipe.entries]
        self._asked = recipe.asked()
        self._tried: Counter[str] = Counter()
        self._rejected: dict[str, Counter[str]] = {label: Counter() for label in recipe.labels}
        self.kept = 0

    @classmethod
    def of(cls, recipe: SetRecipe, tried: Iterable[Attempt]) -> Self:
        """The counts of what was tried."""
        tally = cls(recipe)
        tally.add(tried)
        return tally

    def add(self, tried: Iterable[Attempt]) -> None:
        """Count some more."""
        for one in tried:
            label = self._labels[one.entry]
            self._tried[label] += 1
            if one.reason is not None:
                self._rejected[label][one.reason] += 1
            self.kept += one.kept

    def counts(self) -> dict[str, SetCounts]:
        """Of each label, in the order of the recipe."""
        return {
            label: SetCounts(
                asked,
                self._tried[label],
                self._tried[label] - rejected.total(),
                dict(rejected),
            )
            for (label, asked), rejected in zip(
                self._asked.items(), self._rejected.values(), strict=True
            )
        }

    def shortfalls(self) -> tuple[str, ...]:
        """A sentence for each label that has fewer pictures than were asked for."""
        told = (one.shortfall(label) for label, one in self.counts().items())
        return tuple(sentence for sentence in told if sentence is not None)
