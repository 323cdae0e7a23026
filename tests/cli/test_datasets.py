"""`can-studio datasets`: the list, and adopting a download."""

from collections.abc import Callable
from pathlib import Path

from studio.datasets.public.catalogue import catalogue

Photo = Callable[..., Path]


def test_the_list_says_what_each_needs_and_whether_it_is_there(tmp_path: Path, run) -> None:
    (tmp_path / "HAM10000").mkdir()
    said = run("datasets", "--data", tmp_path, "--json")
    assert said.code == 0
    sets = {one["name"]: one for one in said.document["sets"]}
    assert set(sets) == set(catalogue())
    assert sets["ham10000"]["folder"] == str(tmp_path / "HAM10000")
    assert sets["can"]["folder"] is None
    assert sets["can"]["validates"] is False
    assert all(one["needs"] and one["source"] and one["licence"] for one in sets.values())
    said = run("datasets", "--data", tmp_path)
    assert "can may train and not judge: its labels come from the image alone." in " ".join(
        said.out.split()
    )


def test_a_download_becomes_class_folders_that_train_reads(
    tmp_path: Path, photo: Photo, run
) -> None:
    for number, name in enumerate(("melanoma", "naevus", "naevus")):
        photo(tmp_path / "download" / name / f"{number}.png", number, (24, 24))
    words = ("datasets", "adopt", "MED-NODE", tmp_path / "download")
    said = run(*words, tmp_path / "out", "--json")
    assert (said.code, said.document["classes"]) == (
        0, {"malignantmelanoma": 1, "melanocyticnevus": 2},
    )  # fmt: skip
    made = tmp_path / "out/malignantmelanoma/0.png"
    assert made.samefile(tmp_path / "download/melanoma/0.png")
    said = run(*words, tmp_path / "out")
    assert (said.code, "is not empty" in said.err) == (2, True)
    (tmp_path / "download/naevus/3.png").write_bytes(b"no image")
    said = run(*words, tmp_path / "again")
    assert (said.code, "called like images and are none: 3.png" in said.err) == (1, True)
