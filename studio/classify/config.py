"""What a training run is asked to do: its pictures, its recipe, its seeds. No torch here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.errors import UsageError
from studio.files import write_text
from studio.options import Option
from studio.validation import first_fault, read_model

Rule = Literal["youden", "se90", "se95", "sp95"]  # studio.stats.RULES
ITEMS_FILE = "items.json"
_RECIPE = "By recipe"
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
    """How a network is trained; every figure of it is written into the run record. What each may be
    is said by the option of the same name in `TrainConfig`.

    ``head``: ``probe`` starts the last layer from the frozen result instead of from chance.
    ``norm``: ``frozen`` keeps the pretrained statistics of batch normalisation (from scratch there
    are none to keep, and ``batch`` is meant). ``keep``: the epoch that tests and predictions use.
    ``class_weights``: ``balanced`` weighs a picture by the inverse of how many its class has.
    ``patience``: after so many epochs without a better validation AUC the run ends; 0: never.
    """

    optimiser: Literal["radam", "adamw"]
    learning_rate: float
    batch: int
    epochs: int
    size: int
    schedule: Literal["constant", "cosine"]
    warmup: float = 0.0
    weight_decay: float = 0.0
    smoothing: float = 0.0
    augment: Literal["none", "flips", "dihedral", "classical"]
    head: Literal["random", "probe"] = "random"
    norm: Literal["batch", "frozen"] = "batch"
    keep: Literal["last", "best"] = "last"
    class_weights: Literal["none", "balanced"] = "none"
    patience: int = 0


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
# For a few hundred pictures: more changed copies of each and more steps, and classes count alike.
# Measured by five folds of 240 pictures of PAD-UFES-20 (201 patients, six classes, 224 px, ImageNet
# weights, one seed): macro AUC of studio .825, of small .851 (docs/small-sets.md).
SMALL = STUDIO.model_copy(
    update={"epochs": 20, "augment": "classical", "class_weights": "balanced"}
)
RECIPES = {"paper": PAPER, "studio": STUDIO, "small": SMALL}


class TrainConfig(_Strict):
    """One training run. What is None here is taken from the recipe.

    ``data`` None means ``items.json`` in the run folder. ``leakage`` is the report of whoever
    checked train against test; it is recorded and announced, not recomputed. ``cache_dir`` holds
    prepared images and may be shared between runs; without it the project's, or the user's own.
    ``rule`` chooses the thresholds on the validation set that the tests are read at.
    """

    model: Annotated[str, Option("Any model of timm.", title="Model")] = "efficientnet_lite0"
    weights: Annotated[str, Option("auto, none, or a file.", title="Weights")] = "auto"
    recipe: Annotated[
        Literal["studio", "small", "paper"],
        Option("studio, small (for a few hundred pictures) or paper.", title="Recipe"),
    ] = "studio"
    epochs: Annotated[
        int | None,
        Option(
            "Times that all pictures are seen; the recipe's without it.",
            title="Epochs",
            tier="main",
            none=_RECIPE,
        ),
    ] = Field(None, ge=1, le=10_000)
    size: Annotated[
        int | None,
        Option(
            "Side of the input, pixels.",
            title="Picture size, px",
            tier="main",
            none=_RECIPE,
            step=16,
        ),
    ] = Field(None, ge=16, le=1024)
    batch: Annotated[
        int | None, Option("Pictures a step.", title="Batch", tier="main", none=_RECIPE, step=8)
    ] = Field(None, ge=2, le=4096)
    learning_rate: Annotated[
        float | None,
        Option(
            "Of the optimiser, up to 1; the recipe's without it.",
            title="Learning rate",
            tier="more",
            none=_RECIPE,
            step=0.0001,
            decimals=8,
        ),
    ] = Field(None, gt=0, le=1)
    optimiser: Annotated[
        Literal["radam", "adamw"] | None,
        Option(
            "How weights are changed; the recipe's without it.",
            title="Optimiser",
            tier="more",
            flag="",
            values=((None, _RECIPE), ("radam", "RAdam"), ("adamw", "AdamW")),
        ),
    ] = None
    schedule: Annotated[
        Literal["constant", "cosine"] | None,
        Option(
            "How the learning rate goes over the run; the recipe's without it.",
            title="Schedule",
            tier="more",
            flag="",
            values=((None, _RECIPE), ("constant", "Constant"), ("cosine", "Cosine")),
        ),
    ] = None
    warmup: Annotated[
        float | None,
        Option("Part of the run in which the rate rises; the recipe's without it.", flag=""),
    ] = Field(None, ge=0, lt=1)
    weight_decay: Annotated[
        float | None, Option("Weight decay of the optimiser; the recipe's without it.", flag="")
    ] = Field(None, ge=0, le=10)
    smoothing: Annotated[
        float | None, Option("Smoothing of the true classes; the recipe's without it.", flag="")
    ] = Field(None, ge=0, lt=0.5)
    augment: Annotated[
        Literal["none", "flips", "dihedral", "classical"] | None,
        Option(
            "none, flips, all eight positions of a square (dihedral), or any angle with zoom and "
            "colour changed a little too (classical); the recipe's without it.",
            title="Augmentation",
            tier="more",
            flag="",
            values=(
                (None, _RECIPE),
                ("none", "None"),
                ("flips", "Flips"),
                ("dihedral", "All eight positions"),
                ("classical", "Angle, zoom and colour"),
            ),
        ),
    ] = None
    head: Annotated[
        Literal["random", "probe"] | None,
        Option(
            "The last layer begins from chance (random) or from the frozen result (probe); the "
            "recipe's without it.",
            title="Last layer begins",
            tier="more",
            flag="",
            values=((None, _RECIPE), ("random", "At random"), ("probe", "Frozen result")),
        ),
    ] = None
    norm: Annotated[
        Literal["batch", "frozen"] | None,
        Option(
            "Batch normalisation by the statistics of the batch, or the frozen ones of the "
            "weights; the recipe's without it.",
            title="Normalisation",
            tier="more",
            flag="",
            values=((None, _RECIPE), ("batch", "By batch"), ("frozen", "Frozen")),
        ),
    ] = None
    keep: Annotated[
        Literal["last", "best"] | None,
        Option(
            "The epoch that tests use: last, or best (by the validation AUC); the recipe's "
            "without it.",
            title="Epoch kept",
            tier="more",
            values=((None, _RECIPE), ("last", "Last"), ("best", "Best")),
        ),
    ] = None
    class_weights: Annotated[
        Literal["none", "balanced"] | None,
        Option(
            "balanced: a class counts as much as another, however few pictures it has; the "
            "recipe's without it.",
            title="Class weights",
            tier="more",
            values=((None, _RECIPE), ("none", "None"), ("balanced", "Balanced")),
        ),
    ] = None
    patience: Annotated[
        int | None,
        Option(
            "End after so many epochs without a better validation AUC, and keep the best one; 0: "
            "train all epochs.",
            title="Stop early after, epochs",
            tier="more",
            none=_RECIPE,
        ),
    ] = Field(None, ge=0, le=1000)
    seed: Annotated[int, Option("Of everything random.", title="Seed", tier="main")] = Field(
        0, ge=0, lt=2**63
    )
    device: Annotated[str, Option("auto, cpu, cuda or mps.", title="Device")] = "auto"
    threads: Annotated[
        int | None, Option("Threads of the CPU; all of them without it.", title="Threads")
    ] = Field(None, ge=1, le=1024)
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        Option("auto (what the device is fast at), float32 or bfloat16.", title="Precision"),
    ] = "auto"
    positive: Annotated[str | None, Option("The positive class.", title="Positive class")] = None
    rule: Annotated[
        Rule,
        Option(
            "How each class's threshold is chosen on the validation set: youden, se90, se95 or "
            "sp95."
        ),
    ] = "youden"
    deterministic: Annotated[
        bool, Option("Repeatable kernels where the device has several.", flag="")
    ] = True
    frozen_images: Annotated[
        int, Option("Pictures for the first result of the frozen backbone; 0: none.", flag="")
    ] = Field(800, ge=0)
    epoch_images: Annotated[
        int | None,
        Option(
            "Pictures in an epoch, so that trainings on sets of different size take as many steps; "
            "all of them without it.",
            flag="",
        ),
    ] = Field(None, ge=2, le=2**31)
    validate_steps: Annotated[
        int, Option("Validate every so many steps too; 0: after epochs only.", flag="")
    ] = Field(0, ge=0)
    cache_dir: Annotated[
        Path | None,
        Option("Folder for prepared images; the project's or your own without it.", flag=""),
    ] = None
    data: TrainData | None = None
    leakage: dict[str, Any] = Field(default_factory=dict)

    def resolved(self) -> Recipe:
        """The recipe with this run's own wishes in it."""
        wishes = {
            name: value
            for name in Recipe.model_fields
            if (value := getattr(self, name)) is not None
        }
        if wishes.get("patience") and self.keep is None:
            wishes["keep"] = "best"  # the last one is the worst of those that were waited for
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
