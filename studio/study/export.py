"""The answers as a table, and the result as one document. Both unblind: for finished readers."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.stats import equivalence_size, exact_size
from studio.study.answers import Answer, AnswerLog, read_answer_logs
from studio.study.folder import Study
from studio.study.key import StudyKey
from studio.study.pooled import METHOD_SENTENCE
from studio.study.result import ReaderResult, StudyResult
from studio.study.verdicts import pooled_verdict, reader_verdict, summary
from studio.study.words import NOTICE
from studio.tables import writing_table

COLUMNS = (
    "reader",
    "position",
    "token",
    "truth",
    "class",
    "answer",
    "confidence",
    "rating",
    "right",
    "ms",
    "time",
)


def export_answers(study: Study, key: StudyKey, out: Path, replace: bool = False) -> int:
    """Write a CSV, one row for each answer of readers who have finished; returns the rows.

    A file that is there is overwritten with `replace` only, for who has been asked. Raises
    StudioError when there is one, or when nobody has finished.
    """
    finished = [log for log in read_answer_logs(study)[0] if log.finished]
    if not finished:
        raise StudioError("Nobody has finished this study: there is nothing to export yet.")
    if out.exists() and not replace:
        raise StudioError(f"{out} is there already; choose another name.")
    others = [question.id for question in study.file.questions]
    rows = 0
    try:
        with writing_table(out, [*COLUMNS, *others]) as table:
            for log in finished:
                for position, one in enumerate(log.answers.values(), start=1):
                    table.row(_row(log, position, one, key, others))
                    rows += 1
    except OSError as error:
        raise StudioError(f"{out} cannot be written: {error.strerror}.") from error
    return rows


def _row(
    log: AnswerLog, position: int, one: Answer, key: StudyKey, others: list[str]
) -> list[object]:
    entry = key.pictures[one.token]
    return [
        log.reader,
        position,
        one.token,
        entry.kind,
        entry.label,
        "synthetic" if one.synthetic else "real",
        one.confidence,
        one.rating,
        int(one.synthetic == (entry.kind == "synthetic")),
        one.ms,
        one.time,
        *(one.others.get(name, "") for name in others),
    ]


def result_document(study: Study, result: StudyResult) -> dict[str, Any]:
    """The result as plain numbers and sentences; what cannot be estimated is None."""
    pool, agreement = result.pooled, result.agreement
    return {
        "study": study.file.title,
        "notice": NOTICE,
        "pictures": result.pictures,
        "summary": summary(result),
        "margin": result.margin,
        "alpha": result.alpha,
        "answers_needed": {
            "normal_approximation": equivalence_size(result.margin, result.alpha),
            "exact": exact_size(result.margin, result.alpha),
            "power": 0.8,
        },
        "readers": [_reader(one) for one in result.readers],
        "unfinished": [asdict(one) for one in result.unfinished],
        "pooled": None
        if pool is None
        else {
            **_finite(asdict(pool)),
            "verdict": pooled_verdict(pool),
            "method": METHOD_SENTENCE,
        },
        "agreement": None if agreement is None else _finite(asdict(agreement)),
        "problems": result.problems,
    }


def _reader(one: ReaderResult) -> dict[str, Any]:
    return {
        "reader": one.reader,
        "verdict": reader_verdict(one),
        **{
            name: _finite(asdict(getattr(one, name)))
            for name in ("accuracy", "sensitivity", "specificity", "detection", "auc", "times")
        },
        "equivalence": {
            **_finite(asdict(one.equivalence)),
            "p": _finite(one.equivalence.p),
            "shown": one.equivalence.shown,
        },
        "corrected": one.corrected,
        "others": {
            name: {kind: _finite(asdict(share)) for kind, share in kinds.items()}
            for name, kinds in one.others.items()
        },
    }


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
