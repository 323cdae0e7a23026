"""The same boxes as snapshot and as export, crops of one photograph, copies in a split."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.datasets.selection import freeze
from studio.datasets.verdicts import Verdicts
from studio.errors import UsageError
from studio.imaging import Square
from studio.opening import FileProblem, FileRefused, open_regular
from studio.project import Action, BoxState, NewBox, Project
from studio.results.leakage import (
    evaluation_finding,
    lost_sentence,
    training_finding,
    unchecked_sentence,
)
from studio.workflows import LeakageError, SnapshotSource, export_project, import_source
from studio.workflows.evaluate import _leakage as look_for_leakage
from studio.workflows.leakage import judge_pair, leakage_report, pairs_of
from studio.workflows.training_data import prepare_data, read_source

Mole = Callable[..., Image.Image]


@pytest.fixture(autouse=True)
def _own_verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAN_STUDIO_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def boxed(tmp_path: Path, project: Project, mole: Mole) -> Project:
    """Three photographs with two moles each, one of either class, accepted."""
    (tmp_path / "in").mkdir()
    for number in range(3):
        photo = Image.new("RGB", (620, 300), (200 - number, 165, 140))
        photo.paste(mole(2 * number), (20, 20))
        photo.paste(mole(2 * number + 1), (340, 20))
        photo.save(tmp_path / f"in/{number}.png")
    import_source(project, tmp_path / "in")
    labels = {label.name: label.id for label in project.labels()}
    for image in project.images.ids():
        boxes = [
            NewBox(image, Square(x + 128, 148, 256), labels[name], "hand", state=BoxState.ACCEPTED)
            for x, name in ((20, "nevus"), (340, "melanoma"))
        ]
        project.boxes.add(boxes, Action.IMPORT)
    return project


def test_a_snapshot_is_found_in_an_export_of_its_boxes(tmp_path: Path, boxed: Project) -> None:
    """In pixels that were recompressed and resized, on either side."""
    export_project(boxed, tmp_path / "out", "folder", size=128)
    snapshot = SnapshotSource(boxed.path, freeze(boxed).name)
    for manifest in (True, False):
        if not manifest:
            (tmp_path / "out/manifest.json").unlink()
        for train, test in ((snapshot, tmp_path / "out"), (tmp_path / "out", snapshot)):
            report = leakage_report([train], [test])
            assert report.finding.startswith("6 of 6 test images are also in the training set")
            assert len(report.near_duplicates) == 6
    with pytest.raises(LeakageError, match="6 of 6 test images"):
        prepare_data([tmp_path / "out"], None, [snapshot])


def test_crops_of_one_photograph_on_both_sides_are_found(tmp_path: Path, boxed: Project) -> None:
    export_project(boxed, tmp_path / "out", "folder")
    for name, number in (("train", 0), ("test", 1)):
        for folder in sorted(path for path in (tmp_path / "out").iterdir() if path.is_dir()):
            (tmp_path / "out" / name / folder.name).mkdir(parents=True)
            other = "melanoma" if number else "nevus"
            for file in sorted(folder.glob("*.png")) if folder.name == other else ():
                shutil.copy(file, tmp_path / "out" / name / folder.name)
    report = leakage_report([tmp_path / "out/train"], [tmp_path / "out/test"])
    assert len(report.same_photograph) == 3
    assert not report.near_duplicates
    assert "3 as an image of the same photograph or group" in report.finding


def test_a_table_of_patients_is_consulted(tmp_path: Path, mole: Mole) -> None:
    for number in range(8):
        folder = tmp_path / ("train", "test")[number % 2] / ("a", "b")[number // 4]
        folder.mkdir(parents=True, exist_ok=True)
        mole(number).save(folder / f"{number}.png")
    rows = ["file,patient", *(f"{number}.png,p{number // 2 if number < 2 else number}" for number
                              in range(8))]  # fmt: skip
    (tmp_path / "groups.csv").write_text("\n".join(rows), encoding="utf-8")
    tables = [tmp_path / "groups.csv"]
    report = leakage_report([tmp_path / "train"], [tmp_path / "test"], tables=tables)
    assert [(pair.test.name, pair.why) for pair in report.same_photograph] == [
        ("1.png", "patient p0")
    ]


def test_a_lesion_is_known_although_one_folder_knows_its_patient_too(
    tmp_path: Path, mole: Mole
) -> None:
    """Lesion 7 is called by its patient in one table, and stack 3 is not the number of a project's
    own stack."""
    tables = {
        "train": "file,patient,lesion,stack\n0.png,p1,7,\n1.png,p2,8,\n2.png,,,3\n3.png,p3,9,\n",
        "test": "file,lesion,stack\n4.png,7,\n5.png,1,\n6.png,,3\n7.png,2,\n",
    }
    for number in range(8):
        folder = tmp_path / ("train", "test")[number // 4] / ("a", "b")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        mole(number).save(folder / f"{number}.png")
    for name, table in tables.items():
        (tmp_path / name / "groups.csv").write_text(table, encoding="utf-8")
    report = leakage_report([tmp_path / "train"], [tmp_path / "test"])
    assert {(pair.train.name, pair.test.name, pair.why) for pair in report.same_photograph} == {
        ("0.png", "4.png", "lesion 7"),
        ("2.png", "6.png", "stack 3"),
    }
    # A run keeps these names for the evaluations that follow.
    data = prepare_data([tmp_path / "train"], None, []).data
    known = {
        Path(item.file).name: item for split in (*data.train, data.val) for item in split.items
    }
    assert known["0.png"].origins == ["lesion 7", "patient p1"]
    assert known["2.png"].origins == ["stack 3"]


def test_a_lesion_number_of_another_patient_is_no_leak(tmp_path: Path, mole: Mole) -> None:
    tables = {
        "train": "file,patient,lesion\n0.png,p1,7\n1.png,p2,8\n",
        "test": "file,patient,lesion\n2.png,p3,7\n3.png,p2,9\n",
    }
    for number in range(4):
        folder = tmp_path / ("train", "test")[number // 2] / ("a", "b")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        mole(number).save(folder / f"{number}.png")
    for name, table in tables.items():
        (tmp_path / name / "groups.csv").write_text(table, encoding="utf-8")
    report = leakage_report([tmp_path / "train"], [tmp_path / "test"])
    assert [(pair.train.name, pair.test.name, pair.why) for pair in report.same_photograph] == [
        ("1.png", "3.png", "patient p2")
    ]


def test_copies_in_other_positions_are_not_parted_by_a_split(tmp_path: Path, mole: Mole) -> None:
    for number in range(10):
        folder = tmp_path / "train" / ("a", "b")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        image = mole(number)
        image.save(folder / f"{number}.png")
        copies = [image.transpose(Image.Transpose.ROTATE_90), image.crop((12, 12, 244, 244))]
        copies[number % 2].save(folder / f"{number}.jpg", quality=80)
    for seed in range(2):
        data = prepare_data([tmp_path / "train"], None, [], seed=seed).data
        assert data.val is not None
        held = {Path(item.file).stem for item in data.val.items}
        kept = {Path(item.file).stem for item in data.train[0].items}
        assert held
        assert not held & kept


def test_a_verdict_of_a_project_is_honoured_by_its_trainings(
    tmp_path: Path, project: Project, mole: Mole
) -> None:
    for number in range(4):
        for name in ("train", "test"):
            (tmp_path / name / ("a", "b")[number % 2]).mkdir(parents=True, exist_ok=True)
        mole(number).save(tmp_path / "train" / ("a", "b")[number % 2] / f"{number}.png")
        other = mole(20 + number) if number else mole(0).transpose(Image.Transpose.ROTATE_180)
        other.save(tmp_path / "test" / ("a", "b")[number % 2] / f"{number}.png")
    sources = [tmp_path / "train"], None, [tmp_path / "test"]
    with pytest.raises(LeakageError, match="1 of 4") as caught:
        prepare_data(*sources)
    (pair,) = pairs_of(caught.value.report, Verdicts())
    assert (pair.kind, pair.first.role, pair.second.role) == ("near_duplicates", "training", "test")
    judged = judge_pair(pair, "different", "Ana", project.path)
    assert judged.verdict is not None
    assert (project.path / "verdicts.jsonl").is_file()
    (tmp_path / "config/verdicts.jsonl").unlink()
    with pytest.raises(LeakageError):
        prepare_data(*sources)
    report = prepare_data(*sources, places=[project.path / "runs/new"]).leakage
    assert (report["clean"], report["different"]) == (True, 1)
    (again,) = pairs_of(report, Verdicts.read([project.path / "verdicts.jsonl"]))
    assert again.verdict == judged.verdict


def test_nobody_has_a_say_on_the_same_file(tmp_path: Path, project: Project, mole: Mole) -> None:
    for name in ("a", "b"):
        (tmp_path / "train" / name).mkdir(parents=True)
        mole(ord(name)).save(tmp_path / "train" / name / "1.png")
    report = leakage_report([tmp_path / "train"], [tmp_path / "train"]).to_dict()
    pair = pairs_of(report, Verdicts())[0]
    assert (pair.kind, pair.can_be_judged) == ("same_path", False)
    with pytest.raises(UsageError):
        judge_pair(pair, "different", "Ana", project.path)


def test_an_evaluation_looks_in_what_the_run_was_trained_on(
    tmp_path: Path, boxed: Project, mole: Mole
) -> None:
    """Crops of a snapshot, as the run keeps them, in mirrored copies."""
    data = prepare_data([SnapshotSource(boxed.path, freeze(boxed).name)], None, []).data
    (tmp_path / "test/nevus").mkdir(parents=True)
    (tmp_path / "test/melanoma").mkdir()
    for number in range(3):
        mirrored = mole(2 * number).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        mirrored.save(tmp_path / f"test/nevus/{number}.jpg", quality=85)
    mole(40).save(tmp_path / "test/melanoma/0.png")
    source = read_source(tmp_path / "test")
    told = look_for_leakage(data, source, Verdicts(), tmp_path / "cache", lambda *_: None)
    found = told["near_duplicates"] + told["validation"]["near_duplicates"]
    assert (found, told["lost"]) == (3, 0)
    assert {tuple(pair["changes"]) for pair in told["pairs"]} == {("mirrored", "turned")}
    assert all(pair["train_square"] for pair in told["pairs"])


def test_a_damaged_test_image_leaves_a_verdict_open_in_its_own_words(
    tmp_path: Path, mole: Mole
) -> None:
    for number in range(6):
        folder = tmp_path / ("train", "test", "val")[number // 2] / ("a", "b")[number % 2]
        folder.mkdir(parents=True)
        mole(number).save(folder / f"{number}.png")
    cut = tmp_path / "test/a/cut.png"
    cut.write_bytes((tmp_path / "test/a/2.png").read_bytes()[:2000])
    train, val, test = (tmp_path / one for one in ("train", "val", "test"))
    prepared = prepare_data([train], val, [test])
    finding = training_finding(prepared.leakage, "test")
    assert (finding.verdict, finding.found) == ("not fully checked", "")
    assert finding.unchecked == unchecked_sentence(1, 1)
    assert finding.unchecked in prepared.problems
    assert "Repeating the check does not help" in finding.unchecked
    told = look_for_leakage(
        prepared.data, read_source(test), Verdicts(), tmp_path / "cache", lambda *_: None
    )
    assert evaluation_finding(told).sentences == (unchecked_sentence(1, 1),)


def test_images_lost_unread_and_damaged_are_each_told_once() -> None:
    record = {"clean": False, "test_images": 0, "unchecked": 3, "damaged": 1, "lost": 2}
    assert evaluation_finding(record).sentences == (
        f"{lost_sentence(2)} {unchecked_sentence(1, 1)}",
    )
    more = {**record, "unchecked": 4}
    assert "3 images could not be read" in evaluation_finding(more).unchecked
    old = {"clean": False, "test_images": 0, "unchecked": 2}
    assert evaluation_finding(old).unchecked == unchecked_sentence(2)


def test_images_that_could_not_be_read_leave_a_verdict_open(
    tmp_path: Path, mole: Mole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an evaluation and of the tests of a training; the number is told, nothing is refused."""
    for number in range(6):
        folder = tmp_path / ("train", "test", "val")[number // 2] / ("a", "b")[number % 2]
        folder.mkdir(parents=True)
        mole(number).save(folder / f"{number}.png")

    def fail(path: Path, **given: Any) -> Any:
        if path.name == "2.png":
            raise FileRefused(FileProblem.UNREADABLE, "2.png cannot be read: Input/output error.")
        return open_regular(path, **given)

    monkeypatch.setattr("studio.imaging.opening.open_regular", fail)
    train, val, test = (tmp_path / one for one in ("train", "val", "test"))
    prepared = prepare_data([train], val, [test])
    finding = training_finding(prepared.leakage, "test")
    assert (finding.verdict, finding.found) == ("not fully checked", "")
    assert finding.unchecked == unchecked_sentence(1)
    assert unchecked_sentence(1) in prepared.problems
    assert unchecked_sentence(1).startswith("1 image could not be read")
    cache = tmp_path / "cache"
    told = look_for_leakage(prepared.data, read_source(test), Verdicts(), cache, lambda *_: None)
    assert evaluation_finding(told).sentences == (unchecked_sentence(1),)
    monkeypatch.undo()
    again = prepare_data([train], val, [test])
    assert training_finding(again.leakage, "test").verdict == "clean"
    told = look_for_leakage(again.data, read_source(test), Verdicts(), cache, lambda *_: None)
    assert evaluation_finding(told).verdict == "clean"
