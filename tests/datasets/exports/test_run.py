"""What holds for every format."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from studio.datasets.exports import FORMATS, ExportStoppedError, export
from studio.datasets.selection import freeze
from studio.errors import StudioError, UsageError
from studio.imaging import Square
from studio.project import Action, BoxState, Project

SQUARE = Square(32, 32, 16)


def manifest_of(out: Path) -> dict[str, Any]:
    return json.loads((out / "manifest.json").read_text("utf-8"))


@pytest.mark.parametrize("format", FORMATS)
def test_the_manifest_proves_every_file(kit: Any, tmp_path: Path, format: str) -> None:
    image = kit.photo("a.png")
    box = kit.box(image, SQUARE)
    kit.box(image, SQUARE, state=BoxState.REJECTED)
    kit.box(kit.photo("b.png", seed=1), SQUARE, state=BoxState.UNDECIDED)
    out = tmp_path / "deep" / "out"
    report = export(kit.project, out, format)
    manifest = manifest_of(out)
    assert manifest == report.manifest
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == {entry["path"] for entry in manifest["files"]} | {"manifest.json"}
    for entry in manifest["files"]:
        assert hashlib.sha256((out / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
    assert [entry["sha256"] for entry in manifest["images"]] == [image.sha256]
    assert manifest["boxes"] == report.boxes == 1
    assert report.left_out.boxes == {"rejected": 1, "undecided": 1}
    assert manifest["left_out"]["boxes"] == report.left_out.boxes
    assert manifest["labels"] == {"melanocyticnevus": 0, "malignantmelanoma": 1}
    assert manifest["positive"] == "malignantmelanoma"
    assert "not a diagnosis" in manifest["notice"]
    assert manifest["query"] == {"states": ["accepted", "adjusted"], "labels": None}
    snapshot = kit.project.snapshots.by_name(manifest["snapshot"])
    assert snapshot.event_id == manifest["event"] == kit.project.events.last_id()
    assert [frozen.box_id for frozen in kit.project.snapshots.boxes(snapshot)] == [box]
    assert not manifest["synthetic"]


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_of_nothing_leaves_nothing(kit: Any, tmp_path: Path, format: str) -> None:
    kit.box(kit.photo("a.png"), SQUARE, state=BoxState.UNDECIDED)
    before = kit.project.events.last_id()
    with pytest.raises(StudioError, match="Nothing is accepted yet"):
        export(kit.project, tmp_path / "deep/out", format)
    with pytest.raises(StudioError, match="No box has the states and labels"):
        export(kit.project, tmp_path / "deep/out", format, states="rejected")
    assert not (tmp_path / "deep").exists()
    assert kit.project.snapshots.by_name("export-1") is None
    assert kit.project.events.last_id() == before


@pytest.mark.parametrize("format", FORMATS)
def test_twice_gives_the_same_bytes(kit: Any, tmp_path: Path, format: str) -> None:
    for seed in range(3):
        kit.box(kit.photo(f"{seed}.png", seed), SQUARE)
    first = export(kit.project, tmp_path / "1", format).manifest["files"]
    assert export(kit.project, tmp_path / "2", format).manifest["files"] == first


def test_a_folder_in_use_is_left_alone(kit: Any, tmp_path: Path) -> None:
    kit.box(kit.photo("a.png"), SQUARE)
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(StudioError, match="not an empty folder"):
        export(kit.project, out, "csv")
    with pytest.raises(StudioError, match="not an empty folder"):
        export(kit.project, out / "mine.txt", "csv")
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    export(kit.project, empty, "csv")
    assert (empty / "boxes.csv").is_file()


def test_a_stopped_export_leaves_nothing(kit: Any, tmp_path: Path) -> None:
    for seed in range(3):
        kit.box(kit.photo(f"{seed}.png", seed), SQUARE)
    seen: list[tuple[int, int]] = []
    with pytest.raises(ExportStoppedError):
        export(
            kit.project,
            tmp_path / "x" / "out",
            "folder",
            on_progress=lambda done, total: seen.append((done, total)),
            stop=lambda: len(seen) == 1,
        )
    assert seen == [(1, 3)]
    assert list((tmp_path / "x").iterdir()) == []


@pytest.mark.parametrize("format", ["folder", "coco", "yolo", "voc"])
def test_bad_originals_are_reported_and_the_rest_goes_on(
    kit: Any, tmp_path: Path, format: str
) -> None:
    images = [kit.photo(f"{seed}.png", seed) for seed in range(3)]
    for image in images:
        kit.box(image, SQUARE)
    missing, changed = (kit.project.images.path(image) for image in images[:2])
    for path in (missing, changed):
        path.parent.chmod(0o755)
        path.chmod(0o644)
    missing.unlink()
    changed.write_bytes(b"<html>")
    report = export(kit.project, tmp_path / "out", format)
    assert report.boxes == 1
    assert [skipped.image for skipped in report.skipped] == ["0.png", "1.png"]
    assert "cannot be read" in report.skipped[0].sentence
    assert "has changed" in report.skipped[1].sentence
    assert all(entry.get("image") in (None, images[2].sha256) for entry in report.manifest["files"])


@pytest.mark.parametrize("format", ["folder", "coco", "yolo", "voc", "can"])
def test_good_boxes_without_a_label_are_named_and_proposals_counted(
    kit: Any, tmp_path: Path, format: str
) -> None:
    image = kit.photo("a.png")
    box = kit.box(image, SQUARE, label=None)
    kit.box(image, SQUARE, label=None, state=BoxState.UNDECIDED)
    report = export(kit.project, tmp_path / "out", format, states="all")
    assert (report.boxes, report.unlabelled) == (0, 1)
    assert [skipped.box for skipped in report.skipped] == [box]
    assert "has no label" in report.skipped[0].sentence


def test_states_and_labels_choose(kit: Any, tmp_path: Path) -> None:
    image = kit.photo("a.png")
    kit.box(image, SQUARE, state=BoxState.UNSURE)
    kit.box(image, SQUARE, label="malignantmelanoma", state=BoxState.ADJUSTED)
    kit.box(image, SQUARE, label=None, state=BoxState.UNDECIDED)
    project = kit.project
    assert export(project, tmp_path / "1", "csv").boxes == 1
    assert export(project, tmp_path / "2", "csv", states="all").boxes == 3
    assert export(project, tmp_path / "3", "csv", states="unsure,adjusted").boxes == 2
    nevi = export(project, tmp_path / "4", "csv", states=None, labels=["melanocyticnevus"])
    assert nevi.boxes == 1


def test_wrong_requests_are_refused(kit: Any, tmp_path: Path) -> None:
    for change in (
        {"format": "zip"},
        {"states": "acepted"},
        {"labels": ["x"]},
        {"size": 0},
        {"snapshot": "none"},
    ):
        with pytest.raises(UsageError):
            export(kit.project, tmp_path / "out", **{"format": "csv", **change})
    assert not (tmp_path / "out").exists()


def test_a_snapshot_is_exported_as_it_was(kit: Any, tmp_path: Path) -> None:
    box = kit.box(kit.photo("a.png"), SQUARE)
    snapshot = freeze(kit.project, name="first")
    kit.project.events.change(box, Action.ADJUST, {"cx": 50.0, "state": "adjusted"}, "Ana")
    report = export(kit.project, tmp_path / "out", "csv", snapshot="first")
    assert report.manifest["snapshot"] == "first"
    assert report.manifest["event"] == snapshot.event_id
    text = (tmp_path / "out/boxes.csv").read_text("utf-8")
    assert ",24.0,24.0,40.0,40.0,melanocyticnevus,accepted," in text


def test_a_project_open_for_reading_is_exported_without_a_snapshot(
    kit: Any, tmp_path: Path
) -> None:
    kit.box(kit.photo("a.png"), SQUARE)
    with Project.open(kit.project.path, "read") as reading:
        report = export(reading, tmp_path / "out", "folder")
    assert report.boxes == 1
    assert report.manifest["snapshot"] is None
    assert report.manifest["event"] == kit.project.events.last_id()


def test_two_exports_to_one_place_leave_one_another_alone(kit: Any, tmp_path: Path) -> None:
    kit.box(kit.photo("0.png"), SQUARE)
    out = tmp_path / "out"
    begun = False

    def meanwhile(done: int, total: int) -> None:
        nonlocal begun
        if not begun:
            begun = True
            export(kit.project, out, "csv")

    with pytest.raises(StudioError, match="failed"):
        export(kit.project, out, "folder", on_progress=meanwhile)
    assert sorted(path.name for path in out.iterdir()) == ["boxes.csv", "manifest.json"]
    assert [path.name for path in tmp_path.glob(".out*")] == []


def test_the_folder_that_one_stands_in(
    kit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.box(kit.photo("a.png"), SQUARE)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    export(kit.project, Path(), "csv")
    assert (tmp_path / "here/boxes.csv").is_file()


def test_no_text_of_the_table_is_a_formula(kit: Any, tmp_path: Path) -> None:
    kit.box(kit.photo("=HYPERLINK(0).png"), SQUARE)
    kit.box(kit.photo("a=1.png", 1), SQUARE)
    export(kit.project, tmp_path / "out", "csv")
    with (tmp_path / "out/boxes.csv").open(newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == ["'=HYPERLINK(0).png", "a=1.png"]
