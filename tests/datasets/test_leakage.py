import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.datasets import leakage
from studio.datasets.leakage import Fingerprint, check, compare
from studio.imaging import hamming


def test_each_kind_of_overlap_is_told_apart(kit: Any) -> None:
    folder = kit.folder
    train = [kit.save(f"train{seed}.png", kit.pixels(seed, 256, 192)) for seed in range(4)]
    link = folder / "link.png"
    link.symlink_to(train[0])
    copy = Path(shutil.copy(train[1], folder / "copy.png"))
    again = folder / "again.jpg"
    Image.fromarray(kit.pixels(2, 256, 192)).resize((128, 96)).save(again, quality=60)
    other = kit.save("other.png", kit.pixels(9, 256, 192))
    broken = folder / "broken.jpg"
    broken.write_bytes(b"<html>")
    missing = folder / "missing.jpg"
    test = [link, copy, again, other, broken, missing]
    seen: list[tuple[int, int]] = []
    report = check(train, test, on_progress=lambda done, total: seen.append((done, total)))
    assert [(pair.train, pair.test) for pair in report.same_path] == [(train[0], link)]
    assert [(pair.train, pair.test) for pair in report.same_bytes] == [(train[1], copy)]
    assert [(pair.train, pair.test) for pair in report.near_duplicates] == [(train[2], again)]
    assert len(report.unreadable) == 1
    assert "missing.jpg" in report.unreadable[0]
    assert not report.clean
    assert report.test_files == (link, copy, again)
    assert "3 of 5 test images" in report.sentence
    assert report.to_dict()["examples"]["same_bytes"][0]["test"] == str(copy)
    assert seen[-1] == (10, 10)


def test_a_clean_test_set_is_called_clean(kit: Any) -> None:
    train = [kit.save(f"{seed}.png", kit.pixels(seed, 256, 192)) for seed in range(5)]
    test = [kit.save("t.png", kit.pixels(50, 256, 192))]
    report = check(train, test)
    assert report.clean
    assert report.sentence == "No test image is among the 5 training images."


def test_an_orientation_does_not_hide_a_duplicate(kit: Any) -> None:
    pixels = kit.pixels(3, 256, 192)
    report = check([kit.save("a.png", pixels)], [kit.save("b.png", pixels, orientation=6)])
    assert [pair.distance for pair in report.near_duplicates] == [0]


def prints(hashes: list[int], name: str) -> list[Fingerprint]:
    return [
        Fingerprint(Path(f"{name}{i}"), Path(f"/{name}{i}"), f"{name}{i}", f"{value:016x}")
        for i, value in enumerate(hashes)
    ]


def test_all_pairs_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leakage, "_BLOCK", 7)
    random = np.random.default_rng(0)
    train = prints([int(v) for v in random.integers(0, 2**63, 50)], "a")
    near = [int(p.phash or "", 16) ^ (1 << 40) ^ 1 for p in train[::3]]
    test = prints(near, "b")
    found = {(p.train, p.test, p.distance) for p in compare(train, test, 20).near_duplicates}
    expected = {
        (a.path, b.path, hamming(a.phash or "", b.phash or ""))
        for a in train
        for b in test
        if hamming(a.phash or "", b.phash or "") <= 20
    }
    assert found == expected
    assert len(found) >= len(near)


def test_pictures_that_do_not_decode_are_compared_by_bytes() -> None:
    one = Fingerprint(Path("a"), Path("/a"), "same", None)
    two = Fingerprint(Path("b"), Path("/b"), "same", None)
    report = compare([one], [two])
    assert len(report.same_bytes) == 1
    assert not report.near_duplicates


def test_many_copies_of_one_picture_are_not_paired_with_one_another() -> None:
    placeholder = 0x0F0F_3333_5555_00FF
    train, test = prints([placeholder] * 3000, "a"), prints([placeholder ^ 1] * 2000, "b")
    report = compare(train, test)
    assert [p.train for p in report.near_duplicates] == [train[0].path] * 2000
    assert report.test_files == tuple(p.path for p in test)
    same = [Fingerprint(p.path, p.resolved, "x", p.phash) for p in (*train, *test)]
    report = compare(same[:3000], same[3000:])
    assert (len(report.same_bytes), len(report.near_duplicates)) == (2000, 0)
