"""`show` and `compare` print what the window shows, figure by figure; counted anew, too."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pytestqt.qtbot import QtBot
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from studio.cli.__main__ import main
from studio.results.scores import read_scores
from studio.ui.evaluate.workspace import EvaluateWorkspace
from studio.ui.train.workspace import TrainWorkspace
from studio.ui.window import StudioWindow
from studio.wording import percent

POSITIVE = "malignantmelanoma"
TEST = "/data/clinic"
Say = Callable[..., Any]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command; its JSON document, or what it wrote where `--json` is not given."""

    def run(*words: object, code: int = 0) -> Any:
        capsys.readouterr()
        assert main([str(word) for word in words]) == code
        said = capsys.readouterr()
        return json.loads(said.out) if "--json" in words else said.out + said.err

    return run


@pytest.fixture
def project(window: StudioWindow, tmp_path: Path) -> StudioWindow:
    window.context.new_project(tmp_path / "clinic", ["melanocyticnevus", POSITIVE])
    return window


def add(window: StudioWindow, made_run: Any, title: str, **more: Any) -> Any:
    project = window.context.project
    assert project is not None
    run = made_run(project.runs.new_folder("train", title), title, **more)
    return run.whole(tests=[TEST])


def interval(low: float, high: float) -> str:
    return f"{low * 100:.1f}–{high * 100:.1f}"


def test_show_prints_what_evaluate_shows(
    project: StudioWindow, made_run: Any, say: Say, settled: Callable[[], None]
) -> None:
    made = add(project, made_run, "efficientnet_lite0 · studio · 5 epochs · seed 0")
    project.show_workspace("evaluate")
    work = project.mounted["evaluate"]
    assert isinstance(work, EvaluateWorkspace)
    settled()
    for rule in ("youden", "sp95"):
        work.use_rule(rule)
        told = say("show", made.run_dir, "--rule", rule, "--json")
        (test,) = told["tests"]
        figures, point = test["figures"], test["figures"]["operating_point"]
        model = work.view.table.model()
        shown = [model.index(0, column).data() for column in range(model.columnCount())]
        auc = [f"{figures[key]:.3f}" for key in ("auc", "auc_low", "auc_high")]
        assert shown[2] == "{} ({}–{})".format(*auc)
        rates = [percent(point[name]) for name in ("sensitivity", "specificity")]
        assert shown[3] == " / ".join(rates).replace(" %", "", 1)
        assert (shown[4], test["leakage_verdict"]) == ("none", "clean")
        assert work.operating.point is not None
        assert work.operating.point.threshold == point["threshold"]
        for cell, button in work.point.confusion.cells.items():
            assert button.count == point[cell]
        for key, name in zip(
            ("se", "sp", "ppv", "npv"), ("sensitivity", "specificity", "ppv", "npv"), strict=True
        ):
            value, bounds = work.point.rates[key]
            assert value.text() == percent(point[name])
            assert bounds.text() == interval(point[f"{name}_low"], point[f"{name}_high"])
        assert work.view.matrix.grid.counts.tolist() == figures["confusion"]["matrix"]
    scores = read_scores(made.run_dir / "scores/test_clinic.csv", POSITIVE)
    expected = roc_auc_score(scores.flags(POSITIVE), scores.scores(POSITIVE))
    assert figures["auc"] == pytest.approx(expected, abs=1e-12)


