"""What the training page says before it has any stage."""

from collections.abc import Callable

from studio.ui.generate.training.plan_model import PlanModel
from studio.ui.widgets import EmptyState
from studio.wording import count
from studio.workflows.generate.presets import paper, small
from studio.workflows.generate.stages import StageData


class Beginning(EmptyState):
    """What it is for, and two plans to begin with."""

    def __init__(self, model: PlanModel, open_folder: Callable[[], object]) -> None:
        self._model = model
        super().__init__("", "", " ", self._begin_small)
        self.title.setText(self.tr("Train a generator"))
        self.setAccessibleName(self.title.text())
        self.paper = self.add_button(self.tr("The paper's stages"), lambda: model.use(paper()))
        self.open = self.add_button(self.tr("Open a run folder…"), open_folder)
        model.looked.connect(self.refresh)
        model.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Offer this project's crops where it has any, the synthetic sample's where not."""
        crops = sum(self._model.crops.values())
        on = (
            self.tr("on the {0} accepted crops of this project").format(count(crops))
            if crops
            else self.tr("on synthetic sample crops, since this project has no accepted crop yet")
        )
        self.text.setText(
            self.tr(
                "A StyleGAN2 learns from crops to make new ones, in stages that go on from one "
                "another. Begin with a small network of 64 px that this computer trains in a few "
                "hours, {0}; or with the stages of the paper. Losses, KID and a grid of pictures "
                "are seen while it learns, and any snapshot opens in Morph."
            ).format(on)
        )
        self.button.setText(self.tr("Begin small"))
        for button in (self.button, self.paper):
            button.setEnabled(self._model.editable)

    def _begin_small(self) -> None:
        crops = sum(self._model.crops.values())
        self._model.use(small(StageData(kind="project" if crops else "sample")))
