"""Do training and test images overlap: the same file, the same bytes, nearly the same picture?"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.imaging import NEAR, ImageError, decode, phash, sha256_file, shown_name

_HASH_SIDE = 256  # pixels to which a picture is reduced before it is hashed
_BLOCK = 64  # rows compared at once; 64 x 132,673 differences of 8 bytes are 68 MB
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is compared; `phash` is None for a picture that does not decode."""

    path: Path
    resolved: Path
    sha256: str
    phash: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A training and a test file that are alike; `distance` in bits, 0 for the same bytes."""

    train: Path
    test: Path
    distance: int = 0


@dataclass(frozen=True, slots=True)
class LeakageReport:
    """Pairs by the strongest kind of likeness; a pair stands in one list only.

    Of training files that are alike among themselves (one path, the same bytes, one hash) the first
    stands for all: a test file is named with each picture that it resembles, not with each copy.
    """

    same_path: tuple[Pair, ...]
    same_bytes: tuple[Pair, ...]
    near_duplicates: tuple[Pair, ...]
    unreadable: tuple[str, ...]
    train: int
    test: int
    threshold: int

    @property
    def clean(self) -> bool:
        return not (self.same_path or self.same_bytes or self.near_duplicates)

    @property
    def test_files(self) -> tuple[Path, ...]:
        """The test files that training has seen."""
        pairs = [*self.same_path, *self.same_bytes, *self.near_duplicates]
        return tuple(dict.fromkeys(pair.test for pair in pairs))

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        if self.clean:
            return f"No test image is among the {self.train:,} training images."
        first = [*self.same_path, *self.same_bytes, *self.near_duplicates][0]
        return (
            f"{len(self.test_files):,} of {self.test:,} test images are also in the training set: "
            f"{len(self.same_path):,} by path, {len(self.same_bytes):,} by bytes, "
            f"{len(self.near_duplicates):,} as near-duplicates; "
            f"for example {first.test} and {first.train}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Counts, the sentence and a few examples of each kind, for the record of a run."""
        kinds = {
            "same_path": self.same_path,
            "same_bytes": self.same_bytes,
            "near_duplicates": self.near_duplicates,
        }
        return {
            "clean": self.clean,
            "sentence": self.sentence,
            "train": self.train,
            "test": self.test,
            "threshold": self.threshold,
            **{name: len(pairs) for name, pairs in kinds.items()},
            "examples": {
                name: [
                    {"train": str(p.train), "test": str(p.test), "distance": p.distance}
                    for p in pairs[:_EXAMPLES]
                ]
                for name, pairs in kinds.items()
            },
            "unreadable": list(self.unreadable),
        }


def check(
    train: Iterable[Path],
    test: Iterable[Path],
    threshold: int = NEAR,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> LeakageReport:
    """Compare files of a training set with those of a test set.

    Two pictures are near-duplicates when their perceptual hashes differ in at most `threshold` of
    64 bits. Files that cannot be read are named in the report. `on_progress` gets files done.
    """
    train, test = list(train), list(test)
    total = len(train) + len(test)
    taken, problems = _fingerprints([*train, *test], lambda done: on_progress(done, total))
    known = {fingerprint.path: fingerprint for fingerprint in taken}
    return compare(
        [known[path] for path in train if path in known],
        [known[path] for path in test if path in known],
        threshold,
        problems,
    )


def fingerprint(path: Path) -> Fingerprint:
    """Hash one file. Raises StudioError when it cannot be read; see `Fingerprint.phash`."""
    try:
        resolved, sha256 = path.resolve(strict=True), sha256_file(path)
    except OSError as error:
        raise StudioError(f"{shown_name(path)} cannot be read: {error.strerror}.") from error
    try:
        return Fingerprint(
            path, resolved, sha256, phash(decode(path, frame="exif", max_side=_HASH_SIDE))
        )
    except ImageError:
        return Fingerprint(path, resolved, sha256, None)


def compare(
    train: Sequence[Fingerprint],
    test: Sequence[Fingerprint],
    threshold: int = NEAR,
    unreadable: Sequence[str] = (),
) -> LeakageReport:
    """As `check`, on fingerprints that were taken before."""
    by_path = _index(train, lambda print_: print_.resolved)
    by_bytes = _index(train, lambda print_: print_.sha256)
    same_path: list[Pair] = []
    same_bytes: list[Pair] = []
    seen: set[tuple[Path, Path]] = set()
    for tested in test:
        for index, pairs, key in (
            (by_path, same_path, tested.resolved),
            (by_bytes, same_bytes, tested.sha256),
        ):
            trained = index.get(key)
            if trained is not None and (trained.path, tested.path) not in seen:
                seen.add((trained.path, tested.path))
                pairs.append(Pair(trained.path, tested.path))
    near = [p for p in _near(train, test, threshold) if (p.train, p.test) not in seen]
    return LeakageReport(
        tuple(same_path),
        tuple(same_bytes),
        tuple(near),
        tuple(unreadable),
        len(train),
        len(test),
        threshold,
    )


def _index(
    prints: Sequence[Fingerprint], key: Callable[[Fingerprint], object]
) -> dict[object, Fingerprint]:
    """The first fingerprint of each key."""
    index: dict[object, Fingerprint] = {}
    for print_ in prints:
        index.setdefault(key(print_), print_)
    return index


def _near(train: Sequence[Fingerprint], test: Sequence[Fingerprint], threshold: int) -> list[Pair]:
    """Compare hash with hash: thousands of one placeholder make one comparison, not millions."""
    trained = _index([p for p in train if p.phash is not None], lambda print_: print_.phash)
    tested: dict[str, list[Fingerprint]] = defaultdict(list)
    for print_ in test:
        if print_.phash is not None:
            tested[print_.phash].append(print_)
    first, groups = list(trained.values()), list(tested.values())
    known, asked = _words(first), _words([group[0] for group in groups])
    pairs: list[Pair] = []
    for start in range(0, len(groups), _BLOCK):
        distances = np.bitwise_count(asked[start : start + _BLOCK, None] ^ known[None, :])
        for row, column in np.argwhere(distances <= threshold):
            distance, path = int(distances[row, column]), first[column].path
            pairs += [Pair(path, print_.path, distance) for print_ in groups[start + row]]
    return sorted(pairs, key=lambda pair: pair.distance)


def _words(prints: Sequence[Fingerprint]) -> npt.NDArray[np.uint64]:
    return np.array([int(print_.phash or "0", 16) for print_ in prints], dtype=np.uint64)


def _fingerprints(
    paths: Sequence[Path], on_progress: Callable[[int], None]
) -> tuple[list[Fingerprint], list[str]]:
    taken: list[Fingerprint] = []
    problems: list[str] = []
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="leakage") as pool:
        futures = [pool.submit(fingerprint, path) for path in dict.fromkeys(paths)]
        for done, future in enumerate(futures, start=1):
            try:
                taken.append(future.result())
            except StudioError as error:
                problems.append(str(error))
            on_progress(done)
    return taken, problems
