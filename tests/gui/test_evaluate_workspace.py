"""The Evaluate workspace: results of test sets, the threshold carried over, copying, exporting."""

import csv
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from studio import jobs
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter
from studio.results.classifier_run import ClassifierReader, load_scores
from studio.results.export import export_results
from studio.results.model_results import kept_key, read_results
from studio.stats import confusion, operating_point
from studio.ui.evaluate.workspace import EvaluateWorkspace
from studio.ui.window import StudioWindow

POSITIVE = "malignantmelanoma"


@pytest.fixture
def studio_window(window: StudioWindow, tmp_path: Path) -> StudioWindow:
    """A window with an empty project."""
    window.context.new_project(tmp_path / "clinic", ["melanocyticnevus", POSITIVE])
    return window


@pytest.fixture
def new_run(studio_window: StudioWindow, made_run: Any) -> Callable[..., Any]:
    def make(title: str = "efficientnet_lite0 · studio · 5 epochs · seed 0", **more: Any) -> Any:
        project = studio_window.context.project
        assert project is not None
        return made_run(project.runs.new_folder("train", title), title, **more)

    return make


@pytest.fixture
def evaluate(
    qtbot: QtBot, studio_window: StudioWindow, settled: Callable[[], None]
) -> Callable[[], EvaluateWorkspace]:
    """Shows the workspace and waits until it has read everything."""

    def show() -> EvaluateWorkspace:
        studio_window.show_workspace("evaluate")
        found = studio_window.mounted["evaluate"]
        assert isinstance(found, EvaluateWorkspace)
        settled()
        return found

    return show


def test_without_a_model_it_sends_to_training(
    qtbot: QtBot, evaluate: Callable[[], EvaluateWorkspace], studio_window: StudioWindow
) -> None:
    work = evaluate()
    assert work.middle.currentWidget() is work.no_model
    assert not work.can_start()
    qtbot.mouseClick(work.no_model.button, Qt.MouseButton.LeftButton)
    assert studio_window.mode == "train"


def test_a_run_without_tests_asks_for_one(
    new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace]
) -> None:
    made = new_run().whole()
    work = evaluate()
    assert work.side.chosen() == made.run_dir
    assert work.middle.currentWidget() is work.no_test
    assert "test folder" in work.side.why_not.text()


def test_a_run_whose_positive_class_is_unknown_says_so(
    new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace]
) -> None:
    made = new_run()
    made.epoch(1)
    made.test("/data/isic/test")
    made.say("finished")
    made.gone()
    work = evaluate()
    assert work.middle.currentWidget() is work.unread
    assert "Positive class unknown" in work.unread.text.text()
    assert work.side.chosen() == made.run_dir
    assert not work.has_results()


def test_the_threshold_of_validation_is_carried_over(
    qtbot: QtBot, new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace]
) -> None:
    made = new_run().whole(tests=["/data/isic/test", "/data/edinburgh"])
    work = evaluate()
    snapshot = ClassifierReader(made.run_dir).read()
    validation = work.results.validation if work.results else None
    assert validation is not None
    threshold = operating_point(validation.positive.roc, "youden").threshold
    scores = load_scores(snapshot, "test /data/isic/test")
    expected = confusion(scores.scores(POSITIVE), scores.flags(POSITIVE), threshold)
    assert work.operating.point is not None
    assert work.operating.point.threshold == threshold
    assert work.point.confusion.cells["tp"].count == expected.tp
    assert work.point.confusion.cells["fp"].count == expected.fp
    assert "as chosen on validation" in work.point.threshold.text()
    names = [drawn.name for drawn in work.view.roc.curves]
    assert names == ["test", "edinburgh", "Validation"]
    assert work.view.roc.curves[0].point == (1 - expected.specificity, expected.sensitivity)
    qtbot.keyClick(work.view.table, Qt.Key.Key_2)
    assert work.rule == "se90"
    assert work.point.rules["se90"].isChecked()
    assert work.operating.point.threshold != threshold


