"""The form of an export: which boxes, which format, which folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.datasets.exports import FORMATS
from studio.project import KEPT
from studio.ui.context import StudioContext
from studio.ui.datasets.summary import DatasetSummary
from studio.ui.datasets.words import DISPUTED, format_words, state_words
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, Field, JobRow, Panel, PathField, PrimaryButton, label, row
from studio.ui.widgets.elided import ElidedCheckBox
from studio.ui.widgets.new_folder import is_in_use, next_unused
from studio.wording import counted

if TYPE_CHECKING:
    from studio.project import Project

SIZES = (128, 224, 256, 299, 384, 512, 768, 1024)
NO_LABEL = None
_STEMS = {"folder": "crops"}  # what the folder of an export is called, else as its format


@dataclass(frozen=True)
class Request:
    """One export as requested; labels None means any, with or without a label."""

    out: Path
    format: str
    size: int | None
    states: tuple[str, ...]
    labels: tuple[str, ...] | None


class Checks(QWidget):
    """A column of check boxes by value."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes: dict[object, ElidedCheckBox] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    def set_options(self, options: dict[object, str], checked: set[object]) -> None:
        """Replace the options unless they are the same; new ones are on if among `checked`."""
        if list(options) == list(self.boxes):
            return
        checked = {v for v in checked if v not in self.boxes} | set(self.checked())
        for box in self.boxes.values():
            self._layout.removeWidget(box)
            box.deleteLater()
        self.boxes = {}
        for value, text in options.items():
            box = ElidedCheckBox(text)
            box.setChecked(value in checked)
            box.toggled.connect(lambda _: self.changed.emit())
            self._layout.addWidget(box)
            self.boxes[value] = box

    def checked(self) -> list[object]:
        return [value for value, box in self.boxes.items() if box.isChecked()]


