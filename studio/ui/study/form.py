"""What a new study is made of."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit

from studio.generate.files.header import read_header
from studio.generate.files.named import resolve_network_path
from studio.jobs.kinds import StudyParams
from studio.study.folder import folder_name
from studio.study.plan import PER_KIND
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.study.words import size_sentence
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import (
    Button,
    Choice,
    Field,
    IntField,
    JobRow,
    PathField,
    PrimaryButton,
    ScrollPanel,
    label,
    row,
)
from studio.ui.widgets.new_folder import next_unused
from studio.wording import significant
from studio.workflows.study import STUDIES

if TYPE_CHECKING:
    from studio.jobs import JobStatus

SIZES = (64, 96, 128, 192, 256, 384, 512)
MARGINS = (0.05, 0.10, 0.15, 0.20)
_WIDEST = 560  # px
PROJECT, FOLDER, NETWORK = "project", "folder", "network"


class StudyForm(ScrollPanel):
    """`requested(StudyParams)` when it is complete; `left` when it is given up."""

    requested = Signal(object)
    left = Signal()
    stopped = Signal()

    def __init__(self, context: StudioContext) -> None:
        super().__init__(self.tr("New reader study"))
        self._context = context
        self.title = QLineEdit()
        self.title.setMaxLength(200)
        self.real_from = Choice(
            [(PROJECT, self.tr("Kept crops of this project")), (FOLDER, self.tr("A folder"))]
        )
        self.real = PathField(self.tr("Folder of real pictures"))
        self.synthetic_from = Choice(
            [(FOLDER, self.tr("A folder")), (NETWORK, self.tr("A network renders them"))]
        )
        self.synthetic = PathField(self.tr("Folder of synthetic pictures"))
        self.network = PathField(
            self.tr("Network"), "file", self.tr("a .safetensors file, or sample"),
            self.tr("Networks (*.safetensors)"),
        )  # fmt: skip
        self.per_kind = _spin(1, 5000, PER_KIND)
        self.readers = _spin(1, 1000, 1)
        self.margin = Choice(
            [(m, self.tr("±{0} points").format(significant(100 * m))) for m in MARGINS]
        )
        self.margin.set_value(0.10)
        self.side = Choice([(n, f"{n} × {n}") for n in SIZES])
        self.side.set_value(128)
        self.seed = _spin(0, 999_999, 0)
        self.diagnosis = QCheckBox(self.tr("Also ask for the diagnosis of each picture"))
        self.key = PathField(self.tr("Key"), "new file", self.tr("in the study's folder"))
        self.words = label("", "quiet", wrap=True)
        self.button = PrimaryButton(self.tr("Make the study"), self.request)
        self.trouble = label("", "error", wrap=True)
        self.job = JobRow(context.theme, self.tr("Making the study"))
        self.job.stopped.connect(self.stopped)
        self._build()
        self._connect()
        self._edited()

    def _build(self) -> None:
        tr = self.tr
        self.title_field = Field(tr("Title"), self.title)
        self.real_field = Field(tr("Folder of real pictures"), self.real)
        self.synthetic_field = Field(tr("Folder of synthetic pictures"), self.synthetic)
        self.network_field = Field(tr("Network"), self.network)
        self.side_field = Field(
            tr("Side of all pictures (px)"), self.side,
            tr("Smaller pictures are left out: enlarging would give them away."),
        )  # fmt: skip
        self.key_field = Field(
            tr("Keep the key elsewhere (optional)"), self.key,
            tr("The key says which picture is real. No reading screen ever opens it."),
        )  # fmt: skip
        numbers = row(
            Field(tr("Pictures of each kind"), self.per_kind),
            Field(tr("Planned readers"), self.readers),
            Field(tr("Equivalent within"), self.margin),
            Field(tr("Seed"), self.seed),
        )
        self.add(
            self.title_field,
            Field(tr("Real pictures"), self.real_from),
            self.real_field,
            Field(tr("Synthetic pictures"), self.synthetic_from),
            self.synthetic_field,
            self.network_field,
        )
        self.add(numbers, self.words, self.side_field, self.diagnosis, self.key_field)
        self.panel.body.addSpacing(GRID)
        self.cancel = Button(tr("Cancel"), self.left.emit)
        self.add(row(self.button, self.cancel, None), self.trouble, self.job)
        self.panel.body.addStretch(1)
        self.panel.setMaximumWidth(_WIDEST)
        self.job.hide()
        self.trouble.hide()

    def _connect(self) -> None:
        for choice in (self.real_from, self.synthetic_from, self.margin):
            choice.chosen.connect(lambda _: self._edited())
        self.network.changed.connect(self._network_named)
        for number in (self.per_kind, self.readers):
            number.valueChanged.connect(lambda _: self._edited())
        for field in (self.real_field, self.synthetic_field, self.network_field, self.title_field):
            control = field.control
            signal = control.changed if isinstance(control, PathField) else control.textChanged  # type: ignore[attr-defined]
            signal.connect(lambda _, one=field: one.set_error(""))

    def request(self) -> None:
        """Emit what is asked for, or say at the field what is missing."""
        project = self._context.project
        if project is None or not self.button.isEnabled():
            return
        self.show_trouble("")
        if not self._complete():
            return
        title = self.title.text().strip()
        out = next_unused(project.path / STUDIES / folder_name(title))
        network = self.network.text() if self.synthetic_from.value() == NETWORK else None
        key = Path(self.key.text()).expanduser().absolute() if self.key.text() else None
        names = tuple(one.name for one in project.labels()) if self.diagnosis.isChecked() else ()
        self.requested.emit(
            StudyParams(
                out=out,
                real=project.path if self.real_from.value() == PROJECT else _path(self.real),
                synthetic=None if network else _path(self.synthetic),
                network=network,
                title=title,
                per_kind=self.per_kind.value(),
                size=self.side.value(),
                seed=self.seed.value(),
                margin=self.margin.value(),
                diagnosis=names[:9],
                key=key,
            )
        )

    def _network_named(self, name: str) -> None:
        """Read off the Qt thread how large pictures of the network are."""
        name = name.strip()
        if name:
            task = Task(lambda _: read_header(resolve_network_path(name)).resolution)
            task.done.connect(lambda side: self._offered(name, side))
            task.start()  # a name half typed is not a network yet: only making it says so

    def _offered(self, name: str, side: int) -> None:
        """A larger side would leave out every picture of the network."""
        fitting = [one for one in SIZES if one <= side]
        if name == self.network.text() and fitting and self.side.value() > side:
            self.side.set_value(fitting[-1])

    def set_busy(self, busy: bool) -> None:
        """A study is being made: what is switched off hands its focus on."""
        if busy:
            self.job.button.setEnabled(True)
            self.job.show()
            if self.button.hasFocus():
                self.title.setFocus(Qt.FocusReason.OtherFocusReason)  # a key must not stop the job
        self.button.setEnabled(not busy and not self._context.read_only)
        self.cancel.setEnabled(not busy)
        if not busy:
            if self.job.button.hasFocus() or self.title.hasFocus():
                self.button.setFocus(Qt.FocusReason.OtherFocusReason)
            self.job.hide()

    def show_status(self, status: "JobStatus") -> None:
        """How far the study that is being made is."""
        focused = self.job.button.hasFocus()
        self.job.show_status(status)
        if focused and not self.job.button.isEnabled():
            self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_stopping(self) -> None:
        """The study will not be made; asking once is enough."""
        if self.job.button.hasFocus():
            self.title.setFocus(Qt.FocusReason.OtherFocusReason)
        self.job.button.setEnabled(False)
        self.job.note.setText(self.tr("stopping…"))

    def show_trouble(self, sentence: str) -> None:
        """Why no study came of it."""
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))

    def _complete(self) -> bool:
        asked = [(self.title_field, bool(self.title.text().strip()), self.tr("Give it a title."))]
        for field, choice, value, words in (
            (self.real_field, self.real_from, FOLDER, self.tr("Choose a folder of real pictures.")),
            (
                self.synthetic_field, self.synthetic_from, FOLDER,
                self.tr("Choose a folder of synthetic pictures."),
            ),
            (self.network_field, self.synthetic_from, NETWORK, self.tr("Choose a network.")),
        ):  # fmt: skip
            control = field.control
            assert isinstance(control, PathField)
            asked.append((field, choice.value() != value or bool(control.text()), words))
        for field, given, words in asked:
            field.set_error("" if given else words)
        return all(given for _, given, _ in asked)

    def _edited(self) -> None:
        self.real_field.setVisible(self.real_from.value() == FOLDER)
        self.synthetic_field.setVisible(self.synthetic_from.value() == FOLDER)
        self.network_field.setVisible(self.synthetic_from.value() == NETWORK)
        self._say_size()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._say_size()

    def _say_size(self) -> None:
        # Exact tests take scipy, which is not loaded for a form that nobody has opened.
        if self.isVisible():
            numbers = self.per_kind.value(), self.margin.value(), self.readers.value()
            self.words.setText(size_sentence(*numbers))


def _spin(low: int, high: int, value: int) -> IntField:
    made = IntField()
    made.setRange(low, high)
    made.setValue(value)
    made.setGroupSeparatorShown(True)
    return made


def _path(field: PathField) -> Path:
    return Path(field.text()).expanduser().absolute()
