"""Runs keep their number, their colour and their name."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from studio import jobs
from studio.jobs import JobSpec
from studio.results.run_identity import (
    IDENTITY_FILE,
    NUMBERS_FILE,
    UNNUMBERED,
    RunIdentity,
    assign_identity,
    identity_of,
    run_details,
    run_label,
    siblings,
)

TITLE = "efficientnet_lite0 · studio · 10 epochs · seed 0"


@dataclass(frozen=True)
class _Named:
    run_dir: Path
    title: str = TITLE
    identity: RunIdentity = UNNUMBERED


def _run(folder: Path, kind: str = "train", title: str = TITLE) -> Path:
    jobs.create(folder, JobSpec(kind=kind, title=title))
    return folder


def _new(folder: Path, kind: str = "train", name: str = "") -> RunIdentity:
    _run(folder, kind)
    return assign_identity(folder, siblings(folder), name)


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_runs_without_a_file_are_counted_among_their_kind_and_left_as_they_are(
    tmp_path: Path,
) -> None:
    for name, kind in (
        ("0001-train", "train"), ("0002-gan_train", "gan-train"), ("0003-train", "train"),
        ("0004-gan-train", "gan-train"), ("0007-train", "train"),
    ):  # fmt: skip
        _run(tmp_path / name, kind)
    (tmp_path / "0005-train").mkdir()  # a run that was being made when the power went
    before = _files(tmp_path)
    numbers = {p.name: identity_of(p).number for p in tmp_path.iterdir() if any(p.iterdir())}
    assert numbers == {
        "0001-train": 1, "0003-train": 2, "0007-train": 3, "0002-gan_train": 1, "0004-gan-train": 2,
    }  # fmt: skip
    assert [identity_of(tmp_path / f"000{n}-train").series for n in (1, 3, 7)] == [0, 1, 2]
    after = _files(tmp_path)
    assert {path: after[path] for path in before} == before
    assert {path.name for path in after.keys() - before.keys()} == {IDENTITY_FILE, NUMBERS_FILE}
    assert not any((tmp_path / "0005-train").iterdir())


def test_an_older_run_keeps_the_number_that_it_was_first_seen_with(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        _run(tmp_path / f"000{number}-train")
    assert identity_of(tmp_path / "0002-train").number == 2  # all three are seen
    shutil.rmtree(tmp_path / "0001-train")
    assert [identity_of(tmp_path / f"000{n}-train") for n in (2, 3)] == [
        RunIdentity(2, 1), RunIdentity(3, 2),
    ]  # fmt: skip
    shutil.rmtree(tmp_path / "0003-train")
    assert _new(tmp_path / "0004-train").number == 4
    _run(tmp_path / "0001-train")  # copied in from elsewhere
    assert identity_of(tmp_path / "0001-train").number == 5


def test_no_number_comes_back_after_the_newest_run_was_removed(tmp_path: Path) -> None:
    assert [_new(tmp_path / f"000{n}-train").number for n in (1, 2)] == [1, 2]
    assert _new(tmp_path / "0003-gan-train", "gan-train").number == 1
    shutil.rmtree(tmp_path / "0002-train")
    assert _new(tmp_path / "0004-train").number == 3
    shutil.rmtree(tmp_path / "0003-gan-train")
    assert _new(tmp_path / "0005-gan-train", "gan-train").number == 2
    for folder in tmp_path.glob("*-train"):
        shutil.rmtree(folder)
    assert _new(tmp_path / "0006-train").number == 4
    assert json.loads((tmp_path / NUMBERS_FILE).read_text()) == {"train": 4, "gan-train": 2}


@pytest.mark.parametrize(
    "content", ["", "[1]", "[" * 5000, '{"train": "9"}', '{"train": -4}', '{"train": 1e300}']
)
def test_spoilt_numbers_are_counted_again(tmp_path: Path, content: str) -> None:
    _new(tmp_path / "0001-train")
    (tmp_path / NUMBERS_FILE).write_text(content)
    assert _new(tmp_path / "0002-train").number == 2
    assert json.loads((tmp_path / NUMBERS_FILE).read_text()) == {"train": 2}


def test_runs_that_cannot_be_written_are_counted_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    for number in (1, 2):
        _run(tmp_path / f"000{number}-train")
    before = _files(tmp_path)
    monkeypatch.setattr("studio.results.run_identity.write_json", refuse)
    for _ in range(2):
        assert [identity_of(tmp_path / f"000{n}-train").number for n in (1, 2)] == [1, 2]
    assert _files(tmp_path) == before


def test_a_new_run_counts_on_and_keeps_what_it_was_given(tmp_path: Path) -> None:
    for folder in ("0001-train", "0003-train"):
        _run(tmp_path / folder)
    made = _new(tmp_path / "0005-train", name="  Night \n skin ")
    assert made == RunIdentity(3, 2, "Night skin")
    shutil.rmtree(tmp_path / "0001-train")
    assert identity_of(tmp_path / "0005-train") == made  # not the second now
    assert _new(tmp_path / "0006-train").number == 4
    shutil.rmtree(tmp_path / "0006-train")
    assert assign_identity(tmp_path / "0005-train", [], "Another") == made


def test_colours_differ_among_six_runs_and_then_the_rarest_comes_back(tmp_path: Path) -> None:
    made = [_new(tmp_path / f"{n:04d}-train").series for n in range(1, 9)]
    assert made == [0, 1, 2, 3, 4, 5, 0, 1]
    shutil.rmtree(tmp_path / "0005-train")  # its colour is the rarest among the last six
    assert _new(tmp_path / "0009-train").series == 4


def test_a_folder_of_another_place_has_a_colour_and_no_number(tmp_path: Path) -> None:
    own = tmp_path / "mine"
    made = _new(own, name="Mine")
    assert made.number is None
    moved = own.rename(tmp_path / "moved")
    assert identity_of(moved) == made
    assert identity_of(_run(tmp_path / "old")).number is None


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", '{"number": 0, "series": 1}', '{"number": 1, "series": 6}',
        '{"number": true, "series": 1}', '{"number": 1, "series": 1, "name": 3}', "[" * 5000,
    ],
)  # fmt: skip
def test_a_spoilt_file_costs_the_name_only(tmp_path: Path, content: str) -> None:
    run = _run(tmp_path / "0002-train")
    (run / IDENTITY_FILE).write_text(content)
    for _ in range(2):
        assert identity_of(run) == RunIdentity(1, 0, "")
    assert (run / IDENTITY_FILE).read_text() == content


def test_labels() -> None:
    third = RunIdentity(3, 1)
    folder = Path("/clinic/runs/0005-train")
    assert run_label(_Named(folder, identity=third)) == "Run 3 · Lite0 · 10 epochs"
    title = f"Night · skin · {TITLE}"
    assert run_label(_Named(folder, title, third)) == "Run 3 · Night · skin · 10 epochs"
    other = "convnext_tiny.fb_in22k · paper · 1 epoch · seed 7"
    assert run_label(_Named(folder, other, third)) == "Run 3 · convnext_tiny.fb_in22k · 1 epoch"
    assert run_label(_Named(Path("/runs/mine"), other)) == "mine · convnext_tiny.fb_in22k · 1 epoch"
    assert run_label(_Named(folder, "Stage 1", third)) == "Run 3 · Stage 1"
    assert run_label(_Named(Path("/runs/spoilt"), "spoilt")) == "spoilt"
    assert run_details(_Named(folder, other, third)) == [
        ("model", "convnext_tiny.fb_in22k"), ("recipe", "paper"), ("seed", "7"),
        ("folder", str(folder)),
    ]  # fmt: skip


def test_what_is_written_is_plain(tmp_path: Path) -> None:
    _new(tmp_path / "0001-train", name="A")
    found = json.loads((tmp_path / "0001-train" / IDENTITY_FILE).read_text())
    assert found == {"number": 1, "series": 0, "name": "A"}
