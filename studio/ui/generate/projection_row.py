"""Projecting a photograph from the window: the job, its picture, and how far to trust it."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QProgressBar, QWidget

from studio.ui.jobs_model import WatchedJob
from studio.ui.theme import Theme
from studio.ui.widgets import (
    Button,
    Field,
    IconButton,
    ImageTile,
    IntField,
    PathField,
    column,
    label,
    row,
    set_role,
)
from studio.wording import duration, number, significant

DIFFERENT = 0.15  # in probability: the projection is another lesion to the classifier
STEPS = 300
SIDE = 112  # px


def tr(text: str) -> str:
    return QCoreApplication.translate("Projecting", text)


def badge(found: dict[str, float | None]) -> tuple[str, bool]:
    """What to say of a projection's fidelity, and whether it is a warning."""
    first, last = found["first"] or 0.0, found["distance"] or 0.0
    words = tr("Distance {0}, {1} times less than at first.").format(
        significant(last), number(first / last if last else 1.0, 1)
    )
    photograph, projection = found["photograph"], found["projection"]
    if photograph is None or projection is None:
        return f"{words} {tr('Tick a classifier to compare what it makes of both.')}", False
    words += " " + tr("Probability {0} for the photograph, {1} for its projection.").format(
        number(photograph, 2), number(projection, 2)
    )
    if abs(photograph - projection) > DIFFERENT:
        return f"{words} {tr('This morph does not represent this picture.')}", True
    return words, False


class ProjectionRow(QWidget):
    """Which photograph, how many steps; then the progress with its picture, and the badge."""

    requested = Signal(str, int)  # photograph, steps
    stopped = Signal()

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self.photograph = PathField(
            self.tr("{0}: photograph").format(title),
            "file",
            self.tr("A photograph of one lesion"),
            self.tr("Pictures (*.jpg *.jpeg *.png *.webp *.bmp)"),
        )
        self.steps = IntField()
        self.steps.setRange(10, 5000)
        self.steps.setSingleStep(50)
        self.steps.setValue(STEPS)
        self.button = Button(self.tr("Project"), self._request)
        self.steps_field = Field(self.tr("Steps"), self.steps)
        self.steps.setAccessibleName(self.tr("{0}: steps of the projection").format(title))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Projection"))
        self.stop_button = IconButton(
            theme, "stop", self.tr("Stop and keep the best"), self.stopped.emit, size=16
        )
        self.note = label("", "small", wrap=True)
        self.target = ImageTile(theme, self.tr("photograph"), SIDE)
        self.best = ImageTile(theme, self.tr("synthetic"), SIDE)
        self.badge = label("", "small", wrap=True)
        self.pair = QWidget()
        self.pair.setLayout(row(self.target, self.best, None, gap=4))
        self.pair.setFixedHeight(SIDE + 20)
        self.progress = QWidget()
        self.progress.setLayout(row(self.bar, self.stop_button))
        layout = column(
            self.photograph,
            row(self.steps_field, column(None, self.button), None),
            self.progress,
            self.note,
            self.pair,
            self.badge,
        )
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        for part in (self.progress, self.note, self.pair, self.badge):
            part.hide()

    def show_photograph(self, path: str) -> None:
        if path and path != self.photograph.text():
            self.photograph.set_text(path)

    def clear(self) -> None:
        """Nothing of any projection: another one may be asked for."""
        self.button.setEnabled(True)
        self.show_badge("", False)
        self._show_note("")
        for part in (self.progress, self.pair):
            part.hide()

    def set_error(self, sentence: str) -> None:
        """Why it cannot begin."""
        self._show_note(sentence, "error")

    def show_job(self, job: WatchedJob) -> None:
        """How far a projection is; the picture that is best so far."""
        live, status = job.live, job.status
        self.button.setEnabled(not live)
        self.progress.setVisible(live)
        if status is None:
            self.bar.setRange(0, 0)
            self._show_note(self.tr("starting…"))
            return
        state = str(status.state)
        self.stop_button.setEnabled(state in {"queued", "running"})
        self.bar.setRange(0, status.total or 0)
        self.bar.setValue(status.done or 0)
        words = [status.message] if live and status.message else []
        if status.total and status.done and not words:
            words.append(self.tr("{0} of {1} steps").format(status.done, status.total))
        if state == "stopping":
            words.append(self.tr("stopping, the best is kept…"))
        elif live and status.eta_s is not None:
            words.append(self.tr("{0} left").format(duration(status.eta_s)))
        elif state == "stopped":
            words.append(self.tr("stopped, the best is kept"))
        elif state in {"failed", "crashed"}:
            self._show_note(
                status.error or self.tr("It ended without a word; see its log.txt."), "error"
            )
            return
        self._show_note(" · ".join(word for word in words if word))

    def show_pictures(self, target: QImage | None, best: QImage | None) -> None:
        """The photograph as the network would see it, and the best projection so far."""
        self.target.set_image(target)
        self.best.set_image(best)
        self.pair.show()

    def show_badge(self, text: str, warning: bool) -> None:
        """How far the projection stands for its photograph."""
        self.badge.setText(("⚠ " if warning else "") + text)
        set_role(self.badge, role="error" if warning else "small")
        self.badge.setVisible(bool(text))

    def _show_note(self, text: str, role: str = "small") -> None:
        self.note.setText(text)
        set_role(self.note, role=role)
        self.note.setVisible(bool(text))

    def _request(self) -> None:
        path = self.photograph.text()
        if not path or not Path(path).is_file():
            self.set_error(self.tr("Choose a photograph first."))
            return
        self.requested.emit(path, self.steps.value())
