"""The sample on disk: what its files are, and that its truth is true."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.imaging import crop, decode, hamming, phash, probe, sharpness
from studio.sample import (
    DESCRIPTION,
    MELANOMA,
    SampleManifest,
    SamplePhoto,
    SampleStoppedError,
    read_truth,
    write_sample,
)

COUNT = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sample") / "photos"


@pytest.fixture(scope="module")
def manifest(folder: Path) -> SampleManifest:
    seen: list[tuple[int, int]] = []
    written = write_sample(folder, n=COUNT, seed=3, on_progress=lambda *at: seen.append(at))
    assert seen == [(done, COUNT) for done in range(1, COUNT + 1)]
    return written


def test_the_truth_on_disk_is_what_was_returned(folder: Path, manifest: SampleManifest) -> None:
    assert read_truth(folder) == manifest
    assert manifest.positive == MELANOMA
    names = {path.name for path in folder.iterdir()}
    assert names == {image.file for image in manifest.images} | {"truth.json"}


def test_every_file_says_that_it_is_synthetic(folder: Path, manifest: SampleManifest) -> None:
    for image in manifest.images:
        info = probe(folder / image.file)
        assert info.description == DESCRIPTION
        assert (info.width, info.height) == (image.width, image.height)
        assert info.orientation == image.orientation


def test_boxes_lie_in_the_raw_frame_around_what_is_darker_than_its_surroundings(
    folder: Path, manifest: SampleManifest
) -> None:
    for image in manifest.images:
        raw = decode(folder / image.file, frame="raw")
        assert 1 <= len(image.boxes) <= 4
        for box in image.boxes:
            assert box.square.x0 >= -0.01
            assert box.square.y0 >= -0.01
            assert box.square.x1 <= image.width + 0.01
            assert box.square.y1 <= image.height + 0.01
            assert _middle_is_darker(raw, image, box.square, box.diameter)


def _middle_is_darker(raw, image: SamplePhoto, square, diameter: float) -> bool:  # type: ignore[no-untyped-def]
    cut = crop(raw, square).mean(axis=2)
    rows, columns = np.mgrid[0 : cut.shape[0], 0 : cut.shape[1]] + 0.5
    inside_picture = square.x0 > 0.5 and square.x1 < image.width - 0.5
    inside_picture &= square.y0 > 0.5 and square.y1 < image.height - 0.5
    if not inside_picture:
        return True  # moved from the border, so that its middle is not the lesion's
    away = np.hypot(rows - cut.shape[0] / 2, columns - cut.shape[1] / 2)
    lesion, around = away < 0.3 * diameter, away > 0.8 * diameter
    return bool(cut[lesion].mean() < cut[around].mean() - 3)


def test_one_is_turned_one_blurred_and_one_a_near_duplicate(
    folder: Path, manifest: SampleManifest
) -> None:
    (turned,) = (image for image in manifest.images if image.orientation != 1)
    with Image.open(folder / turned.file) as picture:
        assert picture.getexif()[0x0112] == 6
    scores = {i.file: sharpness(decode(folder / i.file, frame="raw")) for i in manifest.images}
    (blurred,) = (image for image in manifest.images if image.blurred)
    assert min(scores, key=lambda file: scores[file]) == blurred.file
    (again,) = (image for image in manifest.images if image.near_duplicate_of)
    hashes = {i.file: phash(decode(folder / i.file, frame="exif")) for i in manifest.images}
    distance = {file: hamming(hashes[again.file], hash_) for file, hash_ in hashes.items()}
    del distance[again.file]
    assert min(distance, key=lambda file: distance[file]) == again.near_duplicate_of
    assert distance[again.near_duplicate_of or ""] <= 6


def test_all_types_of_skin_and_both_labels_are_there(manifest: SampleManifest) -> None:
    assert {image.fitzpatrick for image in manifest.images} == set(range(1, 7))
    assert {box.label for image in manifest.images for box in image.boxes} == set(manifest.labels)


def test_the_same_seed_gives_the_same_bytes(
    tmp_path: Path, folder: Path, manifest: SampleManifest
) -> None:
    write_sample(tmp_path / "again", n=2, seed=3)
    write_sample(tmp_path / "other", n=1, seed=4)
    for image in manifest.images[:2]:
        assert (tmp_path / "again" / image.file).read_bytes() == (folder / image.file).read_bytes()
    first = manifest.images[0].file
    assert (tmp_path / "other" / first).read_bytes() != (folder / first).read_bytes()


def test_a_finished_sample_is_left_as_it_is(folder: Path, manifest: SampleManifest) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert write_sample(folder, n=COUNT, seed=3) == manifest
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("dear")
    with pytest.raises(StudioError, match="not empty"):
        write_sample(tmp_path, n=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_broken_truth_is_named(tmp_path: Path) -> None:
    for content in ("", "[]", '{"images": [{}]}', json.dumps({"images": 3})):
        (tmp_path / "truth.json").write_text(content)
        with pytest.raises(StudioError, match=r"truth\.json"):
            read_truth(tmp_path)


def test_a_sample_that_was_stopped_leaves_nothing_and_can_be_made_anew(tmp_path: Path) -> None:
    done: list[int] = []
    with pytest.raises(SampleStoppedError):
        write_sample(
            tmp_path / "photos",
            n=40,
            on_progress=lambda at, n: done.append(at),
            stop=lambda: len(done) == 2,
        )
    assert done == [1, 2]
    assert list(tmp_path.iterdir()) == []
    assert len(write_sample(tmp_path / "photos", n=1).images) == 1
