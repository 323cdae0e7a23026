"""What the window shows while no project is open."""

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.context import StudioContext
from studio.ui.project_actions import ProjectActions
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import EmptyState, FlatButton, JobRow, label
from studio.ui.words import plain_tip


class Welcome(QWidget):
    """What the studio is for, three ways to begin, and the projects of last time."""

    def __init__(self, context: StudioContext, projects: ProjectActions) -> None:
        super().__init__()
        self._context, self._projects = context, projects
        self.setProperty("surface", "canvas")
        self.state = EmptyState(
            self.tr("From photographs to reviewed crops to a ROC curve"),
            self.tr(
                "A project is a folder that holds photographs, crop boxes and every decision "
                "about them. Nothing in it leaves this machine."
            ),
            self.tr("New project"),
            projects.new,
        )
        self.state.add_button(self.tr("Open project"), projects.choose)
        self.state.add_button(self.tr("Open the sample project"), projects.sample)
        self.progress = JobRow(context.theme, self.tr("Sample project"))
        self.progress.stopped.connect(projects.stop_sample)
        self.progress.hide()
        projects.sample_progress.connect(self._sample_progressed)
        projects.sample_ended.connect(self.progress.hide)
        self.state.below.addSpacing(GRID)
        self.state.below.addWidget(self.progress)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self.state.below.addSpacing(GRID * 3)
        self.state.below.addLayout(self._recent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        self.setFocusProxy(self.state.button)

    def home(self) -> QWidget:
        """The button that begins."""
        return self.state.button

    def _sample_progressed(self, done: int, total: int, message: str) -> None:
        self.progress.title.setText(message)
        self.progress.show_progress(done, total, f"{done / total:.0%}" if total else "")
        self.progress.show()

    def refresh(self) -> None:
        """Look again which recent projects are there."""
        while (item := self._recent.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        paths = [Path(p) for p in self._context.settings.recent_projects()]
        paths = [p for p in paths if p.is_dir()]
        if paths:
            self._recent.addWidget(label(self.tr("Recent"), "caption"))
        for path in paths:
            button = FlatButton(path.name.replace("&", "&&"), partial(self._projects.open, path))
            button.setToolTip(plain_tip(str(path)))
            self._recent.addWidget(button)
