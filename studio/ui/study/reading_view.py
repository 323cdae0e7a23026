"""The reading screen: the picture, six answers below it, and how far one is."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QHideEvent, QImage, QShowEvent
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from studio.study import Study
from studio.ui.context import StudioContext
from studio.ui.imageloader import ImageLoader, Want, full
from studio.ui.study.choices import ChoiceRow
from studio.ui.study.picture import StudyPicture
from studio.ui.study.reading_controller import ReadingController, ReadingState
from studio.ui.study.words import rating_words
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets import EmptyState, label, row
from studio.wording import count

_AHEAD = 3  # pictures decoded before they are asked for


class ReadingView(QWidget):
    """Shows the question of the controller; while reading no result and no right answers."""

    def __init__(self, context: StudioContext, controller: ReadingController) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self._context, self._controller = context, controller
        self.loader = ImageLoader(self, threads=1)
        self.picture = StudyPicture(context.theme)
        self.count = label("", "quiet")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(240)
        self.bar.setAccessibleName(self.tr("Pictures answered"))
        self.asked = label("", "strong")
        self.asked.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.answers = ChoiceRow(context.theme, controller.rate)
        self.choices = ChoiceRow(context.theme, controller.choose)
        self.rows = QStackedWidget()
        for one in (self.answers, self.choices):
            self.rows.addWidget(one)
        self.rows.setFixedHeight(self.answers.sizeHint().height())
        self._build()
        self._connect()

    def _build(self) -> None:
        screen = QWidget()
        layout = QVBoxLayout(screen)
        layout.setContentsMargins(PADDING, GRID, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addLayout(row(None, self.count, self.bar, None))
        layout.addWidget(self.picture, 1)
        layout.addWidget(self.asked)
        layout.addWidget(self.rows)
        self.sheet = screen
        self.paused = EmptyState(
            self.tr("Paused"),
            self.tr("Every answer is saved and the time stands still. The picture comes back."),
            self.tr("Go on reading"),
            self._controller.resume,
        )
        self.paused.button.setProperty("studioKeys", True)  # so that Enter goes on, as Space does
        self.leave_button = self.paused.add_button(self.tr("Leave for now"), self._controller.leave)
        self.end = EmptyState(
            self.tr("All pictures are answered"),
            self.tr(
                "You can still go back and correct the last answers. Once you finish, your "
                "answers are final and you will see the result."
            ),
            self.tr("Finish"),
            self._controller.finish,
        )
        self.end.add_button(self.tr("Back to the last picture"), self._controller.undo)
        self.pages = QStackedWidget(self)
        for page in (screen, self.paused, self.end):
            self.pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.pages)

    def _connect(self) -> None:
        self._controller.changed.connect(self.refresh)
        self.picture.painted.connect(self._controller.seen)
        self.loader.ready.connect(lambda key: self._show_picture())
        self.loader.failed.connect(lambda key, sentence: self._show_picture())

    def refresh(self) -> None:
        """Show the state of the controller."""
        controller = self._controller
        if controller.reading is None:
            self.picture.clear()
            self.loader.reset()
            return
        page = {ReadingState.PAUSED: self.paused, ReadingState.END: self.end}.get(
            controller.state, self.sheet
        )
        self.pages.setCurrentWidget(page)
        done, total = controller.progress
        self.count.setText(self.tr("{0} of {1}").format(count(min(done + 1, total)), count(total)))
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self._show_rows()
        if page is self.sheet:
            self._show_picture()
        else:
            self.picture.clear()
        self.focus()

    def showEvent(self, event: QShowEvent) -> None:
        self.window().installEventFilter(self)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.window().removeEventFilter(self)
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Who turns to another window does not look at the picture.
        if event.type() == QEvent.Type.WindowDeactivate:
            self._controller.pause()
        return False

    def home(self) -> QWidget:
        """What the keys of the question reach."""
        page = self.pages.currentWidget()
        return page.button if isinstance(page, EmptyState) else self.picture

    def focus(self) -> None:
        """Give the keys to what is asked."""
        if self.isVisible():
            self.home().setFocus(Qt.FocusReason.OtherFocusReason)

    def close_loader(self) -> None:
        self.loader.close()

    def _show_rows(self) -> None:
        question = self._controller.question
        if question is None:
            self.asked.setText(self.tr("Is this picture real or synthetic?"))
            self.answers.set_choices([(n, words) for n, words in rating_words().items()], split=3)
            self.answers.mark(self._controller.cursor)
            self.rows.setCurrentWidget(self.answers)
            return
        self.asked.setText(question.text)
        self.choices.set_choices(list(enumerate(question.choices, start=1)))
        self.rows.setCurrentWidget(self.choices)

    def _show_picture(self) -> None:
        controller, reading = self._controller, self._controller.reading
        token = controller.token
        if (
            reading is None
            or token is None
            or controller.state not in (ReadingState.RATE, ReadingState.ASK)
        ):
            return
        image = self.loader.get(token)
        if image is not None:
            self.picture.show_picture(token, image)
        else:
            self.picture.clear(self.loader.error(token) or "")
        self.loader.request("study", wants(reading.study, [token, *reading.following(_AHEAD)]))


def wants(study: Study, tokens: Sequence[str]) -> list[Want]:
    """The pictures of tokens, first things first; each is checked before it is decoded."""
    return [
        Want(token, partial(_picture, study, token), priority)
        for priority, token in enumerate(tokens)
    ]


def _picture(study: Study, token: str) -> QImage:
    return full(study.checked_picture(token))
