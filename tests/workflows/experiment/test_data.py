"""What a plan means on this disk."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError, UsageError
from studio.experiment.plan import read_plan
from studio.experiment.trainings import list_trainings
from studio.workflows.experiment.data import (
    _shares,
    load_plan,
    part_of,
    read_data,
    training_settings,
    unfit_test_sets,
)
from studio.workflows.training_data import read_source

PLAN = """
repeats = 2
[mixes]
one = ["one"]
both = ["one", { folder = "two", count = 6 }]
[tests]
far = "far"
one = "one"
[settings]
epochs = 3
"""


def nothing(done: int, total: int, message: str) -> None:
    del done, total, message


@pytest.fixture
def plan_file(tmp_path: Path, photo: Callable[..., Path]) -> Path:
    for name, count in (("one", 10), ("two", 12), ("far", 3)):
        for number in range(count):
            for k, label in enumerate(("nevus", "melanoma")):
                seed = 1000 * len(name) + 100 * k + number + ord(name[0])
                photo(tmp_path / name / label / f"{name}{number}.png", seed, (20, 20))
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epochs = 3", "epoch = 3", "[settings]: A training has no setting “epoch”. Near"),
        ("epochs = 3", "epochs = 0", "[settings]: Training setting “epochs” should be"),
        ("epochs = 3", "seed = 3", "“seed” is told by the plan itself"),
        ("epochs = 3", 'weights = "no.pth"', "there is no file"),
        ('one = ["one"]', 'one = { folders = ["one"], settings = { augment = "x" } }',
         "[mixes] one: Training setting “augment” should be"),
        ("repeats = 2", 'repeats = 2\nrecipe = "secret"', "“recipe” should be"),
    ],
)  # fmt: skip
def test_settings_that_no_training_takes_are_named(
    plan_file: Path, old: str, new: str, said: str
) -> None:
    plan_file.write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_plan(plan_file)
    assert said in str(refused.value)


def test_class_maps_that_differ_are_named(plan_file: Path, photo: Callable[..., Path]) -> None:
    plan = load_plan(plan_file)
    data = read_data(plan, nothing)
    assert (data.classes, data.plan.positive) == (("melanoma", "nevus"), "melanoma")
    photo(plan_file.parent / "far" / "wart" / "1.png", 1, (20, 20))
    with pytest.raises(StudioError, match=r"\[tests\] far: .* has the class wart, which the mixes"):
        read_data(plan, nothing)
    photo(plan_file.parent / "two" / "wart" / "1.png", 1, (20, 20))
    with pytest.raises(
        StudioError, match=r"\[mixes\] both: .*two has the classes melanoma, nevus, w"
    ):
        read_data(plan, nothing)


def test_folders_that_have_more_classes(plan_file: Path, photo: Callable[..., Path]) -> None:
    for name in ("far", "two"):
        photo(plan_file.parent / name / "wart" / "1.png", 1, (20, 20))
    plan_file.write_text(f'classes = ["nevus", "melanoma"]\n{PLAN}', encoding="utf-8")
    data = read_data(load_plan(plan_file), nothing)
    assert data.classes == ("melanoma", "nevus")
    assert data.test("far").split.counts() == {"melanoma": 3, "nevus": 3}
    assert len(data.test("far").groups) == 6
    assert [one for one in data.problems if "are of other classes" in one] == [
        f"1 image of {plan_file.parent / name} are of other classes." for name in ("two", "far")
    ]
    plan_file.write_text(f'classes = ["wart", "acne"]\n{PLAN}', encoding="utf-8")
    with pytest.raises(StudioError, match="one has no image of wart, acne; it has melanoma"):
        read_data(load_plan(plan_file), nothing)


def test_a_positive_class_is_never_guessed(plan_file: Path) -> None:
    for name in ("one", "two", "far"):
        (plan_file.parent / name / "melanoma").rename(plan_file.parent / name / "acne")
    with pytest.raises(UsageError, match=r"Say which class is positive: .* acne, nevus"):
        read_data(load_plan(plan_file), nothing)
    plan_file.write_text(f'positive = "acne"\n{PLAN}', encoding="utf-8")
    assert read_data(load_plan(plan_file), nothing).plan.positive == "acne"
    plan_file.write_text(f'positive = "wart"\n{PLAN}', encoding="utf-8")
    with pytest.raises(UsageError, match="'wart' is none of the classes acne, nevus"):
        read_data(load_plan(plan_file), nothing)


def test_a_part_is_balanced_and_grows_by_addition(plan_file: Path) -> None:
    source = read_source(plan_file.parent / "two")
    parts = [part_of(source, count) for count in (2, 6, 11, None)]
    files = [{item.file for item in part.split.items} for part in parts]
    assert [len(one) for one in files] == [2, 6, 11, 24]
    assert files[0] < files[1] < files[2] < files[3]
    assert parts[1].split.counts() == {"melanoma": 3, "nevus": 3}
    assert len(parts[1].groups) == 6


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=10),
    counts=st.tuples(*[st.integers(1, 400)] * 2),
)
def test_shares_are_as_many_as_asked_for_and_never_shrink(
    sizes: list[int], counts: tuple[int, int]
) -> None:
    less, more = (_shares(sizes, count) for count in sorted(counts))
    assert sum(less) == min(sum(sizes), max(len(sizes), min(counts)))
    assert all(
        1 <= one <= other <= size for one, other, size in zip(less, more, sizes, strict=True)
    )


def test_shares_are_in_proportion() -> None:
    assert _shares([100, 50, 50], 20) == [10, 5, 5]
    assert _shares([10] * 10, 15).count(2) == 5


def test_the_pictures_of_a_training(plan_file: Path) -> None:
    data = read_data(load_plan(plan_file), nothing)
    trainings = {one.name: one for one in list_trainings(data.plan).trainings}
    assert len(trainings) == 6  # one of `both` without `one`
    for name, counts, tests in (
        ("one.efficientnet_lite0.s1", [20], ["far"]),
        ("both.without-one.efficientnet_lite0.s0", [6], ["one"]),
        ("both.efficientnet_lite0.s0", [20, 6], ["far"]),
    ):
        made = data.training_data(trainings[name])
        assert made.val is not None
        held = len(made.val.items)
        assert 0.1 * sum(counts) <= held <= 0.34 * sum(counts)
        assert sum(len(split.items) for split in made.train) + held == sum(counts)
        assert [split.name for split in made.test] == tests
    plan_file.write_text(PLAN.replace("repeats", "validation = 0\nrepeats", 1), encoding="utf-8")
    data = read_data(load_plan(plan_file), nothing)
    made = data.training_data(trainings["both.efficientnet_lite0.s0"])
    assert (made.val, [len(split.items) for split in made.train]) == (None, [20, 6])


def test_the_settings_of_a_training(plan_file: Path) -> None:
    text = PLAN.replace('one = ["one"]', 'one = { folders = ["one"], settings = { batch = 4 } }', 1)
    plan_file.write_text(f'positive = "nevus"\n{text}', encoding="utf-8")
    plan = read_plan(plan_file)
    first, second = list_trainings(plan).trainings[:2]
    config = training_settings(plan, first, workers=64)
    assert (config.epochs, config.batch, config.seed, config.positive) == (3, 4, 0, "nevus")
    assert (config.threads, config.frozen_images) == (1, 800)
    assert training_settings(plan, second).batch is None
    plan_file.write_text(f'recipe = "paper"\n{text}', encoding="utf-8")
    assert training_settings(read_plan(plan_file), first).frozen_images == 0


def test_a_folder_of_one_class_may_be_in_a_mix_that_has_the_others(
    plan_file: Path, photo: Callable[..., Path]
) -> None:
    for number in range(4):
        photo(plan_file.parent / "made" / "nevus" / f"made{number}.png", 900 + number, (20, 20))
    text = plan_file.read_text("utf-8")
    plan_file.write_text(text.replace('one = ["one"]', 'one = ["one", "made"]', 1), "utf-8")
    data = read_data(load_plan(plan_file), nothing)
    assert data.classes == ("melanoma", "nevus")
    plan_file.write_text(
        text.replace('one = ["one"]', 'one = ["one"]\nmade = ["made"]', 1), "utf-8"
    )
    with pytest.raises(StudioError, match="made: the mix has the classes nevus, and one has"):
        read_data(load_plan(plan_file), nothing)


def test_a_public_set_that_may_not_judge_is_named(plan_file: Path) -> None:
    far = plan_file.parent / "far"
    names = [path.relative_to(far).as_posix() for path in far.rglob("*.png")]
    rows = "".join(f"{name},can\n" for name in names[:3]) + f"{names[3]},pad-ufes-20\n"
    (far / "groups.csv").write_text("file,source\n" + rows, encoding="utf-8")
    data = read_data(load_plan(plan_file), nothing)
    (said,) = unfit_test_sets(data)
    assert said.startswith("The test set far has images of CAN (CAN2000, CAN5600), which")
