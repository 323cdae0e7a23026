"""What has to be trained for a plan, each thing once, and which training each cell of it needs.

A mix that has the folder of a test set among its folders is trained without it for that test. A mix
without a test set is trained once for all tests, and mixes that come to the same folders, settings,
model and seed share a training: of the paper's 11 mixes x 7 tests x 20 repeats 940 trainings are
left of 1,540.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from studio.experiment.plan import ExperimentPlan, Mix, MixFolder

_LONGEST_PART = 40  # characters of a name in the name of a training


class CellKey(NamedTuple):
    """A cell of the table: a mix on a test set by a model."""

    mix: str
    test: str
    model: str


@dataclass(frozen=True)
class PlannedTraining:
    """One training: `name` is its folder, the same whenever the list is made of the same plan.

    `mix` is the first mix that needs it and `without` the test set that it was left out of, "" for
    none. `tests` are the test sets on which it is scored.
    """

    name: str
    mix: str
    without: str
    model: str
    seed: int
    folders: tuple[MixFolder, ...]
    settings: Mapping[str, Any]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class TrainingList:
    """The trainings of a plan in the order in which they are run, and by cell, one for each repeat.

    The first repeat of everything comes before the second of anything, so that an experiment that
    is stopped has a whole table of fewer repeats. A cell that has nothing to train on, since its
    mix is the test set alone, has no trainings. `asked` is how many there would be if each cell had
    its own.
    """

    trainings: tuple[PlannedTraining, ...]
    cells: Mapping[CellKey, tuple[str, ...]]
    asked: int


class _Group(NamedTuple):
    """A training but for its seed, and the tests that it is scored on."""

    mix: Mix
    without: str
    model: str
    folders: tuple[MixFolder, ...]
    tests: list[str]


def list_trainings(plan: ExperimentPlan) -> TrainingList:
    """The trainings that `plan` needs."""
    groups: dict[Any, _Group] = {}
    needed: dict[CellKey, Any] = {}
    for model in plan.models:
        for mix in plan.mixes:
            for test, folder in plan.tests.items():
                own = _without(mix, folder)
                if not own:
                    needed[CellKey(mix.name, test, model)] = None
                    continue
                without = test if len(own) < len(mix.folders) else ""
                key = _identity(own, mix.settings, model)
                group = groups.setdefault(key, _Group(mix, without, model, own, []))
                if test not in group.tests:
                    group.tests.append(test)
                needed[CellKey(mix.name, test, model)] = key
    stems = dict(zip(groups, _stems(groups.values()), strict=True))
    digits = len(str(plan.repeats - 1))
    trainings = tuple(
        PlannedTraining(
            f"{stems[key]}.s{seed:0{digits}d}", group.mix.name, group.without, group.model, seed,
            group.folders, group.mix.settings, tuple(group.tests),
        )
        for seed in range(plan.repeats)
        for key, group in groups.items()
    )  # fmt: skip
    by_stem = defaultdict(list)
    for training in trainings:
        by_stem[training.name.rpartition(".")[0]].append(training.name)
    cells = {
        cell: tuple(by_stem[stems[key]]) if key is not None else () for cell, key in needed.items()
    }
    asked = len(plan.models) * len(plan.mixes) * len(plan.tests) * plan.repeats
    return TrainingList(trainings, cells, asked)


def _without(mix: Mix, test: Path) -> tuple[MixFolder, ...]:
    real = test.resolve()
    return tuple(part for part in mix.folders if part.folder.resolve() != real)


def _identity(folders: Iterable[MixFolder], settings: Mapping[str, Any], model: str) -> Any:
    """What two trainings of one seed have in common when they come to the same."""
    parts = frozenset((str(one.folder.resolve()), one.count) for one in folders)
    return parts, repr(sorted(settings.items())), model


def _stems(groups: Iterable[_Group]) -> list[str]:
    """Names that tell the groups apart."""
    listed = list(groups)
    whole = ["\0".join((one.mix.name, one.without, one.model)) for one in listed]
    return told_apart([_stem(group) for group in listed], whole)


def told_apart(plain: Sequence[str], whole: Sequence[str]) -> list[str]:
    """Names made `plain` for a file system, with a mark of the `whole` name where two come to the
    same, also where capitals do not count."""
    counts = Counter(one.casefold() for one in plain)
    return [
        one if counts[one.casefold()] == 1 else f"{one}-{_mark(name)}"
        for one, name in zip(plain, whole, strict=True)
    ]


def _stem(group: _Group) -> str:
    parts = [_plain(group.mix.name)]
    if group.without:
        parts.append(f"without-{_plain(group.without)}")
    return ".".join([*parts, _plain(group.model)])


def _mark(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:6]


def _plain(name: str) -> str:
    """A name in letters that every file system takes."""
    short = re.sub(r"[^A-Za-z0-9_+-]+", "-", name.replace(" + ", "+"))[:_LONGEST_PART]
    return short.strip("-+") or "x"


def cells_of(listed: TrainingList, training: str) -> Sequence[CellKey]:
    """The cells that a training fills."""
    return [cell for cell, names in listed.cells.items() if training in names]
