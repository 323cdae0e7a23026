"""What the window shows while no project is open."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.context import StudioContext
from studio.ui.project_actions import ProjectActions
from studio.ui.recent_projects import RecentProjects
from studio.ui.theme import Theme
from studio.ui.theme.tokens import BODY, GRID, PADDING, SMALL
from studio.ui.widgets import Button, JobRow, PrimaryButton, label, row
from studio.ui.workspace import WorkspaceEntry
from studio.wording import duration, percent

_WIDTH = 888  # px of the column in the middle
_MEASURE = 560  # px; a comfortable line of text
_TILE = QSize(104, 96)  # px of a step
_STEPS_FROM = 640  # px of height below which the steps leave their room to what can be clicked
_PACE_S = 2.0  # seconds before it can be said how long something takes


class StepTile(QAbstractButton):
    """A step of the work: its picture, its workspace and what it does. A click shows more."""

    def __init__(self, theme: Theme, icon_name: str, title: str, step: str) -> None:
        super().__init__()
        self._theme, self._icon_name, self._step = theme, icon_name, step
        self.setText(title)
        self.setAccessibleName(f"{title}: {step}")
        self.setCheckable(True)
        self.setFixedSize(_TILE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._theme, QPainter(self)
        painter.fillRect(self.rect(), theme.color("hover" if self.underMouse() else "panel"))
        icon = theme.icon(self._icon_name, "accent" if self.isChecked() else "text", 24)
        painter.drawPixmap(GRID, GRID, icon.pixmap(24, 24))
        inside = self.rect().adjusted(GRID, 24 + GRID * 2, -GRID // 2, -GRID // 2)
        painter.setFont(theme.font(BODY, strong=True))
        painter.setPen(theme.color("text"))
        painter.drawText(inside, Qt.AlignmentFlag.AlignTop, self.text())
        line = painter.fontMetrics().height()
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color("quiet"))
        below = QRect(inside.left(), inside.top() + line, inside.width(), inside.height() - line)
        painter.drawText(below, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, self._step)
        if self.isChecked():
            painter.fillRect(0, 0, self.width(), 2, theme.color("accent"))
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()


class Welcome(QWidget):
    """What the studio or one workspace is for, ways to begin, and the projects of last time."""

    def __init__(
        self,
        context: StudioContext,
        projects: ProjectActions,
        entries: Sequence[WorkspaceEntry],
        show: Callable[[str], object],
    ) -> None:
        super().__init__()
        self._context, self._projects = context, projects
        self._entries = {entry.id: entry for entry in entries}
        self._began = 0.0
        self.setProperty("surface", "canvas")
        self.title = label("", "title", wrap=True)
        self.text = label("", "quiet", wrap=True)
        self.text.setFixedWidth(_MEASURE)
        self.sample = PrimaryButton("", projects.sample)
        self.decided = Button("", projects.decided_sample)
        self.new = Button(self.tr("Start a project of my own"), projects.new)
        self.open = Button(self.tr("Open a project"), projects.choose)
        self.progress = JobRow(context.theme, self.tr("Sample project"))
        self.progress.stopped.connect(projects.stop_sample)
        self.progress.hide()
        projects.sample_progress.connect(self._sample_progressed)
        projects.sample_ended.connect(self._sample_ended)
        self.recent = RecentProjects(context.theme, projects.open)
        self._build(show)
        self.show_for("")

    def _build(self, show: Callable[[str], object]) -> None:
        self.steps: dict[str, StepTile] = {}
        self._steps = QWidget()
        self._steps.setFixedHeight(_TILE.height())
        across = QHBoxLayout(self._steps)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(GRID)
        for entry in self._entries.values():
            title, step = _translated(entry.title), _translated(entry.step)
            tile = StepTile(self._context.theme, entry.icon_name, title, step)
            tile.clicked.connect(partial(self._step_clicked, entry.id, show))
            self.steps[entry.id] = tile
            across.addWidget(tile)
        across.addStretch(1)
        holder = QWidget()
        holder.setFixedWidth(_WIDTH)
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(0, PADDING, 0, PADDING)
        inner.setSpacing(GRID)
        inner.addWidget(self.title)
        inner.addWidget(self.text)
        inner.addSpacing(GRID)
        inner.addLayout(row(self.sample, self.decided, None))
        inner.addLayout(row(self.new, self.open, None))
        inner.addWidget(self.progress)
        inner.addSpacing(PADDING)
        inner.addWidget(self._steps)
        inner.addSpacing(PADDING)
        inner.addWidget(self.recent)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(holder)
        middle.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(2)
        layout.addLayout(middle)
        layout.addStretch(3)
        self.setFocusProxy(self.sample)

    def home(self) -> QWidget:
        """The button that begins."""
        return self.sample

    def show_for(self, workspace_id: str) -> None:
        """Say what a workspace is for, or with "" what the whole studio is for."""
        entry = self._entries.get(workspace_id)
        if entry is None:
            self.title.setText(self.tr("From photographs to reviewed crops to a ROC curve"))
            self.text.setText(
                self.tr(
                    "A project is a folder that holds photographs, crop boxes and every decision "
                    "about them. Nothing in it leaves this machine."
                )
            )
        else:
            title, step = _translated(entry.title), _translated(entry.step)
            self.title.setText(f"{title}: {step[:1].lower()}{step[1:]}")
            begin = self.tr("Begin with the sample, or with a project.")
            self.text.setText(f"{_translated(entry.purpose)} {begin}")
        for step_id, tile in self.steps.items():
            tile.setChecked(step_id == workspace_id)

    def refresh(self) -> None:
        """Look again which recent projects are there, and whether the sample is made."""
        made, decided = (self._projects.sample_is_there(decided) for decided in (False, True))
        self.sample.setText(
            self.tr("Open the sample project")
            if made
            else self.tr("Try it with 60 sample photographs, about a minute")
        )
        self.decided.setText(
            self.tr("Open the decided sample")
            if decided
            else self.tr("The same, already decided and exported")
        )
        paths = [Path(p) for p in self._context.settings.recent_projects()]
        self.recent.show_projects([path for path in paths if path.is_dir()])
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Fill the height: the steps first, then whole rows of recent projects."""
        self._steps.setVisible(self.height() >= _STEPS_FROM and self.width() >= _WIDTH)
        used = 26 * GRID + (0 if self._steps.isHidden() else _TILE.height() + GRID)
        self.recent.make_room(self.height() - used)

    def _step_clicked(self, workspace_id: str, show: Callable[[str], object]) -> None:
        show(workspace_id)
        self.show_for(workspace_id)

    def _sample_progressed(self, done: int, total: int, message: str) -> None:
        if self.progress.isHidden():
            self._began = time.monotonic()
            self.sample.setEnabled(False)
            self.decided.setEnabled(False)
        elapsed = time.monotonic() - self._began
        notes = [percent(done / total, 0)] if total else []
        if 0 < done < total and elapsed >= _PACE_S:
            left = duration(elapsed * (total - done) / done)
            notes.append(self.tr("about {0} left").format(left))
        self.progress.set_title(message)
        self.progress.show_progress(done, total, " · ".join(notes))
        self.progress.show()

    def _sample_ended(self) -> None:
        self.progress.hide()
        self.sample.setEnabled(True)
        self.decided.setEnabled(True)


def _translated(text: str) -> str:
    return QCoreApplication.translate("Workspace", text)
