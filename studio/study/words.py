"""A result in figures: shares, intervals, p values, rows of a table, lines of a report."""

import math

from studio import wording
from studio.stats import Equivalence, PooledMean, Proportion
from studio.study.pooled import METHOD_SENTENCE, PooledReaders
from studio.study.result import ReaderResult, StudyResult
from studio.wording import interval, p_value, percent_interval

NOTICE = "Research use, not a diagnosis."


def short_name(name: str, limit: int = 32) -> str:
    """A name within a sentence: cut in its middle where it is long."""
    half = (limit - 1) // 2
    return name if len(name) <= limit else f"{name[:half]}…{name[-half:]}"


def seconds(ms: float | None) -> str:
    """Milliseconds as "2.4 s"."""
    return "–" if ms is None else f"{wording.number(ms / 1000, 1)} s"


def time_lines(result: StudyResult) -> list[str]:
    """Median times of right and of wrong answers, and what was taken back, in one line."""
    parts = [
        f"{short_name(one.reader)} {seconds(one.times.right)} and {seconds(one.times.wrong)}, "
        f"{one.corrected} taken back"
        for one in result.readers
    ]
    return [f"Median time of right and of wrong answers: {'; '.join(parts)}."] if parts else []


def question_lines(result: StudyResult) -> list[str]:
    """How often the class shown was named, for each question about it and each kind."""
    lines = []
    for name in sorted({name for one in result.readers for name in one.others}):
        parts = []
        for one in result.readers:
            shares = one.others.get(name, {})
            told = [f"{kind} {_share(share)}" for kind, share in shares.items() if share.n]
            if told:
                parts.append(f"{short_name(one.reader)} {', '.join(told)}")
        if parts:
            lines.append(f"Right {name} of pictures of a known class: {'; '.join(parts)}.")
    return lines


COLUMNS = (
    "reader",
    "accuracy",
    "equivalent",
    "sensitivity",
    "specificity",
    "d′",
    "c",
    "AUC",
    "time",
)


def result_rows(result: StudyResult) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """(columns, rows): each reader, then all readers together where there are several."""
    rows = [_reader_row(one) for one in result.readers]
    if result.pooled is not None:
        rows.append(_pooled_row(result.pooled))
    return COLUMNS, rows


def _reader_row(one: ReaderResult) -> tuple[str, ...]:
    d = one.detection
    return (
        one.reader,
        _share(one.accuracy),
        equivalent(one.equivalence),
        _share(one.sensitivity),
        _share(one.specificity),
        interval(d.d_prime, d.d_low, d.d_high, 2),
        wording.number(d.criterion, 2),
        interval(one.auc.value, one.auc.low, one.auc.high, 2),
        seconds(one.times.median),
    )


def pooled_name(pool: PooledReaders) -> str:
    """What all readers together are called."""
    return f"all {pool.readers} readers"


def _pooled_row(pool: PooledReaders) -> tuple[str, ...]:
    return (
        pooled_name(pool),
        _share(pool.accuracy),
        equivalent(pool.equivalence),
        _share(pool.sensitivity),
        _share(pool.specificity),
        interval(pool.d_prime.value, pool.d_prime.low, pool.d_prime.high, 2),
        "",
        interval(pool.auc.value, pool.auc.low, pool.auc.high, 2),
        "",
    )


def _share(share: Proportion | PooledMean) -> str:
    return percent_interval(share.value, share.low, share.high)


def equivalent(test: Equivalence | None) -> str:
    """Whether equivalence was shown, with p: "no (p = 0.312)"."""
    if test is None or math.isnan(test.p):
        return "–"
    return f"{'yes' if test.shown else 'no'} ({p_value(test.p)})"


def report_lines(result: StudyResult) -> list[str]:
    """The whole result as plain lines, for a terminal or a clipboard."""
    columns, rows = result_rows(result)
    lines = []
    for row in rows:
        parts = [f"{name} {cell}" for name, cell in zip(columns[1:], row[1:], strict=True) if cell]
        lines += [
            f"{row[0]}:",
            *(f"  {', '.join(parts[start : start + 3])}" for start in (0, 3, 6)),
        ]
    lines = [line for line in lines if line.strip()]
    lines += [*these_lines(result), *time_lines(result)]
    lines += [*agreement_lines(result), *question_lines(result)]
    if result.readers:
        lines.append("Intervals at 95 %. Synthetic is the positive class.")
    if result.pooled is not None:
        lines.append(METHOD_SENTENCE)
    return lines


def these_lines(result: StudyResult) -> list[str]:
    """The accuracy of these very readers, for other pictures; nothing for fewer than two."""
    if result.pooled is None:
        return []
    a, count = result.pooled.these_readers, result.pooled.readers
    share = percent_interval(a.value, a.low, a.high)
    return [f"Accuracy of these {count} readers alone, for other such pictures: {share}."]


def agreement_lines(result: StudyResult) -> list[str]:
    """How far readers agree on real or synthetic; nothing for fewer than two."""
    if result.agreement is None:
        return []
    found = [
        ("Cohen's kappa", result.agreement.cohen),
        ("Fleiss' kappa", result.agreement.fleiss),
        ("Gwet's AC1", result.agreement.ac1),
    ]
    parts = [f"{name} {interval(a.value, a.low, a.high, 2)}" for name, a in found if a is not None]
    return [f"Agreement of readers: {', '.join(parts)}."]
