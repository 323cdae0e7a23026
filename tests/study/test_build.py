"""A study is balanced, whole, and tells nothing of which picture is real."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError, UsageError
from studio.imaging import resize, sniff
from studio.stats import auc_delong
from studio.study import (
    BuildPlan,
    Study,
    build,
    build_study,
    encode,
    find_studies,
    read_key,
)
from studio.study.encode import FirstRound, jpeg_quality, to_jpeg
from studio.study.models import Kind
from studio.study.reading_order import make_blocks
from studio.study.sources import find_pictures

from .conftest import CLASSES, patch

Sources = tuple[Path, Path]


def test_kinds_and_classes_are_balanced(study: Study) -> None:
    key = read_key(study)
    found = [(one.kind, one.label) for one in key.pictures.values()]
    assert {pair: found.count(pair) for pair in found} == {
        (kind, label): 10 for kind in ("real", "synthetic") for label in CLASSES
    }
    assert len({one.sha256 for one in key.pictures.values()}) == 40
    assert study.file.classes == dict.fromkeys(CLASSES, 10)


def test_every_copy_has_one_form(study: Study) -> None:
    files = sorted((study.path / "pictures").iterdir())
    assert {file.stat().st_size for file in files} == {files[0].stat().st_size}
    assert {file.stat().st_mtime_ns for file in files} == {files[0].stat().st_mtime_ns}
    tables = set()
    for file in files:
        assert file.stem in study.file.pictures
        with Image.open(file) as picture:
            assert (picture.size, picture.mode, picture.format) == ((32, 32), "RGB", "JPEG")
            assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            tables.add(str(picture.quantization))
        assert sniff(file.read_bytes()[:64])
    assert len(tables) == 1


def test_what_a_reading_screen_loads_tells_nothing(study: Study, sources: Sources) -> None:
    """study.json has no kind, no name and no hash of a source file; blocks are sorted."""
    text = (study.path / "study.json").read_text()
    for entry in read_key(study).pictures.values():
        assert entry.sha256 not in text
        assert f'"{entry.file}"' not in text
    assert all(list(block) == sorted(block) for block in study.file.blocks)
    key = read_key(study)
    for block in study.file.blocks:
        assert sum(key.synthetic(token) for token in block) * 2 == len(block)
    # Neither do the tokens: their order says nothing about the kinds.
    kinds = [key.synthetic(token) for token in sorted(study.file.pictures)]
    assert 4 <= sum(kinds[:20]) <= 16


def test_blocks_are_dealt_by_what_only_the_key_knows(study: Study) -> None:
    """Dealt by the seed, which study.json tells, they would say which tokens are of one kind."""
    key = read_key(study)
    kinds: dict[Kind, list[str]] = {"real": [], "synthetic": []}
    for token, entry in key.pictures.items():
        kinds[entry.kind].append(token)
    salt = json.loads((study.path / "key.json").read_text())["salt"]
    assert salt not in (study.path / "study.json").read_text()
    assert study.file.blocks == make_blocks(kinds, salt)
    assert study.file.blocks != make_blocks(kinds, str(study.file.seed))


def test_nobody_meets_a_seed_or_a_photograph_twice(tmp_path: Path) -> None:
    """Classes of a set share their seeds, and an export may hold several crops of a photograph."""
    files: dict[str, list[dict[str, str]]] = {"real": [], "synthetic": []}
    for number, name in enumerate(CLASSES):
        for index in range(6):
            for kind, suffix in (("real", "jpg"), ("synthetic", "png")):
                path = f"{name}/{index}.{suffix}"
                patch(tmp_path / kind / path, 1000 * number + index + 500 * (kind == "real"), 64)
                files[kind].append({"path": path, "image": f"{kind} {index}"})
    for kind, entries in files.items():
        manifest = {"images": [], "files": entries}
        (tmp_path / kind / "manifest.json").write_text(json.dumps(manifest))
    report = build_study(
        BuildPlan(tmp_path / "real", tmp_path / "synthetic", tmp_path / "out", size=32)
    )
    assert report is not None
    shown = [(one.kind, one.file) for one in read_key(report.study).pictures.values()]
    assert len(shown) == len(set(shown)) == 12
    assert any("synthetic pictures are of a photograph, stack or seed" in n for n in report.notes)
    (tmp_path / "real" / "manifest.json").write_text("[]")
    report = build_study(
        BuildPlan(tmp_path / "real", tmp_path / "synthetic", tmp_path / "more", size=32)
    )
    assert report is not None
    assert any("is not the manifest of an export" in note for note in report.notes)


def test_synthetic_pictures_go_through_jpeg_once(sources: Sources, study: Study) -> None:
    assert study.file.encoding.first_quality == 85
    assert study.file.encoding.first_side == 66
    assert jpeg_quality(sources[0] / CLASSES[0] / "0.jpg") == 85
    assert jpeg_quality(sources[1] / CLASSES[0] / "seed0000.png") is None
    for quality in (40, 75, 97):
        file = sources[0].parent / f"q{quality}.jpg"
        file.write_bytes(to_jpeg(np.zeros((8, 8, 3), np.uint8), quality))
        assert jpeg_quality(file) == pytest.approx(quality, abs=1)


def test_the_same_seed_draws_the_same_pictures(sources: Sources, tmp_path: Path) -> None:
    drawn = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        report = build_study(BuildPlan(*sources, tmp_path / name, per_kind=6, size=32, seed=seed))
        assert report is not None
        drawn.append({one.sha256 for one in read_key(report.study).pictures.values()})
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_small_pictures_copies_and_damage_are_left_out_and_named(tmp_path: Path) -> None:
    real, synthetic = tmp_path / "real", tmp_path / "synthetic"
    for index in range(4):
        patch(real / f"{index}.jpg", index, 64, quality=95)
        patch(synthetic / f"{index}.png", 50 + index, 64)
    patch(synthetic / "copy.png", 2, 80)
    patch(real / "small.jpg", 90, 20)
    (real / "broken.jpg").write_bytes((real / "0.jpg").read_bytes()[:300])
    (real / "text.jpg").write_text("no picture")
    (real / "notes.txt").write_text("nobody needs to hear of it")
    report = build_study(BuildPlan(real, synthetic, tmp_path / "out", size=32))
    assert report is not None
    assert report.study.file.per_kind == 4
    said = "\n".join(report.notes)
    assert "copy.png (synthetic) nearly equals 2.jpg" in said
    assert (
        "Left out: 1 real picture is smaller than 32 pixels; enlarging would give it away." in said
    )
    assert "broken.jpg" in said
    assert "Left out of real: text.jpg is not a picture, whatever its name." in said
    assert "notes.txt" not in said
    assert report.study.file.notes == tuple(report.notes)


def test_pictures_are_squared_not_squashed(tmp_path: Path) -> None:
    real, synthetic = tmp_path / "real", tmp_path / "synthetic"
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 250
    for folder in (real, synthetic):
        folder.mkdir()
    Image.fromarray(wide).save(real / "wide.png")
    patch(synthetic / "a.png", 1, 60)
    report = build_study(BuildPlan(real, synthetic, tmp_path / "out", size=32))
    assert report is not None
    study = report.study
    token = next(t for t, one in read_key(study).pictures.items() if one.kind == "real")
    assert np.asarray(Image.open(study.picture(token))).min() > 230


def test_folders_without_a_pair_are_told_with_what_each_has(tmp_path: Path) -> None:
    for index in range(3):
        patch(tmp_path / "real" / "nevus" / f"{index}.png", index, 20)
    patch(tmp_path / "synthetic" / "nevus" / "a.png", 9, 64)
    patch(tmp_path / "synthetic" / "melanoma" / "b.png", 10, 64)
    folders = tmp_path / "real", tmp_path / "synthetic"
    with pytest.raises(StudioError) as caught:
        build_study(BuildPlan(*folders, tmp_path / "out", size=32))
    assert str(caught.value).startswith(
        "The folders have no class with pictures of at least 32 pixels that can be shown side by "
        "side. Pictures found, real: nevus 3; synthetic: nevus 1. 3 real and 0 synthetic ones are "
        "smaller than 32 pixels"
    )
    patch(tmp_path / "loose" / "c.png", 11, 20)
    with pytest.raises(StudioError, match=r"do not both have .* real: 1; synthetic: 2\."):
        build_study(BuildPlan(tmp_path / "loose", folders[1], tmp_path / "out", size=32))


def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    sources: Sources, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(StudioError, match="only 24 usable"):
        build_study(BuildPlan(*sources, out, per_kind=40, size=32))
    with pytest.raises(StudioError, match="smaller than 500 pixels: choose a side of") as caught:
        build_study(BuildPlan(*sources, out, size=500))
    side = int(str(caught.value).split("a side of ")[1].split()[0])
    assert "fewer" not in str(caught.value)  # than none
    assert "--" not in str(caught.value)  # it shows in the window, too
    assert build_study(BuildPlan(*sources, tmp_path / "fits", per_kind=1, size=side)) is not None
    shutil.rmtree(tmp_path / "fits")
    with pytest.raises(StudioError, match="cannot be read"):
        build_study(BuildPlan(sources[0], tmp_path / "nowhere", out))
    with pytest.raises(UsageError, match="same folder"):
        build_study(BuildPlan(sources[0], sources[0], out))
    assert build_study(BuildPlan(*sources, out, size=32), stop=lambda: True) is None
    assert not list(tmp_path.iterdir())
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(StudioError, match="there already"):
        build_study(BuildPlan(*sources, out, size=32))
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_the_key_can_be_kept_elsewhere_and_not_be_changed(sources: Sources, tmp_path: Path) -> None:
    plan = BuildPlan(*sources, tmp_path / "out", per_kind=2, size=32, key=tmp_path / "safe" / "k")
    report = build_study(plan)
    assert report is not None
    study = report.study
    assert not (study.path / "key.json").exists()
    with pytest.raises(StudioError, match="kept elsewhere"):
        read_key(study)
    assert len(read_key(study, tmp_path / "safe" / "k").pictures) == 4
    document = json.loads((tmp_path / "safe" / "k").read_text())
    token = next(iter(document["pictures"]))
    document["pictures"][token]["kind"] = "real"
    (tmp_path / "other").write_text(json.dumps(document))
    with pytest.raises(StudioError, match="changed after"):
        read_key(study, tmp_path / "other")


def test_a_key_that_cannot_be_put_away_is_not_lost(sources: Sources, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    plan = BuildPlan(*sources, tmp_path / "out", per_kind=2, size=32, key=tmp_path / "file" / "k")
    with pytest.raises(StudioError, match="The study is made, but its key cannot be put at"):
        build_study(plan)
    assert len(read_key(Study.open(tmp_path / "out")).pictures) == 4


def test_a_study_in_the_making_is_none(study: Study) -> None:
    study.path.rename(study.path.with_name(".study.17.part"))
    assert find_studies(study.path.parent) == []


@pytest.mark.parametrize("place", ["out", "out/k", "out/deep/k", "else/../out/k"])
def test_no_key_is_put_into_the_study(sources: Sources, tmp_path: Path, place: str) -> None:
    plan = BuildPlan(*sources, tmp_path / "out", per_kind=2, size=32, key=tmp_path / place)
    with pytest.raises(UsageError, match="in the study's folder"):
        build_study(plan)
    assert not list(tmp_path.glob("*out*"))


def test_studies_are_found_and_damaged_ones_named(study: Study, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "study.json").write_text('{"version": 1, "title": 3}')
    problems: list[str] = []
    found = find_studies(tmp_path, problems.append)
    assert [one.path for one in found] == [study.path]
    assert len(problems) == 1
    assert "broken" in problems[0]
    assert find_studies(tmp_path / "nowhere") == []
    with pytest.raises(StudioError, match="no reader study"):
        Study.open(tmp_path)


def test_a_block_that_misses_a_picture_is_damage(study: Study) -> None:
    file = study.path / "study.json"
    document = json.loads(file.read_text())
    document["blocks"][0].pop()
    file.write_text(json.dumps(document))
    with pytest.raises(StudioError, match="blocks"):
        Study.open(study.path)


def test_missing_pictures_are_noticed(study: Study) -> None:
    assert study.missing() == []
    token = next(iter(study.file.pictures))
    study.picture(token).unlink()
    assert study.missing() == [token]
    with pytest.raises(StudioError, match="is not a picture of this study"):
        study.picture("../../key")


def chroma_roughness(path: Path) -> float:
    """How much colour changes from pixel to pixel: JPEG, which halves its grid, makes it smooth."""
    with Image.open(path) as picture:
        chroma = np.asarray(picture.convert("YCbCr"), dtype=np.float64)[..., 1:]
    return float((np.diff(chroma, axis=1) ** 2).mean())


@pytest.mark.parametrize(
    ("times", "made", "low", "high"),
    [
        (1, lambda first, size: first, 0.35, 0.65),
        (1, lambda first, size: None, 0.0, 0.25),
        (3, lambda first, size: first, 0.35, 0.65),
        (3, lambda first, size: replace(first, side=size), 0.7, 1.0),
    ],
    ids=["alike", "not evened", "real ones were larger", "at the wrong size"],
)
def test_the_container_of_a_picture_does_not_give_it_away(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    made: Callable[[FirstRound, int], FirstRound | None],
    low: float,
    high: float,
) -> None:
    """The same kind of picture as JPEG and as PNG: told apart by colour unless evened out, and by
    the evening out if that is done at another size than the real ones had."""
    rng = np.random.default_rng(0)
    for index in range(80):
        kind = ("real", "synthetic")[index % 2]
        (tmp_path / kind).mkdir(exist_ok=True)
        coarse = rng.integers(90, 200, (6, 6, 3), dtype=np.uint8)
        side = 64 * times
        smooth = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
        grainy = np.clip(np.asarray(smooth) + rng.normal(0, 5 * times, (side, side, 3)), 0, 255)
        picture = grainy.astype(np.uint8)
        if kind == "real":
            Image.fromarray(picture).save(tmp_path / kind / f"{index}.jpg", quality=80)
        else:
            Image.fromarray(resize(picture, 64)).save(tmp_path / kind / f"{index}.png")
    whole = encode.copy_pixels
    monkeypatch.setattr(
        build,
        "copy_pixels",
        lambda path, size, first: whole(path, size, None if first is None else made(first, size)),
    )
    plan = BuildPlan(tmp_path / "real", tmp_path / "synthetic", tmp_path / "out", size=64)
    report = build_study(plan)
    assert report is not None
    study, key = report.study, read_key(report.study)
    tokens = list(study.file.pictures)
    smoothness = [-chroma_roughness(study.picture(token)) for token in tokens]
    auc = auc_delong(smoothness, [key.synthetic(token) for token in tokens]).value
    assert low <= auc <= high


def test_linked_folders_of_pictures_are_followed(tmp_path: Path) -> None:
    for name in ("store/1.png", "in/nevus/2.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    (tmp_path / "in/melanoma").symlink_to("../store")
    (tmp_path / "in/nevus/round").symlink_to("..")
    notes: list[str] = []
    found = find_pictures(tmp_path / "in", notes)
    assert {name: [path.name for path in paths] for name, paths in found.items()} == {
        "melanoma": ["1.png"],
        "nevus": ["2.png"],
    }
    assert "melanoma is a link to" in notes[0]
    assert "nevus/round is a link that leads back" in notes[1]
