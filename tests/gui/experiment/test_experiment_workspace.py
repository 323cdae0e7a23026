"""The Experiment workspace: grid, curves, trainings, comparisons, verdict, form."""

import csv
import io
import json
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from sklearn.metrics import roc_auc_score

from gui.looking import cut_texts, primaries
from studio.experiment.plan import read_plan
from studio.experiment.trainings import CellKey, list_trainings
from studio.sample.training import write_training_set
from studio.ui.experiment.shade import BETTER, WORSE, shade
from studio.ui.theme.tokens import contrast

from .conftest import MIXES, TESTS, TRUTH, plan_of, scores_of

MODEL = "efficientnet_lite0"


def seen(qtbot, workspace) -> None:
    qtbot.waitUntil(lambda: workspace.view.table is not None, timeout=15_000)


def aucs(folder: Path, mix: str, test: str) -> list[float]:
    trainings = list_trainings(plan_of(folder)).trainings
    return [roc_auc_score(TRUTH, scores_of(one, test)) for one in trainings if one.mix == mix]


def text(workspace, row: int, column: int) -> str:
    return str(workspace.view.grid.grid.index(row, column).data())


def test_a_finished_experiment_says_what_it_found(
    qtbot, workspace, make_experiment, tmp_path: Path
) -> None:
    folder = make_experiment(tmp_path / "elsewhere/exp")
    workspace.open_run(folder)
    seen(qtbot, workspace)
    view = workspace.view
    grid = view.grid.grid
    assert [text(workspace, row, 0) for row in range(3)] == [
        "public (baseline)", "public + GAN5000", "GAN5000"
    ]  # fmt: skip
    for row, mix in enumerate(MIXES):
        for column, test in enumerate(TESTS, start=1):
            own, base = aucs(tmp_path, mix, test), aucs(tmp_path, "public", test)
            told = f"{fmean(own):.3f} ({stdev(own):.3f})"
            difference = fmean(own) - fmean(base)
            mark = "" if mix == "public" else "▲ " if difference > 0 else "▼ "
            assert text(workspace, row, column) == mark + told
            cell = grid.cell(grid.index(row, column))
            if mix != "public":
                assert cell.difference == pytest.approx(difference)
    assert view.header.title.toolTip().startswith("Experiment · 3 mixes")
    assert view.header.done.value.text() == "6 of 6"
    assert view.header.warnings.words() == "Images of the test set north were trained on."
    assert "has a higher mean AUC than public on" in " ".join(view.verdict.reasons())
    assert "Research use, not a diagnosis." in " ".join(view.verdict.reasons())
    tip = grid.index(1, 1).data(Qt.ItemDataRole.ToolTipRole)
    scores = np.mean(
        [scores_of(one, "north") for one in list_trainings(plan_of(tmp_path)).trainings
         if one.mix == "public + GAN5000"], axis=0,
    )  # fmt: skip
    assert f"{roc_auc_score(TRUTH, scores):.3f} (" in tip


def test_a_cell_has_its_curves_and_trainings_and_a_row_those_of_its_tests(
    qtbot, workspace, make_experiment, tmp_path: Path
) -> None:
    workspace.open_run(make_experiment(tmp_path / "exp"))
    seen(qtbot, workspace)
    grid, details = workspace.view.grid, workspace.view.details
    area = grid.visualRect(grid.grid.index(1, 2))
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    assert grid.chosen() == CellKey("public + GAN5000", "south", MODEL)
    assert [one.name for one in details.roc.curves] == ["public + GAN5000", "public, baseline"]
    qtbot.keyClick(grid, Qt.Key.Key_2)
    assert details.pages.currentIndex() == 1
    rows = [details.runs.rows.row(n) for n in range(details.runs.rows.rowCount())]
    assert [row[1:3] for row in rows] == [(0, "finished"), (1, "finished")]
    own = aucs(tmp_path, "public + GAN5000", "south")
    assert [float(row[3].split(" ")[0]) for row in rows] == pytest.approx(own, abs=6e-4)
    qtbot.keyClick(grid, Qt.Key.Key_Left)
    qtbot.keyClick(grid, Qt.Key.Key_Left)
    assert grid.chosen() == "public + GAN5000"
    qtbot.keyClick(grid, Qt.Key.Key_1)
    assert [one.name for one in details.roc.curves] == list(TESTS)
    qtbot.keyClick(grid, Qt.Key.Key_3)
    assert details.comparisons.rows.rowCount() == 2 * len(TESTS) + 2 * 2


