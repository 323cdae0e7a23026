"""A page that shows data of a project, read off the Qt thread."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from studio.ui.background import CoalescedRefresh, Task
from studio.ui.context import StudioContext
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from studio.project import Project


class ProjectPage(Workspace):
    """A subclass says in `reading` what is read, and shows it in `show_read`.

    What is read of a project that is no longer the page's is dropped. With `newest_only` so is what
    is out of date when it arrives.
    """

    newest_only = False

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._project: Project | None = None
        self._refreshing = CoalescedRefresh(self.refresh, self)

    @property
    def busy(self) -> bool:
        return self._refreshing.busy

    def reading(self, project: "Project") -> Callable[[], Any]:
        """What reads the page's contents in a background thread."""
        raise NotImplementedError

    def show_read(self, found: Any) -> None:
        """Show what was read of the project."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Read the project again, off the Qt thread."""
        project = self._project
        if project is None or not self._refreshing.begin():
            return
        read = self.reading(project)
        task = Task(lambda _: read())
        task.done.connect(lambda found: self._read(project, found))
        task.failed.connect(lambda error: self._could_not_read(project, error))
        task.ended.connect(self._refreshing.end)
        task.start()

    def _read(self, project: "Project", found: Any) -> None:
        if project is self._project and not (self.newest_only and self._refreshing.wanted):
            self.show_read(found)

    def _could_not_read(self, project: "Project", error: Exception) -> None:
        if project is self._project:
            self.context.toast(str(error), "error")
