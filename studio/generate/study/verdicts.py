"""What a result allows to be said, in sentences that claim no more than was shown."""

from collections import Counter
from enum import StrEnum

from studio.generate.study.pooled import PooledReaders
from studio.generate.study.result import ReaderResult, StudyResult
from studio.generate.study.words import p_value, percent
from studio.stats import Equivalence, equivalence_size

NO_EVIDENCE = "That no difference was found is no evidence that there is none."


class Finding(StrEnum):
    """What the interval of an accuracy and its test against chance show."""

    EQUIVALENT = "equivalent"
    SMALL = "small"  # equivalent, and yet different from chance
    APART = "apart"
    REVERSED = "reversed"
    UNDECIDED = "undecided"


def finding(low: float, high: float, test: Equivalence) -> Finding:
    """From the 95 % interval and the two one-sided tests."""
    if test.shown:
        inside = low <= test.chance <= high
        return Finding.EQUIVALENT if inside else Finding.SMALL
    if low > test.chance:
        return Finding.APART
    return Finding.REVERSED if high < test.chance else Finding.UNDECIDED


def verdict(value: float, low: float, high: float, test: Equivalence) -> str:
    """What an accuracy with its 95 % interval and its test against chance allow to be said."""
    points = f"±{100 * test.margin:g} points"
    found = f"accuracy {percent(value)} ({percent(low)} to {percent(high)})"
    confidence = 100 * (1 - 2 * test.alpha)
    return {
        Finding.SMALL: (
            f"Equivalent to chance within {points} ({p_value(test.p)}) and yet different from it: "
            f"{found}. There is a difference, but a small one."
        ),
        Finding.EQUIVALENT: (
            f"The kinds could not be told apart: accuracy {percent(value)}, within {points} of "
            f"chance ({confidence:g} % interval {percent(test.low)} to {percent(test.high)}; two "
            f"one-sided tests, {p_value(test.p)})."
        ),
        Finding.APART: f"The kinds could be told apart: {found}.",
        Finding.REVERSED: (
            f"The kinds could be told apart, but were taken for one another: {found}."
        ),
        Finding.UNDECIDED: (
            f"Undecided: {found} does not differ from chance, but equivalence within {points} is "
            f"not shown either ({p_value(test.p)}). {NO_EVIDENCE}"
        ),
    }[finding(low, high, test)]


def reader_verdict(reader: ReaderResult) -> str:
    """The verdict on one reader; an undecided one says what size a claim would need."""
    a, test = reader.accuracy, reader.equivalence
    words = verdict(a.value, a.low, a.high, test)
    if finding(a.low, a.high, test) is not Finding.UNDECIDED:
        return words
    needed = equivalence_size(test.margin, test.alpha)
    return f"{words} A claim needs about {needed:,} answers of a reader; there are {a.n:,}."


def pooled_verdict(pool: PooledReaders) -> str:
    """The verdict on readers like these, who are a sample themselves."""
    a, test = pool.accuracy, pool.equivalence
    if test is None:
        return f"Accuracy {percent(a.value)} without any variance: no interval can be given."
    said = verdict(a.value, a.low, a.high, test)
    words = f"Readers like these {pool.readers}: {said[0].lower()}{said[1:]}"
    if finding(a.low, a.high, test) is Finding.UNDECIDED:
        words += " More readers would narrow the interval, more than more pictures."
    return words


def tally(readers: list[ReaderResult]) -> str:
    """How many readers, each alone, told the kinds apart."""
    counts = Counter(
        finding(one.accuracy.low, one.accuracy.high, one.equivalence) for one in readers
    )
    apart = counts[Finding.APART] + counts[Finding.REVERSED] + counts[Finding.SMALL]
    return (
        f"Each alone: {apart} of {len(readers)} told the kinds apart, "
        f"{counts[Finding.EQUIVALENT]} could not, {counts[Finding.UNDECIDED]} undecided."
    )


def summary(result: StudyResult) -> str:
    """The study in a sentence or two."""
    if result.pooled is not None:
        return f"{pooled_verdict(result.pooled)} {tally(result.readers)}"
    if result.readers:
        return reader_verdict(result.readers[0])
    return "Nobody has finished reading yet."
