"""Shape, pattern and colour, each with a slider of its own, and what each owns of the change."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from studio.ui.generate.analyst import Analyst
from studio.ui.generate.desk import MorphDesk
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Slider, column, label

TICKS = 1000


class LayersPanel(QWidget):
    """Off, the groups follow the one slider; on, each goes its own way."""

    def __init__(self, desk: MorphDesk, analyst: Analyst) -> None:
        super().__init__()
        self.desk, self.analyst = desk, analyst
        self.apart = QCheckBox(self.tr("Move shape, pattern and colour apart"))
        self.sliders: dict[str, Slider] = {}
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
            slider.setAccessibleName(name)
            slider.valueChanged.connect(lambda value, g=group: self._slid(g, value))
            self.sliders[group] = slider
            self.shares[group] = label("", "small")
            self.shares[group].setMinimumWidth(48)
            self.shares[group].setAlignment(
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            grid.addWidget(label(name), number, 0)
            grid.addWidget(slider, number, 1)
            grid.addWidget(self.shares[group], number, 2)
        self.note = label("", "small", wrap=True)
        self.note.hide()
        layout = column(self.apart, grid, self.note)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.apart.toggled.connect(self._toggled)
        desk.session_changed.connect(self.refresh)
        desk.moved.connect(self.refresh)
        analyst.changed.connect(lambda what: self._show_shares() if what == "shares" else None)

    def refresh(self) -> None:
        """Show what the session says."""
        session = self.desk.session
        if session is None:
            return
        blocked = self.apart.blockSignals(True)
        self.apart.setChecked(session.groups_apart)
        self.apart.blockSignals(blocked)
        for group, slider in self.sliders.items():
            blocked = slider.blockSignals(True)
            slider.setEnabled(session.groups_apart)
            slider.setValue(round(session.positions[group] * TICKS))  # type: ignore[index]
            slider.blockSignals(blocked)

    def _toggled(self, on: bool) -> None:
        self.desk.update(groups_apart=on)
        if not on:
            self.desk.move_to(self.desk.t)

    def _slid(self, group: str, value: int) -> None:
        self.desk.move_groups({group: value / TICKS})  # type: ignore[dict-item]

    def _show_shares(self) -> None:
        shares = self.analyst.found.shares
        for group, words in self.shares.items():
            words.setText(f"{round(shares[group], 2) + 0.0:+.2f}" if shares else "")
            name = self.sliders[group].accessibleName()
            words.setAccessibleName(
                self.tr("Share of {0} in the change of probability").format(name)
            )
        if shares:
            self.note.setText(
                self.tr(
                    "Of the change in probability, {0:+.2f} in all, this much belongs to each "
                    "(Shapley values). Model output, not a diagnosis."
                ).format(sum(shares.values()))
            )
        self.note.setVisible(bool(shares))