class ExportForm(Panel):
    """`requested(Request)` when Export is pressed and the request makes sense."""

    requested = Signal(object)
    stopped = Signal()

    def __init__(self, context: StudioContext) -> None:
        super().__init__(self.tr("Export"))
        self._context = context
        self._project: Project | None = None
        self._facts: DatasetSummary | None = None
        self._suggested = ""
        self.format = Choice(format_words().items())
        self.crop_size = Choice(
            [(None, self.tr("original pixels"))] + [(n, f"{n} × {n}") for n in SIZES]
        )
        self.states = Checks()
        self.labels = Checks()
        self.out = PathField(self.tr("Folder of the export"), "new folder")
        self.size_field = Field(self.tr("Size of a crop"), self.crop_size)
        self.out_field = Field(self.tr("Into a new folder"), self.out)
        self.words = label("", "quiet", wrap=True)
        self.button = PrimaryButton(self.tr("Export"), self.request)
        self.job = JobRow(context.theme, self.tr("Export"))
        self.job.title.hide()
        self.job.hide()
        self.job.stopped.connect(self.stopped)
        self.add(Field(self.tr("Format"), self.format), self.size_field)
        self.add(label(self.tr("States"), "small"), self.states)
        self.add(label(self.tr("Labels"), "small"), self.labels)
        self.add(self.out_field)
        self.body.addSpacing(GRID)
        self.add(self.words, row(self.button, None), self.job)
        self.format.chosen.connect(lambda _: self._edited())
        self.crop_size.chosen.connect(lambda _: self._edited())
        for part in (self.states, self.labels):
            part.changed.connect(self._edited)
        self.out.changed.connect(lambda _: self.out_field.set_error(""))

    def show_summary(self, project: "Project | None", facts: DatasetSummary | None) -> None:
        """Offer what this project has."""
        if project is not self._project:
            self._suggested = ""
            self.out.set_text("")
        self._project, self._facts = project, facts
        if facts is None:
            self.button.setEnabled(False)
            return
        states: dict[object, str] = {}
        states.update(state_words(facts.states))
        self.states.set_options(states, {state.value for state in KEPT})
        options: dict[object, str] = {one.name: one.name for one in facts.labels}
        if any(label_id is None for _, label_id in facts.counts):
            options[NO_LABEL] = self.tr("no label yet")
        self.labels.set_options(options, set(options))
        self._edited()

    def count(self) -> int:
        """How many boxes the form selects."""
        if self._facts is None:
            return 0
        names = {one.id: one.name for one in self._facts.labels}
        states, labels = set(self.states.checked()), set(self.labels.checked())
        return sum(
            n
            for (state, label_id), n in self._facts.counts.items()
            if state in states and (names.get(label_id) if label_id else NO_LABEL) in labels
        )

    def request(self) -> None:
        """Emit the request, or show what is missing."""
        if not self.button.isEnabled():
            return
        text = self.out.text()
        if not text:
            self.out_field.set_error(self.tr("Say where the export should go."))
            return
        out = Path(text).expanduser()
        if is_in_use(out):
            self.out_field.set_error(
                self.tr("{0} is not empty: an export never overwrites.").format(out.name)
            )
            return
        self.requested.emit(
            Request(
                out=out.absolute(),
                format=self.format.value(),
                size=self._size(),
                states=tuple(str(state) for state in self.states.checked()),
                labels=self._labels(),
            )
        )

    def set_busy(self, busy: bool) -> None:
        """Show that an export is being written; afterwards the folder moves on to the next."""
        self.job.setVisible(busy)
        self._edited()
        if not busy:
            self._suggest(anew=True)
            typed = Path(self.out.text()).expanduser()
            if self.out.text() and is_in_use(typed):
                self.out.set_text(str(next_unused(typed)))

    def _size(self) -> int | None:
        takes = FORMATS[self.format.value()].takes_size
        return self.crop_size.value() if takes else None

    def _labels(self) -> tuple[str, ...] | None:
        checked = self.labels.checked()
        if len(checked) == len(self.labels.boxes):
            return None
        return tuple(str(name) for name in checked if name is not NO_LABEL)

    def _edited(self) -> None:
        self.size_field.setEnabled(FORMATS[self.format.value()].takes_size)
        only_unlabelled = self._labels() == ()
        count = 0 if only_unlabelled else self.count()
        self.words.setText(self._sentence(count, only_unlabelled))
        self.button.setEnabled(count > 0 and not self.job.isVisibleTo(self))
        self._suggest()

    def _sentence(self, count: int, only_unlabelled: bool) -> str:
        if only_unlabelled:
            return self.tr("Choose at least one label.")
        if count == 0:
            return self._with_disputed(self.tr("No box has these states and labels yet."))
        one = self.tr("{0} box will be frozen and written.")
        words = counted(count, one, self.tr("{0} boxes will be frozen and written."))
        weak = self._weak_count()
        if weak:
            among = self.tr("{0} of them is a weak proposal that nobody has looked at.")
            more = self.tr("{0} of them are weak proposals that nobody has looked at.")
            words = f"{words} {counted(weak, among, more)}"
        return self._with_disputed(words)

    def _with_disputed(self, words: str) -> str:
        """The sentence, and how many boxes stay out since two readers do not agree on them."""
        if self._facts is None or DISPUTED in self.states.checked():
            return words
        left = sum(n for (state, _), n in self._facts.counts.items() if state == DISPUTED)
        if not left:
            return words
        one = self.tr("Left out: {0} disputed box.")
        return f"{words} {counted(left, one, self.tr('Left out: {0} disputed boxes.'))}"

    def _weak_count(self) -> int:
        """How many of the selected boxes a review hides."""
        if self._facts is None or "undecided" not in self.states.checked():
            return 0
        names, labels = {one.id: one.name for one in self._facts.labels}, self.labels.checked()
        weak = self._facts.weak.items()
        return sum(n for i, n in weak if (names.get(i) if i else NO_LABEL) in labels)

    def _suggest(self, anew: bool = False) -> None:
        """Suggest a free folder within the project, until the user types another."""
        if self._project is None or self.out.text() not in ("", self._suggested):
            return
        size = self._size()
        stem = _STEMS.get(self.format.value(), self.format.value())
        name = f"{stem}-{size}-1" if size else f"{stem}-1"
        folder = next_unused(self._project.exports_dir / name)
        if anew or str(folder) != self._suggested:
            self._suggested = str(folder)
            self.out.set_text(self._suggested)