def test_show_prints_what_train_shows_of_the_kept_epoch(
    qtbot: QtBot, project: StudioWindow, made_run: Any, say: Say, settled: Callable[[], None]
) -> None:
    made = add(project, made_run, "efficientnet_lite0 · studio · 5 epochs · seed 0")
    told = say("show", made.run_dir, "--json")
    project.show_workspace("train")
    work = project.mounted["train"]
    assert isinstance(work, TrainWorkspace)
    work.look_at(made.run_dir)
    settled()
    work.point.honest.setChecked(True)
    qtbot.waitUntil(lambda: work.point.chosen_again.found is not None, timeout=20_000)
    validation, point = told["validation"], told["validation"]["operating_point"]
    assert validation["epoch"] == 5
    auc = [f"{validation[key]:.3f}" for key in ("auc", "auc_low", "auc_high")]
    assert work.view.header.auc.text() == "{} ({}–{})".format(*auc)
    assert work.operating.point is not None
    assert work.operating.point.threshold == point["threshold"]
    for key, name in (("se", "sensitivity"), ("sp", "specificity"), ("ppv", "ppv")):
        value, bounds = work.point.rates[key]
        assert value.text() == percent(point[name])
        assert bounds.text() == interval(point[f"{name}_low"], point[f"{name}_high"])


def delong(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], flags: npt.NDArray[np.bool_]
) -> tuple[float, float]:
    """(difference, two-sided p) by all pairs, as DeLong and others wrote it in 1988."""
    placements = []
    for scores in (first, second):
        above = (scores[flags][:, None] > scores[~flags]) * 1.0
        above += (scores[flags][:, None] == scores[~flags]) * 0.5
        placements.append((above.mean(axis=1), above.mean(axis=0)))
    (v10, v01), (w10, w01) = placements
    variance = np.var(v10 - w10, ddof=1) / v10.size + np.var(v01 - w01, ddof=1) / v01.size
    difference = float(v10.mean() - w10.mean())
    return difference, float(2 * norm.sf(abs(difference) / np.sqrt(variance)))


def test_compare_prints_what_train_shows_of_pinned_runs(
    qtbot: QtBot, project: StudioWindow, made_run: Any, say: Say
) -> None:
    shown = add(project, made_run, "efficientnet_lite0 · studio · 5 epochs · seed 0")
    others = [
        add(project, made_run, "mobilenetv2_100 · paper · 5 epochs · seed 1", seed=5),
        add(project, made_run, "vgg19_bn · paper · 5 epochs · seed 1", seed=6),
    ]
    strange = add(project, made_run, "resnet · paper · 5 epochs · seed 1", seed=7, n=90)
    folders = [made.run_dir for made in (shown, *others, strange)]
    told = say("compare", *folders, "--json")
    assert [one["set"] for one in told["sets"]] == ["validation", "clinic"]

    project.show_workspace("train")
    work = project.mounted["train"]
    assert isinstance(work, TrainWorkspace)
    work.look_at(shown.run_dir)
    qtbot.waitUntil(lambda: work.detail is not None, timeout=8000)
    work.history.refresh()
    qtbot.waitUntil(lambda: work.runs.runs.row_of(strange.run_dir) is not None, timeout=8000)
    for folder in folders[1:]:
        work.runs.runs.toggle_pin(work.runs.runs.row_of(folder))
    tables = [("val_epoch_005", "validation"), ("test_clinic", "clinic")]
    for (table, name), one in zip(tables, told["sets"], strict=True):
        if name == "clinic":
            work.scores.setCurrentIndex(work.scores.count() - 1)
        wanted = f"test {TEST}" if name == "clinic" else "epoch 5"
        qtbot.waitUntil(
            lambda key=wanted: [pin.key for pin in work.pins.found] == [key] * 3, timeout=20_000
        )
        first, *rest = one["runs"]
        assert first["comparison"] is None
        assert rest[2]["reason"] == "it was measured on other images"
        own = read_scores(shown.run_dir / f"scores/{table}.csv", POSITIVE)
        ps = []
        for made, pin, row in zip(others, work.pins.found, rest, strict=False):
            found = row["comparison"]
            assert pin.comparison is not None
            for key in ("difference", "low", "high", "p"):
                assert found[key] == getattr(pin.comparison, key)
            assert (found["p_holm"], row["auc"]) == (pin.corrected, pin.curve.auc.value)
            scores = read_scores(made.run_dir / f"scores/{table}.csv", POSITIVE)
            expected = delong(own.scores(POSITIVE), scores.scores(POSITIVE), own.flags(POSITIVE))
            assert (found["difference"], found["p"]) == pytest.approx(expected, rel=1e-6)
            ps.append(found["p"])
        # Holm for two: the smaller p doubled, the larger not below it.
        low, high = sorted(ps)
        corrected = sorted(row["comparison"]["p_holm"] for row in rest[:2])
        assert corrected == pytest.approx([min(1, 2 * low), min(1, max(2 * low, high))], rel=1e-9)
    only = say("compare", *folders[:2], "--test", "clinic", "--json")
    assert [one["set"] for one in only["sets"]] == ["clinic"]
    assert only["sets"][0]["runs"][1]["comparison"]["p_holm"] is None


