"""Which pictures a study shows: equally many of each kind, by class where both kinds have them."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.imaging import Verifier, decode
from studio.imaging.copies import Pixels, copy_of
from studio.study.models import Kind
from studio.study.plan import PER_KIND, BuildPlan, OnProgress
from studio.study.sources import (
    NO_CLASS,
    CandidatePool,
    StudyCandidate,
    find_origins,
    find_pictures,
)
from studio.wording import counted

_EXAMPLES = 3
_SMALL_SIDE = 256  # px, in which pictures are compared


@dataclass(frozen=True)
class StudySample:
    """The pictures, shuffled, and what was left out in sentences."""

    chosen: list[tuple[Kind, StudyCandidate]]
    notes: list[str]


def draw_sample(
    real: Path,
    synthetic: Path,
    plan: BuildPlan,
    on_progress: OnProgress,
    stop: Callable[[], bool],
) -> StudySample | None:
    """The same pictures for the same files and seed. None when stopped; StudioError for too few."""
    notes: list[str] = []
    folders = {"real": real, "synthetic": synthetic}
    found = {kind: find_pictures(folder, notes) for kind, folder in folders.items()}
    origins = {kind: find_origins(folder, notes) for kind, folder in folders.items()}
    wanted = plan.per_kind or PER_KIND
    smallest = 1 if plan.upscaling else plan.size
    with Verifier() as verifier:

        def pool(kind: str, label: str) -> CandidatePool:
            paths, seed = _of_class(found[kind], label), f"{plan.seed} {kind} {label}"
            return CandidatePool(paths, label, smallest, seed, verifier, notes, origins[kind])

        pairs = [
            _ClassPair(pool("real", label), pool("synthetic", label))
            for label in _common_classes(found, notes)
        ]
        if not _fill(pairs, wanted, on_progress, stop):
            return None
    _add_notes(pairs, plan.size, notes)
    count = sum(len(pair.real.taken) for pair in pairs)
    if count == 0 or (plan.per_kind and count < plan.per_kind):
        raise StudioError(_too_few(count, plan.per_kind or 1, pairs, plan.size))
    chosen: list[tuple[Kind, StudyCandidate]] = []
    for pair in pairs:
        chosen += [("real", one) for one in pair.real.taken]
        chosen += [("synthetic", one) for one in pair.synthetic.taken]
    random.Random(f"{plan.seed} all").shuffle(chosen)
    return StudySample(chosen, notes)


class _Seen:
    """What is taken: no picture twice, in whatever position, size or colours, and of one
    photograph, stack or seed only one."""

    def __init__(self) -> None:
        self._all: list[tuple[str, StudyCandidate]] = []
        self._small: list[Pixels] = []

    def add(self, one: StudyCandidate, kind: str) -> None:
        self._all.append((kind, one))
        self._small.append(_small(one))

    def shown(self, one: StudyCandidate, kind: str) -> bool:
        """Whether what it shows is taken already; stacks are numbered in each project anew."""
        return bool(one.origin) and (kind, one.origin) in (
            (other_kind, other.origin) for other_kind, other in self._all
        )

    def like(self, one: StudyCandidate) -> StudyCandidate | None:
        """What is taken and shows the same picture."""
        for _, other in self._all:
            if other.checked.sha256 == one.checked.sha256:
                return other
        copy = copy_of(_small(one), self._small)
        return None if copy is None else self._all[copy][1]


def _small(one: StudyCandidate) -> Pixels:
    """The picture, which a child process has decoded without trouble, in small."""
    return decode(one.path, frame="exif", max_side=_SMALL_SIDE)


class _ClassPair:
    """Both kinds of one class, taken in pairs."""

    def __init__(self, real: CandidatePool, synthetic: CandidatePool) -> None:
        self.real, self.synthetic = real, synthetic
        self.copies: list[str] = []
        self.again = {"real": 0, "synthetic": 0}

    def draw_pair(self, seen: _Seen) -> bool:
        """Take one more of each kind; False when a kind has no more, and then neither is taken."""
        pair = []
        for kind, pool in (("real", self.real), ("synthetic", self.synthetic)):
            while (one := pool.draw()) is not None:
                if seen.shown(one, kind):
                    self.again[kind] += 1
                    continue
                alike = seen.like(one)
                if alike is None:
                    break
                self.copies.append(f"{one.path.name} ({kind}) nearly equals {alike.path.name}")
            if one is not None:
                pair.append((kind, one))
        if len(pair) < 2:
            return False  # both were looked for, so that it is known what each kind lacks
        for kind, one in pair:
            (self.real if kind == "real" else self.synthetic).taken.append(one)
            seen.add(one, kind)
        return True


def _fill(
    pairs: list[_ClassPair], wanted: int, on_progress: OnProgress, stop: Callable[[], bool]
) -> bool:
    """Take from each class in turn until there are enough or none has more; False when stopped."""
    seen, done, open_pairs = _Seen(), 0, list(pairs)
    while open_pairs and done < wanted:
        for pair in list(open_pairs):
            if stop():
                return False
            if done == wanted:
                break
            if pair.draw_pair(seen):
                done += 1
                on_progress(done, wanted, "Checking pictures")
            else:
                open_pairs.remove(pair)
    return True


def _common_classes(found: dict[str, dict[str, list[Path]]], notes: list[str]) -> list[str]:
    """The classes that both kinds have; [""] when the kinds cannot be matched by class."""
    real, synthetic = (set(found[kind]) - {NO_CLASS} for kind in ("real", "synthetic"))
    common = sorted(real & synthetic)
    if common:
        if lonely := sorted(real ^ synthetic):
            notes.append(f"Left out: the classes {', '.join(lonely)} are there for one kind only.")
        return common
    if real or synthetic:
        notes.append("The kinds are not balanced by class: they have no class folders in common.")
    return [NO_CLASS]


def _of_class(by_class: dict[str, list[Path]], label: str) -> list[Path]:
    if label == NO_CLASS:
        return [path for paths in by_class.values() for path in paths]
    return by_class[label]


def _add_notes(pairs: list[_ClassPair], size: int, notes: list[str]) -> None:
    for kind in ("real", "synthetic"):
        small = sum(len(getattr(pair, kind).small) for pair in pairs)
        if small:
            told = counted(
                small,
                f"{{0}} {kind} picture is smaller than {size} pixels; enlarging would give it away",
                f"{{0}} {kind} pictures are smaller than {size} pixels; enlarging would give them "
                "away",
            )
            notes.append(f"Left out: {told}.")
        again = sum(pair.again[kind] for pair in pairs)
        if again:
            told = counted(again, f"{{0}} {kind} picture is", f"{{0}} {kind} pictures are")
            notes.append(
                f"Left out: {told} of a photograph, stack or seed of which another one is shown."
            )
    copies = [sentence for pair in pairs for sentence in pair.copies]
    if copies:
        more = f" and {len(copies) - _EXAMPLES} more" if len(copies) > _EXAMPLES else ""
        notes.append(f"Left out as copies: {'; '.join(copies[:_EXAMPLES])}{more}.")


def _too_few(count: int, wanted: int, pairs: list[_ClassPair], size: int) -> str:
    small = {
        kind: [side for pair in pairs for side in getattr(pair, kind).small]
        for kind in ("real", "synthetic")
    }
    words = (
        f"There are only {count} usable pictures of each kind, matched by class where they can."
        if count
        else _none_in_common(pairs)
    )
    if any(small.values()):
        words += (
            f" {len(small['real'])} real and {len(small['synthetic'])} synthetic ones are smaller "
            f"than {size} pixels: choose a side of {_side_for(wanted - count, small.values())} "
            "pixels or less."
        )
    elif not count:
        words += " Name other folders."
    if count:
        words += " Ask for fewer pictures of each kind, or name larger folders."
    return words


def _none_in_common(pairs: list[_ClassPair]) -> str:
    """Why no pair was found, with what there is of each kind."""
    first = pairs[0].real
    where = "have no class with" if first.label != NO_CLASS else "do not both have"
    what = f"pictures of at least {first.smallest} pixels" if first.smallest > 1 else "pictures"
    there = (
        f"{kind}: " + ", ".join(f"{pool.label} {len(pool.paths)}".strip() for pool in pools)
        for kind, pools in (
            ("real", [pair.real for pair in pairs]),
            ("synthetic", [pair.synthetic for pair in pairs]),
        )
    )
    return (
        f"The folders {where} {what} that can be shown side by side. "
        f"Pictures found, {'; '.join(there)}."
    )


def _side_for(more: int, small: Iterable[list[int]]) -> int:
    """The side in pixels at which every kind that lost pictures has `more`, or all of them."""
    return min(sorted(sides)[-min(more, len(sides))] for sides in small if sides)
