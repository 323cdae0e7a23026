"""Truncation, noise, style mixing and directions: what changes the whole path."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from studio.ui.background import Control
from studio.ui.generate import path_measurement
from studio.ui.generate.controller import MorphController
from studio.ui.generate.endpoint_panel import SEED_MOST
from studio.ui.generate.path_analysis import PathAnalysis
from studio.ui.generate.plane_pad import PlanePad
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import (
    Button,
    Choice,
    Field,
    FloatField,
    IntField,
    Slider,
    column,
    label,
    row,
)
from studio.wording import signed

if TYPE_CHECKING:
    from studio.generate.session import Move

REACH = 3.0  # standard deviations of random w, either way
_TICKS = 100  # a deviation
_SHOWN = 5  # directions of each kind


class AppearancePanel(QWidget):
    """Truncation, noise and style of the session."""

    def __init__(self, controller: MorphController) -> None:
        super().__init__()
        self.controller = controller
        self._filling = False
        self.truncation = FloatField()
        self.truncation.setRange(-1, 1.5)
        self.truncation.setSingleStep(0.05)
        self.truncation.setDecimals(2)
        self.noise = Choice(
            [
                ("const", self.tr("as trained")),
                ("random", self.tr("random")),
                ("none", self.tr("none")),
            ]
        )
        self.noise_seed = IntField()
        self.noise_seed.setRange(0, SEED_MOST)
        self.noise_field = Field(self.tr("Seed of the noise"), self.noise_seed)
        self.noise_strength = FloatField()
        self.noise_strength.setRange(0, 10)
        self.noise_strength.setSingleStep(0.1)
        self.noise_strength.setDecimals(2)
        self.strength_field = Field(self.tr("Strength of the noise"), self.noise_strength)
        self.style_on = QCheckBox(self.tr("Colours of a seed"))
        self.style_seed = IntField()
        self.style_seed.setRange(0, SEED_MOST)
        self.style_seed.setMinimumWidth(96)
        self.style_field = Field(self.tr("Seed"), self.style_seed)
        self.style_seed.setAccessibleName(self.tr("Seed that gives the colours"))
        across = QHBoxLayout()
        across.setSpacing(GRID)
        across.addWidget(Field(self.tr("Truncation of seeds"), self.truncation))
        across.addWidget(Field(self.tr("Noise"), self.noise))
        noise = row(self.strength_field, self.noise_field)
        layout = column(across, noise, row(column(None, self.style_on), self.style_field))
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.truncation.valueChanged.connect(lambda value: self._set(truncation=round(value, 4)))
        self.noise.chosen.connect(lambda value: self._set(noise_mode=value))
        self.noise_seed.valueChanged.connect(lambda value: self._set(noise_seed=value))
        self.noise_strength.valueChanged.connect(
            lambda value: self._set(noise_strength=round(value, 4))
        )
        self.style_on.toggled.connect(lambda _: self._set_style())
        self.style_seed.valueChanged.connect(lambda _: self._set_style())
        controller.session_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show what the session says."""
        session = self.controller.session
        if session is None:
            return
        self._filling = True
        self.truncation.setValue(session.truncation)
        self.noise.set_value(session.noise_mode)
        self.noise_seed.setValue(min(session.noise_seed, SEED_MOST))
        self.noise_field.setVisible(session.noise_mode == "random")
        self.noise_strength.setValue(session.noise_strength)
        self.strength_field.setVisible(session.noise_mode != "none")
        self.style_on.setChecked(session.style_from is not None)
        self.style_seed.setEnabled(session.style_from is not None)
        if session.style_from is not None:
            self.style_seed.setValue(min(session.style_from, SEED_MOST))
        self._filling = False

    def _set(self, **changes: Any) -> None:
        if not self._filling:
            self.controller.update(**changes)

    def _set_style(self) -> None:
        self._set(style_from=self.style_seed.value() if self.style_on.isChecked() else None)


