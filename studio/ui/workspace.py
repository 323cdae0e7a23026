"""What every workspace is, and the list of them. The window imports each at its first show."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from studio.ui.actions import Action

if TYPE_CHECKING:
    from studio.project import Project
    from studio.ui.context import StudioContext


class Workspace(QWidget):
    """One workspace of the window.

    A subclass builds its widgets in `__init__`, names its actions, and fills itself in
    `set_project`. Its `mode` selects the keys that work ("review", "review.edit", ...); `hints`
    names the six that the hint bar shows. Emit `hints_changed` when those change or when an
    action's `enabled` does. A widget that handles Space, arrows or Tab through the keymap although
    Qt would give it another meaning (an item view, say) sets the property `studioKeys` to True.
    """

    hints_changed = Signal()
    mode_changed = Signal(str)

    id = ""
    title = ""
    icon_name = ""

    def __init__(self, context: "StudioContext", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._mode = self.id
        self.setObjectName(self.id)
        self.setAccessibleName(self.title)

    @property
    def mode(self) -> str:
        """The keymap mode now: the workspace's id, or that with a part after a dot."""
        return self._mode

    def set_mode(self, mode: str) -> None:
        """Change the keys that work."""
        if mode != self._mode:
            self._mode = mode
            self.mode_changed.emit(mode)
            self.hints_changed.emit()

    @property
    def busy(self) -> bool:
        """Whether something that will be shown is still to come; screenshots wait for it."""
        return False

    def actions(self) -> list[Action]:  # type: ignore[override]  # Qt's own list is not used
        """What can be done here; registered once, when the window mounts the workspace."""
        return []

    def hints(self) -> list[str]:
        """The ids of at most six actions that work now, most useful first."""
        return []

    def gestures(self) -> list[tuple[str, str]]:
        """What the mouse does here, for the key help: ("Wheel", "Zoom")."""
        return []

    def set_project(self, project: "Project | None") -> None:
        """Show another project, or none. Called once at mounting too."""

    def home(self) -> QWidget | None:
        """Where the keys of the hint bar work now: the picture, the table, or the one button that
        begins something. None when nothing of that can take the focus."""
        return None

    def focus_home(self) -> None:
        """Give the focus to `home`, or to the workspace itself, where its keys work too."""
        (self.home() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def activate(self) -> None:
        """The workspace has come to the front: give focus to what keys should reach."""
        self.focus_home()

    def deactivate(self) -> None:
        """Another workspace comes to the front."""

    def set_panels_visible(self, visible: bool) -> None:
        """Show or hide everything but the main thing (`F`)."""

    def close_workspace(self) -> None:
        """The window closes: stop threads and timers. Nothing may need saving here."""


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802  # what lupdate looks for
    """Mark a text for translation where it is data; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class WorkspaceEntry:
    """A workspace as data, so that the rail stands before any of its code is imported."""

    id: str
    title: str
    icon_name: str
    factory: str  # "module:Class"
    step: str = ""  # what is done in it, in a few words
    purpose: str = ""  # what it is for, in a sentence or two

    def load(self) -> type[Workspace]:
        module, _, name = self.factory.partition(":")
        made: Any = getattr(import_module(module), name)
        return made  # type: ignore[no-any-return]


# In the order of the work, which is the order of Ctrl+1, Ctrl+2, ...
WORKSPACES = (
    WorkspaceEntry(
        "collect",
        QT_TRANSLATE_NOOP("Workspace", "Collect"),
        "collect",
        "studio.ui.collect.workspace:CollectWorkspace",
        QT_TRANSLATE_NOOP("Workspace", "Bring photographs in"),
        QT_TRANSLATE_NOOP(
            "Workspace",
            "Import folders or lists of photographs. Broken files and copies are "
            "found, and crop boxes are proposed for each photograph.",
        ),
    ),
    WorkspaceEntry(
        "review",
        QT_TRANSLATE_NOOP("Workspace", "Review"),
        "review",
        "studio.ui.review.workspace:ReviewWorkspace",
        QT_TRANSLATE_NOOP("Workspace", "Decide the crop boxes"),
        QT_TRANSLATE_NOOP(
            "Workspace",
            "Accept, adjust or reject each proposed crop box with one key and "
            "give it a class. Every decision is kept with its author.",
        ),
    ),
    WorkspaceEntry(
        "datasets",
        QT_TRANSLATE_NOOP("Workspace", "Datasets"),
        "datasets",
        "studio.ui.datasets.workspace:DatasetsWorkspace",
        QT_TRANSLATE_NOOP("Workspace", "Export what was decided"),
        QT_TRANSLATE_NOOP(
            "Workspace",
            "Count what was decided, keep it as a snapshot, and write it out as "
            "crops or in the format of another program.",
        ),
    ),
    WorkspaceEntry(
        "train",
        QT_TRANSLATE_NOOP("Workspace", "Train"),
        "train",
        "studio.ui.train.workspace:TrainWorkspace",
        QT_TRANSLATE_NOOP("Workspace", "Fit a classifier"),
        QT_TRANSLATE_NOOP(
            "Workspace",
            "Train a classifier on exported crops or on folders of your own, "
            "watch its curves, and choose the point at which it decides.",
        ),
    ),
    WorkspaceEntry(
        "evaluate",
        QT_TRANSLATE_NOOP("Workspace", "Evaluate"),
        "evaluate",
        "studio.ui.evaluate.workspace:EvaluateWorkspace",
        QT_TRANSLATE_NOOP("Workspace", "Test on new pictures"),
        QT_TRANSLATE_NOOP(
            "Workspace",
            "Measure a classifier on pictures it has not seen, with intervals, "
            "and look at those it gets wrong.",
        ),
    ),
    WorkspaceEntry(
        "experiment",
        QT_TRANSLATE_NOOP("Workspace", "Experiment"),
        "experiment",
        "studio.ui.experiment.workspace:ExperimentWorkspace",
        QT_TRANSLATE_NOOP("Workspace", "Compare training sets"),
        QT_TRANSLATE_NOOP(
            "Workspace",
            "Train on several mixes of data sets, many times, test each on several sets, and see "
            "what the table allows to be said.",
        ),
    ),
    WorkspaceEntry(
        "generate",
        QT_TRANSLATE_NOOP("Workspace", "Generate"),
        "generate",
        "studio.ui.generate.workspace:GenerateWorkspace",
        QT_TRANSLATE_NOOP("Workspace", "Make and morph pictures"),
        QT_TRANSLATE_NOOP(
            "Workspace",
            "Morph from one synthetic picture to another, train a network that "
            "makes them, and write sets of them.",
        ),
    ),
    WorkspaceEntry(
        "study",
        QT_TRANSLATE_NOOP("Workspace", "Study"),
        "study",
        "studio.ui.study.workspace:StudyWorkspace",
        QT_TRANSLATE_NOOP("Workspace", "Let readers judge"),
        QT_TRANSLATE_NOOP(
            "Workspace",
            "Show real and synthetic pictures to readers who do not know which is "
            "which, and test what they told apart.",
        ),
    ),
)
