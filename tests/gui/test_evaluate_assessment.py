"""Calibration, decision curve and subgroups of a test set, against scikit-learn and by hand."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from sklearn.metrics import brier_score_loss, roc_auc_score


@pytest.fixture
def tested(qtbot, open_window, made_run, tmp_path: Path, project_path: Path):
    """Evaluate with a run that was tested on 120 images of which skin tone and sex are known."""
    files = []
    for number in range(120):
        name = ("malignantmelanoma", "melanocyticnevus")[number % 2]
        files.append(str(tmp_path / f"seen/{name}/{number}.jpg"))
        (tmp_path / f"seen/{name}").mkdir(parents=True, exist_ok=True)
    with (tmp_path / "seen/groups.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["file", "skin_tone", "sex"])
        for number, file in enumerate(files):
            tone = ("II", "III", "")[number % 3]
            rows.writerow([Path(file).name, tone, ("female", "male")[number // 60]])
    run = made_run(project_path / "runs/0001-train", files=files).whole(tests=["seen"])
    open_window.show_workspace("evaluate")
    work = open_window.current
    work.accept_handover({"run": run.run_dir})
    qtbot.waitUntil(lambda: work.has_results() and work.view.test() is not None, timeout=10_000)
    return work


def scores_of(work) -> tuple[np.ndarray, np.ndarray]:
    scores = work.view.test().detail.scores
    return scores.scores(work.name), scores.flags(work.name)


def show(qtbot, work, key: Qt.Key) -> None:
    with qtbot.waitSignal(work.view.assessment.shown, timeout=10_000):
        qtbot.keyClick(work.view.table, key, Qt.KeyboardModifier.AltModifier)


def test_calibration_is_that_of_scikit_learn(qtbot, tested) -> None:
    show(qtbot, tested, Qt.Key.Key_2)
    page = tested.view.assessment.calibration
    assert page.isVisible()
    assert not tested.view.plots.isVisible()
    values, flags = scores_of(tested)
    assert f"Brier score {brier_score_loss(flags, values):.3f}" in page.figures.text()
    assert "Maps fitted on the validation scores of the run" in page.mended.text()
    names, rows = page.plot.table()
    assert names[:3] == ["low", "high", "n"]
    assert sum(int(row[2]) for row in rows) == 120
    for low, high, n, mean, share, *_ in ([float(cell) for cell in row] for row in rows):
        within = (values >= low) & ((values < high) | (high == 1))
        assert (within.sum(), flags[within].mean()) == (n, pytest.approx(share, abs=1e-5))
        assert values[within].mean() == pytest.approx(mean, abs=1e-5)


def test_the_decision_curve_is_the_net_benefit(qtbot, tested) -> None:
    show(qtbot, tested, Qt.Key.Key_3)
    values, flags = scores_of(tested)
    _, rows = tested.view.assessment.decision.plot.table()
    told = {float(row[1]): float(row[2]) for row in rows if row[0] == "Model"}
    for at in (0.1, 0.5, 0.8):
        acted = values >= at
        benefit = (acted & flags).mean() - (acted & ~flags).mean() * at / (1 - at)
        assert told[at] == pytest.approx(benefit, abs=1e-5)


def test_subgroups_have_their_own_figures(qtbot, tested) -> None:
    show(qtbot, tested, Qt.Key.Key_4)
    page = tested.view.assessment.subgroups
    rows = {row[0]: row for row in (page.table.rows.row(n) for n in range(4))}
    assert set(rows) == {"skin tone II", "skin tone III", "sex female", "sex male"}
    values, flags = scores_of(tested)
    files = tested.view.test().detail.scores.files
    numbers = np.array([int(Path(file).stem) for file in files])
    two = numbers % 3 == 0
    assert rows["skin tone II"][2].startswith(f"{roc_auc_score(flags[two], values[two]):.3f}")
    assert rows["skin tone II"][1] == f"{flags[two].sum()} / {(~flags[two]).sum()}"
    assert "40 images unknown or of a subgroup too small." in page.about.text()


def test_curve_and_matrix_come_back(qtbot, tested) -> None:
    show(qtbot, tested, Qt.Key.Key_4)
    qtbot.keyClick(tested.view.table, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert tested.view.plots.isVisible()
    assert not tested.view.assessment.isVisible()
