"""How the path is walked: spacing and steps, and how even that looks."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui.generate.analyst import Analyst
from studio.ui.generate.desk import MorphDesk
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, Field, IntField, column, label


class PathPanel(QWidget):
    """Spacing and number of steps; length and step ratio as the perceptual distance sees them."""

    def __init__(self, desk: MorphDesk, analyst: Analyst) -> None:
        super().__init__()
        self.desk, self.analyst = desk, analyst
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
        self.note = label("", "small", wrap=True)
        across = QHBoxLayout()
        across.setSpacing(GRID)
        across.addWidget(Field(self.tr("Even steps"), self.spacing), 1)
        across.addWidget(Field(self.tr("Steps"), self.steps))
        layout = column(across, self.note)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.spacing.chosen.connect(lambda value: self._set(spacing=value))
        self.steps.valueChanged.connect(lambda value: self._set(steps=value))
        desk.session_changed.connect(self.refresh)
        analyst.changed.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Show what the session says and what was measured."""
        session = self.desk.session
        if session is None:
            return
        self._filling = True
        self.spacing.set_value(session.spacing)
        self.steps.setValue(session.steps)
        self._filling = False
        found = self.analyst.found
        if found.ratio is not None and found.length is not None:
            words = self.tr(
                "Path length {0:.2f}; the longest of {1} steps is {2:.2f} × the mean "
                "(lite0, on previews)."
            ).format(found.length, session.steps - 1, found.ratio)
        elif self.analyst.busy:
            words = self.tr("Measuring the path…")
        else:
            words = ""
        self.note.setText(words)

    def _set(self, **changes: object) -> None:
        if not self._filling:
            self.desk.update(**changes)
