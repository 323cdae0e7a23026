"""Plans as people write them, what is refused, and the list of trainings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.errors import StudioError, UsageError
from studio.experiment.plan import ExperimentPlan, Mix, MixFolder, plan_text, read_plan
from studio.experiment.presets import ADDED_SETS, PUBLIC_SETS, preset_plan
from studio.experiment.trainings import CellKey, list_trainings

PLAN = """
positive = "melanoma"
baseline = "all"
repeats = 3

[mixes]
all = ["a", "b", "c"]
other = ["d"]

[tests]
a = "a"
far = "far"

[settings]
epochs = 2
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    for name in ("a", "b", "c", "d", "far"):
        (tmp_path / name).mkdir()

    def write(text: str) -> Path:
        path = tmp_path / "plan.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_plan_is_read_and_written_back(write: Callable[[str], Path], tmp_path: Path) -> None:
    more = 'part = [{ folder = "d", count = 20 }]\nflipped = { folders = ["d"], settings = '
    text = PLAN.replace("[tests]", more + '{ augment = "flips" } }\n\n[tests]', 1)
    plan = read_plan(write(f'classes = ["melanoma", "nevus"]\n{text}'))
    assert (plan.positive, plan.baseline, plan.repeats, plan.recipe) == (
        "melanoma",
        "all",
        3,
        "studio",
    )
    assert plan.mix_names == ("all", "other", "part", "flipped")
    assert plan.classes == ("melanoma", "nevus")
    assert plan.mixes[2].folders == (MixFolder(tmp_path / "d", 20),)
    assert plan.mixes[3].settings == {"augment": "flips"}
    assert dict(plan.tests) == {"a": tmp_path / "a", "far": tmp_path / "far"}
    assert plan.folders == tuple(tmp_path / name for name in ("a", "b", "c", "d", "far"))
    again = tmp_path / "elsewhere"
    again.mkdir()
    (again / "plan.toml").write_text(plan_text(plan, ["one\ntwo"]), encoding="utf-8")
    assert read_plan(again / "plan.toml") == plan


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("repeats = 3", "reapeats = 3", "has no key “reapeats”. Near to it: repeats."),
        ("repeats = 3", "repeats = 0", "“repeats” should be a whole number from 1 to 1,000, not 0"),
        ("repeats = 3", "repeats = true", "should be a whole number"),
        ("repeats = 3", 'models = ["a", "a"]', "“models” has a twice"),
        ("repeats = 3", 'classes = "melanoma"', "“classes” should be a list of names"),
        ("repeats = 3", "validation = 0.7", "“validation” should be a share from 0 to 0.5"),
        ('baseline = "all"', 'baseline = "none"', "“baseline” should be a mix, not none: all, oth"),
        ('other = ["d"]', 'other = "d"', "[mixes] other should be a list of folders"),
        ('other = ["d"]', "other = []", "[mixes] other should be a list of folders"),
        ('other = ["d"]', 'other = ["e"]', "[mixes] other: the folder"),
        ('other = ["d"]', 'other = ["d", "./d"]', "[mixes] other has the folder"),
        ('other = ["d"]', 'other = [{ folder = "d", n = 3 }]', "A folder of [mixes] other has no"),
        ('other = ["d"]', '" d" = ["d"]', "a name has 1 to 80 printable characters"),
        ('far = "far"', 'far = "a/../a"', "[tests] a and far are the same folder"),
        ('far = "far"', "far = 3", "[tests] far should be a folder in quotation marks"),
        ('far = "far"', 'far = "plan.toml"', "is a file, not a folder"),
        ("[settings]", "[setings]", "has no key “setings”. Near to it: settings."),
        ('other = ["d"]', 'other = ["d"', "is not TOML"),
    ],
)
def test_what_is_wrong_is_named(
    write: Callable[[str], Path], old: str, new: str, said: str
) -> None:
    path = write(PLAN.replace(old, new, 1))
    with pytest.raises(UsageError) as refused:
        read_plan(path)
    assert said in str(refused.value)
    assert "plan.toml" in str(refused.value)


def test_a_mix_is_trained_without_the_set_it_is_tested_on(write: Callable[[str], Path]) -> None:
    listed = list_trainings(read_plan(write(PLAN)))
    names = [one.name for one in listed.trainings]
    stems = ["all.without-a.efficientnet_lite0", "all.efficientnet_lite0"]
    stems.append("other.efficientnet_lite0")
    assert names == [f"{stem}.s{seed}" for seed in range(3) for stem in stems]
    first, second, third = listed.trainings[:3]
    assert [one.folder.name for one in first.folders] == ["b", "c"]
    assert (first.tests, second.tests, third.tests) == (("a",), ("far",), ("a", "far"))
    key = CellKey("other", "a", "efficientnet_lite0")
    assert listed.cells[key] == tuple(f"{stems[2]}.s{seed}" for seed in range(3))
    assert (listed.asked, [one.seed for one in listed.trainings[-3:]]) == (12, [2, 2, 2])