def test_another_test_set_is_chosen_in_the_table(
    qtbot: QtBot, new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace]
) -> None:
    new_run().whole(tests=["/data/isic/test", "/data/edinburgh"])
    work = evaluate()
    before = work.operating.detail
    qtbot.keyClick(work.view.table, Qt.Key.Key_J)
    assert work.view.test() is not None
    assert work.view.about.text().endswith("/data/edinburgh")
    assert work.operating.detail is not before
    assert work.view.roc.curves[0].name == "edinburgh"
    assert work.view.roc.curves[0].series == 1


def test_the_table_is_copied_as_csv_with_the_notice(
    qtbot: QtBot, new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace]
) -> None:
    made = new_run().whole(tests=["/data/isic/test"])
    work = evaluate()
    work.copy_table()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert rows[0]["test"] == "/data/isic/test"
    assert rows[0]["positive_class"] == POSITIVE
    counts = [int(rows[0][name]) for name in ("tp", "fp", "tn", "fn")]
    assert sum(counts) == int(rows[0]["n"]) == made.n
    assert rows[0]["threshold_rule"] == "youden on validation"
    assert len(rows) == 1
    assert "not a diagnosis" in rows[0]["notice"]


def test_results_are_exported_whole_and_never_over_others(
    new_run: Callable[..., Any],
    evaluate: Callable[[], EvaluateWorkspace],
    settled: Callable[[], None],
    studio_window: StudioWindow,
    tmp_path: Path,
) -> None:
    made = new_run().whole(tests=["/data/isic/test"])
    work = evaluate()
    out = tmp_path / "results"
    work.export_to(out)
    settled()
    about = json.loads((out / "about.json").read_text())
    assert about["notice"] == "Research use, not a diagnosis."
    assert about["positive"] == POSITIVE
    copied = out / about["tests"]["/data/isic/test"]["scores"]
    assert copied.read_bytes() == (made.run_dir / "scores" / "test_test.csv").read_bytes()
    assert (out / "roc.csv").read_text().startswith("test,class,fpr,tpr,threshold\n")
    for table in out.rglob("*.csv"):
        assert not [line for line in table.read_text().splitlines() if line.startswith("#")]
    before = sorted(out.iterdir())
    work.export_to(out)
    settled()
    assert any("is not empty" in toast.text for toast in studio_window.toasts.toasts())
    assert sorted(out.iterdir()) == before


def test_texts_from_outside_are_no_formulas_in_the_exported_tables(
    new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace], tmp_path: Path
) -> None:
    made = new_run(classes=("=1+1", POSITIVE), n=4, files=["-a.jpg", "@b.jpg", "+c.jpg", "d.jpg"])
    made.whole(tests=["=cmd()"])
    work = evaluate()
    assert work.results is not None
    leftover = tmp_path / f".results.part-{os.getpid()}"
    leftover.mkdir()
    files = export_results(work.results, tmp_path / "results", "youden")
    assert leftover.is_dir()
    assert sorted(path.name for path in tmp_path.glob(".results.part*")) == [leftover.name]
    cells = []
    for path in files:
        if path.suffix == ".csv":
            with path.open(newline="") as stream:
                cells += [cell for row in csv.reader(stream) for cell in row]
    texts = [cell for cell in cells if not _is_number(cell)]
    assert not [cell for cell in texts if cell.startswith(("=", "+", "-", "@"))]
    assert {"'=cmd()", "'=1+1", "'-a.jpg", "'@b.jpg", "'+c.jpg", "d.jpg"} <= set(texts)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_a_test_without_one_class_is_undefined(
    new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace], made_run: Any
) -> None:
    made = new_run()
    made.plan()
    made.epoch(1)
    made.labels = ["melanocyticnevus"] * made.n
    made.test("/data/benign")
    made.say("finished")
    made.gone()
    work = evaluate()
    row = [work.view.table.rows.row(0)[c] for c in range(5)]
    assert row[:3] == ["benign", 120, "undefined"]
    # Of benign images alone the specificity can be counted.
    assert re.fullmatch(r"– / [\d.]+ %", row[3])
    assert row[4] == "none"
    assert [drawn.name for drawn in work.view.roc.curves] == ["Validation"]
    assert "there is no image of malignantmelanoma" in work.point.undefined.text()


