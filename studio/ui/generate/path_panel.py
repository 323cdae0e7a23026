"""How the path is walked: spacing and steps, and how even that looks."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.generate.controller import MorphController
from studio.ui.generate.path_analysis import PathAnalysis
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, Field, IntField, column, label
from studio.wording import number


class PathPanel(QWidget):
    """Spacing and number of steps; how long the path is and how even the steps, by each ruler."""

    def __init__(self, controller: MorphController, analyst: PathAnalysis) -> None:
        super().__init__()
        self.controller, self.analyst = controller, analyst
        self._filling = False
        self.spacing = Choice(
            [
                ("w", self.tr("in w")),
                ("perceptual", self.tr("to the eye")),
                ("probability", self.tr("in probability")),
            ]
        )
        self.steps = IntField()
        self.steps.setRange(2, 10_000)
        self.meaning = label("", "small", wrap=True)
        self.note = label("", "small", wrap=True)
        across = QHBoxLayout()
        across.setSpacing(GRID)
        across.addWidget(Field(self.tr("Even steps"), self.spacing), 1)
        across.addWidget(Field(self.tr("Steps"), self.steps))
        layout = column(across, self.meaning, self.note)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.spacing.chosen.connect(lambda value: self._set(spacing=value))
        self.steps.valueChanged.connect(lambda value: self._set(steps=value))
        controller.session_changed.connect(self.refresh)
        analyst.changed.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Show what the session says and what was measured."""
        session = self.controller.session
        if session is None:
            return
        self._filling = True
        self.spacing.set_value(session.spacing)
        self.steps.setValue(session.steps)
        self._filling = False
        self.meaning.setText(self._meaning(session.spacing))
        found = self.analyst.found
        if found.ratios and found.length is not None:
            name, *_ = found.ratios
            by = ", ".join(
                f"{number(ratio, 2)} ({ruler})" for ruler, ratio in self._named(found.ratios)
            )
            words = self.tr(
                "Longest of {0} steps over the mean: {1}. Path length {2} ({3}). On previews."
            ).format(session.steps - 1, by, number(found.length, 2), name)
        elif self.analyst.busy:
            words = self.tr("Measuring the path…")
        else:
            words = ""
        self.note.setText(words)

    def _meaning(self, spacing: str) -> str:
        """Whose ruler the steps are even by."""
        return {
            "w": self.tr("Even in the latent w, whatever is seen."),
            "perceptual": self.tr(
                "Even by lite0 features, pixels and edges at once: whichever changes most counts."
            ),
            "probability": self.tr(
                "Even in the first ticked classifier's probability, its wiggles smoothed."
            ),
        }[spacing]

    def _named(self, ratios: dict[str, float]) -> list[tuple[str, float]]:
        words = {"pixels": self.tr("pixels"), "edges": self.tr("edges")}
        return [(words.get(ruler, ruler), ratio) for ruler, ratio in ratios.items()]

    def _set(self, **changes: object) -> None:
        if not self._filling:
            self.controller.update(**changes)
