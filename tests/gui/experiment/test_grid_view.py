"""The cells of the grid: their states, the mean of a row, the scale of the colours."""

from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.experiment.folder import read_experiment
from studio.experiment.grid import GridCell, progress_grid
from studio.experiment.trainings import CellKey
from studio.ui.experiment.grid_view import ExperimentGrid, cell_tip, cell_words
from studio.ui.experiment.shade import ShadeKey
from studio.ui.theme import Theme

KEY = CellKey("GAN5000", "north", "efficientnet_lite0")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (GridCell(KEY, 0), "–"),
        (GridCell(KEY, 5), "0 of 5"),
        (GridCell(KEY, 5, running=1), "running"),
        (GridCell(KEY, 5, failed=5), "failed"),
        (GridCell(KEY, 5, 1, mean=0.8), "0.800 1/5"),
        (GridCell(KEY, 5, 3, 1, 0, 0.8, 0.02, 0.1), "▲ 0.800 3/5"),
        (GridCell(KEY, 5, 5, 0, 0, 0.8, 0.02, -0.1), "▼ 0.800 (0.020)"),
        (GridCell(KEY, 5, 5), "undefined"),
    ],
)
def test_a_cell_says_how_far_it_is(cell: GridCell, words: str) -> None:
    assert " ".join(part for part in cell_words(cell) if part) == words


def test_the_tip_of_a_cell_has_its_trainings_and_its_difference() -> None:
    tip = cell_tip(GridCell(KEY, 5, 2, 1, 1, 0.8, 0.02, -0.1), None, "public")
    assert tip.splitlines() == [
        "GAN5000 · north",
        "2 of 5 trainings",
        "1 training runs",
        "1 training failed",
        "Mean AUC over seeds 0.800, SD 0.020",
        "−0.100 to public",
    ]


def test_the_last_column_is_the_mean_of_a_row_once_it_has_all_its_tests(
    qtbot: QtBot, make_experiment: Callable[..., Path], tmp_path: Path
) -> None:
    grid = ExperimentGrid(Theme("dark"))
    qtbot.addWidget(grid)
    for folder, finished in ((tmp_path / "whole", None), (tmp_path / "part", 1)):
        state = read_experiment(make_experiment(folder, finished))
        cells = progress_grid(state)
        grid.grid.set_plan(
            state.plan.mix_names, tuple(state.plan.tests), state.plan.models[0], "public"
        )
        grid.grid.set_cells(cells)
        last = grid.grid.columnCount() - 1
        role = Qt.ItemDataRole.AccessibleTextRole
        assert grid.grid.headerData(last, Qt.Orientation.Horizontal, role) == "Mean"
        for row, mix in enumerate(state.plan.mix_names):
            own = [cells[CellKey(mix, t, state.plan.models[0])].mean for t in state.plan.tests]
            known = [mean for mean in own if mean is not None]
            told = f"{fmean(known):.3f}" if len(known) == len(own) else "–"
            assert grid.grid.index(row, last).data() == told
    grid.choose(1, last)
    assert grid.chosen() == "public + GAN5000"  # the row, as by its name


def test_the_scale_names_its_ends_and_the_baseline(qtbot: QtBot) -> None:
    key = ShadeKey(Theme("dark"))
    qtbot.addWidget(key)
    key.show_baseline("public")
    assert key.words()[:2] == ("▼ −0.10", "▲ +0.10")
    assert "below public" in key.toolTip()
    key.show_baseline("")
    assert key.words() == ("Mean AUC (SD) over seeds",)
