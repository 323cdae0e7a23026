"""`can-studio study …` as people run it."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(0)
    for kind in ("real", "synthetic"):
        (folder / kind).mkdir()
        for index in range(12):
            coarse = rng.integers(40, 230, (5, 5, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize((40, 40), Image.Resampling.BICUBIC)
            picture.save(folder / kind / f"{index}.png")
    return folder / "real", folder / "synthetic"


@pytest.fixture
def study(run, sources: tuple[Path, Path], tmp_path: Path) -> Path:
    line = ("--real", sources[0], "--synthetic", sources[1], "--size", 32, "--per-kind", 10)
    said = run("study", "new", tmp_path / "study", *line, "--seed", 4, "--title", "Pilot")
    assert said.code == 0
    assert "20 pictures" in said.out
    assert "key.json says the truth" in said.out
    return tmp_path / "study"


def answers(study: Path, table: Path, right: int) -> Path:
    """A reader from another tool who is right about the first `right` pictures of the key."""
    key = json.loads((study / "key.json").read_text())["pictures"]
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["token", "answer", "confidence", "ms"])
        for number, (token, entry) in enumerate(key.items()):
            synthetic = (entry["kind"] == "synthetic") == (number < right)
            writer.writerow([token, "synthetic" if synthetic else "real", 2, 1500])
    return table


def test_from_new_to_export(run, study: Path, tmp_path: Path) -> None:
    shown = run("study", "show", study, "--reader", "Ana", "--json").document
    assert (shown["title"], shown["pictures"], shown["readers"]) == ("Pilot", 20, [])
    assert sorted(shown["order"]) == sorted(path.stem for path in (study / "pictures").iterdir())
    assert "Nobody has finished" in run("study", "result", study).out
    for name, right in (("Ana", 18), ("Ben", 11)):
        table = answers(study, tmp_path / f"{name}.csv", right)
        said = run("study", "answer", study, "--reader", name, "--from", table)
        assert said.code == 0
        assert "20 of 20 pictures answered, finished" in said.out
    found = run("study", "result", study, "--json").document
    assert [one["accuracy"]["k"] for one in found["readers"]] == [18, 11]
    assert found["readers"][0]["accuracy"]["value"] == 0.9
    assert found["pooled"]["readers"] == 2
    assert found["agreement"]["cohen"]["observed"] == pytest.approx(0.65)
    text = run("study", "result", study).out
    assert "Research use, not a diagnosis." in text
    assert "all 2 readers" in text
    assert "Ana:\n  accuracy 90.0 % (69.9–97.2)" in text
    assert run("study", "export", study, tmp_path / "all.csv").out.startswith("40 answers")
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 41


def test_bad_rows_are_named_and_the_others_kept(run, study: Path, tmp_path: Path) -> None:
    table = answers(study, tmp_path / "a.csv", 20)
    lines = table.read_text().splitlines()
    lines[1] = "f" * 16 + ",real,1,900"
    lines[2] = lines[2].replace(",2,", ",7,")
    lines[3] = lines[3].rsplit(",", 1)[0] + ",soon"
    lines[4] = lines[4].split(",")[0] + ",maybe,1,900"
    lines.append(lines[5])
    table.write_text("\n".join(lines))
    said = run("study", "answer", study, "--reader", "../Ana", "--from", table)
    assert said.code == 1
    assert "16 answers of ../Ana recorded" in said.out
    for words in ("is not a picture of this study", "not 1, 2 or 3", "are numbers", "neither real"):
        assert words in said.err
    assert "row 22: the picture has an answer already." in said.err
    shown = run("study", "show", study, "--json").document
    assert shown["readers"] == [{"reader": "../Ana", "answered": 16, "finished": False}]
    assert len(list((study / "answers").iterdir())) == 1
    again = answers(study, tmp_path / "again.csv", 20)
    again.write_text(again.read_text().replace(",", ";"))
    said = run("study", "answer", study, "--reader", "../Ana", "--from", again)
    assert said.code == 0
    assert "4 answers of ../Ana recorded; 20 of 20 pictures answered, finished" in said.out
    assert "16 rows passed over: answered already." in said.err


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("new OUT --real REAL", "--synthetic DIR or by --network FILE"),
        ("new OUT --real REAL --synthetic REAL", "same folder"),
        ("new OUT --real REAL --synthetic nowhere", "cannot be read"),
        ("new OUT --real REAL --synthetic SYNTHETIC --size 300", "smaller than 300 pixels"),
        ("new OUT --real REAL --synthetic SYNTHETIC --size 32 --diagnosis nevus", "2 to 9"),
        ("new OUT --real REAL --network nowhere.safetensors", "no network file"),
        ("show OUT", "no reader study"),
        ("result STUDY --margin 0.7", "margin"),
        ("result STUDY --key nowhere", "no key file"),
        ("answer STUDY --reader Ana --from nowhere.csv", "does not exist"),
        ("answer STUDY --reader Ana --from PICTURE", "has no column token"),
        ("export STUDY OUT.csv", "Nobody has finished"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run, study: Path, sources: tuple[Path, Path], tmp_path: Path, line: str, sentence: str
) -> None:
    places = {
        "OUT": tmp_path / "out",
        "REAL": sources[0],
        "SYNTHETIC": sources[1],
        "STUDY": study,
        "PICTURE": sources[0] / "0.png",
        "OUT.csv": tmp_path / "out.csv",
    }
    said = run("study", *(places.get(word, word) for word in line.split()))
    assert said.code == 2
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "out").exists()
