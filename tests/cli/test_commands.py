"""The commands of a reviewer's day, one after the other, through their own doors."""

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from studio.project import Project

Photo = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, photo: Photo) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(tmp_path / "in/nevus/a.jpg", 1, exif=exif)
    photo(tmp_path / "in/melanoma/b.jpg", 2)
    (tmp_path / "in/cut.jpg").write_bytes(b"\xff\xd8\xff\xe0cut")
    return tmp_path / "in"


def test_from_photographs_to_an_export(tmp_path: Path, project: Path, folder: Path, run) -> None:
    said = run("import", project, folder, "--json")
    assert (said.code, said.document["added"]) == (1, 2)
    (failed,) = said.document["failed"]
    assert failed["file"] == "cut.jpg"
    assert "cut.jpg" in said.err
    again = run("import", project, folder, "--json")
    assert (again.document["added"], again.document["already"]) == (0, 2)

    said = run("propose", project, "--keep", 4, "--json")
    assert (said.code, said.document["proposed"]) == (0, 2)
    assert "Proposing 2 of 2" in said.err

    boxes = run("boxes", project, "--json").document
    assert {box["file"] for box in boxes} == {"a.jpg", "b.jpg"}
    wanted = {"image", "file", "width", "height", "frame", "x0", "y0", "x1", "y1", "label"}
    assert wanted | {"state", "origin", "score"} <= boxes[0].keys()
    for box in boxes:
        assert (box["width"], box["height"], box["frame"]) == (160, 120, "raw")
        assert box["x1"] - box["x0"] == pytest.approx(box["y1"] - box["y0"])
        assert 0 <= box["x0"] < box["x1"] <= 160
        assert 0 <= box["y0"] < box["y1"] <= 120
        assert (box["state"], box["origin"]) == ("undecided", "blob")
        assert box["label"] == {"a.jpg": "nevus", "b.jpg": "melanoma"}[box["file"]]
    for image in {box["image"] for box in boxes}:
        scores = [box["score"] for box in boxes if box["image"] == image]
        assert scores == sorted(scores, reverse=True)

    table = tmp_path / "decisions.csv"
    best = {box["file"]: box["box"] for box in reversed(boxes)}
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["box", "action", "label"])
        writer.writerow([best["a.jpg"], "accept", ""])
        writer.writerow([best["b.jpg"], "relabel", "nevus"])
        writer.writerow([99_999, "accept", ""])
    said = run("decide", project, table, "--reviewer", "Ana", "--json")
    assert (said.code, said.document["applied"]) == (1, 2)
    assert [failure["row"] for failure in said.document["failed"]] == [4]

    status = run("status", project, "--json").document
    assert (status["images"], status["boxes"]["by_state"]["accepted"]) == (2, 2)
    assert list(status["failed"].values()) == [1]

    said = run("export", project, tmp_path / "out", "--format", "folder", "--size", 64, "--json")
    assert (said.code, said.document["boxes"]) == (0, 2)
    crops = sorted((tmp_path / "out/nevus").iterdir())
    assert len(crops) == 2
    for crop in crops:
        with Image.open(crop) as picture:
            assert picture.size == (64, 64)
    assert (tmp_path / "out/manifest.json").is_file()
    assert run("export", project, tmp_path / "out", "--format", "csv").code == 2
    with Project.open(project, "read") as opened:
        assert {event.action.value for event in opened.events.of_reviewer("Ana")} == {
            "accept",
            "relabel",
        }


@pytest.mark.parametrize("name", ["coco", "yolo", "voc", "can", "csv"])
def test_every_format(tmp_path: Path, project: Path, folder: Path, run, name: str) -> None:
    run("import", project, folder)
    with Project.open(project) as opened:
        from studio.workflows import propose_project

        propose_project(opened, 2)
    said = run("export", project, tmp_path / "out", "--format", name, "--states", "all")
    assert said.code == 0
    assert "snapshot" in said.out
    assert (tmp_path / "out/manifest.json").is_file()


def test_people_read_tables(project: Path, folder: Path, run) -> None:
    assert "2 pictures added" in run("import", project, folder).out
    assert "2 pictures" in run("propose", project).out
    assert "undecided" in run("status", project).out
    assert "blob" in run("boxes", project).out


