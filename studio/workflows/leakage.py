"""Leakage by itself: a report without a training, its pairs, and what people say of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.datasets.leakage import LeakageReport
from studio.datasets.verdicts import PairVerdict, Square, Verdicts, keep_verdict, verdict_files
from studio.errors import UsageError
from studio.imaging.prepared import PreparedImages
from studio.workflows.prepared import cache_of
from studio.workflows.training_data import (
    DataSource,
    Fingerprints,
    OnProgress,
    read_source,
    verdicts_of,
)

TRAINING, VALIDATION, TEST = "training", "validation", "test"


@dataclass(frozen=True, slots=True)
class ComparedImage:
    """One side of a pair: which set it is of, its file, and its square where it is a crop."""

    role: str
    file: str
    square: Square | None = None


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """A pair of a leakage report. `kind` is that of `LeakageReport`; `keys` name both images in
    verdicts; `agreement` (-1..1) and `changes` are those of `LeakagePair`."""

    kind: str
    first: ComparedImage
    second: ComparedImage
    agreement: float
    changes: tuple[str, ...]
    why: str
    keys: tuple[str, str]
    verdict: PairVerdict | None = None

    @property
    def can_be_judged(self) -> bool:
        """Whether a person has a say: the same file is the same whatever anybody says of it."""
        return self.kind not in ("same_path", "same_bytes", "same_photograph") and all(self.keys)


def leakage_report(
    train: Sequence[DataSource],
    tests: Sequence[DataSource],
    *,
    tables: Sequence[Path] = (),
    project: Path | None = None,
    warn: Callable[[str], None] = lambda sentence: None,
    on_progress: OnProgress = lambda done, total, message: None,
) -> LeakageReport:
    """Compare the images of `tests` with those of `train`, as a training does before it begins.

    Verdicts are those of the projects in which the sources lie, and of `project`. `warn` gets what
    the sources leave out; images that cannot be read or decoded are in the report. Raises
    StudioError where a source cannot be read.
    """
    trained = [read_source(one, tables) for one in train]
    tested = [read_source(one, tables) for one in tests]
    for source in (*trained, *tested):
        for sentence in (*source.problems, *source.notes):
            warn(sentence)
    images = [image for source in (*trained, *tested) for image in source.images]
    places = [*train, *tests, *([project] if project is not None else [])]
    cache = PreparedImages(cache_of([one.split for one in trained], project))
    prints = Fingerprints(images, on_progress, verdicts_of(places), cache)
    return prints.compare(trained, tested)


def pairs_of(
    leakage: dict[str, Any], verdicts: Verdicts, *, evaluated: bool = False
) -> list[ComparedPair]:
    """The pairs in the record of a leakage check, with what has been said of them since.

    `evaluated` says that the record is of an evaluation, whose `validation` compares the validation
    set with the test set; that of a training compares it with the training set.
    """
    parts = [(leakage, TRAINING, TEST)]
    if evaluated:
        parts.append((leakage.get("validation") or {}, VALIDATION, TEST))
    else:
        parts.append((leakage.get("validation") or {}, TRAINING, VALIDATION))
        parts.append((leakage.get("test_in_validation") or {}, VALIDATION, TEST))
    return [
        _pair(told, first, second, verdicts)
        for part, first, second in parts
        for told in part.get("pairs") or ()
    ]


def judge_pair(pair: ComparedPair, said: str, reviewer: str, project: Path) -> ComparedPair:
    """Keep a verdict on a pair, "same" or "different", in a project; the pair with it.

    Raises UsageError for a pair that cannot be judged, and as `keep_verdict` does.
    """
    if not pair.can_be_judged:
        raise UsageError("These are one file or photograph, whatever is said of them.")
    files = verdict_files([project])
    return replace(pair, verdict=keep_verdict(*pair.keys, said, reviewer, files))


def judge_files(
    first: Path, second: Path, said: str, reviewer: str, places: Iterable[Path] = ()
) -> PairVerdict:
    """Keep a verdict on two whole images, in the projects in which they or `places` lie.

    Raises UsageError for one and the same image, and StudioError where a file cannot be read.
    """
    from studio.datasets.fingerprints import Fingerprinter, ImageRef

    keys = [Fingerprinter().fingerprint([ImageRef(path)])[0].key for path in (first, second)]
    if keys[0] == keys[1]:
        raise UsageError(f"{first} and {second} have the same bytes: there is nothing to judge.")
    files = verdict_files([first, second, *places])
    return keep_verdict(keys[0], keys[1], said, reviewer, files)


def _pair(told: dict[str, Any], first: str, second: str, verdicts: Verdicts) -> ComparedPair:
    keys = tuple(told.get("keys") or ("", ""))
    return ComparedPair(
        str(told["kind"]),
        ComparedImage(first, str(told["train"]), _square(told.get("train_square"))),
        ComparedImage(second, str(told["test"]), _square(told.get("test_square"))),
        float(told["agreement"]),
        tuple(told.get("changes") or ()),
        str(told.get("why") or ""),
        (str(keys[0]), str(keys[1])),
        verdicts.of(str(keys[0]), str(keys[1])),
    )


def _square(numbers: Sequence[float] | None) -> Square | None:
    if numbers is None:
        return None
    cx, cy, side = numbers
    return float(cx), float(cy), float(side)
