"""Building: files, manifest, filters, and going on after an end at any moment."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from studio.errors import StudioError, UsageError
from studio.generate.builder import build
from studio.generate.builder.build import SetReport, build_set
from studio.generate.builder.filters import Filters, SetStoppedError
from studio.generate.builder.recipe import SetRecipe, read_recipe
from studio.generate.network import load_network, to_uint8
from studio.imaging import probe

Pictures = NDArray[np.uint8]
MELANOMA, NEVUS = "malignantmelanoma", "melanocyticnevus"


class Brightness:
    """A classifier of sorts: the brighter, the more of a melanoma."""

    classes = (MELANOMA, NEVUS)

    def __init__(self, name: str = "brightness") -> None:
        self.facts = {"run": name}

    def probabilities(self, pictures: Sequence[Pictures]) -> NDArray[np.float64]:
        p = np.array([picture[..., 0].mean() / 255 for picture in pictures])
        return np.stack([p, 1 - p], axis=1)


class FarFromGrey:
    """Distances to one training picture that is all grey."""

    limit = 12.0

    @property
    def facts(self) -> dict[str, Any]:
        return {"limit": self.limit}

    def nearest(self, pictures: Pictures) -> tuple[NDArray[np.float64], list[str]]:
        return np.abs(pictures.mean(axis=(1, 2, 3)) - 128), ["=gr\udcffy.png"] * len(pictures)


def recipe_of(network: Path, counts: dict[str, int], **fields: Any) -> SetRecipe:
    more = {name: fields.pop(name) for name in ("truncation", "noise_mode") if name in fields}
    entries = [{"label": k, "network": str(network), "count": n, **more} for k, n in counts.items()]
    return SetRecipe.of(entries=entries, **fields)


def built(recipe: SetRecipe, out: Path, **more: Any) -> SetReport:
    judge = more.pop("judge", Brightness() if recipe.agreement else None)
    near = FarFromGrey() if recipe.not_memorised else None
    return build_set(recipe, out, lambda size, cache: Filters(recipe, judge, near), **more)


def content(folder: Path) -> dict[str, bytes]:
    """Every file but for the time in the manifest."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    manifest = json.loads(found.pop("manifest.json"))
    manifest.pop("time")
    return {**found, "manifest": json.dumps(manifest).encode()}


def manifest_of(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text())