def test_the_threshold_is_that_of_the_epoch_the_run_keeps(tmp_path: Path, made_run: Any) -> None:
    made = made_run(tmp_path / "run")
    made.plan(settings={"keep": "best"})
    for number in (1, 2, 3):
        made.epoch(number)
    made.say("epoch", **{**made.records[1], "auc": 0.99})
    snapshot = ClassifierReader(made.run_dir).read()
    assert kept_key(snapshot) == "epoch 2"
    other = made_run(tmp_path / "other").whole()
    assert kept_key(ClassifierReader(other.run_dir).read()) == "epoch 5"


def test_test_sets_of_one_name_are_told_apart(
    new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace]
) -> None:
    new_run().whole(tests=["/data/isic/test", "/data/derm7pt/test", "/data/edinburgh"])
    work = evaluate()
    titles = [work.view.table.rows.row(n)[0] for n in range(3)]
    assert titles == ["isic/test", "derm7pt/test", "edinburgh"]


def evaluation(project: Any, made: Any, test: str, result: dict[str, Any] | None) -> Path:
    """An evaluation's run folder: finished with `result`, or failed."""
    folder: Path = project.runs.new_folder("evaluate", "Evaluate")
    params = {"run": str(made.run_dir), "test": test}
    jobs.create(folder, JobSpec(kind="evaluate", title="Evaluate", params=params))
    made.run_dir, kept = folder, made.run_dir
    made.gone()
    made.run_dir = kept
    with EventWriter(folder) as writer:
        writer.write("started", {})
        if result is None:
            writer.write("failed", {"message": "The folder is gone."})
        else:
            writer.write("finished", {"result": result})
    return folder


def test_evaluations_made_here_join_those_of_the_training(
    studio_window: StudioWindow,
    new_run: Callable[..., Any],
    evaluate: Callable[[], EvaluateWorkspace],
    settled: Callable[[], None],
) -> None:
    made = new_run().whole(tests=["/data/isic/test"])
    fields = made.scores("test_later", 0.9)
    leakage = {"clean": False, "sentence": "3 of 120 test images are also in the training set."}
    result = {"name": "/data/later", "n": 120, **fields, "leakage": leakage, "left_out": ["a.txt"]}
    project = studio_window.context.project
    evaluation(project, made, "/data/later", result)
    evaluation(project, made, "/data/gone", None)
    other = new_run("another").whole()
    evaluation(project, other, "/data/foreign", None)
    assert project is not None
    found = read_results(project, made.run_dir)
    assert [test.title for test in found.tests] == ["test", "later"]
    assert [one.test for one in found.unfinished] == ["/data/gone"]
    work = evaluate()
    work.accept_handover({"run": made.run_dir})
    work.refresh()
    settled()
    work.next_test()
    assert work.view.leakage.words() == leakage["sentence"]
    assert "1 images left out" in work.view.about.text()
    assert work.side.trouble.text() == "gone: The folder is gone."


def test_overlap_with_the_validation_set_and_lost_pictures_are_shown(
    studio_window: StudioWindow,
    new_run: Callable[..., Any],
    evaluate: Callable[[], EvaluateWorkspace],
) -> None:
    made = new_run()
    made.plan(leakage={"clean": True, "test_in_validation": {"clean": False}})
    made.epoch(1)
    made.test("/data/own")
    made.say("finished")
    made.gone()
    project = studio_window.context.project
    assert project is not None
    for name, leakage in (
        ("seen", {"clean": True, "validation": {"clean": False}, "lost": 0}),
        ("lost", {"clean": True, "validation": {"clean": True}, "lost": 1200}),
        ("unlisted", None),
    ):
        fields = made.scores(f"test_{name}", 0.9)
        result = {"name": f"/data/{name}", "n": 120, **fields, "leakage": leakage}
        evaluation(project, made, f"/data/{name}", result)
    work = evaluate()
    assert [work.view.table.rows.row(n)[4] for n in range(4)] == [
        "found", "found", "unsure", "unsure",
    ]  # fmt: skip
    told = []
    for _ in range(4):
        told.append(work.view.leakage.words())
        assert work.view.leakage.isVisible()
        work.next_test()
    assert "in the validation set" in told[0]
    assert "in the validation set" in told[1]
    assert "1,200 cannot be read any more" in told[2]
    assert "leakage was not looked for" in told[3]
    work.copy_table()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert [row["leakage"] for row in rows] == [
        "yes", "yes", "not fully checked", "not fully checked",
    ]  # fmt: skip


