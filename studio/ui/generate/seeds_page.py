"""The seed grid with what can be done with the seed that has the frame."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from studio.ui.generate.desk import MorphDesk
from studio.ui.generate.seed_grid import SEEDS, SeedGrid
from studio.ui.theme import Theme
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, Field, column, label, row


class SeedsPage(QWidget):
    """Walk the seeds; make one the source, the target, or the colours of the path."""

    left = Signal()

    def __init__(self, theme: Theme, desk: MorphDesk) -> None:
        super().__init__()
        self.desk = desk
        self.grid = SeedGrid(theme, desk)
        self.number = QSpinBox()
        self.number.setRange(0, SEEDS - 1)
        self.seed_field = Field(self.tr("Seed"), self.number)
        self.number.setAccessibleName(self.tr("Go to seed"))
        self.number.valueChanged.connect(self.grid.walk_to)
        self.grid.chosen.connect(self._chosen)
        self.to_source = Button(self.tr("As A"), lambda: self.use("source"))
        self.to_target = Button(self.tr("As B"), lambda: self.use("target"))
        self.to_style = Button(self.tr("Its colours"), self.use_style)
        self.back = Button(self.tr("Back"), self.left.emit)
        for button, name in (
            (self.to_source, self.tr("Use this seed as A, the source")),
            (self.to_target, self.tr("Use this seed as B, the target")),
            (self.to_style, self.tr("Give the path the colours of this seed")),
            (self.back, self.tr("Back to the morph")),
        ):
            button.setAccessibleName(name)
            button.setToolTip(name)
        bar = row(
            self.seed_field,
            *(column(None, one) for one in (self.to_source, self.to_target, self.to_style)),
            None,
            column(None, self.back),
        )
        note = label(self.tr("Synthetic pictures, small previews."), "small")
        layout = column(bar, self.grid, note)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setStretch(1, 1)  # the room is the grid's, not the bar's
        self.setLayout(layout)

    def use(self, which: str) -> None:
        """Make the framed seed the source or the target."""
        session = self.desk.session
        if session is not None:
            name = getattr(session, which).class_name
            self.desk.set_end(which, kind="seed", seed=self.grid.seed, class_name=name)
            self.left.emit()

    def use_style(self) -> None:
        """Give the path the colours of the framed seed."""
        self.desk.update(style_from=self.grid.seed)
        self.left.emit()

    def _chosen(self, seed: int) -> None:
        blocked = self.number.blockSignals(True)
        self.number.setValue(seed)
        self.number.blockSignals(blocked)
