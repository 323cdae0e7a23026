"""What a training run is asked to do: its pictures, its recipe, its seeds. No torch here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.errors import UsageError
from studio.files import write_text
from studio.validation import first_fault, read_model

Rule = Literal["youden", "se90", "se95", "sp95"]  # studio.stats.RULES
ITEMS_FILE = "items.json"
_LARGEST_LIST = 512 * 1024 * 1024  # bytes
NOTICE = "Research use only, not a diagnosis."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(_Strict):
    """One picture of a class: a file, and a square in its raw frame when only a crop is meant.

    ``square`` is (cx, cy, side) in pixels of the stored frame; None means the whole picture.
    ``group`` names what the picture belongs to (its photograph, stack, patient); None where nothing
    is known, and figures then count it as independent of the others. ``origins`` are further names
    of that, by which a leakage check knows it in other data.
    """

    file: str
    label: str
    square: tuple[float, float, float] | None = None
    group: str | None = None
    origins: list[str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: Any) -> Any:
        if isinstance(value, tuple | list) and len(value) == 2:
            return {"file": str(value[0]), "label": value[1]}
        return value


class DataSplit(_Strict):
    """Pictures of one folder or snapshot; ``name`` is how messages and results call it."""

    name: str
    items: list[Item]

    def counts(self) -> dict[str, int]:
        """Pictures by class, classes in alphabetical order."""
        return dict(sorted(Counter(item.label for item in self.items).items()))


class TrainData(_Strict):
    """Training splits (joined), one optional validation split, any number of named tests."""

    train: list[DataSplit]
    val: DataSplit | None = None
    test: list[DataSplit] = Field(default_factory=list)

    def counts(self) -> dict[str, Any]:
        """Pictures by class: ``{train: {class: n}, val: {...}, test: {name: {...}}}``."""
        train: Counter[str] = Counter()
        for split in self.train:
            train.update(split.counts())
        return {
            "train": dict(sorted(train.items())),
            "val": self.val.counts() if self.val else {},
            "test": {split.name: split.counts() for split in self.test},
        }

    def write(self, run_dir: Path, name: str = ITEMS_FILE) -> Path:
        """Save beside the job, so that a config of 100,000 pictures stays readable."""
        path = Path(run_dir) / name
        # Not pydantic's writer: a file name that is no Unicode must come back as it was.
        write_text(path, json.dumps(self.model_dump(exclude_none=True)))
        return path

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises StudioError when the file is missing or is not such a list."""
        return read_model(path, cls, "the list of pictures of a run", _LARGEST_LIST)


class Recipe(_Strict):
    """How a network is trained; every figure of it is written into the run record.

    ``head``: ``probe`` starts the last layer from the frozen result instead of from chance.
    ``norm``: ``frozen`` keeps the pretrained statistics of batch normalisation (from scratch there
    are none to keep, and ``batch`` is meant). ``keep``: the epoch that tests and predictions use.
    """

    optimiser: Literal["radam", "adamw"]
    learning_rate: float = Field(gt=0, le=1)
    batch: int = Field(ge=2, le=4096)
    epochs: int = Field(ge=1, le=10_000)
    size: int = Field(ge=16, le=1024, description="side of the square input, pixels")
    schedule: Literal["constant", "cosine"]
    warmup: float = Field(default=0.0, ge=0, lt=1, description="part of the run, rate rising")
    weight_decay: float = Field(default=0.0, ge=0)
    smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    augment: Literal["flips", "dihedral"]
    head: Literal["random", "probe"] = "random"
    norm: Literal["batch", "frozen"] = "batch"
    keep: Literal["last", "best"] = "last"


PAPER = Recipe(
    optimiser="radam",
    learning_rate=1e-3,
    batch=64,
    epochs=30,
    size=224,
    schedule="constant",
    augment="flips",
)
# Why, measured on nails (400 pictures of 96 px, three epochs, ImageNet weights, one seed; AUC on
# 400 held out and on the 194 of val). The frozen backbone alone reaches .826 on the held out.
#   paper                                      .697  .745   (random head, fast, batch statistics)
#   probe head, frozen statistics, rate 5e-4   .803  .867   (the first steps undo the head)
#   probe head, frozen statistics, rate 2e-4   .826  .938
# Batches of 32 say little about statistics that ImageNet has settled, and a head fitted to them
# must not see others: with batch statistics the same run began at a loss of 2.7, not 1.3. The
# last epoch is kept, since the rate has come down by then and the best one by validation would
# flatter itself there.
# All 3,014 pictures at 112 px: frozen .823, after one epoch .941, after two .945 [.877, .976].
STUDIO = Recipe(
    optimiser="adamw",
    learning_rate=2e-4,
    batch=32,
    epochs=10,
    size=224,
    schedule="cosine",
    warmup=0.05,
    weight_decay=0.02,
    smoothing=0.05,
    augment="dihedral",
    head="probe",
    norm="frozen",
)
RECIPES = {"paper": PAPER, "studio": STUDIO}


class TrainConfig(_Strict):
    """One training run. What is None here is taken from the recipe.

    ``data`` None means ``items.json`` in the run folder. ``leakage`` is the report of whoever
    checked train against test; it is recorded and announced, not recomputed. ``cache_dir`` holds
    decoded pixels and may be shared between runs; default: ``cache`` in the run folder. ``rule``
    chooses the thresholds on the validation set that the tests are read at.
    """

    model: str = "efficientnet_lite0"
    weights: str = "auto"
    recipe: Literal["studio", "paper"] = "studio"
    epochs: int | None = Field(None, ge=1, le=10_000)
    size: int | None = Field(None, ge=16, le=1024)
    batch: int | None = Field(None, ge=2, le=4096)
    learning_rate: float | None = Field(None, gt=0, le=1)
    seed: int = Field(0, ge=0, lt=2**63)
    positive: str | None = None
    device: str = "auto"
    threads: int | None = Field(None, ge=1, le=1024)
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    keep: Literal["last", "best"] | None = None
    rule: Rule = "youden"
    deterministic: bool = True
    frozen_images: int = Field(800, ge=0, description="pictures for the first result; 0: none")
    validate_steps: int = Field(0, ge=0, description="validate every N steps too; 0: epochs only")
    cache_dir: Path | None = None
    data: TrainData | None = None
    leakage: dict[str, Any] = Field(default_factory=dict)

    def resolved(self) -> Recipe:
        """The recipe with this run's own wishes in it."""
        wishes = {
            name: value
            for name in ("epochs", "size", "batch", "learning_rate", "keep")
            if (value := getattr(self, name)) is not None
        }
        return RECIPES[self.recipe].model_copy(update=wishes)

    def load_data(self, run_dir: Path) -> TrainData:
        """The pictures, from the config itself or from ``items.json`` of the run."""
        return self.data or TrainData.read(Path(run_dir) / ITEMS_FILE)

    @classmethod
    def parse(cls, values: dict[str, Any]) -> Self:
        """From loose values, as of a form or a command line.

        Raises:
            UsageError: one sentence naming the first value that is wrong.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise UsageError(f"Training setting {first_fault(error, model=cls)}.") from error


def as_items(items: Sequence[Item | tuple[str | Path, str]]) -> list[Item]:
    """Items from items or from plain (path, class) pairs."""
    return [item if isinstance(item, Item) else Item.model_validate(item) for item in items]


def write_json(path: Path, content: Any) -> None:
    """Write JSON beside its place and move it in, so that a reader never sees half of it."""
    write_text(path, json.dumps(content, indent=1, allow_nan=False))