def test_folders_are_evaluated_one_after_another(
    qtbot: QtBot,
    new_run: Callable[..., Any],
    evaluate: Callable[[], EvaluateWorkspace],
    settled: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    made = new_run().whole()
    work = evaluate()
    started: list[Path] = []
    monkeypatch.setattr(jobs, "start", lambda run_dir: started.append(run_dir) or 1)
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    work.side.tests.set_sources(folders)
    qtbot.keyClick(work.view.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(started) == 1)
    settled()
    params = {"run": str(made.run_dir), "test": str(folders[0]), "rule": "youden"}
    assert jobs.load(started[0]).params == params
    assert work.side.tests.sources == []
    assert work.side.going.text() == "one: waiting"
    with EventWriter(started[0]) as writer:
        writer.write("failed", {"message": "No class folders."})
    made.run_dir = started[0]
    made.gone()
    qtbot.waitUntil(lambda: len(started) == 2, timeout=8000)
    assert jobs.load(started[1]).params["test"] == str(folders[1])
    settled()
    assert work.side.trouble.text() == "one: No class folders."


THREE = ("basalcellcarcinoma", "malignantmelanoma", "melanocyticnevus")


def shown_class(work: EvaluateWorkspace) -> set[str]:
    """The classes that the line above the table, the curves, and the panel are about."""
    return {
        work.view.subject.text().split(" against")[0],
        work.view.roc.subject.text().split(" against")[0],
        str(work.point.classes.value()),
        work.operating.name,
        work.point.confusion.truth[0].text().removeprefix("Truly ").split(" (")[0],
        work.point.threshold.text().split(" from ")[0],
    }


def test_each_of_several_classes_has_its_own_threshold_everywhere(
    new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace]
) -> None:
    made = new_run(classes=THREE, n=240).whole(tests=["/data/isic/test", "/data/edinburgh"])
    work = evaluate()
    snapshot = ClassifierReader(made.run_dir).read()
    validation = load_scores(snapshot, "epoch 5")
    seen = set()
    for name in (POSITIVE, "basalcellcarcinoma", "melanocyticnevus"):
        work.point.classes.set_value(name)
        assert shown_class(work) == {name}
        fpr, tpr, thresholds = roc_curve(
            validation.flags(name), validation.scores(name), drop_intermediate=False
        )
        best = np.flatnonzero(np.isclose(tpr - fpr, (tpr - fpr).max(), atol=1e-12))[-1]
        assert work.operating.point is not None
        assert work.operating.point.threshold == thresholds[best]
        seen.add(float(thresholds[best]))
        for number, key in enumerate(("test /data/isic/test", "test /data/edinburgh")):
            scores = load_scores(snapshot, key)
            called = scores.scores(name) >= thresholds[best]
            tn, fp, fn, tp = confusion_matrix(scores.flags(name), called).ravel()
            row = work.view.table.rows.row(number)
            auc = roc_auc_score(scores.flags(name), scores.scores(name))
            assert row[2].startswith(f"{auc:.3f}")
            rates = [float(cell.rstrip(" %")) for cell in row[3].split("/")]
            assert rates == pytest.approx([100 * tp / (tp + fn), 100 * tn / (tn + fp)], abs=0.051)
            if number == 0:
                place = pytest.approx((fp / (fp + tn), tp / (tp + fn)))
                assert work.view.roc.curves[0].point == place
                assert work.view.roc.band is not None
    assert len(seen) == 3
    scores = load_scores(snapshot, "test /data/isic/test")
    aucs = [roc_auc_score(scores.flags(name), scores.scores(name)) for name in scores.classes]
    likeliest = np.mean(scores.probabilities.argmax(1) == scores.truth)
    words = f"macro AUC {np.mean(aucs):.3f} ("
    assert work.view.about.text().startswith(words)
    assert f"top 1: {100 * likeliest:.1f} %" in work.view.about.text()
    assert work.view.roc.macro is not None
    assert work.view.roc.macro[2] == pytest.approx(np.mean(aucs))
    work.copy_table()
    rows = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text())))
    assert {row["positive_class"] for row in rows} == {"melanocyticnevus"}