def test_can_list_in_and_out(tmp_path: Path, project: Path, photo: Photo, run) -> None:
    photo(tmp_path / "images/00000.jpg", 1)
    text = (
        "00000 nevus 0.4 0.5 0.3 0.4 http://x/a b.jpg\n00001 melanoma 0.5 0.5 0 0 http://y/c.jpg\n"
    )
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    said = run("import", project, path, "--as", "can", "--images", tmp_path / "images", "--json")
    assert said.code == 0
    assert (said.document["boxes"], said.document["waiting"]) == (1, 1)
    (box,) = run("boxes", project, "--json").document
    assert (box["origin"], box["label"], box["score"]) == ("can", "nevus", None)
    assert (box["x0"], box["x1"]) == pytest.approx((40, 88), abs=0.1)
    said = run("export", project, tmp_path / "kept", "--format", "can")
    assert said.code == 2
    assert "Nothing is accepted yet" in said.err
    assert not (tmp_path / "kept").exists()
    decisions = tmp_path / "decisions.csv"
    decisions.write_text(f"box,action\n{box['box']},accept\n", encoding="utf-8")
    assert "1 decision of Ana" in run("decide", project, decisions, "--reviewer", "Ana").out
    said = run("export", project, tmp_path / "kept", "--format", "can")
    assert "1 box, 1 file in" in said.out
    assert "Left out: 1 row that waits for its picture; --states all asks" in said.out
    said = run("export", project, tmp_path / "kept2", "--format", "can", "--json")
    assert said.document["left_out"] == {
        "boxes": {},
        "waiting_rows": 1,
        "needs_box_rows": 0,
        "proposals": 0,
    }
    said = run("export", project, tmp_path / "out", "--format", "can", "--states", "all")
    assert "Left out" not in said.out
    assert (tmp_path / "out/can.csv").read_text(encoding="utf-8") == text


def test_rows_are_counted_as_rows_and_urls_as_urls(tmp_path: Path, project: Path, run) -> None:
    path = tmp_path / "list.csv"
    rows = [f"{n} nevus 0.{n} 0.5 0.2 0.2 http://a.org/a.jpg" for n in range(3, 6)]
    path.write_text("\n".join(rows))
    assert "3 rows wait for their picture (1 URL)" in run("import", project, path).out
    assert "0 pictures, 0 stacks" in run("status", project).out


def test_an_exported_table_with_actions_is_a_table_of_decisions(
    tmp_path: Path, project: Path, folder: Path, run
) -> None:
    run("import", project, folder)
    run("propose", project, "--keep", 2)
    run("export", project, tmp_path / "out", "--format", "csv", "--states", "all")
    with (tmp_path / "out/boxes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = tmp_path / "decided.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0], "action"])
        writer.writeheader()
        writer.writerows({**row, "action": "accept"} for row in rows)
    said = run("decide", project, table, "--reviewer", "Ana", "--json")
    assert said.document == {"applied": len(rows), "already": 0, "failed": []}
    assert run("status", project, "--json").document["boxes"]["by_state"]["accepted"] == len(rows)


def test_a_line_is_named_once_and_side_files_by_name(
    tmp_path: Path, project: Path, folder: Path, run
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "0 nevus 0.5 0.5 0.8 0.8 http://a.org/a.jpg\n1 nevus 0.5 http://a.org/b.jpg\n"
        "2 ../x 0.5 0.5 0.8 0.8 http://a.org/c.jpg\n"
    )
    said = run("import", project, path)
    assert said.code == 1
    told = [line for line in said.err.splitlines() if "ine 2" in line or "ine 3" in line]
    assert len(told) == 2
    assert "row" not in " ".join(told).replace("bad row: ", "")
    (folder / "README.txt").write_text("dear")
    (folder / "notes.csv").write_text("a,b")
    said = run("import", project, folder)
    assert "Passed over: 2 files and links" in said.out
    assert "README.txt" in said.out
    assert "notes.csv" in said.out
    for n in range(4):
        (folder / f"side{n}.txt").write_text("x")
    said = run("import", project, folder)
    assert "Passed over: 6 files and links." in said.out


