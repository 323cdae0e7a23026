"""Recipes: what they refuse, how they are written, the command that stands for one."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError, UsageError
from studio.generate.builder.recipe import RecipeEntry, SetRecipe, read_recipe, write_recipe


def entry(label: str = "nevus", **fields: object) -> dict[str, object]:
    return {"label": label, "network": "sample", "count": 10, **fields}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"entries": []}, "it names no class and how many pictures of it"),
        ({"entries": [entry("a/b")]}, "has a character that a label cannot have"),
        ({"entries": [entry("n" * 119 + "ä" * 90)]}, "too long"),
        ({"entries": [entry("é" * 110)]}, "too long for the names of files"),
        ({"entries": [entry("Nevus"), entry("nevus")]}, "one folder"),
        (
            {"entries": [entry(), entry(count=0)]},
            "the number of pictures of class 2 should be greater than or equal to 1, not 0",
        ),
        ({"entries": [{"label": "nevus", "count": 1}]}, "the network of class 1 is needed"),
        ({"entries": [entry(truncation=float("nan"))]}, "truncation"),
        ({"entries": [entry(first_seed=2**32 - 3)]}, "begin earlier"),
        ({"entries": [entry()], "size": 4}, "size"),
        ({"entries": [entry()], "format": "bmp"}, "the format should be png or jpg, not bmp"),
        ({"entries": [entry()], "agreement": {"run": "r", "minimum": 1.5}}, "the least agreement"),
        ({"entries": [entry()], "not_memorised": {"data": "d", "quantile": 0}}, "quantile"),
        ({"entries": [entry(), entry(first_seed=9)]}, "same pictures: give one a first seed of 10"),
        ({"entries": 5}, "its “entries” are not a list"),
        ({"entries": [3]}, "its “entries” are not a list"),
        ({"entries": [entry(network="")]}, "the network of class 1: string should have at least"),
        ({"entries": [entry()], "more": 1}, "“more” is not known"),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        SetRecipe.of(**fields)


def test_a_recipe_without_paths_names_what_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = SetRecipe.of(
        entries=[entry(), entry(network="/ana/net.safetensors"), entry(network="C:\\ana\\net.pkl")],
        agreement={"run": "/ana/runs/7/"},
        not_memorised={"data": "/ana/ward:first", "held_out": ".", "space": "dino:/ana/vit.pth"},
    )
    told = recipe.without_paths()
    networks = [one["network"] for one in told["entries"]]
    assert networks == ["sample", "net.safetensors", "net.pkl"]
    assert told["agreement"]["run"] == "7"
    near = told["not_memorised"]
    assert (near["data"], near["held_out"]) == ("ward:first", tmp_path.name)
    assert near["space"] == "dino:vit.pth"
    rest = {"size": None, "format": "png", "tries": 4}
    assert rest.items() <= told.items()
    plain = SetRecipe.of(entries=[entry()], not_memorised={"data": "d"}).without_paths()
    assert plain["agreement"] is None
    assert (plain["not_memorised"]["space"], plain["not_memorised"]["held_out"]) == ("lite0", None)


def test_filters_make_room_for_more_seeds() -> None:
    plain = SetRecipe.of(entries=[entry()], tries=3)
    assert plain.most_tries(plain.entries[0]) == 10
    filtered = SetRecipe.of(entries=[entry()], tries=3, agreement={"run": "r"})
    assert filtered.most_tries(filtered.entries[0]) == 30


@given(
    st.lists(
        st.builds(
            RecipeEntry,
            label=st.sampled_from(["nevus", "malignant melanoma", "böser_fleck"]),
            network=st.sampled_from(["sample", "/a b/net's.safetensors"]),
            count=st.integers(1, 99),
            first_seed=st.integers(0, 10**6),
            truncation=st.floats(-2, 2),
            noise_mode=st.sampled_from(["const", "random", "none"]),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda entry: entry.label,
    )
)
def test_a_recipe_comes_back_as_it_was(entries: list[RecipeEntry]) -> None:
    recipe = SetRecipe(entries=tuple(entries))
    assert SetRecipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_files_are_named_apart(tmp_path: Path) -> None:
    recipe = SetRecipe.of(entries=[entry(), entry("melanoma"), entry(first_seed=50)])
    assert recipe.stem(0, 7) == "nevus-seed0007"
    assert recipe.stem(1, 7) == "melanoma-seed0007"
    assert recipe.stem(2, 12345) == "nevus-2-seed12345"
    assert recipe.asked() == {"nevus": 20, "melanoma": 10}


def test_a_saved_recipe_is_read_again(tmp_path: Path) -> None:
    recipe = SetRecipe.of(entries=[entry()], not_memorised={"data": "d", "held_out": "h"})
    write_recipe(tmp_path / "r.json", recipe)
    assert read_recipe(tmp_path / "r.json") == recipe
    (tmp_path / "bad.json").write_text('{"version": 1}')
    with pytest.raises(StudioError, match=r"bad\.json is not a recipe of a set: it names no class"):
        read_recipe(tmp_path / "bad.json")
    with pytest.raises(StudioError, match="does not exist"):
        read_recipe(tmp_path / "none.json")


def test_the_command_says_all_or_names_the_recipe() -> None:
    recipe = SetRecipe.of(
        entries=[
            entry("a b", network="/x y/n.safetensors", truncation=0.7),
            entry("c", truncation=0.7),
        ],
        size=64,
        agreement={"run": "/runs/1", "minimum": 0.6},
    )
    assert shlex.split(recipe.command("/my out")) == [
        *("can-studio", "gan", "build-set", "/my out"),
        *("--class", "a b=10@/x y/n.safetensors", "--class", "c=10@sample", "--trunc", "0.7"),
        *("--size", "64", "--agree", "/runs/1", "--agree-min", "0.6"),
    ]
    one = SetRecipe.of(entries=[entry("a"), entry("b")])
    assert "--network sample --class a=10 --class b=10" in one.command()
    uneven = SetRecipe.of(entries=[entry("a"), entry("b", first_seed=5)])
    assert uneven.command("O", "r.json") == "can-studio gan build-set O --recipe r.json"
