"""Settings in sentences, classes by name, and a positive class that is always written down."""

from pathlib import Path
from typing import Any

import pytest

from studio.classify import DataSplit, Item, Recipe, TrainConfig, TrainData
from studio.classify.classes import class_map
from studio.classify.config import PAPER, RECIPES
from studio.errors import StudioError, UsageError


def split(name: str, *labels: str) -> DataSplit:
    return DataSplit(name=name, items=[Item(file=f"{label}.jpg", label=label) for label in labels])


def data(*train: DataSplit, val: DataSplit | None = None, test: Any = ()) -> TrainData:
    return TrainData(train=list(train), val=val, test=list(test))


@pytest.mark.parametrize(
    ("labels", "wish", "positive", "stated"),
    [
        (("melanocyticnevus", "malignantmelanoma"), None, "malignantmelanoma", True),
        (("benign", "malignant", "zebra"), None, "malignant", True),
        (("onychomycosis", "naildystrophy"), None, "onychomycosis", False),
        (("onychomycosis", "naildystrophy"), "naildystrophy", "naildystrophy", True),
        (("melanocyticnevus", "malignantmelanoma"), "melanocyticnevus", "melanocyticnevus", True),
    ],
)
def test_positive_class(
    labels: tuple[str, ...], wish: str | None, positive: str, stated: bool
) -> None:
    found = class_map(data(split("train", *labels)), wish)
    assert found.names == tuple(sorted(labels))
    assert (found.positive, found.stated) == (positive, stated)
    assert found.names[found.positive_index] == positive


def test_a_positive_class_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="'melanom' is none of the classes a, b"):
        class_map(data(split("train", "a", "b")), "melanom")


@pytest.mark.parametrize(
    ("training", "sentence"),
    [
        (data(split("A", "a")), "A has only 'a'"),
        (data(split("A")), "no picture at all"),
        (data(split("A", "a", "b"), split("B", "a")), "folder B has no picture of class 'b'"),
        (data(split("A", "a", "b"), val=split("V", "a", "c")), "V has a class 'c'"),
        (data(split("A", "a", "b"), test=[split("T", "x")]), "T has a class 'x'"),
    ],
)
def test_classes_that_do_not_agree_name_the_folder(training: TrainData, sentence: str) -> None:
    with pytest.raises(StudioError, match=sentence):
        class_map(training, None)


def test_a_class_missing_from_a_test_is_allowed() -> None:
    assert class_map(data(split("A", "a", "b"), test=[split("T", "a")]), None).names == ("a", "b")


def test_items_come_from_pairs_and_survive_the_file(tmp_path: Path) -> None:
    plain = TrainData.model_validate(
        {"train": [{"name": "t", "items": [("x.jpg", "a"), (Path("y.jpg"), "b")]}]}
    )
    plain.train[0].items.append(Item(file="z.jpg", label="a", square=(1.5, 2.0, 3.25)))
    plain.write(tmp_path)
    assert TrainConfig().load_data(tmp_path) == plain


def test_a_run_without_its_list_of_pictures(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"items\.json"):
        TrainConfig().load_data(tmp_path)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_recipes_keep_the_ranges_of_their_options(recipe: Recipe) -> None:
    """Which stand with the options alone."""
    assert TrainConfig.parse(recipe.model_dump()).resolved() == recipe
    limits = [field.metadata for field in Recipe.model_fields.values()]
    assert not any(limits)


def test_wishes_override_the_recipe_and_the_paper_is_the_papers() -> None:
    recipe = TrainConfig(recipe="paper", epochs=2, batch=16).resolved()
    assert (recipe.epochs, recipe.batch, recipe.learning_rate) == (2, 16, 1e-3)
    assert (PAPER.optimiser, PAPER.epochs, PAPER.batch, PAPER.size) == ("radam", 30, 64, 224)
    assert (PAPER.schedule, PAPER.augment, PAPER.head, PAPER.keep) == (
        "constant", "flips", "random", "last",
    )  # fmt: skip


@pytest.mark.parametrize(
    "values", [{"epochs": 0}, {"batch": 1}, {"size": 8}, {"device": 3}, {"colour": "red"}]
)
def test_wrong_settings_are_named(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"“{next(iter(values))}”"):
        TrainConfig.parse(values)
