"""What every part of the window shares: project, reviewer, actions, keys, theme, jobs."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal

from studio.errors import StudioError
from studio.ui.actions import ActionRegistry
from studio.ui.jobs_model import JobsModel
from studio.ui.keymap import KeyMap
from studio.ui.settings import Settings
from studio.ui.theme import Theme

if TYPE_CHECKING:
    from studio.project import Project
    from studio.project.lock import Holder


class UnsavedWork(Protocol):
    """A part of the window that may hold work that is not saved yet."""

    @property
    def unsaved(self) -> bool: ...

    def ask_unsaved(self, go_on: Callable[[], object]) -> None:
        """Ask whether to save it; `go_on` is called once it is saved or discarded."""


class StudioContext(QObject):
    """The state of one window. Views keep a reference to it and none to one another."""

    project_changed = Signal(object)  # Project | None
    project_edited = Signal()  # its images, boxes or decisions changed by something long
    reviewer_changed = Signal(str)
    toasted = Signal(str, str)  # text, kind
    toasts_cleared = Signal()  # messages are to be closed
    workspace_requested = Signal(str)  # id
    train_requested = Signal(object)  # dict: an export handed over to the Train workspace
    evaluate_requested = Signal(object)  # dict: a run handed over to the Evaluate workspace
    generate_requested = Signal(object)  # dict: a run handed over to the Generate workspace
    review_requested = Signal(object)  # frozenset[str]: images to review, by SHA-256
    export_requested = Signal(object)  # dict: reviewed crops handed over to the Datasets workspace

    def __init__(self, settings: Settings | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings or Settings()
        self.theme = Theme(self.settings.get("theme", "dark"), self)
        self.registry = ActionRegistry(self)
        self.keymap = load_keymap(self.settings)
        self.keymap.setParent(self)
        self.jobs = JobsModel(self)
        self.guards: list[UnsavedWork] = []
        self.project: Project | None = None
        self.reviewer: str = self.settings.get("reviewer", "")
        self.theme.changed.connect(lambda: self.settings.set("theme", self.theme.name))

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written: another studio holds the project, or none is open."""
        return self.project is None or self.project.mode == "read"

    def toast(self, text: str, kind: str = "info") -> None:
        """Say in passing what happened; `kind` is "info" or "error"."""
        self.toasted.emit(text, kind)

    def clear_toasts(self) -> None:
        """Close the messages, which would cover what matters now."""
        self.toasts_cleared.emit()

    @property
    def unsaved(self) -> bool:
        """Whether something would be lost by closing the project or the window."""
        return any(guard.unsaved for guard in self.guards)

    def leave(self, go_on: Callable[[], object]) -> None:
        """Do what closes the project or the window, after asking about each unsaved thing."""
        guard = next((one for one in self.guards if one.unsaved), None)
        if guard is None:
            go_on()
        else:
            guard.ask_unsaved(lambda: self.leave(go_on))

    def open_project(
        self,
        path: Path | str,
        on_upgrade: Callable[[int, int], None] = lambda done, total: None,
    ) -> "Project":
        """Open a project in place of the present one. Raises StudioError and keeps that one."""
        from studio.project import Project

        path = Path(path).expanduser().absolute()
        if self.project is not None and self.project.path == path:
            return self.project
        opened = Project.open(path, reviewer=self.reviewer, on_upgrade=on_upgrade)
        self._set_project(opened)
        return opened

    def take_over_project(self, holder: "Holder") -> "Project":
        """Open the present project for editing in place of `holder`, on another computer, that a
        person has said to be gone. Raises StudioError where somebody else holds it by now."""
        from studio.project import Project

        if self.project is None:
            raise StudioError("No project is open.")
        opened = Project.open(self.project.path, reviewer=self.reviewer, take_over=holder)
        if opened.mode != "edit":
            said = opened.holder
            opened.close()
            raise StudioError(f"{said} is editing it now." if said else "It cannot be written.")
        self._set_project(opened)
        return opened

    def new_project(
        self, path: Path | str, labels: Sequence[str], positive: str | None = None
    ) -> "Project":
        """Make a project and open it. Raises StudioError when it cannot be made there."""
        from studio.project import Project

        made = Project.create(Path(path).expanduser().absolute(), list(labels), positive)
        self.go_to("collect")  # nothing else has anything to show yet
        self._set_project(made)
        return made

    def close_project(self) -> None:
        """Close the project, if one is open. Its jobs go on."""
        if self.project is not None:
            self._set_project(None)

    def set_reviewer(self, name: str) -> None:
        """Set the reviewer, whose name is written with every decision from now on."""
        name = name.strip()
        if not name:
            raise StudioError("A reviewer needs a name: it is written with every decision.")
        self.reviewer = name
        self.settings.set("reviewer", name)
        self.reviewer_changed.emit(name)

    def go_to(self, workspace_id: str) -> None:
        """Bring a workspace to the front."""
        self.workspace_requested.emit(workspace_id)

    def hand_to_train(self, **what: Any) -> None:
        """Give a data set to the Train workspace (`train=Path`, ...) and go there."""
        self.go_to("train")  # mounts it, so that it hears the signal
        self.train_requested.emit(what)

    def hand_to_evaluate(self, **what: Any) -> None:
        """Give a run to the Evaluate workspace (`run=Path`, ...) and go there."""
        self.go_to("evaluate")
        self.evaluate_requested.emit(what)

    def hand_to_generate(self, run: Path) -> None:
        """Give a trained classifier (`run`, its folder) to the Generate workspace and go there."""
        self.go_to("generate")
        self.generate_requested.emit({"run": run})

    def hand_to_review(self, images: frozenset[str]) -> None:
        """Go to the Review workspace, with only these images (by SHA-256) in its queue."""
        self.go_to("review")
        self.review_requested.emit(images)

    def hand_to_datasets(self, **what: Any) -> None:
        """Go to the Datasets workspace to export what was reviewed."""
        self.go_to("datasets")
        self.export_requested.emit(what)

    def _set_project(self, project: "Project | None") -> None:
        previous, self.project = self.project, project
        self.jobs.clear()
        if project is not None:
            self.settings.remember_project(project.path)
        # Views let go of the previous project before it closes under them.
        self.project_changed.emit(project)
        if previous is not None:
            previous.close()


def load_keymap(settings: Settings) -> KeyMap:
    """The chosen preset with the user's own changes, without those that clash."""
    preset = settings.get("keymap", "studio")
    try:
        return KeyMap.load(preset, settings.get("keys", {}))
    except (StudioError, ValueError):
        return KeyMap.load(preset)


def suggested_reviewer() -> str:
    """A first suggestion for the reviewer's name: the account's."""
    return os.environ.get("USER") or os.environ.get("USERNAME") or ""