def test_class_folders_hold_the_pictures_of_the_seeds(conditional: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    report = built(recipe_of(conditional, {MELANOMA: 10, NEVUS: 3}, truncation=0.7), out)
    assert {label: c.kept for label, c in report.counts.items()} == {MELANOMA: 10, NEVUS: 3}
    assert not (tmp_path / "set.part").exists()
    assert {p.name for p in out.iterdir()} == {
        *(MELANOMA, NEVUS, "manifest.json", "recipe.json", "rejected.csv"),
        *(f"contact-sheet-{MELANOMA}.pdf", f"contact-sheet-{NEVUS}.pdf"),
    }
    network = load_network(conditional)
    c = network.class_vector(MELANOMA)
    expected = to_uint8(network.synthesis(network.mapping(network.latent(9), c, 0.7)))[0]
    written = np.asarray(Image.open(out / MELANOMA / f"{MELANOMA}-seed0009.png"))
    assert np.array_equal(written, expected)
    other = np.asarray(Image.open(out / NEVUS / f"{NEVUS}-seed0001.png"))
    assert not np.array_equal(other, Image.open(out / MELANOMA / f"{MELANOMA}-seed0001.png"))


def test_every_file_says_that_it_is_synthetic(conditional: Path, tmp_path: Path) -> None:
    for format_ in ("png", "jpg"):
        out = tmp_path / format_
        built(recipe_of(conditional, {NEVUS: 1}, format=format_, size=48), out)
        file = out / NEVUS / f"{NEVUS}-seed0000.{format_}"
        info = probe(file)
        assert "synthetic sample" in info.description
        assert (info.width, info.height) == (48, 48)
    notes = manifest_of(out)["notes"]
    assert any("not independent" in note for note in notes)
    assert any("enlarged" in note for note in notes)


def test_the_manifest_traces_each_picture(conditional: Path, plain: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    both = [
        {"label": NEVUS, "network": str(conditional), "count": 2, "first_seed": 5},
        {"label": NEVUS, "network": str(plain), "count": 1, "class_name": None, "first_seed": 5},
        {"label": "other", "network": str(conditional), "count": 1, "class_name": "1"},
    ]
    built(SetRecipe.of(entries=both, size=16), out)
    manifest = manifest_of(out)
    assert [n["file"] for n in manifest["networks"]] == [conditional.name, plain.name]
    rows = [(f["path"], f["network"], f["seed"], f["class"]) for f in manifest["files"]]
    assert rows == [
        (f"{NEVUS}/{NEVUS}-seed0005.png", 0, 5, NEVUS),
        (f"{NEVUS}/{NEVUS}-seed0006.png", 0, 6, NEVUS),
        (f"{NEVUS}/{NEVUS}-2-seed0005.png", 1, 5, None),
        ("other/other-seed0000.png", 0, 0, "1"),
    ]
    for one in manifest["files"]:
        assert len(one["sha256"]) == len(one["w_sha256"]) == 64
    # The recipe repeats the set here; the manifest goes with the set and tells no path.
    recipe = read_recipe(out / "recipe.json")
    assert recipe.entries[0].network == str(conditional)
    assert recipe.without_paths() == manifest["recipe"]
    assert str(tmp_path.parent) not in (out / "manifest.json").read_text()
    assert str(conditional.parent) not in (out / "manifest.json").read_text()


def test_the_classifier_and_the_training_pictures_choose(conditional: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    recipe = recipe_of(
        conditional,
        {MELANOMA: 6, NEVUS: 6},
        agreement={"run": "r", "minimum": 0.5},
        not_memorised={"data": "d"},
        tries=20,
    )
    report = built(recipe, out)
    files = manifest_of(out)["files"]
    for one in files:
        agrees = one["scores"][one["label"]] >= 0.5
        far = one["nearest"]["distance"] >= 12
        assert one["kept"] == (agrees and far)
        assert one["kept"] == (one["path"] is not None and (out / one["path"]).is_file())
        assert one["reason"] == (None if agrees and far else "memorised" if agrees else "agreement")
    reasons = {one["reason"] for one in files}
    assert {"agreement", "memorised"} <= reasons, "the test lets neither filter act"
    table = out / "rejected.csv"
    with table.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        rejected = list(csv.DictReader(file))
    assert len(rejected) == sum(not one["kept"] for one in files)
    # No Unicode, as files go, and nothing that a spreadsheet would run.
    assert all(row["nearest"] == "'=gr\udcffy.png" for row in rejected)
    assert files[0]["nearest"]["file"] == "=gr\udcffy.png"
    kept = {label: counts.kept for label, counts in report.counts.items()}
    assert kept == {label: sum(f["kept"] for f in files if f["label"] == label) for label in kept}


def test_too_few_is_said_and_an_empty_class_leaves_no_folder(
    conditional: Path, tmp_path: Path
) -> None:
    recipe = recipe_of(
        conditional, {MELANOMA: 3, NEVUS: 3}, agreement={"run": "r", "minimum": 0.5}, tries=2
    )

    class Melanoma(Brightness):
        def probabilities(self, pictures: Sequence[Pictures]) -> NDArray[np.float64]:
            return np.tile([1.0, 0.0], (len(pictures), 1))

    report = built(recipe, tmp_path / "set", judge=Melanoma())
    assert report.counts[NEVUS].tried == 6
    assert report.counts[NEVUS].kept == 0
    assert len(report.shortfalls) == 1
    assert "0 of 3" in report.shortfalls[0]
    assert not (tmp_path / "set" / NEVUS).exists()
    assert not (tmp_path / "set" / f"contact-sheet-{NEVUS}.pdf").exists()


class Killed(BaseException):
    """In place of kill -9: nothing catches it."""


@pytest.mark.parametrize("batches", [0, 1, 3])
@pytest.mark.parametrize("torn", [False, True])
def test_a_killed_build_goes_on_to_the_same_bytes(
    conditional: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: int, torn: bool
) -> None:
    recipe = recipe_of(
        conditional, {MELANOMA: 9, NEVUS: 9}, agreement={"run": "r"}, tries=3, truncation=0.9
    )
    built(recipe, tmp_path / "whole")

    calls = 0
    render = build._Builder._batch

    def dying(self: Any, *arguments: Any) -> Any:
        nonlocal calls
        if calls == batches:
            raise Killed
        calls += 1
        return render(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(build._Builder, "_batch", dying)
        with pytest.raises(Killed):
            built(recipe, tmp_path / "set")
    assert not (tmp_path / "set").exists()
    journal = tmp_path / "set.part" / "journal.jsonl"
    if torn:
        with journal.open("ab") as file:
            file.write(b'[{"entry": 0, "se')
    report = built(recipe, tmp_path / "set")
    assert report.resumed
    assert content(tmp_path / "set") == content(tmp_path / "whole")


def test_a_stop_keeps_what_is_done(conditional: Path, tmp_path: Path) -> None:
    recipe = recipe_of(conditional, {MELANOMA: 20, NEVUS: 20})
    asked = iter([False, False, True])
    with pytest.raises(SetStoppedError, match=r"16 of 40"):
        built(recipe, tmp_path / "set", stop=lambda: next(asked))
    report = built(recipe, tmp_path / "set")
    assert report.rendered == 24
    assert report.counts[MELANOMA].kept == 20


def test_another_recipe_does_not_go_on(conditional: Path, tmp_path: Path) -> None:
    recipe = recipe_of(conditional, {MELANOMA: 9}, agreement={"run": "r"})
    with pytest.raises(SetStoppedError):
        built(recipe, tmp_path / "set", stop=lambda: True)
    fewer = recipe_of(conditional, {MELANOMA: 8}, agreement={"run": "r"})
    with pytest.raises(StudioError, match="another recipe"):
        built(fewer, tmp_path / "set")
    with pytest.raises(StudioError, match="another classifier"):
        built(recipe, tmp_path / "set", judge=Brightness("retrained"))


def test_a_changed_network_does_not_go_on(tmp_path: Path, make_network: Any) -> None:
    network = make_network(tmp_path / "n.safetensors", classes=True)
    recipe = recipe_of(network, {MELANOMA: 9})
    with pytest.raises(SetStoppedError):
        built(recipe, tmp_path / "set", stop=lambda: True)
    make_network(network, classes=True, seed=5)
    with pytest.raises(StudioError, match="another network"):
        built(recipe, tmp_path / "set")


def test_noise_of_its_own_comes_again(plain: Path, tmp_path: Path) -> None:
    recipe = recipe_of(plain, {NEVUS: 9}, noise_mode="random")
    built(recipe, tmp_path / "a")
    built(recipe, tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_finished_set_has_nothing_left_to_do(tmp_path: Path, make_network: Any) -> None:
    network = make_network(tmp_path / "a.safetensors", classes=True)
    recipe, out = recipe_of(network, {NEVUS: 2}), tmp_path / "set"
    first = built(recipe, out)
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    (out / "journal.jsonl").write_text("left by who was killed at the very end")
    again = built(recipe, out)
    assert again.finished_before
    assert (again.counts, again.notes, again.rendered) == (first.counts, first.notes, 0)
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before
    assert not (tmp_path / "set.part").exists()
    with pytest.raises(StudioError, match="is not empty"):
        built(recipe_of(network, {NEVUS: 3}), out)
    make_network(network, classes=True, seed=1)
    with pytest.raises(StudioError, match="networks have changed since"):
        built(recipe, out)


def test_what_cannot_be_made_is_a_sentence(conditional: Path, plain: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    for recipe, sentence in [
        (recipe_of(conditional, {"wart": 1}), "no class wart"),
        (recipe_of(tmp_path / "none.safetensors", {NEVUS: 1}), "no network file"),
        (recipe_of(plain, {NEVUS: 3, MELANOMA: 3}), "the same pictures"),
    ]:
        with pytest.raises(StudioError, match=sentence):
            built(recipe, out)
    two = [
        {"label": NEVUS, "network": str(conditional), "count": 1},
        {"label": NEVUS, "network": str(plain), "count": 1},
    ]
    with pytest.raises(UsageError, match="16 and 32 px"):
        built(SetRecipe.of(entries=two), out)
    strange = recipe_of(plain, {"wart": 1}, agreement={"run": "r"})
    with pytest.raises(UsageError, match="knows no class wart"):
        built(strange, out)
    out.mkdir()
    (out / "photo.txt").write_text("mine")
    with pytest.raises(StudioError, match="is not empty"):
        built(recipe_of(conditional, {NEVUS: 1}), out)
    assert (out / "photo.txt").read_text() == "mine"
