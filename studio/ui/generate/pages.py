"""The pages of Generate under one switch: morph, training, set builder.

The morph stands ready from the start; the others are built when they are first looked at.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.actions import Action
from studio.ui.context import StudioContext
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Segments
from studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from studio.project import Project

MORPH, TRAINING, SETS = "morph", "training", "sets"
LAST = "generate.room"  # the setting that keeps the page that was shown last
_FACTORIES = {
    TRAINING: "studio.ui.generate.training.page:TrainingPage",
    SETS: "studio.ui.generate.builder.page:SetBuilderPage",
}


def tr(text: str) -> str:
    return QCoreApplication.translate("GeneratePages", text)


def titles() -> dict[str, str]:
    """The titles of the pages on the switch, in order."""
    return {MORPH: tr("Morph"), TRAINING: tr("Training"), SETS: tr("Set builder")}


class GeneratePages(QWidget):
    """A switch over a stack. `entered(name)` when another page is shown."""

    entered = Signal(str)
    hints_changed = Signal()
    network_chosen = Signal(object)  # Path: a page opens a network in the morph

    def __init__(self, context: StudioContext, morph: QWidget) -> None:
        super().__init__()
        self._context, self._project = context, context.project
        self._panels = True
        self.built: dict[str, Workspace] = {}
        self._front: Workspace | None = None
        self._names = list(titles())
        self.bar = Segments(self.tr("Pages of Generate"))
        for name, title in titles().items():
            key = context.keymap.text(f"generate.room_{name}")
            index = self.bar.addTab(title)
            self.bar.setTabToolTip(index, f"{title} ({key})" if key else title)
        self.bar.currentChanged.connect(lambda index: self._enter(self._names[index]))
        self.stack = QStackedWidget()
        self.stack.addWidget(morph)
        strip = QFrame()
        strip.setProperty("surface", "panel")
        across = QHBoxLayout(strip)
        across.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        across.addWidget(self.bar)
        across.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(strip)
        layout.addWidget(self.stack, 1)
        self._strip = strip

    @property
    def name(self) -> str:
        """The name of the page that is shown."""
        return self._names[self.bar.currentIndex()]

    @property
    def current(self) -> Workspace | None:
        """The page that is shown; None for the morph, which is the workspace itself."""
        return self.built.get(self.name)

    def show_page(self, name: str) -> None:
        """Show a page, which is built the first time."""
        if name in self._names:
            self.bar.setCurrentIndex(self._names.index(name))

    def restore(self) -> None:
        """Show the page at which the last session ended."""
        self.show_page(str(self._context.settings.get(LAST, MORPH)))

    def set_project(self, project: "Project | None") -> None:
        self._project = project
        for page in self.built.values():
            page.set_project(project)

    def set_panels_visible(self, visible: bool) -> None:
        self._panels = visible
        self._strip.setVisible(visible)
        if self.current is not None:
            self.current.set_panels_visible(visible)

    def close_pages(self) -> None:
        for page in self.built.values():
            page.close_workspace()

    def _enter(self, name: str) -> None:
        if self._front is not None:
            self._front.deactivate()
        if name != MORPH and name not in self.built:
            self._build(name)
        self._front = page = self.built.get(name)
        if page is None:
            self.stack.setCurrentIndex(0)
        else:
            self.stack.setCurrentWidget(page)
            page.set_panels_visible(self._panels)
        self._context.settings.set(LAST, name)
        self.entered.emit(name)

    def _build(self, name: str) -> None:
        module, _, kind = _FACTORIES[name].partition(":")
        made: Any = getattr(import_module(module), kind)(self._context, self)
        self.built[name] = made
        self.stack.addWidget(made)
        self._context.registry.extend(made.actions())
        made.hints_changed.connect(self.hints_changed)
        made.mode_changed.connect(lambda _: self.hints_changed.emit())
        if hasattr(made, "network_chosen"):
            made.network_chosen.connect(self.network_chosen)
        made.set_project(self._project)


def page_actions(show: Callable[[str], None], here: str) -> list[Action]:
    """One action for each page, which shows it."""
    return [
        Action(
            f"generate.room_{name}",
            tr("Go to {0}").format(title),
            partial(show, name),
            here,
            "generate",
            bar=title,
        )
        for name, title in titles().items()
    ]
