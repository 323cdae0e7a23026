"""A recipe: everything that decides which pictures a set has. Saved beside them, it repeats them.

No torch here: the window and the command line read and write recipes.
"""

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from studio.errors import StudioError, UsageError
from studio.files import write_text
from studio.opening import read_json
from studio.project.names import safe_label
from studio.validation import fault, quoted_path

RECIPE = "recipe.json"
MOST = 1_000_000  # pictures of one entry
SEEDS = 2**32
_LABEL_BYTES = 200  # a file is named by its label and its seed, in 255 bytes

Strict = ConfigDict(extra="forbid", frozen=True)
Finite = Annotated[float, Field(allow_inf_nan=False)]
NoiseMode = Literal["const", "random", "none"]
Format = Literal["png", "jpg"]


class RecipeEntry(BaseModel):
    """So many pictures of a label from one network.

    `class_name` is the network's own name of the class, for a conditional network; None is the
    label. `network` is a network file, or `sample`.
    """

    model_config = Strict

    label: str
    network: str = Field(min_length=1)
    class_name: str | None = None
    count: int = Field(ge=1, le=MOST)
    first_seed: int = Field(default=0, ge=0, lt=SEEDS)
    truncation: Finite = Field(default=1.0, ge=-2, le=2)
    noise_mode: NoiseMode = "const"

    @field_validator("label")
    @classmethod
    def _safe(cls, label: str) -> str:
        try:
            label = safe_label(label)
        except StudioError as error:
            raise ValueError(str(error)) from None
        if len(label.encode()) > _LABEL_BYTES:
            raise ValueError(f"the label {label[:40]}… is too long for the names of files")
        return label

    @property
    def same_pictures(self) -> tuple[object, ...]:
        """Equal for two entries when a seed gives both the same picture, as far as names tell: a
        copy of a network is found out only when it is opened."""
        name = self.class_name or self.label
        return (self.network, name, self.truncation, self.noise_mode)


class AgreementFilter(BaseModel):
    """Keep a picture only when a trained run gives its label's class at least `minimum`."""

    model_config = Strict

    run: str = Field(min_length=1)
    minimum: Finite = Field(default=0.5, ge=0, le=1)


class MemorisationFilter(BaseModel):
    """Drop a picture that is nearer to a training picture than held-out pictures usually are.

    The limit is the `quantile` of the distances from held-out pictures to their nearest training
    picture. Without `held_out`, each training picture is held out from the others in its turn.
    """

    model_config = Strict

    data: str = Field(min_length=1)
    held_out: str | None = None
    quantile: Finite = Field(default=0.01, gt=0, lt=1)
    space: str = "lite0"