def test_a_held_project_is_refused_with_its_holder(project: Path, folder: Path, run) -> None:
    script = (
        "import sys, time; from studio.project import Project\n"
        "from pathlib import Path\n"
        "project = Project.open(Path(sys.argv[1]), reviewer='Ana')\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(project)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        said = run("import", project, folder)
        assert said.code == 2
        assert "Ana" in said.err
        assert run("status", project).code == 0
        holder.communicate("")
    assert run("import", project, folder).code == 1


def test_status_says_that_originals_are_missing(project: Path, folder: Path, run) -> None:
    run("import", project, folder)
    whole = run("status", project, "--json").document["originals"]
    assert (whole["missing"], whole["first"]) == (0, [])
    assert "missing from" not in run("status", project).out
    gone = next((project / "originals").rglob("*.jpg"))
    gone.unlink()
    one = run("status", project, "--json").document["originals"]
    assert one["missing"] == len(one["first"]) == 1
    (project / "originals").rename(project / "unmounted")
    said = run("status", project)
    assert said.code == 0
    assert f"All 2 originals are missing from {project / 'originals'}" in said.out
    assert "connect the disk or share" in said.out
    assert any(f"Missing: {names}" in said.out for names in ("a.jpg, b.jpg", "b.jpg, a.jpg"))
    document = run("status", project, "--json").document
    assert (document["images"], document["originals"]["missing"]) == (2, 2)


def test_status_says_why_files_stayed_out_in_words(project: Path, tmp_path: Path, run) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "notes.jpg").write_text("these are notes")
    (folder / "nothing.jpg").write_bytes(b"")
    run("import", project, folder)
    failed = run("status", project, "--json").document["failed"]
    assert failed == {"not_image": 1, "empty": 1}
    said = run("status", project).out
    assert "no image" in said
    assert "not_image" not in said


def test_labels_are_listed_and_changed(tmp_path: Path, run) -> None:
    said = run("new", tmp_path / "p")
    assert (said.code, "no label yet" in said.out) == (0, True)
    assert run("labels", tmp_path / "p", "--json").document["labels"] == []
    said = run(
        "labels", tmp_path / "p", "--add", "nevus", "--add", "melanoma", "--add", "sk",
        "--rename", "sk=keratosis", "--move", "keratosis=1", "--key", "melanoma=m",
        "--positive", "melanoma", "--json",
    )  # fmt: skip
    listed = [(one["name"], one["place"], one["key"]) for one in said.document["labels"]]
    assert listed == [("keratosis", 1, "1"), ("nevus", 2, "2"), ("melanoma", 3, "m")]
    assert [one["positive"] for one in said.document["labels"]] == [False, False, True]
    assert run("labels", tmp_path / "p", "--remove", "keratosis").code == 0
    assert run("labels", tmp_path / "p", "--move", "nevus=two").code == 2
    assert run("labels", tmp_path / "p", "--rename", "nevus").code == 2
    said = run("labels", tmp_path / "p")
    assert said.out.split() == ["1", "nevus", "m", "melanoma", "(positive)"]


def test_a_table_of_patients_is_read_and_counted(
    tmp_path: Path, project: Path, folder: Path, run
) -> None:
    run("import", project, folder)
    assert "Nothing is known" in run("metadata", project).out
    table = tmp_path / "patients.csv"
    table.write_text("file,patient,age\na.jpg,7,45\nb.jpg,8,old\nc.jpg,9,1\n")
    said = run("metadata", project, table, "--reviewer", "Ana", "--json")
    assert (said.code, said.document["rows"], said.document["changed"]) == (1, 2, 2)
    assert [failure["row"] for failure in said.document["failed"]] == [3, 4]
    assert said.err.lower().count("row 4") == 1, "the row is named once"
    assert said.document["metadata"] == {"patient": 2, "age": 1}
    assert run("status", project, "--json").document["metadata"] == {"patient": 2, "age": 1}
    assert run("metadata", project, tmp_path / "none.csv").code == 2


def test_two_readers_are_asked_for_and_their_disagreement_is_counted(
    tmp_path: Path, project: Path, folder: Path, run
) -> None:
    run("import", project, folder)
    run("propose", project, "--keep", 1)
    assert run("readers", project, "--json").document["readers"] == 1
    said = run("readers", project, "--set", 2, "--adjudicator", "Eva", "--json").document
    assert (said["readers"], said["adjudicator"]) == (2, "Eva")
    first = run("boxes", project, "--json").document[0]["box"]
    for name, action in (("Ana", "accept"), ("Bo", "reject")):
        table = tmp_path / f"{name}.csv"
        table.write_text(f"box,action\n{first},{action}\n")
        assert run("decide", project, table, "--reviewer", name).code == 0
    found = run("readers", project, "--to-read", "Eva", "--json").document
    assert (found["disputed"], found["readings"], found["to_read"]) == (1, {"2": 1}, [first])
    assert "Eva" in run("readers", project).out
    assert run("readers", project, "--adjudicator", "Eva").code == 2
    assert run("readers", project, "--set", 1, "--json").document["disputed"] == 0
