"""The stages: what plan it is, the graph, the selected stage below it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from studio.ui.context import StudioContext
from studio.ui.generate.training.details import StageDetails
from studio.ui.generate.training.graph import GraphArea, StageGraph
from studio.ui.generate.training.plan_model import PlanModel
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, row
from studio.ui.widgets.elided import ElidedLabel
from studio.workflows.generate.presets import paper, small
from studio.workflows.generate.stages import StageData


class StagePage(QWidget):
    """Edits the model's plan through its buttons; the graph selects."""

    def __init__(self, context: StudioContext, model: PlanModel) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self._model = model
        self.title = ElidedLabel(role="heading")
        self.add_button = Button(self.tr("Add a stage"), model.add)
        self.remove_button = Button(self.tr("Remove"), model.remove)
        self.preset_button = Button(self.tr("Presets"), self.open_presets)
        self.preset_button.setAccessibleName(self.tr("Begin with a preset"))
        self.graph = StageGraph(context.theme)
        self.area = GraphArea(self.graph)
        self.details = StageDetails(context, model)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.area)
        self.splitter.addWidget(self.details)
        self.splitter.setStretchFactor(1, 1)
        head = row(self.title, self.preset_button, self.add_button, self.remove_button)
        head.setStretch(0, 1)
        head.setContentsMargins(PADDING, GRID, PADDING, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self.splitter, 1)
        self.graph.selected.connect(model.select)
        model.changed.connect(self.refresh)
        model.looked.connect(self.refresh)
        self._fitted_for = -1

    def refresh(self) -> None:
        """Show the plan as it is."""
        model = self._model
        self.title.set_text(model.plan.title or self.tr("Stages"))
        self.graph.show_plan(model.plan, model.states, model.current)
        self.add_button.setEnabled(model.editable)
        self.preset_button.setEnabled(model.editable)
        self.remove_button.setEnabled(model.editable and model.stage is not None)
        if self._fitted_for != self.graph.arrangement.rows:
            self._fitted_for = self.graph.arrangement.rows
            height = self.graph.sizeHint().height()
            self.splitter.setSizes([height, max(self.height() - height, 240)])

    def presets(self) -> list[tuple[str, Callable[[], None]]]:
        """Plans to begin with: words, and what takes them."""
        model = self._model
        crops = StageData(kind="project" if sum(model.crops.values()) else "sample")
        return [
            (self.tr("Paper: LESION130k, then melanoma, nevus, both"), partial(model.use, paper())),
            (self.tr("Small, for this computer"), partial(model.use, small(crops))),
        ]

    def open_presets(self) -> None:
        """Offer plans in the place of this one; undo brings it back."""
        menu = QMenu(self)
        for words, take in self.presets():
            menu.addAction(words, take)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.preset_button.mapToGlobal(self.preset_button.rect().bottomLeft()))