def test_a_training_opens_in_train(qtbot, workspace, make_experiment, tmp_path: Path) -> None:
    workspace.open_run(make_experiment(tmp_path / "exp"))
    seen(qtbot, workspace)
    workspace.show_page(1)
    runs = workspace.view.details.runs
    runs.choose(0)
    handed = []
    workspace.context.train_requested.connect(handed.append)
    area = runs.visualRect(runs.model().index(0, 0))
    qtbot.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    qtbot.mouseDClick(runs.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    assert handed
    assert handed[0]["run"].parent.name == "trainings"
    train = workspace.window().current
    assert train.id == "train"
    qtbot.waitUntil(lambda: train.follower.run is not None)
    assert train.follower.run_dir == handed[0]["run"]


def test_an_experiment_that_was_stopped_shows_what_it_has(
    qtbot, workspace, make_experiment, tmp_path: Path
) -> None:
    workspace.open_run(make_experiment(tmp_path / "exp", finished=1, failed="Out of memory."))
    seen(qtbot, workspace)
    view = workspace.view
    assert "(" not in text(workspace, 0, 1)  # one seed has no SD
    assert text(workspace, 2, 1) == "0 of 2"
    assert view.header.failed.value.text() == "1"
    assert view.header.resume.isVisible()
    assert workspace.can_resume()
    view.grid.choose(1, 1)
    workspace.show_page(1)
    view.details.runs.choose(0)
    assert view.details.why.text() == "Out of memory."
    assert "1 of 6 trainings have finished." in " ".join(view.verdict.reasons())


def test_tables_are_copied_and_written(qtbot, workspace, make_experiment, tmp_path: Path) -> None:
    workspace.open_run(make_experiment(tmp_path / "exp"))
    seen(qtbot, workspace)
    qtbot.keyClick(
        workspace.view.grid,
        Qt.Key.Key_C,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert QGuiApplication.clipboard().text().startswith(f"{MODEL}\tnorth\tsouth\teast")
    for ending in ("xlsx", "csv", "tex", "json", "txt"):
        out = tmp_path / f"table.{ending}"
        workspace.export_to(out)
        qtbot.waitUntil(out.exists, timeout=10_000)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text("utf-8-sig"))))
    assert sum(row["row"] == "cell" for row in rows) == 9
    assert len(json.loads((tmp_path / "table.json").read_text())["cells"]) == 9
    workspace.export_to(tmp_path / "table.doc")
    assert "should end with one of .xlsx" in workspace.view.trouble.words()


def test_a_plan_file_is_shown_before_it_is_begun(qtbot, workspace, tmp_path: Path) -> None:
    form, field = workspace.form, workspace.form.file_field
    assert not workspace.can_start()
    path = tmp_path / "plan.toml"
    path.write_text('baseline = "a"\n[mixes]\na = ["x"]\n[tests]\nt = "y"\n', encoding="utf-8")
    form.file.set_text(str(path))
    qtbot.waitUntil(lambda: "is not there" in field._note.text())
    for name in ("x", "y"):
        write_training_set(tmp_path / name, per_class=2, seed=3, size=40)
    form.file.set_text("")
    form.file.set_text(str(path))
    qtbot.waitUntil(lambda: form.plan is not None)
    assert workspace.middle.currentWidget() is workspace.view
    assert text(workspace, 0, 1) == "0 of 1"
    assert workspace.can_start()
    form.repeats.setValue(4)
    assert text(workspace, 0, 1) == "0 of 4"
    assert form.about.text() == "4 trainings."
    form.write_plan_to(tmp_path / "mine.toml")
    assert read_plan(tmp_path / "mine.toml").repeats == 4


def test_a_preset_names_what_is_missing(qtbot, workspace, tmp_path: Path) -> None:
    form = workspace.form
    for number, name in enumerate(("med-node", "gan5000")):
        write_training_set(tmp_path / "sets" / name, per_class=2, seed=number, size=40)
    form.begin_with.set_value("paper-small")
    form.data.set_text(str(tmp_path / "sets"))
    qtbot.waitUntil(lambda: form.plan is not None)
    assert form.missing.text().startswith("Not in the folder, and left out of the plan: Edinburgh")
    form.data.set_text(str(tmp_path / "nowhere"))
    qtbot.waitUntil(lambda: "There is no folder" in form.data_field._note.text())
    assert form.plan is None


