"""What the answers come to: each reader, all together, and how far they agree.

"Synthetic" is the positive class: sensitivity is the share of synthetic pictures recognised,
specificity that of real ones. Only readers who have finished count. Results looked at before the
end invite stopping when they please.
"""

import statistics
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from studio import wording
from studio.errors import UsageError
from studio.stats import (
    Agreement,
    Auc,
    Detection,
    Equivalence,
    Proportion,
    Roc,
    auc_delong,
    cohen_kappa,
    detection,
    equivalence,
    fleiss_kappa,
    gwet_ac1,
    roc_curve,
    wilson,
)
from studio.study.answers import Answer, AnswerLog, read_answer_logs
from studio.study.folder import Study
from studio.study.key import StudyKey
from studio.study.models import SMALLEST_MARGIN
from studio.study.pooled import PooledReaders, pool_readers

ALPHA = 0.05


@dataclass(frozen=True)
class AnswerTimes:
    """Median milliseconds of an answer: of all, of the right ones, of the wrong ones; or None."""

    median: float | None
    right: float | None
    wrong: float | None


@dataclass(frozen=True)
class ReaderResult:
    """One reader. `others` is the share of answers to each question that name the class shown."""

    reader: str
    accuracy: Proportion
    sensitivity: Proportion
    specificity: Proportion
    detection: Detection
    auc: Auc
    roc: Roc
    equivalence: Equivalence
    times: AnswerTimes
    corrected: int
    others: dict[str, dict[str, Proportion]]


@dataclass(frozen=True)
class UnfinishedReader:
    """A reader who is on the way; nothing is said about right and wrong."""

    reader: str
    answered: int


@dataclass(frozen=True)
class Coefficients:
    """Agreement of the answers real and synthetic. `cohen` is there for two readers."""

    fleiss: Agreement
    ac1: Agreement
    cohen: Agreement | None


@dataclass(frozen=True)
class StudyResult:
    """Everything a report needs. `pooled` and `agreement` are None for fewer than two readers."""

    pictures: int
    readers: list[ReaderResult]
    unfinished: list[UnfinishedReader]
    pooled: PooledReaders | None
    agreement: Coefficients | None
    margin: float
    alpha: float
    problems: list[str] = field(default_factory=list)


def evaluate_study(
    study: Study, key: StudyKey, margin: float | None = None, alpha: float = ALPHA
) -> StudyResult:
    """The result of all readers who have finished, at the study's margin unless another is given.

    Raises StudioError for a margin out of range.
    """
    margin = study.file.margin if margin is None else margin
    if not SMALLEST_MARGIN <= margin < 0.5:
        raise UsageError(f"The margin of equivalence lies between {SMALLEST_MARGIN} and 0.5.")
    logs, problems = read_answer_logs(study)
    finished = [log for log in logs if log.finished]
    tokens = sorted(study.file.pictures)
    truth = np.array([key.synthetic(token) for token in tokens])
    ratings = np.array(
        [[log.answers[token].rating for token in tokens] for log in finished], dtype=np.int64
    ).reshape(len(finished), len(tokens))
    return StudyResult(
        pictures=len(tokens),
        readers=[_reader(log, key, margin, alpha) for log in finished],
        unfinished=[UnfinishedReader(one.reader, len(one.answers)) for one in logs if one.reading],
        pooled=pool_readers(ratings, truth, margin, alpha) if len(finished) > 1 else None,
        agreement=_agreement(ratings) if len(finished) > 1 else None,
        margin=margin,
        alpha=alpha,
        problems=problems + _other_margin(study, margin),
    )


def _other_margin(study: Study, margin: float) -> list[str]:
    if margin == study.file.margin:
        return []
    planned = wording.significant(100 * study.file.margin)
    return [f"The study was planned for ±{planned} points: another margin afterwards proves less."]


def _reader(log: AnswerLog, key: StudyKey, margin: float, alpha: float) -> ReaderResult:
    answers = list(log.answers.values())
    truth = np.array([key.synthetic(one.token) for one in answers], dtype=bool)
    said = np.array([one.synthetic for one in answers], dtype=bool)
    ratings = np.array([one.rating for one in answers], dtype=np.float64)
    hits, alarms = int((said & truth).sum()), int((said & ~truth).sum())
    signals, noises = int(truth.sum()), int((~truth).sum())
    right = hits + noises - alarms
    return ReaderResult(
        reader=log.reader,
        accuracy=wilson(right, len(answers)),
        sensitivity=wilson(hits, signals),
        specificity=wilson(noises - alarms, noises),
        detection=detection(hits, signals, alarms, noises),
        # No reader meets two pictures of one photograph or seed: each stands for itself.
        auc=auc_delong(ratings, truth, groups=list(range(len(answers)))),
        roc=roc_curve(ratings, truth),
        equivalence=equivalence(right, len(answers), margin, alpha),
        times=_times(answers, said == truth),
        corrected=log.corrected,
        others=_others(answers, key),
    )


def _times(answers: list[Answer], right: npt.NDArray[np.bool_]) -> AnswerTimes:
    def median(of: list[Answer]) -> float | None:
        return statistics.median(one.ms for one in of) if of else None

    pairs = list(zip(answers, right, strict=True))
    return AnswerTimes(
        median(answers),
        median([a for a, ok in pairs if ok]),
        median([a for a, ok in pairs if not ok]),
    )


def _others(answers: list[Answer], key: StudyKey) -> dict[str, dict[str, Proportion]]:
    """Of each question whose choices are classes: how often the class shown is named, by kind."""
    found: dict[str, dict[str, Proportion]] = {}
    for question in sorted({name for one in answers for name in one.others}):
        counts = {"real": [0, 0], "synthetic": [0, 0]}
        for one in answers:
            entry = key.pictures[one.token]
            if entry.label and question in one.others:
                counts[entry.kind][0] += one.others[question] == entry.label
                counts[entry.kind][1] += 1
        found[question] = {kind: wilson(k, n) for kind, (k, n) in counts.items()}
    return found


def _agreement(ratings: npt.NDArray[np.int64]) -> Coefficients:
    said = (ratings > 3).astype(np.int64).T
    return Coefficients(
        fleiss=fleiss_kappa(said),
        ac1=gwet_ac1(said),
        cohen=cohen_kappa(said[:, 0], said[:, 1]) if said.shape[1] == 2 else None,
    )