class SetRecipe(BaseModel):
    """What to make. `size` in pixels; None is the network's own. `tries` bounds the seeds that
    filters may use up: that many times the count."""

    model_config = Strict

    version: Literal[1] = 1
    entries: tuple[RecipeEntry, ...] = Field(min_length=1, max_length=1000)
    size: int | None = Field(default=None, ge=8, le=4096)
    format: Format = "png"
    quality: int = Field(default=95, ge=1, le=100)
    agreement: AgreementFilter | None = None
    not_memorised: MemorisationFilter | None = None
    tries: int = Field(default=4, ge=1, le=1000)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        folded: dict[str, str] = {}
        for entry in self.entries:
            if folded.setdefault(entry.label.casefold(), entry.label) != entry.label:
                raise ValueError(
                    f"the labels {folded[entry.label.casefold()]} and {entry.label} "
                    "differ in capitals alone; on some disks they are one folder"
                )
            if entry.first_seed + self.most_tries(entry) > SEEDS:
                raise ValueError(f"the seeds of {entry.label} end at {SEEDS - 1:,}; begin earlier")
        met = self.overlap([entry.same_pictures for entry in self.entries])
        if met is not None:
            first, last, end = met
            raise ValueError(
                f"“{first.label}” and “{last.label}” would hold the same pictures: give one a "
                f"first seed of {end:,} or more"
            )
        return self

    def overlap(self, keys: Sequence[object]) -> tuple[RecipeEntry, RecipeEntry, int] | None:
        """The first two entries that would hold the same pictures, and the first seed that is free
        after the one; None where no two do. `keys`, one of each entry, are equal where a seed gives
        both the same picture."""
        before: dict[object, RecipeEntry] = {}
        pairs = zip(self.entries, keys, strict=True)
        for entry, key in sorted(pairs, key=lambda pair: pair[0].first_seed):
            other = before.get(key)
            if other is not None:
                end = other.first_seed + self.most_tries(other)
                if entry.first_seed < end:
                    return other, entry, end
            before[key] = entry
        return None

    @classmethod
    def of(cls, **fields: object) -> Self:
        """A checked recipe; UsageError says what is wrong with it."""
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            raise UsageError(f"This recipe cannot be used: {first_problem(error)}.") from None

    def without_paths(self) -> dict[str, Any]:
        """The recipe as JSON with names of files and folders for their paths: it tells what a set
        was made from, and nothing of the computer that it was made on."""
        told = self.model_dump(mode="json")
        for entry in told["entries"]:
            entry["network"] = _name(entry["network"])
        for part, fields in (("agreement", ("run",)), ("not_memorised", ("data", "held_out"))):
            for field in fields if told[part] is not None else ():
                told[part][field] = _name(told[part][field])
        if self.not_memorised is not None:
            space, colon, file = self.not_memorised.space.partition(":")
            told["not_memorised"]["space"] = f"{space}{colon}{_name(file)}"
        return told

    @property
    def filtered(self) -> bool:
        return self.agreement is not None or self.not_memorised is not None

    @property
    def labels(self) -> tuple[str, ...]:
        """The class folders, each once, in the order of the entries."""
        return tuple(dict.fromkeys(entry.label for entry in self.entries))

    @property
    def count(self) -> int:
        """Pictures wanted in all."""
        return sum(entry.count for entry in self.entries)

    def most_tries(self, entry: RecipeEntry) -> int:
        """How many seeds an entry may use."""
        return entry.count * (self.tries if self.filtered else 1)

    def asked(self) -> dict[str, int]:
        """Pictures wanted of each label."""
        counts: Counter[str] = Counter()
        for entry in self.entries:
            counts[entry.label] += entry.count
        return dict(counts)

    def stem(self, number: int, seed: int) -> str:
        """The name of a file of entry `number`, without its suffix, different for each picture."""
        label = self.entries[number].label
        before = sum(entry.label == label for entry in self.entries[:number])
        again = f"-{before + 1}" if before else ""
        return f"{label}{again}-seed{seed:04d}"

    @property
    def plain(self) -> bool:
        """Whether options of the command line say everything, without the recipe's file."""
        first = self.entries[0]
        alike = all(
            (entry.first_seed, entry.truncation, entry.noise_mode)
            == (first.first_seed, first.truncation, first.noise_mode)
            and entry.class_name in (None, entry.label)
            and not set("=@") & set(entry.label)
            for entry in self.entries
        )
        near = self.not_memorised
        return (
            alike
            and self.quality == 95
            and (near is None or (near.quantile, near.space) == (0.01, "lite0"))
        )

    def command(self, out: str = "OUT", saved: str = "RECIPE.json") -> str:
        """The command that makes the set, by the recipe's file `saved` if it must."""
        words = ["can-studio gan build-set", shlex.quote(out)]
        if not self.plain:
            return " ".join([*words, f"--recipe {shlex.quote(saved)}"])
        first = self.entries[0]
        networks = {entry.network for entry in self.entries}
        if len(networks) == 1:
            words.append(f"--network {shlex.quote(first.network)}")
        for entry in self.entries:
            at = "" if len(networks) == 1 else f"@{entry.network}"
            words.append(f"--class {shlex.quote(f'{entry.label}={entry.count}{at}')}")
        options: list[tuple[str, object, object]] = [
            ("trunc", first.truncation, 1.0),
            ("first-seed", first.first_seed, 0),
            ("noise-mode", first.noise_mode, "const"),
            ("size", self.size, None),
            ("format", self.format, "png"),
        ]
        words += [f"--{name} {value}" for name, value, usual in options if value != usual]
        return " ".join(words + self._filter_words())

    def _filter_words(self) -> list[str]:
        words = [f"--tries {self.tries}"] if self.filtered and self.tries != 4 else []
        if self.agreement is not None:
            words.append(f"--agree {shlex.quote(self.agreement.run)}")
            if self.agreement.minimum != 0.5:
                words.append(f"--agree-min {self.agreement.minimum}")
        if self.not_memorised is not None:
            words.append(f"--not-memorised {shlex.quote(self.not_memorised.data)}")
            if self.not_memorised.held_out is not None:
                words.append(f"--held-out {shlex.quote(self.not_memorised.held_out)}")
        return words


_FIELDS = {
    "count": "number of pictures",
    "first_seed": "first seed",
    "noise_mode": "noise",
    "class_name": "name of the class",
    "quality": "JPEG quality",
    "minimum": "least agreement",
    "held_out": "folder of held-out pictures",
    "data": "folder of training pictures",
}
"""What people call a field of a recipe, where that is not its name."""


def first_problem(error: ValidationError) -> str:
    """The first complaint of a validation in words, without a full stop."""
    first = error.errors()[0]
    place, kind = first["loc"], first["type"]
    if place == ("entries",) and kind in ("missing", "too_short"):
        return "it names no class and how many pictures of it"
    if place[:1] == ("entries",) and len(place) < 3 and kind != "value_error":
        return "its “entries” are not a list of up to 1,000 classes"
    if kind == "value_error":
        return fault(first, lambda _: "")  # a sentence of our own, which names what it is about
    return fault(first, quoted_path if kind == "extra_forbidden" else _called)


def _called(place: tuple[int | str, ...]) -> str:
    """A field as people call it, such as "the number of pictures of class 2"."""
    row = f" of class {int(place[1]) + 1}" if place[0] == "entries" else ""
    last = str(place[-1])
    return f"the {_FIELDS.get(last, last.replace('_', ' '))}{row}"


def write_recipe(path: Path, recipe: SetRecipe) -> None:
    """Write whole or not at all."""
    write_text(path, recipe.model_dump_json(indent=1) + "\n")


def read_recipe(path: Path) -> SetRecipe:
    """StudioError when the file is not a recipe, or of a newer version."""
    try:
        return SetRecipe.model_validate(read_json(path))
    except ValidationError as error:
        raise StudioError(
            f"{path.name} is not a recipe of a set: {first_problem(error)}."
        ) from None


def _name(path: str | None) -> str | None:
    """The last part of a path, whichever system wrote it: `.` is the folder it stands for."""
    if not path:
        return path
    if "\\" in path:
        return PureWindowsPath(path).name
    return Path(path).absolute().name
