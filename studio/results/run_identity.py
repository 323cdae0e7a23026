"""What a run is called and how it is drawn, written once when it is made and never changed.

It lies in a file of its own beside the job. Runs made before there was one get theirs when they are
first seen, by their order, and nothing else of them is touched. The highest number given is kept in
the project's folder of runs, so that none comes back after a run was removed.
"""

import contextlib
import itertools
import os
import re
import zlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from studio.files import write_json
from studio.jobs.kinds import EXPERIMENT, NETWORK_TRAINING, TRAIN
from studio.jobs.spec import JOB_FILE
from studio.opening import FileRefused, as_int, read_json

IDENTITY_FILE = "identity.json"
NUMBERS_FILE = "run-numbers.json"  # in a project's folder of runs: the highest given, by kind
SERIES = 6  # colours that runs share; how they look is the theme's
_MOST_BYTES = 64 * 1024
_MOST_RUNS = 10**9  # more are a spoilt file
_NUMBERED = re.compile(r"([0-9]{4,19})-([a-z][a-z0-9_-]{0,40})")  # a folder of a project's runs
_TITLE = re.compile(
    r"(?:(?P<name>.+) · )?(?P<model>[^·]+) · (?P<recipe>[^·]+)"
    r" · (?P<epochs>[0-9]+ epochs?) · (?P<seed>seed [0-9]+)"
)
_SHORT_MODELS = {
    "efficientnet_lite0": "Lite0",
    "mobilenetv2_100": "MobileNetV2",
    "vgg19_bn": "VGG19",
}
_EXPERIMENT = "Experiment · "  # how the title of an experiment begins
_KINDS = {name: kind.name for kind in (TRAIN, NETWORK_TRAINING, EXPERIMENT) for name in kind.names}


@dataclass(frozen=True)
class RunIdentity:
    """`number` counts the runs of one kind in a project from 1, None in a folder of another place;
    `series` (0 to SERIES - 1) is the colour; `name` is what a person called it, "" without one."""

    number: int | None = None
    series: int = 0
    name: str = ""


UNNUMBERED = RunIdentity()


class NamedRun(Protocol):
    """What a label needs of a run."""

    @property
    def run_dir(self) -> Path: ...
    @property
    def title(self) -> str: ...
    @property
    def identity(self) -> RunIdentity: ...


def assign_identity(run_dir: Path, kind_runs: Sequence[Path], name: str = "") -> RunIdentity:
    """Give a new run its number, colour and name, and write them beside it; returns them.

    `kind_runs` are the other runs of its kind in the project. The number is one more than the
    highest that was ever given to one of its kind; the colour is the one that the fewest of the
    last SERIES runs have, and of several the one that was used longest ago.
    A run that has an identity keeps it. A folder that is none of a project's has no number, and the
    colour of its path. Raises OSError where the file cannot be written.
    """
    kept = _read(run_dir)
    if kept is not None:
        return kept
    name = " ".join(name.split())
    if _NUMBERED.fullmatch(run_dir.name) is None:
        made = RunIdentity(None, _series_of_path(run_dir), name)
    else:
        others = [one for one in kind_runs if one.name != run_dir.name]
        told = (_read(one) or _first_seen(one, new=run_dir) for one in others)
        known = sorted(told, key=lambda one: one.number or 0)
        series = _rarest([one.series for one in known[-SERIES:]])
        highest = max((one.number or 0 for one in known), default=0)
        number = max(highest, _highest_given(run_dir)) + 1
        _note_given(run_dir, number)
        made = RunIdentity(number, series, name)
    write_json(run_dir / IDENTITY_FILE, asdict(made))
    return made


def identity_of(run_dir: Path) -> RunIdentity:
    """The identity of a run: as written, or for an older one its place among those of its kind,
    which is written beside it where that is possible."""
    return _read(run_dir) or _first_seen(run_dir)


def siblings(run_dir: Path) -> list[Path]:
    """The runs beside a run, itself too, whose folders are numbered and of its kind, in their
    order; none for a folder that is not numbered."""
    kind = _kind(run_dir)
    if kind is None:
        return []
    try:
        found = [one for one in run_dir.parent.iterdir() if _kind(one) == kind and _is_run(one)]
    except OSError:
        found = []
    return sorted({*found, run_dir}, key=_folder_number)


def run_label(run: NamedRun) -> str:
    """What lists, legends and headings call a run: "Run 3 · Lite0 · 10 epochs". The name that a
    person gave stands for the model; a run of another place has no number and is told by its
    folder."""
    facts, number = _TITLE.fullmatch(run.title), run.identity.number
    head = f"Run {number}" if number is not None else run.run_dir.name
    if number is not None and run.title.startswith(_EXPERIMENT):
        return f"Experiment {number} · {run.title.removeprefix(_EXPERIMENT)}"
    if facts is None:
        return f"{head} · {run.title}" if run.title not in ("", head) else head
    called = run.identity.name or facts["name"] or short_model(facts["model"])
    return " · ".join((head, called, facts["epochs"]))