def test_another_run_begins_with_its_own_positive_class(
    new_run: Callable[..., Any],
    evaluate: Callable[[], EvaluateWorkspace],
    settled: Callable[[], None],
) -> None:
    first = new_run("first", classes=THREE, n=120).whole(tests=["/data/one"])
    other = new_run("other", classes=THREE, n=120, positive=THREE[2]).whole(tests=["/data/one"])
    same = new_run("same", classes=THREE, n=120).whole(tests=["/data/one"])
    work = evaluate()
    for made, positive in ((first, POSITIVE), (other, THREE[2]), (same, POSITIVE)):
        work.accept_handover({"run": made.run_dir})
        settled()
        assert work.results is not None
        assert work.results.run.run_dir == made.run_dir
        assert shown_class(work) == {positive}
        work.point.classes.set_value(THREE[0])
        assert shown_class(work) == {THREE[0]}
        work.refresh()
        settled()
        assert shown_class(work) == {THREE[0]}  # the same run keeps the class


def test_two_classes_with_the_other_one_positive(
    new_run: Callable[..., Any],
    evaluate: Callable[[], EvaluateWorkspace],
    settled: Callable[[], None],
) -> None:
    first = new_run("first").whole(tests=["/data/one"])
    other = new_run("other", positive="melanocyticnevus").whole(tests=["/data/one"])
    work = evaluate()
    for made, positive in ((first, POSITIVE), (other, "melanocyticnevus"), (first, POSITIVE)):
        work.accept_handover({"run": made.run_dir})
        settled()
        assert shown_class(work) - {"None"} == {positive}
        scores = load_scores(ClassifierReader(made.run_dir).read(), "test /data/one")
        assert scores.positive == positive
        auc = roc_auc_score(scores.flags(positive), scores.scores(positive))
        assert work.view.table.rows.row(0)[2].startswith(f"{auc:.3f}")


def test_a_class_without_a_validation_curve_has_no_threshold(
    new_run: Callable[..., Any], evaluate: Callable[[], EvaluateWorkspace]
) -> None:
    made = new_run(classes=THREE, n=120, without=THREE[0])
    made.plan()
    made.epoch(1)
    made.labels = [THREE[i % 3] for i in range(made.n)]
    made.test("/data/all")
    made.say("finished")
    made.gone()
    work = evaluate()
    work.point.classes.set_value(THREE[0])
    assert work.operating.point is None
    assert "no threshold of basalcellcarcinoma" in work.point.undefined.text()
    assert "no threshold" in work.view.subject.text()
    assert work.view.table.rows.row(0)[3] == "–"


def test_the_last_run_and_test_set_come_back_and_lead_to_the_morph(
    qtbot: QtBot, studio_window: StudioWindow, new_run: Callable[..., Any],
    evaluate: Callable[[], EvaluateWorkspace], settled: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    first = new_run().whole(tests=["/data/isic/test", "/data/edinburgh"])
    second = new_run(seed=2).whole(tests=["/data/isic/test"])
    new_run(seed=3).whole()  # not tested: it says nothing here
    work = evaluate()
    assert work.side.chosen() == second.run_dir
    work.accept_handover({"run": first.run_dir})
    settled()
    work.view.table.choose(1)
    project = studio_window.context.project
    work.set_project(None)
    work.set_project(project)  # as in a later session
    settled()
    assert work.side.chosen() == first.run_dir
    test = work.view.test()
    assert test is not None
    assert test.name == "/data/edinburgh"
    step = work.view.next_step
    assert step.isVisible()
    handed: list[Path] = []
    monkeypatch.setattr(work.context, "hand_to_generate", handed.append)
    step.button.click()
    assert handed == [first.run_dir]
