"""The seed grid with what can be done with the seed that has the frame."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.ui.generate.controller import MorphController
from studio.ui.generate.seed_grid import SEEDS, SeedGrid
from studio.ui.theme import Theme
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, Choice, Field, IntField, column, row
from studio.ui.widgets.elided import ElidedLabel

_CLASS = 184  # px; the long names of classes are read whole


class SeedsPage(QWidget):
    """Walk the seeds; make one the source, the target, or the colours of the path."""

    left = Signal()

    def __init__(self, theme: Theme, controller: MorphController) -> None:
        super().__init__()
        self.controller = controller
        self.grid = SeedGrid(theme, controller)
        self.number = IntField()
        self.number.setRange(0, SEEDS - 1)
        self.seed_field = Field(self.tr("Seed"), self.number)
        self.number.setAccessibleName(self.tr("Go to seed"))
        self.number.valueChanged.connect(self.grid.walk_to)
        self.grid.chosen.connect(self._chosen)
        self.class_name = Choice()
        self.class_name.setAccessibleName(self.tr("Class of the pictures"))
        self.class_field = Field(self.tr("Class"), self.class_name)
        self.class_field.hide()
        self._source_class: str | None = None
        self.class_name.chosen.connect(self._class_chosen)
        controller.opened.connect(self._network_opened)
        controller.session_changed.connect(self._session_changed)
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
        self.class_name.setMinimumWidth(_CLASS)
        self.note = ElidedLabel(role="small")
        self._say_class()
        where = row(self.seed_field, self.class_field, None, column(None, self.back))
        use = row(self.to_source, self.to_target, self.to_style, self.note)
        use.setStretch(3, 1)
        layout = column(where, use, self.grid)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setStretch(2, 1)  # the room is the grid's, not the bar's
        self.setLayout(layout)

    def use(self, which: str) -> None:
        """Make the framed seed, of the class that is shown, the source or the target."""
        if self.controller.session is not None:
            name = self.grid.class_name
            self.controller.set_end(which, kind="seed", seed=self.grid.seed, class_name=name)
            self.left.emit()

    def use_style(self) -> None:
        """Give the path the colours of the framed seed."""
        if not self.to_style.isEnabled():
            return
        self.controller.update(style_from=self.grid.seed)
        self.left.emit()

    def _network_opened(self) -> None:
        names = self.controller.classes
        blocked = self.class_name.blockSignals(True)
        self.class_name.set_options([(name, name) for name in names])
        self.class_name.blockSignals(blocked)
        self.class_field.setVisible(bool(names))
        self._follow_source()

    def _session_changed(self) -> None:
        session = self.controller.session
        if session is not None and session.source.class_name != self._source_class:
            self._follow_source()

    def _follow_source(self) -> None:
        """The class of A, until a person chooses another here."""
        session = self.controller.session
        if session is None:
            return
        self._source_class = session.source.class_name
        if self.controller.classes:
            self.class_name.set_value(self._source_class)
        self._class_chosen(self.class_name.value() if self.controller.classes else None)

    def _class_chosen(self, name: str | None) -> None:
        self.grid.show_class(name)
        self._say_class()

    def _say_class(self) -> None:
        name = self.grid.class_name
        self.note.set_text(
            self.tr("Synthetic pictures, small previews.")
            if name is None
            else self.tr("Synthetic pictures of {0}, small previews.").format(name)
        )
        # The path takes colours in the class of A: of another class they would not be these.
        self.to_style.setEnabled(name == self._source_class)

    def _chosen(self, seed: int) -> None:
        blocked = self.number.blockSignals(True)
        self.number.setValue(seed)
        self.number.blockSignals(blocked)
