"""The actions of the window itself."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action

if TYPE_CHECKING:
    from studio.ui.window import StudioWindow


def tr(text: str) -> str:
    return QCoreApplication.translate("WindowActions", text)


def window_actions(window: "StudioWindow") -> list[Action]:
    """Going places, projects, looks and help."""
    project, view, help_ = tr("Project"), tr("View"), tr("Help")
    return [
        *(_go(window, entry.id, window.title_of(entry)) for entry in window.entries.values()),
        Action("project.new", tr("New project"), window.projects.new, project),
        Action("project.open", tr("Open project"), window.projects.choose, project),
        Action("project.sample", tr("Open the sample project"), window.projects.sample, project),
        Action(
            "project.decided_sample",
            tr("Open the sample project, already decided"),
            window.projects.decided_sample,
            project,
        ),
        Action("project.menu", tr("Projects and reviewer"), window.projects.menu, project),
        Action(
            "project.close",
            tr("Close project"),
            lambda: window.context.leave(window.context.close_project),
            project,
            enabled=lambda: window.context.project is not None,
        ),
        Action(
            "project.labels",
            tr("Labels of the project"),
            window.projects.labels,
            project,
            enabled=lambda: not window.context.read_only,
        ),
        Action(
            "project.take_over",
            tr("Take over editing from another computer"),
            window.projects.take_over,
            project,
            enabled=lambda: window.projects.held_elsewhere,
        ),
        Action("project.reviewer", tr("Change the reviewer"), window.projects.rename, project),
        Action("view.panels", tr("Only the picture"), window.toggle_panels, view),
        Action("view.theme", tr("Dark or light"), window.context.theme.toggle, view),
        Action("view.fullscreen", tr("Full screen"), window.toggle_fullscreen, view),
        Action("focus.next_area", tr("Next area"), lambda: window.next_area(1), view),
        Action("focus.previous_area", tr("Previous area"), lambda: window.next_area(-1), view),
        Action(
            "palette.open",
            tr("Find a command"),
            window.find_a_command,
            help_,
            bar=tr("Commands"),
        ),
        Action("help.keys", tr("All keys"), window.help_sheet.open, help_),
        Action("help.remap", tr("Change keys"), window.projects.remap, help_),
        Action("app.quit", tr("Quit"), window.close, help_),
    ]


def _go(window: "StudioWindow", workspace_id: str, title: str) -> Action:
    return Action(
        f"go.{workspace_id}",
        tr("Go to {0}").format(title),
        lambda: window.show_workspace(workspace_id),
        tr("Workspaces"),
    )