def test_the_rule_of_the_run_holds_where_none_is_given(
    project: StudioWindow, made_run: Any, say: Say, settled: Callable[[], None]
) -> None:
    made = add(project, made_run, "efficientnet_lite0 · studio · 5 epochs · seed 0")
    job = json.loads((made.run_dir / "job.json").read_text(encoding="utf-8"))
    job["params"]["rule"] = "sp95"
    (made.run_dir / "job.json").write_text(json.dumps(job), encoding="utf-8")
    point = say("show", made.run_dir, "--json")["tests"][0]["figures"]["operating_point"]
    assert point["rule"] == "sp95"
    assert say("show", made.run_dir, "--rule", "se90", "--json")["rule"] == "se90"
    for place in ("train", "evaluate"):
        project.show_workspace(place)
        if place == "train":
            project.mounted[place].look_at(made.run_dir)
        settled()
    train, work = project.mounted["train"], project.mounted["evaluate"]
    assert train.operating.rule == "sp95"
    assert train.point.rules["sp95"].isChecked()
    assert (work.rule, work.operating.point.threshold) == ("sp95", point["threshold"])
    work.use_rule("youden")
    work.refresh()
    settled()
    assert work.rule == "youden"


def test_a_run_that_was_opened_by_folder_in_train_can_be_evaluated(
    project: StudioWindow, made_run: Any, tmp_path: Path, settled: Callable[[], None]
) -> None:
    made = made_run(tmp_path / "elsewhere" / "run").whole(tests=[TEST])
    project.show_workspace("train")
    project.mounted["train"].open_run(made.run_dir)
    settled()
    project.show_workspace("evaluate")
    settled()
    offered = project.mounted["evaluate"].side.run
    assert made.run_dir in [offered.itemData(index) for index in range(offered.count())]


def test_what_cannot_be_compared_or_shown_is_a_sentence(
    made_run: Any, tmp_path: Path, say: Say
) -> None:
    two = made_run(tmp_path / "two").whole(tests=[TEST])
    other = made_run(tmp_path / "other", seed=1).whole()
    assert "two runs or more" in say("compare", two.run_dir, code=2)
    assert "no test set x; it has: validation, clinic" in say(
        "compare", two.run_dir, other.run_dir, "--test", "x", code=2
    )
    assert "no class acne" in say("compare", two.run_dir, other.run_dir, "--class", "acne", code=2)
    told = say("compare", two.run_dir, other.run_dir)
    assert "1 and 2: not comparable, it has no curve of this class on this set." in told
    assert say("show", tmp_path, code=2)
    out = tmp_path / "tables"
    assert "written to" in say("show", two.run_dir, "--out", out)
    assert (out / "results.csv").is_file()
    assert "not empty" in say("show", two.run_dir, "--out", out, code=2)


def test_a_matrix_of_ten_classes_fits_into_the_terminal(
    made_run: Any, tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    names = [f"class{number}longname" for number in range(9)] + [POSITIVE]
    made = made_run(tmp_path / "run", classes=names, n=200).whole()
    told = say("show", made.run_dir).splitlines()
    row = next(line for line in told if line.startswith("│ 10 malignantmelanoma"))
    document = say("show", made.run_dir, "--json")
    counts = document["validation"]["confusion"]["matrix"][9]
    assert [int(cell) for cell in row.split("│")[2:-1]] == counts
    assert max(map(len, told[-18:-3])) <= 80
