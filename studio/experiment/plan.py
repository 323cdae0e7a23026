"""The plan of an experiment: a TOML file of mixes of folders, test sets, models and repeats.

    positive = "malignantmelanoma"
    baseline = "public"
    repeats = 20
    recipe = "paper"
    models = ["efficientnet_lite0"]
    classes = ["malignantmelanoma", "melanocyticnevus"]
    validation = 0.0

    [mixes]
    public = ["edinburgh", "snu", "asan"]
    "public + GAN5000" = ["edinburgh", "snu", "asan", { folder = "gan5000", count = 2000 }]
    "public, all eight positions" = { folders = ["edinburgh"], settings = { augment = "dihedral" } }

    [tests]
    edinburgh = "edinburgh"
    snu = "snu"

    [settings]
    epochs = 30

Folders are relative to the folder of the plan. What a name in `settings` may be is known to
classifiers alone, and is checked where a plan meets them.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.errors import UsageError
from studio.files import write_text
from studio.opening import shown_path, shown_text
from studio.toml_text import read_toml, toml_key, toml_path, toml_value

_Find = Callable[[Any, str], Path]  # the folder that a value means, and where in the plan it is
MOST_REPEATS = 1_000
MOST_NAME = 80  # characters
DEFAULT_MODEL = "efficientnet_lite0"
VALIDATION = 0.2
"""Share of the training images held out for validation where a plan says nothing."""

_KEYS = (
    "positive", "baseline", "repeats", "recipe", "models", "classes", "validation", "mixes",
    "tests", "settings",
)  # fmt: skip

_PLAIN_KEYS = ("positive", "baseline", "repeats", "recipe", "models", "classes", "validation")


@dataclass(frozen=True, slots=True)
class MixFolder:
    """A folder of a mix; of its images at most `count`, in proportion to its classes, where that is
    given. A smaller count takes a part of what a larger one takes."""

    folder: Path
    count: int | None = None


@dataclass(frozen=True)
class Mix:
    """The folders of one training set, and the settings that it has apart from the plan's."""

    name: str
    folders: tuple[MixFolder, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ExperimentPlan:
    """Each mix is trained `repeats` times by each model and scored on each test set.

    `tests` are folders by name. `baseline` is the mix that the others are compared with, None where
    none is. `classes` are those that are trained on and tested, of folders that may have more; ()
    for all that there are. `validation` is the share (0..0.5) of the training images that is held
    out, by whole groups; with 0 all are trained on and no threshold is chosen.
    """

    mixes: tuple[Mix, ...]
    tests: Mapping[str, Path]
    positive: str | None = None
    baseline: str | None = None
    repeats: int = 1
    recipe: str = "studio"
    models: tuple[str, ...] = (DEFAULT_MODEL,)
    classes: tuple[str, ...] = ()
    validation: float = VALIDATION
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mix_names(self) -> tuple[str, ...]:
        """The names of the mixes, in the order of the plan."""
        return tuple(mix.name for mix in self.mixes)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder of the plan, once, those of the mixes before those of the tests."""
        found = [part.folder for mix in self.mixes for part in mix.folders]
        return tuple(dict.fromkeys([*found, *self.tests.values()]))


def read_plan(path: Path, *, folders: bool = True) -> ExperimentPlan:
    """Read the file of a plan; without `folders` those that it names may be gone, as where only
    what came out is looked at.

    Raises UsageError, which names the file and the key, for what is not TOML, a key that is not
    known, a value that cannot be and a folder that is not there; FileRefused for a file that cannot
    be read.
    """
    told = read_toml(path)
    base = path.absolute().parent

    def find(value: Any, where: str) -> Path:
        found = _path(value, base, where)
        if folders:
            _require_folder(found, where)
        return found

    try:
        return _plan(told, find)
    except UsageError as error:
        raise UsageError(f"{shown_path(path)}: {error}") from error


def plan_text(plan: ExperimentPlan, comments: Iterable[str] = ()) -> str:
    """The file of a plan, with `comments` at its beginning; folders are written in full."""
    lines = [
        "# An experiment: can-studio experiment run PLAN.toml --out FOLDER",
        *(f"# {line}".rstrip() for comment in comments for line in comment.splitlines()),
        "",
    ]
    lines += [] if plan.positive is None else [f"positive = {toml_value(plan.positive)}"]
    lines += [] if plan.baseline is None else [f"baseline = {toml_value(plan.baseline)}"]
    lines += [
        f"repeats = {plan.repeats}",
        f"recipe = {toml_value(plan.recipe)}",
        f"models = {toml_value(plan.models)}",
        *([f"classes = {toml_value(plan.classes)}"] if plan.classes else []),
        "# Share of the training images held out for validation; 0: train on all of them.",
        f"validation = {toml_value(plan.validation)}",
        "",
        "[mixes]",
        *(f"{toml_key(mix.name)} = {toml_value(_mix_value(mix))}" for mix in plan.mixes),
        "",
        "[tests]",
        *(f"{toml_key(name)} = {toml_value(folder)}" for name, folder in plan.tests.items()),
        "",
        "[settings]",
        *(f"{toml_key(name)} = {toml_value(value)}" for name, value in plan.settings.items()),
    ]
    return "\n".join(lines) + "\n"


def write_plan(path: Path, plan: ExperimentPlan, comments: Iterable[str] = ()) -> None:
    """Write the file of a plan. Raises UsageError where something is there already."""
    if path.exists():
        raise UsageError(f"{shown_path(path)} is there already: choose another name.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, plan_text(plan, comments))


def changed_key(before: ExperimentPlan, now: ExperimentPlan) -> str:
    """The first key in which two plans differ, "" where they are the same plan."""
    for name in _PLAIN_KEYS:
        if getattr(before, name) != getattr(now, name):
            return name
    if dict(before.settings) != dict(now.settings):
        return "[settings]"
    mixes = [[_mix_told(mix) for mix in plan.mixes] for plan in (before, now)]
    tests = [{n: f.resolve() for n, f in plan.tests.items()} for plan in (before, now)]
    if mixes[0] != mixes[1]:
        return "[mixes]"
    return "" if tests[0] == tests[1] else "[tests]"


def _mix_told(mix: Mix) -> object:
    return mix.name, [(o.folder.resolve(), o.count) for o in mix.folders], dict(mix.settings)


def _mix_value(mix: Mix) -> Any:
    folders = [
        one.folder if one.count is None else {"folder": one.folder, "count": one.count}
        for one in mix.folders
    ]
    return {"folders": folders, "settings": dict(mix.settings)} if mix.settings else folders


def _plan(told: Mapping[str, Any], find: _Find) -> ExperimentPlan:
    _known(told, _KEYS, "A plan has no key")
    tests = {
        _name(name, "[tests]"): find(value, f"[tests] {shown_text(name, 60)}")
        for name, value in _table(told, "tests").items()
    }
    mixes = tuple(
        _mix(_name(name, "[mixes]"), value, find) for name, value in _table(told, "mixes").items()
    )
    _require_some(mixes, "[mixes]", 'name = ["FOLDER"]')
    _require_some(tests, "[tests]", 'name = "FOLDER"')
    _require_apart(tests)
    baseline = _text(told, "baseline")
    names = [mix.name for mix in mixes]
    if baseline is not None and baseline not in names:
        raise UsageError(
            f"“baseline” should be a mix, not {shown_text(baseline, 60)}: {_listed(names)}."
        )
    return ExperimentPlan(
        mixes,
        tests,
        positive=_text(told, "positive"),
        baseline=baseline,
        repeats=_whole(told.get("repeats", 1), "“repeats”", MOST_REPEATS),
        recipe=_text(told, "recipe") or "studio",
        models=_names(told, "models", (DEFAULT_MODEL,), DEFAULT_MODEL),
        classes=_names(told, "classes", (), "malignantmelanoma"),
        validation=_share(told.get("validation", VALIDATION)),
        settings=_table(told, "settings"),
    )


def _known(told: Mapping[str, Any], names: Iterable[str], says: str) -> None:
    names = list(names)
    for one in told:
        if one not in names:
            near = difflib.get_close_matches(one, names, 1, 0.5)
            like = f" Near to it: {near[0]}." if near else f" It has {', '.join(names)}."
            raise UsageError(f"{says} “{shown_text(one, 60)}”.{like}")


def _table(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name, {})
    if not isinstance(value, dict):
        raise UsageError(f"“{name}” should be a table: [{name}] on a line of its own.")
    return value


def _require_some(found: object, table: str, example: str) -> None:
    if not found:
        raise UsageError(f"{table} is empty: it needs at least one line {example}.")


def _require_apart(tests: Mapping[str, Path]) -> None:
    """Two names of one test set would count it twice over the test sets."""
    seen: dict[Path, str] = {}
    for name, folder in tests.items():
        first = seen.setdefault(folder.resolve(), name)
        if first != name:
            raise UsageError(
                f"[tests] {shown_text(first, 60)} and {shown_text(name, 60)} are the same folder: "
                "leave one of them out."
            )


def _name(name: str, table: str) -> str:
    plain = name.strip()
    if not plain or plain != name or not name.isprintable() or len(name) > MOST_NAME:
        raise UsageError(
            f"{table} has the name “{shown_text(name, 60)}”: a name has 1 to {MOST_NAME} printable "
            "characters and no space at either end."
        )
    return name


def _mix(name: str, value: Any, find: _Find) -> Mix:
    where = f"[mixes] {shown_text(name, 60)}"
    settings: Mapping[str, Any] = {}
    if isinstance(value, dict):
        _known(value, ("folders", "settings"), f"{where} has no key")
        settings = value.get("settings", {})
        if not isinstance(settings, dict):
            raise UsageError(f"{where}: “settings” should be a table of names and values.")
        value = value.get("folders")
    if not isinstance(value, list) or not value:
        raise UsageError(f'{where} should be a list of folders, such as ["one", "two"].')
    parts = tuple(_part(one, find, where) for one in value)
    seen: set[Path] = set()
    for part in parts:
        real = part.folder.resolve()
        if real in seen:
            raise UsageError(f"{where} has the folder {shown_path(part.folder)} twice.")
        seen.add(real)
    return Mix(name, parts, settings)


def _part(value: Any, find: _Find, where: str) -> MixFolder:
    if isinstance(value, dict):
        _known(value, ("folder", "count"), f"A folder of {where} has no key")
        count = value.get("count")
        if count is not None:
            count = _whole(count, f"{where}: “count”", 1 << 31)
        return MixFolder(find(value.get("folder"), where), count)
    return MixFolder(find(value, where))


def _path(value: Any, base: Path, where: str) -> Path:
    if not isinstance(value, str) or not value:
        raise UsageError(f"{where} should be a folder in quotation marks.")
    return toml_path(value, base)


def _require_folder(found: Path, where: str) -> None:
    try:
        there = found.is_dir()
    except (OSError, ValueError):
        there = False
    if not there:
        is_file = found.is_file()
        what = "is a file, not a folder" if is_file else "is not there"
        raise UsageError(f"{where}: the folder {shown_path(found)} {what}.")


def _text(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise UsageError(f"“{name}” should be text in quotation marks.")
    return value


def _whole(value: Any, what: str, most: int) -> int:
    if type(value) is not int or not 1 <= value <= most:
        raise UsageError(
            f"{what} should be a whole number from 1 to {most:,}, not {_shown(value)}."
        )
    return value


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 0.5:
        raise UsageError(f"“validation” should be a share from 0 to 0.5, not {_shown(value)}.")
    return float(value)


def _names(
    told: Mapping[str, Any], key: str, default: tuple[str, ...], example: str
) -> tuple[str, ...]:
    value = told.get(key)
    if value is None:
        return default
    good = isinstance(value, list) and value and all(isinstance(one, str) and one for one in value)
    if not good:
        raise UsageError(f'“{key}” should be a list of names, such as ["{example}"].')
    for one in value:
        if value.count(one) > 1:
            raise UsageError(f"“{key}” has {shown_text(one, 60)} twice.")
    return tuple(value)


def _shown(value: Any) -> str:
    return shown_text(str(value), 40)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(shown_text(one, 60) for one in names)
