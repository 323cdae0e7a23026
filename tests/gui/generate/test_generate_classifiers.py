"""Classifier curves along the path, and spacings."""

from pathlib import Path

import numpy as np
import pytest
from morphing import RUN, Redness, alone, press, settle, tick_run
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.looking import copied_data
from gui.plot_data import assert_table_is_what_is_drawn, plots_in
from studio.ui.generate.workspace import GenerateWorkspace
from studio.workflows.generate.morph import morph_session


def test_without_a_run_it_says_so_and_leads_to_training(
    qtbot: QtBot, morph: GenerateWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = morph.sides.runs
    assert runs.none.isVisible()
    assert not morph.view.curves.isVisible()
    went: list[str] = []
    monkeypatch.setattr(morph.context, "go_to", went.append)
    qtbot.mouseClick(runs.train, Qt.MouseButton.LeftButton)
    assert went == ["train"]


def test_a_classifier_draws_its_curve_and_owns_up(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    tick_run(qtbot, morph, tmp_path)
    assert morph.view.curves.isVisible()
    [(name, curve)] = morph.view.plot.curves
    assert name == RUN
    assert curve.ts[0] == 0
    assert curve.ts[-1] == 1
    ends = [Redness().scores(alone(morph, seed)[None])[0] for seed in (0, 1)]
    assert [curve.probabilities[0], curve.probabilities[-1]] == pytest.approx(ends)
    assert morph.view.notice.text() == "Model output, not a diagnosis."
    assert f"{ends[0]:.3f}" in morph.view.picture.note
    assert sum(morph.analyst.found.shares.values()) == pytest.approx(ends[1] - ends[0])
    assert copied_data(morph.view.plot).startswith("run\tt\tprobability\n0001-train\t0\t")
    [plot] = plots_in(morph)
    assert_table_is_what_is_drawn(qtbot, plot)
    box = morph.sides.runs.boxes[str(tmp_path / RUN)]
    box.setFocus()
    press(qtbot, morph, Qt.Key.Key_Space)
    settle(qtbot, morph)
    assert not morph.view.plot.curves


def test_window_and_files_have_one_crossing(
    qtbot: QtBot,
    morph: GenerateWorkspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The number that stands over the curve is the one in the manifest, to the last digit."""
    middle = np.mean([alone(morph, seed)[..., 0].mean() for seed in (0, 1)])

    class Halfway(Redness):
        def scores(self, pictures: np.ndarray) -> np.ndarray:
            return 1 / (1 + np.exp(-(pictures[..., 0].mean(axis=(1, 2)) - middle) / 8))

    morph.analyst.load_scorer = lambda _: Halfway()
    monkeypatch.setattr("studio.workflows.generate.morph.RunScorer.load", lambda _: Halfway())
    tick_run(qtbot, morph, tmp_path)
    [(_, curve)] = morph.view.plot.curves
    session = morph.controller.session
    assert session is not None
    for steps in (3, 10):
        report = morph_session(session.model_copy(update={"steps": steps}), tmp_path / str(steps))
        assert report.crossings == curve.crossings
        assert report.crossings
    assert f"{curve.crossings[0]:.3f}" in morph.view.crossing.text()


def test_spacing_moves_the_slider_evenly_in_what_was_chosen(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    tick_run(qtbot, morph, tmp_path)
    assert "Path length" in morph.sides.path.note.text()
    morph.sides.path.spacing.set_value("perceptual")
    settle(qtbot, morph)
    spacing = morph.analyst.found.spacing
    assert spacing is not None
    assert len(spacing.ts) > 10
    assert morph.view.strip.ts == spacing.steps(len(morph.view.strip.ts))
    morph.view.slider.setValue(250)
    assert morph.controller.t == spacing.t_at(0.25)
    morph.sides.path.spacing.set_value("probability")
    settle(qtbot, morph)
    morph.view.slider.setValue(500)
    [(_, curve)] = morph.view.plot.curves
    first, there, last = np.interp([0, morph.controller.t, 1], curve.ts, curve.probabilities)
    assert there == pytest.approx((first + last) / 2, abs=abs(last - first) / 20)
    morph.view.slider.setValue(1000)
    assert morph.controller.t == 1.0


def test_probability_without_a_classifier_is_said(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    with qtbot.waitSignal(morph.context.toasted, timeout=10_000) as said:
        morph.sides.path.spacing.set_value("probability")
    assert "classifier" in said.args[0]


class Blueness(Redness):
    """Another classifier, of another class."""

    name, positive = "0002-train", "nevus"

    def scores(self, pictures: np.ndarray) -> np.ndarray:
        return 1 - super().scores(pictures)


def test_what_one_classifier_said_is_not_shown_as_anothers(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    analyst = morph.analyst
    analyst.load_scorer = lambda run: Redness() if run.name == RUN else Blueness()
    tick_run(qtbot, morph, tmp_path)
    red, shares = analyst.found.here, dict(analyst.found.shares)
    assert red is not None
    morph.controller.update(runs=[str(tmp_path / Blueness.name)])
    settle(qtbot, morph)
    assert analyst.positive == "nevus"
    assert analyst.found.here == pytest.approx(1 - red)
    assert analyst.found.shares["shape"] == pytest.approx(-shares["shape"])
    assert "probability of nevus" in morph.view.picture.note
    morph.controller.update(runs=[])
    settle(qtbot, morph)
    assert "probability" not in morph.view.picture.note
    assert not analyst.found.shares
