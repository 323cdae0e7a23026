"""The settings and data of a training as a file: TOML, as `train --print-config` writes it and
`train --config` reads it, and as every run keeps it (`config.toml`).

The names are the fields of `studio.classify.TrainConfig`; the table `data` says what is trained on.
A setting that the file gives as its recipe has it is the recipe's: with another recipe on the
command line it is the other's.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.classify.config import RECIPES, Recipe, TrainConfig
from studio.datasets.label_map import shipped_maps
from studio.datasets.where import parse_condition
from studio.errors import UsageError
from studio.files import write_text
from studio.opening import FileRefused, shown_path, shown_text
from studio.options import options_of
from studio.toml_text import read_toml, toml_path, toml_value
from studio.workflows.training_data import DataSource, SnapshotSource

CONFIG_FILE = "config.toml"
_NOT_SETTINGS = ("data", "leakage")
_DATA = {
    "train": "Folders class/image, or snapshots: { project = FOLDER, snapshot = NAME }.",
    "val": "The validation set; without it a fifth of the training pictures is held out.",
    "test": "Test sets, measured once after the last epoch.",
    "groups": "Tables that say which images belong together.",
    "where": "Only images of which the tables of the folders say this: framing == 'close-up'.",
    "labels": 'File with a line "folder" = "class" for each class folder to rename.',
    "hold_out": "Hold a fifth of the training pictures out for validation where val is not given.",
    "allow_leakage": "Train although test pictures are among the training pictures.",
}


@dataclass(frozen=True)
class TrainingFile:
    """What a training is asked to do. `settings` are fields of TrainConfig; those that have the
    recipe's value, or that of every training, are left out."""

    settings: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    train: tuple[DataSource, ...] = ()
    val: DataSource | None = None
    tests: tuple[DataSource, ...] = ()
    groups: tuple[Path, ...] = ()
    allow_leakage: bool = False
    where: str = ""
    labels: Path | None = None
    hold_out: bool = True


def read_training_file(path: Path) -> TrainingFile:
    """Read a file of settings. Paths in it are relative to its folder.

    Raises UsageError, which names the file, for what is not TOML, a name that is not known or a
    value that cannot be; FileRefused for what cannot be read.
    """
    told = read_toml(path)
    try:
        return _training(told, path.absolute().parent)
    except FileRefused:
        raise
    except UsageError as error:
        raise UsageError(f"{shown_path(path)}: {error}") from error


def read_settings(assignments: Sequence[str]) -> dict[str, Any]:
    """NAME=VALUE of `--set` as fields of TrainConfig; nothing after the sign means the default.

    Raises UsageError for what is not such a pair, and for a name that is not known or comes twice.
    """
    found: dict[str, Any] = {}
    for text in assignments:
        name, sign, value = text.partition("=")
        name = name.strip()
        if not sign or not name:
            raise UsageError(f"{shown_text(text)} is not NAME=VALUE, such as learning_rate=1e-4.")
        require_setting(name)
        if name in found:
            raise UsageError(f"--set gives {name} twice.")
        default = TrainConfig.model_fields[name].default
        found[name] = value.strip() if value.strip() else default
    return found


def require_setting(name: str) -> None:
    """Raise UsageError, with near names, unless this is a setting of a training."""
    names = [one for one in TrainConfig.model_fields if one not in _NOT_SETTINGS]
    if name not in names:
        near = difflib.get_close_matches(name, names, 3, 0.5)
        like = f" Near to it: {', '.join(near)}." if near else ""
        raise UsageError(f"A training has no setting “{shown_text(name, 60)}”.{like}")