def test_an_experiment_is_run_from_the_form_to_its_verdict(
    qtbot, workspace, tmp_path: Path
) -> None:
    for number, name in enumerate(("one", "two", "test")):
        write_training_set(tmp_path / name, per_class=6, seed=number, size=40)
    path = tmp_path / "plan.toml"
    path.write_text(
        'positive = "malignantmelanoma"\nbaseline = "a"\nmodels = ["test_efficientnet"]\n'
        'validation = 0.0\n[mixes]\na = ["one"]\nb = ["one", "two"]\n[tests]\nt = "test"\n'
        '[settings]\nepochs = 1\nsize = 32\nbatch = 4\nweights = "none"\nthreads = 1\n',
        encoding="utf-8",
    )
    workspace.form.leakage.setChecked(False)
    workspace.form.file.set_text(str(path))
    qtbot.waitUntil(workspace.can_start)
    qtbot.mouseClick(workspace.form.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: workspace.view.table is not None and workspace.view.table.finished == 2,
        timeout=120_000,
    )
    assert len(workspace.history.runs) == 1
    assert "With one test set nothing can be said of others." in " ".join(
        workspace.view.verdict.reasons()
    )
    qtbot.waitUntil(lambda: workspace.state_in_question() == "finished", timeout=30_000)
    QApplication.processEvents()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_reads_well_on_every_shade(workspace, theme: str) -> None:
    workspace.context.theme.use(theme)
    style = workspace.context.theme
    assert BETTER != WORSE
    for difference in (-1, -0.1, -0.03, 0.03, 0.1, 1):
        assert contrast(style.color("text").name(), shade(style, difference).name()) >= 4.5


def test_what_failed_is_told_with_its_reason_and_leads_to_it(
    qtbot, workspace, make_experiment, tmp_path: Path
) -> None:
    workspace.open_run(make_experiment(tmp_path / "exp", finished=1, failed="The disk is full."))
    seen(qtbot, workspace)
    view = workspace.view
    assert "The disk is full." in view.failures.words()
    assert "not looked for" in view.verdict.reasons()[-1]
    assert primaries(workspace) == [view.header.resume]
    qtbot.mouseClick(view.failures.link, Qt.MouseButton.LeftButton)
    assert view.details.pages.currentIndex() == 1
    chosen = view.grid.chosen()
    assert isinstance(chosen, CellKey)
    states = [one.state for one in view.state.of_cell(chosen)]
    assert "failed" in states
    qtbot.waitUntil(lambda: cut_texts(workspace) == [])


def test_an_experiment_that_cannot_be_read_says_why(
    qtbot, workspace, make_experiment, tmp_path: Path
) -> None:
    folder = make_experiment(tmp_path / "exp")
    (folder / "experiment.toml").write_text("mixes = 3", encoding="utf-8")
    workspace.open_run(folder)
    qtbot.waitUntil(lambda: workspace.middle.currentWidget() is workspace.unread)
    assert "experiment.toml" in workspace.unread.text.text()


def test_a_finished_training_opens_in_evaluate(
    qtbot, workspace, make_experiment, tmp_path: Path
) -> None:
    workspace.open_run(make_experiment(tmp_path / "exp"))
    seen(qtbot, workspace)
    workspace.view.grid.choose(1, 2)
    workspace.show_page(1)
    handed = []
    workspace.context.evaluate_requested.connect(handed.append)
    qtbot.mouseClick(workspace.view.details.evaluate_button, Qt.MouseButton.LeftButton)
    assert handed[0]["test"] == "south"
    assert handed[0]["run"].parent.name == "trainings"
    assert workspace.window().current.id == "evaluate"
    qtbot.waitUntil(lambda: not workspace.window().current.busy)


def test_an_experiment_is_begun_in_a_folder_of_its_own(
    qtbot, workspace, make_experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Path] = []
    monkeypatch.setattr("studio.jobs.start", begun.append)
    for number, name in enumerate(("one", "test")):
        write_training_set(tmp_path / name, per_class=2, seed=number, size=40)
    path = tmp_path / "plan.toml"
    path.write_text('[mixes]\na = ["one"]\n[tests]\nt = "test"\n', encoding="utf-8")
    form, out = workspace.form, tmp_path / "elsewhere/first"
    form.file.set_text(str(path))
    qtbot.waitUntil(workspace.can_start)
    form.out.set_text(str(make_experiment(tmp_path / "taken")))
    qtbot.mouseClick(form.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "already holds a run" in form.trouble.text())
    form.out.set_text(str(out))
    assert form.trouble.isHidden()
    qtbot.waitUntil(form.start_button.isEnabled)
    qtbot.mouseClick(form.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: workspace.follower.run is not None)
    assert begun == [out]
    assert workspace.follower.run_dir == out
    assert (out / "experiment.toml").is_file()
    assert out in workspace.history.others()  # it is found again in the next session