def test_what_comes_to_the_same_is_trained_once() -> None:
    """`b c` without a and `b c` itself are one training; a mix that is the test set has none; names
    that differ in what a file system does not keep are told apart."""
    a, b, c = (MixFolder(Path("/", name)) for name in "abc")
    plan = ExperimentPlan(
        (Mix("all", (a, b, c)), Mix("B C", (c, b)), Mix("b/c", (b,)), Mix("a", (a,))),
        {"a": a.folder, "x": Path("/x")},
        models=("m", "n"),
    )
    listed = list_trainings(plan)
    assert listed.cells[CellKey("all", "a", "m")] == listed.cells[CellKey("B C", "x", "m")]
    assert listed.cells[CellKey("a", "a", "m")] == ()
    names = [one.name for one in listed.trainings]
    assert len({name.casefold() for name in names}) == len(names) == 8
    assert {one.tests for one in listed.trainings if one.without == "a"} == {("a", "x")}


def test_a_set_without_one_of_the_papers_classes_is_left_out_and_named(tmp_path: Path) -> None:
    for name, classes in {
        "waterloo": ("malignantmelanoma", "notmelanoma"),
        "med-node": ("malignantmelanoma", "melanocyticnevus"),
        "gan5000": ("malignantmelanoma", "melanocyticnevus"),
    }.items():
        for one in classes:
            (tmp_path / name / one).mkdir(parents=True)
    made = preset_plan("paper", tmp_path)
    assert tuple(made.plan.tests) == ("MED-NODE",)
    assert (
        "Waterloo has no images of the class melanocyticnevus: left out are the test on Waterloo."
        in [one.sentence for one in made.missing]
    )


def test_the_paper_is_940_trainings(tmp_path: Path) -> None:
    for names in (*PUBLIC_SETS.values(), *ADDED_SETS.values()):
        (tmp_path / names[-1].upper()).mkdir()
    made = preset_plan("paper", tmp_path)
    listed = list_trainings(made.plan)
    assert (len(listed.trainings), listed.asked, made.missing) == (940, 1540, ())
    assert (len(made.plan.mixes), len(made.plan.tests), made.plan.repeats) == (11, 7, 20)
    assert (made.plan.recipe, made.plan.baseline) == ("paper", "public")
    assert made.plan.classes == ("malignantmelanoma", "melanocyticnevus")
    # public sets alone: one training for each test and repeat; an added set alone: one a repeat
    alone = [one for one in listed.trainings if one.mix == "CAN5600"]
    assert (len(alone), {one.tests for one in alone}) == (20, {tuple(PUBLIC_SETS)})
    small = preset_plan("paper-small", tmp_path).plan
    assert len(list_trainings(small).trainings) == (4 * 7 + 3) * 3


def test_sets_that_are_not_there_are_left_out_and_named(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="Edinburgh is not there"):
        preset_plan("paper", tmp_path)
    for name in ("Derm7pt", "med_node", "snu", "CAN2000"):
        (tmp_path / name).mkdir()
    made = preset_plan("paper", tmp_path)
    assert list(made.plan.tests) == ["SNU", "7-point", "MED-NODE"]
    assert made.plan.mix_names == ("public", "public + CAN2000", "CAN2000")
    missing = {one.name: one.left_out for one in made.missing}
    assert missing["GAN5000"] == ("GAN5000", "public + GAN5000")
    assert set(missing) == {"Edinburgh", "Asan", "Waterloo", "PAD-UFES-20"} | (
        set(ADDED_SETS) - {"CAN2000"}
    )
    assert (made.whole, made.whole_asked) == (940, 1540)


def test_does_synthetic_help(tmp_path: Path, photo: Callable[..., Path]) -> None:
    with pytest.raises(StudioError, match="The folder of synthetic images is not there"):
        preset_plan("does-synthetic-help", tmp_path)
    for name, count in (("real", 4), ("synthetic", 5), ("test", 1)):
        for number in range(count):
            for label in ("nevus", "melanoma"):
                photo(tmp_path / name / label / f"{number}.png", number, (16, 16))
    plan = preset_plan("does-synthetic-help", tmp_path).plan
    assert plan.mix_names == (
        "real",
        "real + classical augmentation",
        "real + 4 synthetic",
        "real + 8 synthetic",
        "real + 10 synthetic",
        "synthetic alone",
    )
    assert plan.settings == {"epoch_images": 8}
    assert plan.mixes[0].settings == {"augment": "none"}
    assert (plan.baseline, list(plan.tests)) == ("real + classical augmentation", ["test"])
