"""The selected stage under the graph: its numbers, what it lacks and costs, how it looks."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.results.training_log import INIT_GRID
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.generate.training.grid_view import GridView
from studio.ui.generate.training.grids import Grids
from studio.ui.generate.training.plan_model import PlanModel
from studio.ui.generate.training.words import (
    data_words,
    more_numbers_words,
    start_words,
    state_words,
)
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, Figure, Panel, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import significant


class StageDetails(Panel):
    """`open_asked` when the stage's run is to be looked at."""

    open_asked = Signal()
    command_asked = Signal()

    def __init__(self, context: StudioContext, model: PlanModel) -> None:
        super().__init__()
        self._model = model
        self._run_dir: Path | None = None
        self._shown: tuple[Path, int] | None = None  # its newest grid
        self.name = ElidedLabel(role="heading")
        self.figures = {
            "resolution": Figure(self.tr("px")),
            "kimg": Figure(self.tr("kimg")),
            "gamma": Figure("γ"),
            "batch": Figure(self.tr("batch")),
        }
        self.numbers = label("", "small", wrap=True)
        self.start = label("", "small", wrap=True)
        self.state = label("", "strong", wrap=True)
        self.missing = label("", wrap=True)
        self.estimate = label("", wrap=True)
        self.open_button = Button(self.tr("Open the training"), self.open_asked.emit)
        self.command_button = Button(self.tr("Copy the command"), self.command_asked.emit)
        self.grids = Grids(self)
        self.grid = GridView(context.theme)
        self.grid.setMinimumSize(200, 120)
        self.caption = label(self.tr("Newest grid, synthetic"), "small")
        words = QVBoxLayout()
        words.setSpacing(GRID)
        words.addWidget(self.name)
        words.addLayout(row(*self.figures.values(), None, gap=PADDING * 2))
        for part in (self.numbers, self.start, self.state, self.missing, self.estimate):
            words.addWidget(part)
        words.addLayout(row(self.open_button, self.command_button, None))
        words.addStretch(1)
        self.picture = QWidget()
        self.picture.hide()  # and its caption, until there is a grid
        right = QVBoxLayout(self.picture)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(GRID // 2)
        right.addWidget(self.grid, 1)
        right.addWidget(self.caption)
        across = row(gap=PADDING)
        across.addLayout(words, 2)
        across.addWidget(self.picture, 3)
        self.body.addLayout(across, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        model.changed.connect(self.refresh)
        model.looked.connect(self.refresh)
        self.grids.ready.connect(self._show_grid)

    def refresh(self) -> None:
        """Show the selected stage as it stands."""
        stage, state, plan = self._model.stage, self._model.state, self._model.plan
        self.setVisible(stage is not None)
        if stage is None:
            return
        self.name.set_text(stage.name)
        for name, figure in self.figures.items():
            value = stage.setting(name)
            figure.set_value(significant(value, 10))
        self.numbers.setText(more_numbers_words(stage))
        self.numbers.setVisible(bool(self.numbers.text()))
        start = start_words(plan, stage)
        on = self.tr("From {0}, on {1}").format(start, data_words(stage.data))
        self.start.setText(on if stage.data.kind != "none" else self.tr("From {0}").format(start))
        words = state_words(stage, state, plan)
        self.state.setText(words[:1].upper() + words[1:])
        missing = list(state.missing) if state is not None else []
        if state is not None and state.sentence:
            missing.append(state.sentence)
        self.missing.setText("\n".join(missing))
        self.missing.setVisible(bool(missing))
        run_dir = state.run_dir if state is not None else None
        self.open_button.setVisible(run_dir is not None)
        self._look_for_grid(run_dir)

    def set_estimate(self, words: str) -> None:
        """What the stage may cost; "" while nobody asked."""
        self.estimate.setText(words)
        self.estimate.setVisible(bool(words))

    def close(self) -> bool:
        self.grids.close()
        return super().close()

    def _look_for_grid(self, run_dir: Path | None) -> None:
        if run_dir != self._run_dir:
            self._run_dir = run_dir
            self._forget_grid()  # no run's pictures stand under the name of another stage
        if run_dir is None:
            return
        task = Task(lambda _: newest_grid(run_dir))
        task.done.connect(lambda found: self._have(run_dir, found))
        task.start()

    def _forget_grid(self) -> None:
        self._shown = None
        self.grid.clear()
        self.picture.hide()

    def _have(self, run_dir: Path, found: tuple[Path, int] | None) -> None:
        if run_dir != self._run_dir:
            return
        if found is None:
            self._forget_grid()
        elif found != self._shown:
            self._shown = found
            self.grids.request(*found)
            self._show_grid()

    def _show_grid(self) -> None:
        if self._shown is None:
            return
        image, trouble = self.grids.preview(*self._shown), self.grids.error(*self._shown)
        if image is not None:
            width, height = self.grids.size(*self._shown)
            self.grid.show_picture(width, height, image, image)
        elif trouble:
            self.grid.clear(trouble)
        if image is not None or trouble:
            self.picture.show()


def newest_grid(run_dir: Path) -> tuple[Path, int] | None:
    """The last `fakesNNNNNN.png` of a run and when it changed; the first grid before there is."""
    grids = sorted(run_dir.glob("fakes[0-9]*.png"))
    path = grids[-1] if grids else run_dir / INIT_GRID
    return (path, path.stat().st_mtime_ns) if path.is_file() else None
