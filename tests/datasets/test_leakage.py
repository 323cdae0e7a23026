import errno
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from studio.datasets import fingerprints
from studio.datasets.fingerprints import (
    CloseUps,
    Fingerprint,
    Fingerprinter,
    ImageRef,
    small_picture,
)
from studio.datasets.leakage import LeakageReport, check, compare
from studio.datasets.same_picture import same_among
from studio.datasets.verdicts import Verdicts, image_key, keep_verdict
from studio.imaging import NEAR, decode, hamming, phash
from studio.imaging.likeness import SIDE
from studio.imaging.prepared import PreparedImages
from studio.opening import open_regular, refused, sha256_file

Mole = Callable[..., Image.Image]
Turn = Image.Transpose


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def trimmed(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Any:
    w, h = image.size
    box = (round(left * w), round(top * h), round(w - right * w), round(h - bottom * h))
    return image.crop(box)


def marked(image: Image.Image) -> Image.Image:
    copy = image.copy()
    draw = ImageDraw.Draw(copy)
    w, h = copy.size
    draw.rectangle((0.7 * w, 0.88 * h, w, h), fill="white")
    draw.text((0.71 * w, 0.9 * h), "derm.example", fill="black")
    return copy


RENDITIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    **{turn.name.lower(): lambda image, turn=turn: image.transpose(turn) for turn in Turn},
    "recompressed": lambda image: recompressed(image, 30),
    "smaller": lambda image: image.resize((64, 64), Image.Resampling.LANCZOS),
    "larger": lambda image: image.resize((500, 500), Image.Resampling.BICUBIC),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.25),
    "flatter": lambda image: ImageEnhance.Contrast(image).enhance(0.6),
    "grey": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "negative": ImageOps.invert,
    "trimmed evenly": lambda image: trimmed(image, 0.05, 0.05, 0.05, 0.05),
    "trimmed at the left": lambda image: trimmed(image, 0.05, 0, 0, 0),
    "trimmed at a corner": lambda image: trimmed(image, 0, 0, 0.05, 0.05),
    "trimmed unevenly": lambda image: trimmed(image, 0.04, 0.01, 0.02, 0.03),
    "marked": marked,
    "turned, trimmed and recompressed": lambda image: recompressed(
        trimmed(image.transpose(Turn.ROTATE_90), 0.05, 0.05, 0.05, 0.05), 60
    ),
}


