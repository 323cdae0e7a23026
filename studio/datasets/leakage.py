"""Do training and test images overlap: the same file, the same photograph, the same picture?

Compared are the pixels of the crop that is trained on, not those of the photograph around it. What
might be the same picture is found by `studio.imaging.candidates`, in all eight positions, and then
looked at closely by `studio.imaging.likeness`; what people said of a pair counts for more.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from studio.datasets.fingerprints import (
    CloseUps,
    Fingerprint,
    Fingerprinter,
    ImageRef,
    SquareTuple,
)
from studio.datasets.same_picture import same_pictures
from studio.datasets.verdicts import PairVerdict, Verdicts
from studio.imaging import shown_name
from studio.imaging.likeness import SAME
from studio.origins import STACK_KEY
from studio.wording import counted

Kind = Literal["same_path", "same_bytes", "near_duplicates", "same_photograph"]
KINDS: tuple[Kind, ...] = ("same_path", "same_bytes", "near_duplicates", "same_photograph")
JUDGED = ("possible", "different")
KIND_WORDS = {
    "same_path": "same file",
    "same_bytes": "same bytes",
    "near_duplicates": "near-duplicates",
    "same_photograph": "same photograph",
    "possible": "possibly the same",
    "different": "not the same",
}
"""What each kind of pair is called where people read it; the codes stand in files."""

LOOKED_FOR = (
    "Looked for: the same file, the same bytes, the same picture (recompressed, resized, "
    "recoloured, marked in a corner, mirrored, turned by right angles, trimmed by up to a tenth of "
    "a side), and images of one photograph or group where a manifest or a table names them. Not "
    "looked for: other photographs of one lesion, and crops that overlap less."
)

_PATIENT, _LESION = "patient ", "lesion "
_EXAMPLES = 5
_PAIRS_TOLD = 200

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class LeakagePair:
    """A training and a test image that are alike.

    `distance` is that of their perceptual hashes in bits, 0 for the same bytes; `agreement`
    (-1..1) that of their detail, 1 where no pixels were compared. `changes` says what was done to
    the one to get the other, `why` what the two share. `verdict` is what somebody said of them.
    """

    train: Path
    test: Path
    distance: int = 0
    agreement: float = 1.0
    changes: tuple[str, ...] = ()
    why: str = ""
    train_square: SquareTuple | None = None
    test_square: SquareTuple | None = None
    keys: tuple[str, str] = ("", "")
    verdict: PairVerdict | None = None

    def to_dict(self) -> dict[str, Any]:
        """For records and for the window, which shows both images side by side."""
        told: dict[str, Any] = {
            "train": str(self.train),
            "test": str(self.test),
            "distance": self.distance,
            "agreement": round(self.agreement, 3),
            "changes": list(self.changes),
            "why": self.why,
            "train_square": self.train_square,
            "test_square": self.test_square,
            "keys": list(self.keys),
            "verdict": None,
        }
        if self.verdict is not None:
            told["verdict"] = {
                "said": self.verdict.said,
                "reviewer": self.verdict.reviewer,
                "time": self.verdict.time,
            }
        return told


@dataclass(frozen=True, slots=True)
class LeakageReport:
    """Pairs by the strongest kind of likeness; a pair stands in one list only.

    Of training images that are alike among themselves (one path, the same bytes, one thumbnail) the
    first stands for all: a test image is named with each picture that it resembles, not with each
    copy. `possible` pairs agree less than copies do and more than other pictures do; somebody
    should look at them, and until then they do not count. `different` are pairs that would count,
    had not somebody said that they are not the same. `unreadable` has a sentence for each image
    that was not looked at wholly, `unchecked` is how many they are. Of these `damaged` do not
    decode, of which only the bytes were compared; the others the system did not give, so that
    another check may look at them.
    """

    same_path: tuple[LeakagePair, ...] = ()
    same_bytes: tuple[LeakagePair, ...] = ()
    near_duplicates: tuple[LeakagePair, ...] = ()
    same_photograph: tuple[LeakagePair, ...] = ()
    possible: tuple[LeakagePair, ...] = ()
    different: tuple[LeakagePair, ...] = ()
    unreadable: tuple[str, ...] = ()
    unchecked: int = 0
    damaged: int = 0
    train: int = 0
    test: int = 0
    threshold: float = SAME

    @property
    def counted(self) -> tuple[LeakagePair, ...]:
        """The pairs that make the test set leak, the strongest kind first."""
        return tuple(pair for kind in KINDS for pair in getattr(self, kind))

    @property
    def leaks(self) -> bool:
        return bool(self.counted)

    @property
    def clean(self) -> bool:
        """Whether nothing was found, and all images could be looked at."""
        return not self.counted and not self.unchecked

    def of_test(self, images: Sequence[ImageRef]) -> "LeakageReport":
        """The report of some of the test images alone."""
        files = {image.path for image in images}
        own: dict[str, Any] = {
            kind: tuple(pair for pair in getattr(self, kind) if pair.test in files)
            for kind in (*KINDS, *JUDGED)
        }
        return replace(self, **own, test=len(images))

    @property
    def test_images(self) -> int:
        """How many test images training has seen; crops of one file count each."""
        return len({(pair.test, pair.test_square) for pair in self.counted})

    @property
    def sentence(self) -> str:
        """What was found and what was looked for, for people."""
        return f"{self.finding} {LOOKED_FOR}"

    @property
    def finding(self) -> str:
        """What was found, for people."""
        if not self.leaks:
            are = "is" if self.test == 1 else "are"
            found = f"0 of {counted(self.test, 'test image')} {are} among the "
            found += f"{counted(self.train, 'training image')}."
        else:
            first = self.counted[0]
            names = {
                "same_path": "by path",
                "same_bytes": "by bytes",
                "near_duplicates": "as the same picture",
                "same_photograph": "as an image of the same photograph or group",
            }
            kinds = [
                f"{len({(p.test, p.test_square) for p in getattr(self, kind)}):,} {words}"
                for kind, words in names.items()
                if getattr(self, kind)
            ]
            found = (
                f"{self.test_images:,} of {counted(self.test, 'test image')} are also in the "
                f"training set: {', '.join(kinds)}; for example {first.test} and {first.train}."
            )
        return " ".join([found, *self._about_people()])

    def _about_people(self) -> list[str]:
        """Sentences about pairs on which people have a say."""
        said = []
        if self.possible:
            pairs = counted(len(self.possible), "more pair")
            said.append(f"{pairs} may be the same picture and should be looked at.")
        if self.different:
            who = sorted({p.verdict.reviewer for p in self.different if p.verdict is not None})
            pairs = counted(len(self.different), "pair")
            said.append(f"{pairs} that looked alike: not the same picture, said {', '.join(who)}.")
        return said

    def to_dict(self) -> dict[str, Any]:
        """Counts, the sentence, a few examples of each kind and the pairs, for the record of a
        run. `pairs` holds at most 200 of them; `pairs_left_out` says how many more there are."""
        kinds = {kind: getattr(self, kind) for kind in (*KINDS, *JUDGED)}
        pairs = [{"kind": kind, **p.to_dict()} for kind, some in kinds.items() for p in some]
        return {
            "clean": self.clean,
            "sentence": self.sentence,
            "finding": self.finding,
            "looked_for": LOOKED_FOR,
            "train": self.train,
            "test": self.test,
            "test_images": self.test_images,
            "threshold": self.threshold,
            **{kind: len(some) for kind, some in kinds.items()},
            "examples": {
                kind: [
                    {"train": str(p.train), "test": str(p.test), "distance": p.distance}
                    for p in some[:_EXAMPLES]
                ]
                for kind, some in kinds.items()
            },
            "pairs": pairs[:_PAIRS_TOLD],
            "pairs_left_out": max(0, len(pairs) - _PAIRS_TOLD),
            "unreadable": list(self.unreadable),
            "unchecked": self.unchecked,
            "damaged": self.damaged,
        }


def check(
    train: Iterable[Path],
    test: Iterable[Path],
    verdicts: Verdicts | None = None,
    on_progress: OnProgress = lambda done, total: None,
) -> LeakageReport:
    """Compare files of a training set with those of a test set, each as a whole picture.

    Files that cannot be read or decoded are named in the report. `on_progress` gets files done.
    """
    trained, tested = ([ImageRef(path) for path in one] for one in (train, test))
    taken, problems = Fingerprinter().fingerprint_all([*trained, *tested], on_progress)
    return compare(
        [taken[image] for image in trained if image in taken],
        [taken[image] for image in tested if image in taken],
        verdicts,
        problems,
    )


def compare(
    train: Sequence[Fingerprint],
    test: Sequence[Fingerprint],
    verdicts: Verdicts | None = None,
    unreadable: Sequence[str] = (),
    *,
    close_ups: CloseUps | None = None,
    on_progress: OnProgress = lambda done, total: None,
) -> LeakageReport:
    """As `check`, on fingerprints that were taken before; `unreadable` names files of which none
    could be taken. See `same_pictures` for `on_progress`."""
    close_ups = close_ups or CloseUps()
    lists = _Lists()
    for kind, key in (
        ("same_path", lambda one: (one.resolved, one.square)),
        ("same_bytes", lambda one: one.key),
    ):
        index = _index(train, key)
        for tested in test:
            if (trained := index.get(key(tested))) is not None:
                lists.add(kind, trained, tested)
    verdicts = verdicts or Verdicts()
    by_key = _index(train, lambda one: one.key)
    for tested in test:
        for partner in verdicts.partners(tested.key):
            if (trained := by_key.get(partner)) is not None:
                said = verdicts.of(trained.key, tested.key)
                lists.add("near_duplicates", trained, tested, verdict=said)
    for look in same_pictures(train, test, close_ups=close_ups, on_progress=on_progress):
        said = verdicts.of(look.first.key, look.second.key)
        kind = "near_duplicates" if look.score >= SAME else "possible"
        if said is not None:
            kind = "near_duplicates" if said.said == "same" else "different"
        lists.add(
            kind,
            look.first,
            look.second,
            distance=look.distance,
            agreement=look.score,
            changes=look.changes,
            verdict=said,
        )
    _add_same_photographs(train, test, lists)
    unread = {one.key: one.unread for one in (*train, *test) if one.unread} | close_ups.unread
    damaged = {
        (one.path, one.square): (
            f"{shown_name(one.path)} does not decode: only its bytes were compared."
        )
        for one in (*train, *test)
        if one.thumbnail is None and not one.unread
    }
    sentences = [*unreadable, *unread.values(), *damaged.values()]
    return lists.report(train, test, sentences, len(damaged))


class _Lists:
    """The pairs by kind while they are found: each stands in the list that it comes to first.

    A pair that counts leaves a list of those that do not: crops of one photograph are that, however
    much or little they look alike, and whatever was said of their likeness.
    """

    def __init__(self) -> None:
        self._pairs: dict[str, dict[tuple[object, Fingerprint], LeakagePair]] = {
            kind: {} for kind in (*KINDS, *JUDGED)
        }
        self.counted: set[Fingerprint] = set()

    def add(self, kind: str, trained: Fingerprint, tested: Fingerprint, **more: Any) -> None:
        # One thumbnail is one picture, under whatever names.
        small = trained.thumbnail
        pair = (trained.key if small is None else small.tobytes(), tested)
        before = next((name for name, pairs in self._pairs.items() if pair in pairs), None)
        if before in KINDS or (before is not None and kind not in KINDS):
            return
        if before is not None:
            del self._pairs[before][pair]
        if kind in KINDS:
            self.counted.add(tested)
        self._pairs[kind][pair] = LeakagePair(
            trained.path,
            tested.path,
            train_square=trained.square,
            test_square=tested.square,
            keys=(trained.key, tested.key),
            **more,
        )

    def report(
        self,
        train: Sequence[Fingerprint],
        test: Sequence[Fingerprint],
        unreadable: Sequence[str],
        damaged: int,
    ) -> LeakageReport:
        found = {kind: list(pairs.values()) for kind, pairs in self._pairs.items()}
        for kind in ("near_duplicates", *JUDGED):
            found[kind].sort(key=lambda pair: -pair.agreement)
        return LeakageReport(
            tuple(found["same_path"]),
            tuple(found["same_bytes"]),
            tuple(found["near_duplicates"]),
            tuple(found["same_photograph"]),
            tuple(found["possible"]),
            tuple(found["different"]),
            unreadable=tuple(unreadable),
            unchecked=len(unreadable),
            damaged=damaged,
            train=len(train),
            test=len(test),
        )


def _add_same_photographs(
    train: Sequence[Fingerprint], test: Sequence[Fingerprint], lists: _Lists
) -> None:
    """Test images of a photograph, stack or group of the training set, unless more is known."""
    index: dict[str, dict[frozenset[str], Fingerprint]] = defaultdict(dict)
    for trained in train:
        for origin in trained.origins:
            index[origin].setdefault(_patients(trained), trained)
    for tested in test:
        if tested in lists.counted:
            continue
        for origin in sorted(tested.origins & index.keys()):
            found = index[origin]
            if origin.startswith(_LESION):
                found = {own: one for own, one in found.items() if _of_one_patient(own, tested)}
            if found:
                # A photograph or a stack is called by a sum; the names of tables are for people.
                of_table = " " in origin and not origin.startswith(STACK_KEY)
                why = origin if of_table else "one photograph"
                lists.add("same_photograph", next(iter(found.values())), tested, why=why)
                break


def _patients(image: Fingerprint) -> frozenset[str]:
    return frozenset(origin for origin in image.origins if origin.startswith(_PATIENT))


def _of_one_patient(patients: frozenset[str], image: Fingerprint) -> bool:
    """Whether a lesion of this number on `patients` may be that of `image`: many tables number the
    lesions of each patient anew."""
    own = _patients(image)
    return not patients or not own or bool(patients & own)


def _index(
    prints: Sequence[Fingerprint], key: Callable[[Fingerprint], object]
) -> dict[object, Fingerprint]:
    """The first fingerprint of each key."""
    index: dict[object, Fingerprint] = {}
    for print_ in prints:
        index.setdefault(key(print_), print_)
    return index
