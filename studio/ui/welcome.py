"""What the window shows while no project is open."""

from pathlib import Path

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.context import StudioContext
from studio.ui.project_actions import ProjectActions
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import EmptyState, FlatButton, label


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
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self.state.below.addSpacing(GRID * 3)
        self.state.below.addLayout(self._recent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        self.setFocusProxy(self.state.button)

    def refresh(self) -> None:
        """Look again which recent projects are there."""
        while (item := self._recent.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        paths = [Path(p) for p in self._context.settings.recent_projects()]
        paths = [p for p in paths if p.is_dir()]
        if paths:
            self._recent.addWidget(label(self.tr("Recent"), "caption"))
        for path in paths:
            button = FlatButton(path.name.replace("&", "&&"), lambda p=path: self._projects.open(p))
            button.setToolTip(str(path))
            self._recent.addWidget(button)
