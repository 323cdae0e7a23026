"""What a planned study can show, in figures: of one reader and of several together."""

from dataclasses import dataclass

from studio.stats import ReaderPlan, equivalence_power, exact_size, pooled_power
from studio.stats.equivalence import ALPHA, CHANCE, POWER

ACCURACIES = (CHANCE, 0.52, 0.55)
"""True accuracies that are told of: who cannot tell the kinds apart, and who can a little."""


@dataclass(frozen=True)
class StudyPower:
    """`answers` of each of `readers`: the probability of showing equivalence, by true accuracy.

    `of_one` is that of a reader alone by the exact tests, `together` that of all readers as a
    sample of readers, empty for one. `needed` answers give one reader at chance a power of 80 %.
    """

    answers: int
    readers: int
    margin: float
    needed: int
    of_one: dict[float, float]
    together: dict[float, float]
    plan: ReaderPlan

    def to_dict(self) -> dict[str, object]:
        """JSON's own types; accuracies as texts such as "0.52"."""
        return {
            "answers": self.answers,
            "readers": self.readers,
            "margin": self.margin,
            "alpha": ALPHA,
            "answers_needed": self.needed,
            "power": POWER,
            "method": "exact binomial, two one-sided tests",
            "power_of_one_reader": {f"{a:.2f}": p for a, p in self.of_one.items()},
            "power_of_all_readers": {f"{a:.2f}": p for a, p in self.together.items()} or None,
            "assumed": {
                "reader_spread": self.plan.reader_spread,
                "picture_share": self.plan.picture_share,
            }
            if self.together
            else None,
        }


def study_power(per_kind: int, margin: float, readers: int = 1) -> StudyPower:
    """Of a study with `per_kind` pictures of each kind. Raises StudioError for a margin out of
    range or fewer than one reader."""
    answers = 2 * per_kind
    plan = ReaderPlan(readers, answers)
    several = readers != 1
    return StudyPower(
        answers,
        readers,
        margin,
        exact_size(margin),
        {a: equivalence_power(answers, margin, accuracy=a) for a in ACCURACIES},
        {a: pooled_power(plan, a, margin) for a in ACCURACIES} if several else {},
        plan,
    )
