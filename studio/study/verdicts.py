"""What a result allows to be said, in sentences that claim no more than was shown."""

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from studio import wording
from studio.stats import Equivalence, exact_size
from studio.study.pooled import PooledReaders
from studio.study.result import ReaderResult, StudyResult
from studio.wording import interval, p_value, percent, percent_interval

NO_EVIDENCE = "That no difference was found is not evidence that there is none."


NEARLY_ALL = 0.95
"""Of the answers: who says the same of everything is right half of the time, whatever they see."""


class IntervalLike(Protocol):
    """A figure with its 95 % interval, which is NaN where there is no variance to make it from."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on: the accuracy and its test against chance, the AUC of the ratings,
    and the share of the answers that were "synthetic"."""

    accuracy: IntervalLike
    test: Equivalence
    auc: IntervalLike
    said: float

    @classmethod
    def of_reader(cls, one: ReaderResult) -> "Evidence":
        """Both kinds are equally many, so that the share is a plain mean."""
        said = (one.sensitivity.value + 1 - one.specificity.value) / 2
        return cls(one.accuracy, one.equivalence, one.auc, said)

    @classmethod
    def of_pool(cls, pool: PooledReaders) -> "Evidence | None":
        """Of readers together; None where they do not vary and nothing can be tested."""
        if pool.equivalence is None:
            return None
        said = (pool.sensitivity.value + 1 - pool.specificity.value) / 2
        return cls(pool.accuracy, pool.equivalence, pool.auc, said)

    @property
    def confidences_tell(self) -> bool:
        """Whether the ratings tell the kinds apart, though the answers made of them may not."""
        if math.isnan(self.auc.low):  # no variance: all of a kind were rated alike
            return abs(self.auc.value - 0.5) > self.test.margin
        return self.auc.low > 0.5 or self.auc.high < 0.5


class Finding(StrEnum):
    """What the accuracy, its test against chance, and the ratings show."""

    EQUIVALENT = "equivalent"
    SMALL = "small"  # equivalent, and yet different from chance
    CONFIDENCE = "confidence"  # not told apart by the answers, and yet by the ratings
    ONE_ANSWER = "one_answer"  # equivalent, since nearly all answers were the same
    APART = "apart"
    REVERSED = "reversed"
    UNDECIDED = "undecided"


WORDS = {
    Finding.EQUIVALENT: "Not told apart",
    Finding.SMALL: "Small difference",
    Finding.CONFIDENCE: "Told apart",
    Finding.ONE_ANSWER: "Nothing shown",
    Finding.APART: "Told apart",
    Finding.REVERSED: "Told apart",
    Finding.UNDECIDED: "Undecided",
}
_NO_INTERVAL = "Nothing shown"


def finding(of: Evidence) -> Finding:
    """From the 95 % intervals and the two one-sided tests."""
    low, high, chance = of.accuracy.low, of.accuracy.high, of.test.chance
    if of.confidences_tell and (of.test.shown or low <= chance <= high):
        return Finding.CONFIDENCE
    if of.test.shown:
        if not 1 - NEARLY_ALL <= of.said <= NEARLY_ALL:
            return Finding.ONE_ANSWER
        return Finding.EQUIVALENT if low <= chance <= high else Finding.SMALL
    if low > chance:
        return Finding.APART
    return Finding.REVERSED if high < chance else Finding.UNDECIDED


def verdict(of: Evidence) -> str:
    """What the evidence allows to be said."""
    a, test = of.accuracy, of.test
    points = f"±{wording.significant(100 * test.margin)} points"
    found = f"accuracy {percent_interval(a.value, a.low, a.high)}"
    auc = interval(of.auc.value, of.auc.low, of.auc.high, 2)
    shown = (
        f"accuracy {percent(a.value)}, within {points} of chance "
        f"({wording.significant(100 * (1 - 2 * test.alpha))} % interval "
        f"{wording.percent_bounds(test.low, test.high)}; "
        f"two one-sided tests, {p_value(test.p)})"
    )
    return {
        Finding.SMALL: (
            f"Equivalent to chance within {points} ({p_value(test.p)}) and yet different from it: "
            f"{found}. There is a difference, but a small one."
        ),
        Finding.EQUIVALENT: f"The kinds could not be told apart: {shown}.",
        Finding.CONFIDENCE: (
            f"By their answers the kinds were not told apart ({shown if test.shown else found}), "
            f"but by their confidences they were: AUC {auc}."
        ),
        Finding.ONE_ANSWER: (
            f"Nothing is shown: {percent(max(of.said, 1 - of.said))} of the answers were "
            f"“{'synthetic' if of.said > 0.5 else 'real'}”, and such answers have an accuracy near "
            f"chance whether the kinds can be told apart or not ({found})."
        ),
        Finding.APART: f"The kinds could be told apart: {found}.",
        Finding.REVERSED: (
            f"The kinds could be told apart, but were taken for one another: {found}."
        ),
        Finding.UNDECIDED: (
            f"Undecided: {found} does not differ from chance, but equivalence within {points} is "
            f"not shown either ({p_value(test.p)}). {NO_EVIDENCE}"
        ),
    }[finding(of)]


def reader_verdict(reader: ReaderResult) -> str:
    """The verdict on one reader; who gave too few answers to decide hears how many it takes."""
    of = Evidence.of_reader(reader)
    words = verdict(of)
    needed = exact_size(of.test.margin, of.test.alpha)
    if finding(of) is not Finding.UNDECIDED or reader.accuracy.n >= needed:
        return words
    there = wording.count(reader.accuracy.n)
    return (
        f"{words} To show it of a reader who cannot tell them apart takes "
        f"{wording.count(needed)} answers (exact tests, power 80 %); there are {there}."
    )


def pooled_verdict(pool: PooledReaders) -> str:
    """The verdict on readers like these, who are a sample themselves."""
    of = Evidence.of_pool(pool)
    if of is None:
        value = percent(pool.accuracy.value)
        return f"Accuracy {value} without any variance: no interval can be given."
    said = verdict(of)
    words = f"Readers like these {pool.readers}: {said[0].lower()}{said[1:]}"
    if finding(of) is Finding.UNDECIDED:
        words += " More readers would narrow the interval, more than more pictures."
    return words


def tally(readers: list[ReaderResult]) -> str:
    """How many readers, each alone, told the kinds apart."""
    counts = Counter(finding(Evidence.of_reader(one)) for one in readers)
    open_ = counts[Finding.UNDECIDED] + counts[Finding.ONE_ANSWER]
    could_not, reversed_ = counts[Finding.EQUIVALENT], counts[Finding.REVERSED]
    wrong = f" ({reversed_} of them took one for the other)" if reversed_ else ""
    return (
        f"Each alone: {len(readers) - could_not - open_} of {len(readers)} told the kinds apart"
        f"{wrong}, {could_not} could not, {open_} undecided."
    )


def headline(result: StudyResult) -> str:
    """The verdict in a word or two: on readers like these, or on the only one; "" without any."""
    if result.pooled is not None:
        of = Evidence.of_pool(result.pooled)
        return _NO_INTERVAL if of is None else WORDS[finding(of)]
    return WORDS[finding(Evidence.of_reader(result.readers[0]))] if result.readers else ""


def reasons(result: StudyResult) -> list[str]:
    """What the verdict rests on, a sentence or two each."""
    if result.pooled is not None:
        return [pooled_verdict(result.pooled), tally(result.readers)]
    if result.readers:
        return [reader_verdict(result.readers[0])]
    return ["Nobody has finished reading yet."]


def summary(result: StudyResult) -> str:
    """The study in a sentence or two."""
    return " ".join(reasons(result))