@pytest.fixture(scope="module")
def moles(mole: Mole, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ten training images of one blob and light."""
    folder = tmp_path_factory.mktemp("train")
    paths = [folder / f"{seed}.png" for seed in range(10)]
    for seed, path in enumerate(paths):
        mole(seed).save(path)
    return paths


def test_each_rendition_is_found_and_no_other_mole(moles: list[Path], tmp_path: Path) -> None:
    """What PIL did to two of them."""
    made: dict[Path, Path] = {}
    for path in moles[:2]:
        with Image.open(path) as image:
            for name, render in RENDITIONS.items():
                test = tmp_path / f"{path.stem} {name}.png"
                render(image.convert("RGB")).save(test)
                made[test] = path
    report = check(moles, list(made))
    found = {pair.test: pair.train for pair in report.counted}
    assert {test.stem: made[test] for test in made if found.get(test) != made[test]} == {}
    assert len(report.counted) == len(made)
    assert not report.possible
    assert report.sentence.startswith("40 of 40 test images are also in the training set: 40 as ")


def test_what_was_done_to_a_copy_is_said(moles: list[Path], tmp_path: Path) -> None:
    with Image.open(moles[0]) as image:
        trimmed(image.transpose(Turn.ROTATE_90), 0.05, 0, 0, 0.05).save(tmp_path / "a.png")
        image.transpose(Turn.FLIP_LEFT_RIGHT).save(tmp_path / "b.png")
        recompressed(image, 80).save(tmp_path / "c.png")
    report = check(moles, [tmp_path / f"{name}.png" for name in "abc"])
    changes = {pair.test.name: set(pair.changes) for pair in report.near_duplicates}
    assert changes == {"a.png": {"turned", "trimmed"}, "b.png": {"mirrored"}, "c.png": set()}


def test_other_centred_moles_are_other_pictures(moles: list[Path]) -> None:
    """Although the hashes of some differ in 4 bits of 64 or less."""
    hashes = [phash(decode(path, frame="exif")) for path in moles]
    assert any(hamming(a, b) <= NEAR for a in hashes[:5] for b in hashes[5:])
    report = check(moles[:5], moles[5:])
    assert report.clean
    assert not report.possible


def test_each_kind_of_overlap_is_told_apart(mole: Mole, tmp_path: Path) -> None:
    train = [tmp_path / f"train{seed}.png" for seed in range(4)]
    for seed, path in enumerate(train):
        mole(seed).save(path)
    link = tmp_path / "link.png"
    link.symlink_to(train[0])
    copy = Path(shutil.copy(train[1], tmp_path / "copy.png"))
    again = tmp_path / "again.jpg"
    mole(2).resize((128, 128)).save(again, quality=60)
    other = tmp_path / "other.png"
    mole(9).save(other)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"<html>")
    missing = tmp_path / "missing.jpg"
    test = [link, copy, again, other, broken, missing]
    seen: list[tuple[int, int]] = []
    report = check(train, test, on_progress=lambda done, total: seen.append((done, total)))
    assert [(pair.train, pair.test) for pair in report.same_path] == [(train[0], link)]
    assert [(pair.train, pair.test) for pair in report.same_bytes] == [(train[1], copy)]
    assert [(pair.train, pair.test) for pair in report.near_duplicates] == [(train[2], again)]
    assert [one.split()[0] for one in report.unreadable] == ["missing.jpg", "broken.jpg"]
    assert "missing.jpg" in report.unreadable[0]
    assert not report.clean
    assert list(dict.fromkeys(pair.test for pair in report.counted)) == [link, copy, again]
    assert report.sentence.startswith(
        "3 of 5 test images are also in the training set: 1 by path, 1 by bytes, 1 as the same "
        "picture; for example "
    )
    told = report.to_dict()
    assert told["examples"]["same_bytes"][0]["test"] == str(copy)
    assert [pair["kind"] for pair in told["pairs"]] == [
        "same_path", "same_bytes", "near_duplicates"
    ]  # fmt: skip
    assert seen[-1] == (10, 10)


def test_a_clean_test_set_is_called_clean_for_what_was_looked_for(
    moles: list[Path], mole: Mole, tmp_path: Path
) -> None:
    mole(50).save(tmp_path / "t.png")
    report = check(moles, [tmp_path / "t.png"])
    assert report.clean
    found = "0 of 1 test image is among the 10 training images. Looked for: the same file, "
    assert report.sentence.startswith(found)
    assert "Not looked for: other photographs of one lesion" in report.sentence


def test_an_orientation_does_not_hide_a_duplicate(kit: Any, mole: Mole) -> None:
    pixels = np.array(mole(3))
    report = check([kit.save("a.png", pixels)], [kit.save("b.png", pixels, orientation=6)])
    assert [pair.distance for pair in report.near_duplicates] == [0]


def manifest(folder: Path, files: dict[str, str], stacks: dict[str, int] | None = None) -> None:
    """What an export says of its files: the photograph that each is cut from."""
    photographs = sorted(set(files.values()))
    text = {
        "images": [
            {
                "sha256": one,
                "stack": (stacks or {}).get(one),
                "stack_key": f"stack of {min(stacks)}" if stacks and one in stacks else None,
            }
            for one in photographs
        ],
        "files": [{"path": path, "image": image} for path, image in files.items()],
    }
    (folder / "manifest.json").write_text(json.dumps(text), encoding="utf-8")


@pytest.fixture
def exports(tmp_path: Path, mole: Mole) -> Callable[..., Path]:
    """Make an export of moles: seed of each file, and the photograph that the manifest names."""

    def make(name: str, files: dict[int, str], stacks: dict[str, int] | None = None) -> Path:
        folder = tmp_path / name
        (folder / "nevus").mkdir(parents=True)
        for seed in files:
            mole(seed).save(folder / f"nevus/{name}{seed}.png")
        paths = {f"nevus/{name}{seed}.png": image for seed, image in files.items()}
        manifest(folder, paths, stacks)
        return folder

    return make


def images(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.png"))


def test_two_crops_of_one_photograph_are_found_by_the_manifests(
    exports: Callable[..., Path],
) -> None:
    train = exports("train", {1: "aa", 2: "bb"})
    test = exports("test", {3: "aa", 4: "cc"})
    report = check(images(train), images(test))
    assert [pair.test.name for pair in report.same_photograph] == ["test3.png"]
    assert "1 as an image of the same photograph or group" in report.sentence
    # Also where the class folder was moved elsewhere below the export.
    (train / "moved").mkdir()
    (train / "nevus").rename(train / "moved/nevus")
    assert len(check(images(train), images(test)).same_photograph) == 1


def test_a_stack_is_known_by_more_than_its_number(exports: Callable[..., Path]) -> None:
    """Every project has a stack 1; photographs of one stack share its key."""
    train = exports("train", {1: "aa"}, {"aa": 1})
    assert check(images(train), images(exports("other", {2: "bb"}, {"bb": 1}))).clean
    same = exports("same", {3: "cc"}, {"aa": 1, "cc": 1})
    assert len(check(images(train), images(same)).same_photograph) == 1


def test_groups_by_name_are_leakage_and_paths_and_stack_numbers_are_not(
    moles: list[Path],
) -> None:
    def prints(paths: list[Path], groups: list[str | None]) -> list[Fingerprint]:
        pairs = zip(paths, groups, strict=True)
        refs = [ImageRef(path, group=group) for path, group in pairs]
        taken, _ = Fingerprinter().fingerprint_all(refs)
        return [taken[ref] for ref in refs]

    train = prints(moles[:4], ["patient 1", "stack 5", str(moles[2]), None])
    test = prints(moles[4:8], ["patient 1", "stack 5", str(moles[2]), None])
    report = compare(train, test)
    assert [(pair.test, pair.why) for pair in report.same_photograph] == [(moles[4], "patient 1")]


def test_crops_are_compared_and_not_the_photographs_around_them(mole: Mole, tmp_path: Path) -> None:
    """A crop and its export are one picture; two crops of one photograph are told as such."""
    wide = Image.new("RGB", (1000, 500), (200, 170, 150))
    wide.paste(mole(1), (60, 100))
    wide.paste(mole(2), (640, 100))
    wide.save(tmp_path / "wide.png")
    wide.crop((60, 100, 316, 356)).save(tmp_path / "left.png")
    left = ImageRef(tmp_path / "wide.png", (60 + 128, 100 + 128, 256))
    right = ImageRef(tmp_path / "wide.png", (640 + 128, 100 + 128, 256))
    exported = ImageRef(tmp_path / "left.png")
    taken, problems = Fingerprinter().fingerprint_all([left, right, exported])
    assert not problems
    report = compare([taken[exported]], [taken[left], taken[right]])
    assert [pair.test_square for pair in report.counted] == [left.square]
    assert report.near_duplicates[0].agreement == pytest.approx(1, abs=0.02)
    report = compare([taken[right]], [taken[left]])
    assert [(p.why, p.test_square) for p in report.same_photograph] == [
        ("one photograph", left.square)
    ]
    assert len(compare([taken[left]], [taken[left]]).same_path) == 1


def test_crops_of_one_photograph_count_however_alike_they_look(mole: Mole, tmp_path: Path) -> None:
    """A crop with a margin of 8 % looks much like the one without: that says less than the file."""
    wide = Image.new("RGB", (500, 500), (200, 170, 150))
    wide.paste(mole(1), (122, 122))
    wide.save(tmp_path / "wide.png")
    tight = ImageRef(tmp_path / "wide.png", (250, 250, 256))
    loose = ImageRef(tmp_path / "wide.png", (250, 250, 276))
    taken, _ = Fingerprinter().fingerprint_all([tight, loose])
    pair = taken[tight], taken[loose]
    assert len(compare([pair[0]], [pair[1]]).near_duplicates) == 1
    file = tmp_path / "verdicts.jsonl"
    keep_verdict(pair[0].key, pair[1].key, "different", "Ana", [file])
    report = compare([pair[0]], [pair[1]], Verdicts.read([file]))
    assert [len(report.same_photograph), len(report.different)] == [1, 0]
    assert not report.clean


def test_a_verdict_is_kept_and_counts(moles: list[Path], mole: Mole, tmp_path: Path) -> None:
    copy, other = tmp_path / "copy.png", tmp_path / "other.png"
    with Image.open(moles[0]) as image:
        recompressed(image, 80).save(copy)
    mole(50).save(other)
    file = tmp_path / "project/verdicts.jsonl"
    keys = {path: image_key(sha256_file(path)) for path in (*moles, copy, other)}
    assert {pair.test for pair in check(moles, [copy, other]).counted} == {copy}
    keep_verdict(keys[moles[0]], keys[copy], "different", "Ana", [file])
    report = check(moles, [copy, other], Verdicts.read([file]))
    assert report.clean
    assert [pair.test for pair in report.different] == [copy]
    assert "1 pair that looked alike: not the same picture, said Ana." in report.sentence
    # The newest counts, and two photographs of one lesion, which no check sees, are leakage then.
    keep_verdict(keys[copy], keys[moles[0]], "same", "Ben", [file])
    keep_verdict(keys[other], keys[moles[7]], "same", "Ben", [file])
    report = check(moles, [copy, other], Verdicts.read([file]))
    assert {(p.train, p.test) for p in report.near_duplicates} == {
        (moles[0], copy), (moles[7], other)
    }  # fmt: skip
    assert {p.verdict.reviewer for p in report.near_duplicates if p.verdict} == {"Ben"}
    assert report.to_dict()["pairs"][0]["verdict"]["said"] == "same"


def test_no_verdict_makes_other_bytes_of_the_same_bytes(moles: list[Path], tmp_path: Path) -> None:
    copy = Path(shutil.copy(moles[0], tmp_path / "copy.png"))
    key = image_key(sha256_file(copy))
    file = tmp_path / "verdicts.jsonl"
    keep_verdict(key, key, "different", "Ana", [file])
    assert not check(moles, [copy], Verdicts.read([file])).clean


def test_names_that_lead_nowhere_are_told(moles: list[Path], tmp_path: Path) -> None:
    """Such as a run folder of another computer may hold."""
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    wrong = [tmp_path / "circle", tmp_path / "nul\0.png", tmp_path / "lost.png"]
    taken, problems = Fingerprinter().fingerprint_all(
        [ImageRef(path) for path in (*wrong, moles[0])]
    )
    assert [image.path for image in taken] == [moles[0]]
    assert len(problems) == 3
    assert all("cannot be read" in problem for problem in problems)


def test_images_that_do_not_decode_are_compared_by_bytes() -> None:
    one = Fingerprint(Path("a"), Path("/a"), "same", None)
    two = Fingerprint(Path("b"), Path("/b"), "same", None)
    report = compare([one], [two])
    assert len(report.same_bytes) == 1
    assert not report.near_duplicates


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Files that the system does not give while they are in here, as with a full table of files."""
    files: set[Path] = set()

    def open_file(path: Path, **given: Any) -> Any:
        if path in files:
            error = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            raise refused(error, path) from error
        return open_regular(path, **given)

    monkeypatch.setattr("studio.imaging.opening.open_regular", open_file)
    return files


def test_an_image_that_could_not_be_read_for_a_moment_is_no_verdict(
    moles: list[Path], mole: Mole, tmp_path: Path, failing: set[Path]
) -> None:
    """Neither now nor, from the cache, later."""
    copy = tmp_path / "copy.png"
    recompressed(mole(0), 60).save(copy)
    cache = PreparedImages(tmp_path / "cache")
    images = [ImageRef(path) for path in (*moles, copy)]

    def look(during: set[Path]) -> LeakageReport:
        taken, problems = Fingerprinter(cache).fingerprint_all(images)
        prints = [taken[image] for image in images]
        failing.update(during)
        close_ups = CloseUps(cache)
        pairs = same_among(prints, close_ups)
        assert bool(close_ups.unread) == bool(during)
        assert pairs == ([] if during else [(0, 10)])
        report = compare(prints[:-1], prints[-1:], None, problems, close_ups=close_ups)
        failing.clear()
        return report

    report = look({copy})
    assert not report.leaks
    assert not report.clean
    assert report.unchecked == 1
    assert "Too many open files" in report.unreadable[0]
    again = look(set())
    assert [(pair.train, pair.test) for pair in again.near_duplicates] == [(moles[0], copy)]
    assert again.unchecked == 0


def test_damaged_images_and_those_that_another_attempt_may_read_leave_a_check_open(
    moles: list[Path], mole: Mole, tmp_path: Path, failing: set[Path]
) -> None:
    """They are counted apart, for repeating the check helps with the latter only."""
    good, damaged = tmp_path / "good.png", tmp_path / "damaged.png"
    mole(60).save(good)
    damaged.write_bytes(good.read_bytes()[:2000])
    assert check(moles, [good]).clean
    report = check(moles, [good, damaged])
    assert (report.clean, report.leaks, report.unchecked, report.damaged) == (False, False, 1, 1)
    assert report.unreadable == ("damaged.png does not decode: only its bytes were compared.",)
    failing.add(good)
    report = check(moles, [good, damaged])
    assert (report.clean, report.leaks, report.unchecked, report.damaged) == (False, False, 2, 1)
    assert "good.png" in report.unreadable[0]
    told = report.to_dict()
    assert (told["clean"], told["unchecked"], told["damaged"]) == (False, 2, 1)


def test_test_files_of_which_none_decodes_are_not_clean(moles: list[Path], tmp_path: Path) -> None:
    cut, junk = tmp_path / "cut.png", tmp_path / "junk.jpg"
    cut.write_bytes(moles[0].read_bytes()[:500])
    junk.write_bytes(b"hello")
    report = check(moles, [cut, junk])
    assert (report.clean, report.unchecked, report.damaged) == (False, 2, 2)
    assert [one.split()[0] for one in report.unreadable] == ["cut.png", "junk.jpg"]


def test_a_file_that_is_replaced_while_it_is_read_keeps_no_wrong_pixels(
    mole: Mole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "a.png", tmp_path / "b.png"
    mole(1).save(path)
    mole(2).save(other)
    first, second = (small_picture(one) for one in (path, other))
    sums = {sha256_file(path): first, sha256_file(other): second}
    cache = PreparedImages(tmp_path / "cache")
    whole_decode = fingerprints.decode

    def decode_another(file: Path, **given: Any) -> Any:
        if other.exists():
            other.replace(path)
        return whole_decode(file, **given)

    monkeypatch.setattr(fingerprints, "decode", decode_another)
    taken, problems = Fingerprinter(cache).fingerprint_all([ImageRef(path)])
    assert not problems
    for sha256, small in sums.items():
        found = cache.rows(f"thumbnails-{SIDE}", (SIDE, SIDE)).get(f"{sha256}/")
        assert found is None or np.array_equal(found, small)
    (one,) = taken.values()
    assert one.sha256 == sha256_file(path)
    np.testing.assert_array_equal(one.thumbnail, second)


def test_many_copies_of_one_picture_are_not_paired_with_one_another(
    mole: Mole, tmp_path: Path
) -> None:
    """A host's "not available", saved anew thousands of times."""
    mole(1).save(tmp_path / "a.png")
    recompressed(mole(1), 70).save(tmp_path / "b.png")

    def prints(name: str, count: int, sha256: str = "") -> list[Fingerprint]:
        small, path = small_picture(tmp_path / f"{name}.png"), tmp_path / f"{name}.png"
        return [
            Fingerprint(path, Path(f"/{name}{i}"), sha256 or f"{name}{i}", small)
            for i in range(count)
        ]

    report = compare(prints("a", 3000), prints("b", 2000))
    assert len(report.near_duplicates) == 2000
    assert {p.keys[0] for p in report.near_duplicates} == {"a0"}
    report = compare(prints("a", 3000, "x"), prints("b", 2000, "x"))
    assert (len(report.same_bytes), len(report.near_duplicates)) == (2000, 0)
    assert len(report.to_dict()["pairs"]) == 200
    assert report.to_dict()["pairs_left_out"] == 1800


def test_twenty_copies_are_found_and_hardly_anything_else(
    tmp_path: Path, mole: Callable[..., Image.Image]
) -> None:
    """Re-encoded, resized, mirrored, turned and cropped by 5 %; twenty of the others have the
    outlines and the light of training images, so that their perceptual hashes are near. (Among 500
    real images: tests/bench/bench_leaky_pair.py.)"""

    def kept(image: Image.Image, name: str, quality: int = 88) -> Path:
        image.save(tmp_path / name, quality=quality)
        return tmp_path / name

    turn = Image.Transpose
    changes: list[Callable[[Image.Image], Image.Image]] = [
        lambda image: image,
        lambda image: image.resize((90, 90), Image.Resampling.BICUBIC),
        lambda image: image.transpose(turn.FLIP_LEFT_RIGHT),
        lambda image: image.transpose(turn.ROTATE_90),
        lambda image: image.crop((3, 3, 125, 125)),
    ]
    moles = [mole(seed, 128, seed) for seed in range(20)]
    trained = [kept(image, f"train {n:02d}.jpg", 95) for n, image in enumerate(moles)]
    copies = [
        kept(changes[n % 5](moles[n]), f"copy {n:02d}.jpg", 40 + 10 * (n % 4)) for n in range(20)
    ]
    shapes = [*range(20), *range(1020, 1040)]
    others = [kept(mole(1000 + n, 128, n), f"other {n:04d}.jpg") for n in shapes]
    report = check(trained, [*copies, *others])
    found = {(pair.train.name[-6:-4], pair.test.name) for pair in report.counted}
    assert {(f"{n:02d}", f"copy {n:02d}.jpg") for n in range(20)} <= found
    assert len(found) - 20 <= 5  # pairs that are not one picture