class DirectionsPanel(QWidget):
    """A slider for the chosen direction, and a square for it and another at once; those that are
    not at zero are listed."""

    def __init__(self, controller: MorphController, analyst: PathAnalysis, theme: Theme) -> None:
        super().__init__()
        self.controller, self.analyst = controller, analyst
        self._filling = False
        self._boundary: list[float] | None = None
        options: list[tuple[Any, str]] = [
            *((f"pca {i}", self.tr("PCA {0}").format(i + 1)) for i in range(_SHOWN)),
            *(
                (f"closed_form {i}", self.tr("Closed form {0}").format(i + 1))
                for i in range(_SHOWN)
            ),
            ("boundary 0", self.tr("Class boundary")),
        ]
        self._names = dict(options)
        self.chosen = Choice(options)
        self.upward = Choice(options)
        self.upward.set_value("pca 1")
        self.pad = PlanePad(theme, REACH)
        self.pad.moved.connect(self._dragged)
        self.slider = Slider()
        reach = round(REACH * _TICKS)
        self.slider.setRange(-reach, reach)
        self.slider.setSingleStep(_TICKS // 10)
        self.slider.setPageStep(_TICKS // 2)
        self.slider.setMinimumHeight(32)
        self.slider.setAccessibleName(self.tr("How far along the direction"))
        self.amount = label("0.0", "small")
        self.amount.setMinimumWidth(40)
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.used = label("", "small", wrap=True)
        self.find_button = Button(self.tr("Find the class boundary"), self.find_boundary)
        self.reset = Button(self.tr("All to zero"), lambda: self.controller.update(moves=[]))
        layout = column(
            Field(self.tr("Direction"), self.chosen),
            row(self.slider, self.amount),
            Field(self.tr("And upwards in the square"), self.upward),
            row(self.pad, None),
            self.used,
            self.find_button,
            self.reset,
        )
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.chosen.chosen.connect(lambda _: self.refresh())
        self.upward.chosen.connect(lambda _: self.refresh())
        self.slider.valueChanged.connect(self._slid)
        controller.session_changed.connect(self.refresh)
        controller.opened.connect(self._opened)

    def refresh(self) -> None:
        """Show what the session says."""
        session = self.controller.session
        if session is None:
            return
        kind, index = self._chosen()
        move, across = self._move(kind, index), self._move(*_kind(self.upward))
        plane = self.chosen.value() != self.upward.value()
        self.pad.setEnabled(plane and "boundary" not in (kind, _kind(self.upward)[0]))
        self.pad.show_amounts(move.amount if move else 0.0, across.amount if across else 0.0)
        if kind == "boundary" and move is not None:
            self._boundary = move.vector
        ready = kind != "boundary" or self._boundary is not None
        self._filling = True
        self.slider.setEnabled(ready)
        self.slider.setValue(round((move.amount if move else 0.0) * _TICKS))
        self._filling = False
        self.amount.setText(f"{signed(move.amount if move else 0.0, 1)} σ")
        self.find_button.setVisible(not ready)
        self.find_button.setEnabled(bool(session.runs))
        self.find_button.setToolTip(
            ""
            if session.runs
            else self.tr("Tick a classifier first: the boundary is between its classes.")
        )
        used = [one for one in session.moves if one.amount]
        self.reset.setVisible(bool(used))
        self.used.setText(
            ", ".join(
                f"{self._names.get(f'{m.kind} {m.index}', m.kind)} {signed(m.amount, 1)}"
                for m in used
            )
        )
        self.used.setVisible(bool(used))

    def find_boundary(self) -> None:
        """Render seeds, have the first ticked classifier score them, and fit the boundary."""
        session = self.controller.session
        if session is None or not session.runs:
            return
        run, document = session.runs[0], self.controller.document
        text = self.find_button.text()
        self.find_button.setEnabled(False)

        def work(control: Control) -> list[float]:
            return path_measurement.class_boundary(self.analyst, run, control)

        def done(vector: list[float]) -> None:
            if document is not self.controller.document:
                return  # of a network that is no longer open
            self._boundary = vector
            self.refresh()
            self.slider.setFocus(Qt.FocusReason.OtherFocusReason)

        def tell(count: int, total: int, _message: str) -> None:
            self.find_button.setText(self.tr("Scoring seeds: {0} of {1}").format(count, total))

        def ended() -> None:
            self.find_button.setText(text)
            self.refresh()

        self.analyst.aside(work, done, tell).ended.connect(ended)

    def _opened(self) -> None:
        self._boundary = None
        self.refresh()

    def _chosen(self) -> tuple[str, int]:
        return _kind(self.chosen)

    def _move(self, kind: str, index: int) -> "Move | None":
        session = self.controller.session
        moves = [] if session is None else session.moves
        return next((one for one in moves if (one.kind, one.index) == (kind, index)), None)

    def _slid(self, value: int) -> None:
        from studio.generate.session import Move

        session = self.controller.session
        if self._filling or session is None:
            return
        kind, index = self._chosen()
        vector = self._boundary if kind == "boundary" else None
        self._set_moves(Move(kind=kind, index=index, amount=value / _TICKS, vector=vector))  # type: ignore[arg-type]

    def _dragged(self, x: float, y: float) -> None:
        from studio.generate.session import Move

        (kind, index), (other, other_index) = self._chosen(), _kind(self.upward)
        self._set_moves(
            Move(kind=kind, index=index, amount=x),  # type: ignore[arg-type]
            Move(kind=other, index=other_index, amount=y),  # type: ignore[arg-type]
        )

    def _set_moves(self, *mine: "Move") -> None:
        """Put these moves in place of those along the same directions."""
        if self.controller.session is None:
            return
        which = {(one.kind, one.index) for one in mine}
        others = [
            one for one in self.controller.session.moves if (one.kind, one.index) not in which
        ]
        self.controller.update(moves=[*others, *(one for one in mine if one.amount)])


def _kind(choice: Choice) -> tuple[str, int]:
    """The kind of a direction and its number."""
    kind, index = str(choice.value()).split(" ")
    return kind, int(index)