def run_details(run: NamedRun) -> list[tuple[str, str]]:
    """The rest of what tells a run from others, as (what, value): model, recipe, seed, folder."""
    facts = _TITLE.fullmatch(run.title)
    found = [("title", run.title)] if facts is None else []
    if facts is not None:
        found = [("model", facts["model"]), ("recipe", facts["recipe"])]
        found.append(("seed", facts["seed"].removeprefix("seed ")))
    return [*found, ("folder", str(run.run_dir))]


def short_model(name: str) -> str:
    """A model as people call it, and the name that timm has for it where there is no other."""
    return _SHORT_MODELS.get(name, name)


def _rarest(last: Sequence[int]) -> int:
    """The series that is least among `last`, oldest first, and of several the oldest."""
    latest = {series: place for place, series in enumerate(last)}
    return min(range(SERIES), key=lambda series: (last.count(series), latest.get(series, -1)))


def _read(run_dir: Path) -> RunIdentity | None:
    """What was written; None for an older run, and for a file that somebody spoilt."""
    try:
        told = read_json(run_dir / IDENTITY_FILE, _MOST_BYTES)
    except FileRefused:
        return None
    if not isinstance(told, dict):
        return None
    number, series, name = told.get("number"), told.get("series"), told.get("name", "")
    if type(series) is not int or not 0 <= series < SERIES or not isinstance(name, str):
        return None
    if number is not None and (type(number) is not int or number < 1):
        return None
    return RunIdentity(number, series, name)


def _first_seen(run_dir: Path, new: Path | None = None) -> RunIdentity:
    """Of a run without a file that can be read: the first number that is free among its kind.

    All such runs of its kind but `new` get theirs at once, in their order. One whose file is spoilt
    or cannot be written has no lasting number: it is worked out each time, and may be one that was
    used.
    """
    beside = [one for one in siblings(run_dir) if one != new]
    if not beside:
        return RunIdentity(None, _series_of_path(run_dir))
    known = {one: _read(one) for one in beside}
    taken = {one.number for one in known.values() if one is not None and one.number is not None}
    highest = _highest_given(run_dir)
    found = {one: identity for one, identity in known.items() if identity is not None}
    for one in (one for one in beside if one not in found):
        number = _first_free(taken, highest + 1)
        if not _keep_first(one, _numbered(number)):
            number = _first_free(taken, 1)
        taken.add(number)
        found[one] = _numbered(number)
    _note_given(run_dir, max(taken, default=0))
    return found[run_dir]


def _numbered(number: int) -> RunIdentity:
    return RunIdentity(number, (number - 1) % SERIES)


def _first_free(taken: Collection[int], start: int) -> int:
    return next(number for number in itertools.count(start) if number not in taken)


def _keep_first(run_dir: Path, identity: RunIdentity) -> bool:
    """Write the identity of an older run; False where that cannot be, or a file is there."""
    path = run_dir / IDENTITY_FILE
    if os.path.lexists(path) or not _is_run(run_dir):
        return False
    try:
        write_json(path, asdict(identity), durable=False)
    except OSError:
        return False
    return True


def _given(runs: Path) -> dict[str, int]:
    """The highest number given in a project's folder of runs, by kind."""
    try:
        told = read_json(runs / NUMBERS_FILE, _MOST_BYTES)
    except FileRefused:
        return {}
    numbers = {kind: as_int(one) for kind, one in told.items()} if isinstance(told, dict) else {}
    return {kind: one for kind, one in numbers.items() if 0 < one <= _MOST_RUNS}


def _highest_given(run_dir: Path) -> int:
    return _given(run_dir.parent).get(_kind(run_dir) or "", 0)


def _note_given(run_dir: Path, number: int) -> None:
    """Keep `number` where it is the highest; a folder that cannot be written is done without."""
    kind, given = _kind(run_dir), _given(run_dir.parent)
    if kind is not None and number > given.get(kind, 0):
        with contextlib.suppress(OSError):
            write_json(run_dir.parent / NUMBERS_FILE, {**given, kind: number})


def _kind(folder: Path) -> str | None:
    """The kind in the name of a numbered folder, whatever an older version called it."""
    found = _NUMBERED.fullmatch(folder.name)
    return _KINDS.get(found[2], found[2]) if found is not None else None


def _is_run(folder: Path) -> bool:
    return (folder / JOB_FILE).is_file()


def _folder_number(folder: Path) -> tuple[int, str]:
    return int(folder.name.split("-")[0]), folder.name


def _series_of_path(run_dir: Path) -> int:
    return zlib.crc32(str(run_dir).encode("utf-8", "surrogateescape")) % SERIES
