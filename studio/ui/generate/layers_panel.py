"""Shape, pattern and colour, each with a slider of its own, and what each owns of the change."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from studio.ui.generate.controller import MorphController
from studio.ui.generate.path_analysis import PathAnalysis
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Button, Slider, column, label, row
from studio.wording import signed

TICKS = 1000


class LayersPanel(QWidget):
    """Off, all layers go from A to B, and there are no sliders; on, each group goes as far as its
    slider says."""

    def __init__(self, controller: MorphController, analyst: PathAnalysis) -> None:
        super().__init__()
        self.controller, self.analyst = controller, analyst
        self.apart = QCheckBox(self.tr("Move shape, pattern, colour apart"))
        self.sliders: dict[str, Slider] = {}
        self._names: dict[str, str] = {}
        self.hint = label(
            self.tr("How far each goes on the way from A (left) to B (right)."), "small", wrap=True
        )
        self.names: dict[str, QLabel] = {}
        self.shares: dict[str, QLabel] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(0)
        names = {
            "shape": self.tr("Shape"),
            "pattern": self.tr("Pattern"),
            "colour": self.tr("Colour"),
        }
        for number, (group, name) in enumerate(names.items()):
            slider = Slider()
            slider.setRange(0, TICKS)
            slider.setSingleStep(TICKS // 100)
            slider.setPageStep(TICKS // 10)
            slider.setMinimumHeight(32)
            slider.setAccessibleName(self.tr("{0}: how far from A to B").format(name))
            slider.valueChanged.connect(lambda value, g=group: self._slid(g, value))
            self.sliders[group] = slider
            self._names[group] = name
            self.shares[group] = label("", "small")
            self.shares[group].setMinimumWidth(48)
            self.shares[group].setAlignment(
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            self.names[group] = label(name)
            grid.addWidget(self.names[group], number, 0)
            grid.addWidget(slider, number, 1)
            grid.addWidget(self.shares[group], number, 2)
        self.note = label("", "small", wrap=True)
        self.note.hide()
        self.mixing = Button(self.tr("Style mixing…"))
        layout = column(self.apart, self.hint, grid, self.note, row(self.mixing, None))
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.apart.toggled.connect(self._toggled)
        controller.session_changed.connect(self.refresh)
        analyst.changed.connect(lambda what: self._show_shares() if what == "shares" else None)

    def refresh(self) -> None:
        """Show what the session says."""
        session = self.controller.session
        if session is None:
            return
        blocked = self.apart.blockSignals(True)
        self.apart.setChecked(session.groups_apart)
        self.apart.blockSignals(blocked)
        self.hint.setVisible(session.groups_apart)
        for group, slider in self.sliders.items():
            blocked = slider.blockSignals(True)
            slider.setVisible(session.groups_apart)
            slider.setValue(round(session.path_reach[group] * TICKS))  # type: ignore[index]
            slider.blockSignals(blocked)
        self._show_names()

    def _show_names(self) -> None:
        """The groups' names, where a slider or a share stands beside them."""
        session = self.controller.session
        apart = session is not None and session.groups_apart
        for group, name in self.names.items():
            name.setVisible(apart or bool(self.shares[group].text()))
            self.shares[group].setVisible(bool(self.shares[group].text()))

    def _toggled(self, on: bool) -> None:
        self.controller.update(groups_apart=on)

    def _slid(self, group: str, value: int) -> None:
        """Another reach; the picture shows the end of the path, where it can be judged."""
        session = self.controller.session
        if session is not None:
            self.controller.update(reach={**session.reach, group: value / TICKS})
            self.controller.move_to(1.0)

    def _show_shares(self) -> None:
        shares = self.analyst.found.shares
        for group, words in self.shares.items():
            words.setText(signed(shares[group], 2) if shares else "")
            words.setAccessibleName(
                self.tr("Share of {0} in the change of probability").format(self._names[group])
            )
        if shares:
            self.note.setText(
                self.tr(
                    "Of the change in probability, {0} in all, this much belongs to each "
                    "(Shapley values). Model output, not a diagnosis."
                ).format(signed(sum(shares.values()), 2))
            )
        self._show_names()
        self.note.setVisible(bool(shares))
