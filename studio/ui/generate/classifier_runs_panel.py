"""Which trained classifiers draw their curve along the path."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from studio.jobs.kinds import CLASSIFIER_LAST, TRAIN
from studio.results.run_identity import identity_of, run_label
from studio.results.run_list import RunSummary
from studio.ui.context import StudioContext
from studio.ui.generate.controller import MorphController
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Button, label, row
from studio.ui.widgets.elided import ElidedCheckBox

if TYPE_CHECKING:
    from studio.project import Project

_MOST = 6


def trained_runs(project: "Project | None") -> list[tuple[str, str]]:
    """The project's runs that hold a model: (folder, name), newest first."""
    if project is None:
        return []
    runs = [r for r in project.runs.list(*TRAIN.names) if (r.folder / CLASSIFIER_LAST).is_file()]
    told = [RunSummary(r.folder, r.title, "", identity=identity_of(r.folder)) for r in runs]
    return [(str(one.run_dir), run_label(one)) for one in reversed(told)]


class ClassifierRunsPanel(QWidget):
    """A check box for each run; none yet says so and leads to Train."""

    def __init__(self, context: StudioContext, controller: MorphController) -> None:
        super().__init__()
        self.context, self.controller = context, controller
        self.boxes: dict[str, ElidedCheckBox] = {}
        self._offered: list[tuple[str, str]] = []
        self._added: list[tuple[str, str]] = []
        self.none = label(
            self.tr(
                "No classifier has been trained in this project yet. Train one (the sample project "
                "will do) and its probability is drawn along the path."
            ),
            "quiet",
            wrap=True,
        )
        self.train = Button(self.tr("Go to Train"), lambda: context.go_to("train"))
        self.choose = Button(self.tr("Choose a run folder…"), self._choose)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.none)
        layout.addLayout(self._list)
        layout.addLayout(row(self.train, self.choose, None))
        controller.session_changed.connect(self.refresh)

    def offer(self, runs: list[tuple[str, str]]) -> None:
        """The runs that there are now: (folder, name)."""
        self._offered = runs
        self.refresh()

    def add(self, folder: Path) -> None:
        """Another run, from outside the project, ticked at once."""
        session = self.controller.session
        self._added = [*self._added, (str(folder), folder.name)]
        if session is not None and str(folder) not in session.runs:
            self.controller.update(runs=[*session.runs, str(folder)])
        self.refresh()

    def put_first(self, folder: Path) -> None:
        """Tick a run, the project's own or another, whose figures are the ones beside the picture.

        The others stay ticked."""
        session, run = self.controller.session, str(folder)
        if session is None:
            return
        if run not in dict(self._offered + self._added):
            self._added = [*self._added, (run, folder.name)]
        self.controller.update(runs=[run, *(one for one in session.runs if one != run)])
        self.refresh()

    def refresh(self) -> None:
        """Show the runs, those of the session ticked."""
        session = self.controller.session
        chosen = session.runs if session is not None else []
        known = dict(self._offered[:_MOST] + self._added)
        known.update({run: Path(run).name for run in chosen if run not in known})
        if list(known) != list(self.boxes):
            self._rebuild(known)
        for run, box in self.boxes.items():
            blocked = box.blockSignals(True)
            box.setChecked(run in chosen)
            box.blockSignals(blocked)
        self.none.setVisible(not known)
        self.train.setVisible(not known)

    def _rebuild(self, known: dict[str, str]) -> None:
        for box in self.boxes.values():
            self._list.removeWidget(box)
            box.hide()
            box.deleteLater()
        self.boxes = {}
        for run, title in known.items():
            box = ElidedCheckBox()
            box.set_text(title, f"{title}\n{run}")
            box.setAccessibleName(self.tr("Classifier {0}").format(title))
            box.toggled.connect(lambda on, r=run: self._ticked(r, on))
            self.boxes[run] = box
            self._list.addWidget(box)

    def _ticked(self, run: str, on: bool) -> None:
        session = self.controller.session
        if session is None:
            return
        others = [one for one in session.runs if one != run]
        self.controller.update(runs=[*others, run] if on else others)

    def _choose(self) -> None:
        found = QFileDialog.getExistingDirectory(self, self.tr("A training run"))
        if not found:
            return
        if not (Path(found) / CLASSIFIER_LAST).is_file():
            self.context.toast(
                self.tr("{0} holds no trained model ({1}).").format(
                    Path(found).name, CLASSIFIER_LAST
                ),
                "error",
            )
            return
        self.add(Path(found))