def training_text(asked: TrainingFile) -> str:
    """The file of a training: every setting with what it means, and the data."""
    config = TrainConfig.parse(asked.settings)
    recipe = config.resolved()
    lines = [
        "# A training of a classifier: can-studio train --config FILE --out FOLDER",
        "# A setting that begins with # is left to the studio; remove the # to set it.",
        "",
        "# What lists and legends call the run.",
        f"name = {toml_value(asked.name)}",
    ]
    for name, option in options_of(TrainConfig).items():
        value = getattr(recipe if name in Recipe.model_fields else config, name)
        said = f"{name} = {toml_value(value)}"
        if value is None:  # a number has no empty form: one stands there that is allowed
            said = f"# {name} = 1" if option.type in (int, float) else f'# {name} = ""'
        lines += ["", f"# {option.option.help}", said]
    data: dict[str, Any] = {
        "train": [_told(one) for one in asked.train],
        "val": None if asked.val is None else _told(asked.val),
        "test": [_told(one) for one in asked.tests],
        "groups": list(asked.groups),
        "where": asked.where,
        "labels": asked.labels,
        "hold_out": asked.hold_out,
        "allow_leakage": asked.allow_leakage,
    }
    lines += ["", "[data]"]
    for name, help_ in _DATA.items():
        value = data[name]
        said = f'# {name} = ""' if value is None else f"{name} = {toml_value(value)}"
        lines += [f"# {help_}", said]
    return "\n".join(lines) + "\n"


def _told(source: DataSource) -> Path | dict[str, Any]:
    if isinstance(source, SnapshotSource):
        return {"project": source.project, "snapshot": source.name}
    return source


def write_training_file(path: Path, asked: TrainingFile) -> None:
    """Write the file of a training; paths are written in full."""
    write_text(path, training_text(asked))


def _training(told: dict[str, Any], folder: Path) -> TrainingFile:
    data = told.pop("data", {})
    name = told.pop("name", "")
    if not isinstance(data, dict):
        raise UsageError("“data” should be a table: [data] on a line of its own.")
    if not isinstance(name, str):
        raise UsageError("“name” should be text.")
    for one in told:
        require_setting(one)
    for one in data:
        if one not in _DATA:
            near = difflib.get_close_matches(one, _DATA, 1, 0.5)
            like = f" Near to it: {near[0]}." if near else ""
            raise UsageError(f"[data] has nothing called “{shown_text(one, 60)}”.{like}")
    for one in ("weights", "cache_dir"):
        value = told.get(one)
        if isinstance(value, str) and value and value not in ("auto", "none"):
            told[one] = str(toml_path(value, folder))
    config = TrainConfig.parse(told)
    recipe = RECIPES[config.recipe]
    settings = {
        one: value
        for one in told
        if (value := getattr(config, one)) is not None
        and value != getattr(recipe, one, TrainConfig.model_fields[one].default)
    }
    allow = data.get("allow_leakage", False)
    if not isinstance(allow, bool):
        raise UsageError("“allow_leakage” should be true or false.")
    hold_out = data.get("hold_out", True)
    if not isinstance(hold_out, bool):
        raise UsageError("“hold_out” should be true or false.")
    where = data.get("where", "")
    if not isinstance(where, str):
        raise UsageError("“where” should be a condition in quotation marks.")
    if where:
        parse_condition(where)
    labels = data.get("labels", "")
    if not isinstance(labels, str):
        raise UsageError("“labels” should be a file in quotation marks.")
    return TrainingFile(
        settings,
        name,
        _sources(data, "train", folder),
        next(iter(_sources(data, "val", folder)), None),
        _sources(data, "test", folder),
        tuple(one for one in _sources(data, "groups", folder) if isinstance(one, Path)),
        allow,
        where,
        _labels(labels, folder) if labels else None,
        hold_out,
    )


def _labels(text: str, folder: Path) -> Path:
    """A file of labels, or the name of one that the studio brings."""
    return shipped_maps().get(text) or toml_path(text, folder)


def _sources(data: dict[str, Any], name: str, folder: Path) -> tuple[DataSource, ...]:
    value = data.get(name, [])
    several = value if isinstance(value, list) else [value] if value else []
    return tuple(_source(one, name, folder) for one in several)


def _source(value: Any, name: str, folder: Path) -> DataSource:
    if isinstance(value, str) and value:
        return toml_path(value, folder)
    if (
        isinstance(value, dict)
        and name != "groups"
        and set(value) == {"project", "snapshot"}
        and all(isinstance(one, str) and one for one in value.values())
    ):
        return SnapshotSource(toml_path(value["project"], folder), value["snapshot"])
    raise UsageError(
        f"“{name}” should be a folder, or {{ project = FOLDER, snapshot = NAME }}, or a list of "
        "them."
        if name != "groups"
        else "“groups” should be a list of files."
    )
