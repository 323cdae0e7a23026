"""One study: what it is, how far its readers are, the way into it, and its result when one may."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.study import StudyResult
from studio.study.words import short_name
from studio.ui.context import StudioContext
from studio.ui.reviewer import ReviewerField
from studio.ui.study.result_view import StudyResultView
from studio.ui.study.summaries import StudySummary
from studio.ui.study.words import facts_line, standing
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import Button, PrimaryButton, ScrollPanel, Spacer, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import count, counted

_NAME = 460  # px; of the question for a name


class StudyPage(ScrollPanel):
    """`read_asked`, `look_asked`, `copy_asked` and `export_asked`."""

    read_asked = Signal()
    look_asked = Signal()
    copy_asked = Signal()
    export_asked = Signal()
    key_asked = Signal()

    def __init__(self, context: StudioContext) -> None:
        super().__init__()
        self._context = context
        self.fact: StudySummary | None = None
        self.title = ElidedLabel(role="title")
        self.about = label("", "quiet", wrap=True)
        self.standing = label("", wrap=True)
        self.begin = PrimaryButton(self.tr("Begin reading"), self.read_asked.emit)
        self.look = Button(self.tr("Show the result without reading"), self._ask_look)
        self.sure = label("", wrap=True)
        self.sure_button = Button(self.tr("Show the result"), self.look_asked.emit)
        self.sure_cancel = Button(self.tr("Cancel"), lambda: self._ask_look(False))
        self.name = ReviewerField(context, primary=True)  # without a name nothing can be begun
        self.name.setMaximumWidth(_NAME)
        self.readers = label("", "small", wrap=True)
        self.notes = label("", "small", wrap=True)
        self.trouble = label("", "error", wrap=True)
        self.key = Button(self.tr("Where is the key?"), self.key_asked.emit)
        self.result = StudyResultView(context.theme, self.copy_asked.emit, self.export_asked.emit)
        self.panel.setProperty("surface", "canvas")
        self.setProperty("surface", "canvas")
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for part in (self.title, self.about, self.standing):
            layout.addWidget(part)
        layout.addLayout(row(self.begin, self.look, None))
        layout.addWidget(self.name)
        layout.addWidget(self.sure)
        layout.addLayout(row(self.sure_button, self.sure_cancel, None))
        for part in (self.readers, self.notes, self.trouble):
            layout.addWidget(part)
        layout.addLayout(row(self.key, None))
        for part in inner.findChildren(QLabel):
            part.setMinimumWidth(1)  # one long word from a file must not widen the page
        layout.addSpacing(PADDING)
        layout.addWidget(self.result, 1)
        self.room = Spacer()
        self.room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout.addWidget(self.room, 1)
        self.panel.body.addWidget(inner, 1)

    def show_study(self, fact: StudySummary) -> None:
        """Another study, or the same after something has changed."""
        reader, before = self._context.reviewer, self.fact
        self.fact = fact
        self.title.set_text(fact.study.file.title, str(fact.path))
        self.about.setText(facts_line(fact))
        self.standing.setText(standing(fact, reader))
        self.standing.setVisible(not fact.mine.finished)
        begun = bool(fact.mine.answers)
        self.begin.setText(self.tr("Go on reading") if begun else self.tr("Begin reading"))
        self.begin.setVisible(bool(reader) and not fact.unblinded)
        self.begin.setEnabled(not fact.missing)
        self.name.setVisible(not reader)
        some = bool(fact.finished)  # else there is nothing to give up reading for
        self.look.setVisible(bool(reader) and some and not fact.unblinded and not begun)
        self._ask_look(False)
        self._show_readers(fact)
        _show(self.notes, "\n".join(fact.study.file.notes))
        _show(self.trouble, "\n".join(fact.problems))
        self.key.hide()
        if not fact.unblinded or before is None or before.path != fact.path:
            self.show_result(None)  # that of another study, until this one's is worked out

    def show_result(self, result: StudyResult | None) -> None:
        """The result of this study, or nothing while it may not be seen."""
        self.result.show_result(result)
        some = result is not None and bool(result.readers)
        self.result.setVisible(some)
        self.room.setVisible(not some)
        if result is not None and not result.readers:
            _show(self.standing, self.tr("Nobody has finished reading yet."))

    def show_no_result(self, sentence: str) -> None:
        """Why there is none, and the way to name the key."""
        self.show_result(None)
        _show(self.trouble, sentence)
        self.key.show()

    def _ask_look(self, ask: bool = True) -> None:
        """It cannot be undone, so it is asked once more, beside the button."""
        name = short_name(self._context.reviewer)
        self.sure.setText(self.tr("Then {0} cannot read this study any more.").format(name))
        for part in (self.sure, self.sure_button, self.sure_cancel):
            part.setVisible(ask)
        if ask:
            self.sure_cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_readers(self, fact: StudySummary) -> None:
        done = fact.finished
        going = [log for log in fact.logs if log.reading]
        parts = []
        if done:
            words = counted(len(done), self.tr("{0} reader"), self.tr("{0} readers"))
            parts.append(
                self.tr("{0} finished: {1}.").format(words, ", ".join(map(short_name, done)))
            )
        if going:
            names = ", ".join(
                f"{short_name(log.reader)} ({count(len(log.answers))})" for log in going
            )
            parts.append(self.tr("On the way: {0}.").format(names))
        _show(self.readers, " ".join(parts))


def _show(words: QWidget, text: str) -> None:
    words.setText(text)  # type: ignore[attr-defined]
    words.setVisible(bool(text))
