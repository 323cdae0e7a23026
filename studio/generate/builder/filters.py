"""Which pictures stay: what a classifier and the training pictures say of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError, UsageError
from studio.generate.builder.recipe import SetRecipe

Pictures = NDArray[np.uint8]
Reason = Literal["agreement", "memorised"]
REASONS: dict[str, str] = {
    "agreement": "on which the classifier does not agree",
    "memorised": "nearer to a training picture than held-out pictures are",
}


class SetStoppedError(StudioError):
    """Somebody asked to stop; what is done lies in `OUT.part`, and the same call goes on."""


class ClassScorer(Protocol):
    """A classifier as this room knows it.

    `probabilities` takes N pictures `[H, W, 3]` and gives `[N, C]`, a column for each of
    `classes`. `facts` go into the manifest and tell one classifier from another.
    """

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def facts(self) -> dict[str, Any]: ...

    def probabilities(self, pictures: Sequence[Pictures]) -> NDArray[np.float64]: ...


class Neighbourhood(Protocol):
    """Training pictures by what they look like.

    A picture is memorised when its distance is below `limit`. `nearest` takes pictures
    `[N, R, R, 3]` and gives the distances `[N]` to their nearest training pictures, with the
    names of those.
    """

    @property
    def limit(self) -> float: ...

    @property
    def facts(self) -> dict[str, Any]: ...

    def nearest(self, pictures: Pictures) -> tuple[NDArray[np.float64], list[str]]: ...


def require_labels(recipe: SetRecipe, judge: ClassScorer) -> None:
    """UsageError for a label that the classifier has no class for."""
    for label in recipe.labels:
        if label not in judge.classes:
            known = ", ".join(judge.classes)
            raise UsageError(f"The classifier knows no class {label}; it knows {known}.")


@dataclass(frozen=True)
class FilterResult:
    """What was found about a picture; `reason` is why it is left out, None when it is kept."""

    reason: Reason | None = None
    scores: dict[str, float] | None = None
    distance: float | None = None
    nearest: str | None = None


@dataclass(frozen=True)
class Filters:
    """The filters of a recipe, ready to look at pictures."""

    recipe: SetRecipe
    judge: ClassScorer | None = None
    neighbours: Neighbourhood | None = None

    def __post_init__(self) -> None:
        if (self.recipe.agreement is None) != (self.judge is None):
            raise ValueError("The recipe and the judge do not go together.")
        if (self.recipe.not_memorised is None) != (self.neighbours is None):
            raise ValueError("The recipe and the neighbourhood do not go together.")
        if self.judge is not None:
            require_labels(self.recipe, self.judge)

    @property
    def facts(self) -> dict[str, Any]:
        """What decided, for the manifest."""
        return {
            "classifier": None if self.judge is None else self.judge.facts,
            "memorisation": None if self.neighbours is None else self.neighbours.facts,
        }

    def judge_pictures(self, label: str, pictures: Pictures) -> list[FilterResult]:
        """A verdict for each of `[N, R, R, 3]`, all wanted as `label`."""
        n = len(pictures)
        scores: list[dict[str, float] | None] = [None] * n
        near: list[tuple[float | None, str | None]] = [(None, None)] * n
        if self.judge is not None:
            rows = self.judge.probabilities(list(pictures)).tolist()
            scores = [dict(zip(self.judge.classes, row, strict=True)) for row in rows]
        if self.neighbours is not None:
            distances, names = self.neighbours.nearest(pictures)
            near = list(zip(distances.tolist(), names, strict=True))
        return [
            FilterResult(self._reason(label, one, distance), one, distance, name)
            for one, (distance, name) in zip(scores, near, strict=True)
        ]

    def _reason(
        self, label: str, scores: dict[str, float] | None, distance: float | None
    ) -> Reason | None:
        agreement = self.recipe.agreement
        # Not “below”, so that a score that is no number never passes.
        if agreement and scores is not None and not scores[label] >= agreement.minimum:
            return "agreement"
        if self.neighbours and distance is not None:
            # A distance of nothing is a copy, whatever held-out pictures do.
            return None if distance >= self.neighbours.limit and distance > 0 else "memorised"
        return None
