"""One reading at the window: which picture, since when it is seen, what was answered. Blind."""

import time
from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from studio.errors import StudioError
from studio.review import KeyGate
from studio.study import RATINGS, Question, ReadingSession


class ReadingState(StrEnum):
    """What is expected of the reader."""

    IDLE = "idle"
    RATE = "rate"
    ASK = "ask"
    PAUSED = "paused"
    END = "end"


class ReadingController(QObject):
    """Takes ratings for the picture that is seen; each is on the disk before the next is shown.

    A key counts once a picture has been visible for 250 ms, as in review. Time stands still while
    paused.
    """

    changed = Signal()
    said = Signal(str)  # a sentence about what failed
    finished = Signal()

    def __init__(
        self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self.gate = KeyGate(clock=clock)
        self.reading: ReadingSession | None = None
        self.state = ReadingState.IDLE
        self.cursor: int | None = None
        self._since: float | None = None
        self._before = 0.0  # seconds for which the picture was visible before a pause
        self._rated: tuple[int, int] | None = (
            None  # rating and ms, until the questions are answered
        )
        self._others: dict[str, str] = {}

    # What is shown

    @property
    def token(self) -> str | None:
        """The picture that is to be answered."""
        return self.reading.current if self.reading is not None else None

    @property
    def question(self) -> Question | None:
        """The question after the rating that is to be answered now."""
        if self.reading is None or self.state is not ReadingState.ASK:
            return None
        questions = self.reading.study.file.questions
        return next((one for one in questions if one.id not in self._others), None)

    @property
    def progress(self) -> tuple[int, int]:
        """(pictures answered, pictures)."""
        if self.reading is None:
            return 0, 0
        return self.reading.answered, len(self.reading.order)

    # Beginning and ending

    def begin(self, reading: ReadingSession) -> None:
        """Show the first picture that has no answer."""
        if self.reading is not None:
            self.reading.close()
        self.reading = reading
        self._next()

    def leave(self) -> None:
        """Put the reading away; it goes on at the same picture another time."""
        if self.reading is not None:
            self.reading.close()
        self.reading = None
        self._set(ReadingState.IDLE)

    def finish(self) -> None:
        """Say that all answers are final."""
        if self.reading is None or self.state is not ReadingState.END:
            return
        if self._kept(self.reading.finish):
            self.finished.emit()

    # Seeing

    def seen(self, token: str) -> None:
        """The picture of `token` has been painted: from now on it is visible."""
        if token == self.token and self.state is ReadingState.RATE and self._since is None:
            self._since = self._clock()
            self.gate.mark_visible()

    def pause(self) -> None:
        """Hide the picture and stop the time."""
        if self.state in (ReadingState.RATE, ReadingState.ASK):
            self._before += self._visible()
            self._forget_rating()
            self._set(ReadingState.PAUSED)

    def resume(self) -> None:
        """Show the picture again."""
        if self.state is ReadingState.PAUSED:
            self._set(ReadingState.RATE)

    # Answering

    def rate(self, rating: int) -> None:
        """Rate the picture 1..6; ignored before it has been visible for long enough."""
        if self.state is not ReadingState.RATE or rating not in RATINGS or not self.gate.admits():
            return
        self._rated = rating, round(1000 * (self._before + self._visible()))
        self._others = {}
        self.state = ReadingState.ASK
        if self.question is None:
            self._commit()
        else:
            self.changed.emit()

    def choose(self, number: int) -> None:
        """Choose answer 1..9 of the question that is asked."""
        question = self.question
        if question is None or not 1 <= number <= len(question.choices):
            return
        self._others[question.id] = question.choices[number - 1]
        if self.question is None:
            self._commit()
        else:
            self.changed.emit()

    def move(self, by: int) -> None:
        """Move the mark over the ratings."""
        if self.state is ReadingState.RATE:
            start = {-1: 4, 1: 3}[by] if self.cursor is None else self.cursor
            self.cursor = min(max(start + by, 1), 6)
            self.changed.emit()

    def confirm(self) -> None:
        """Rate by the mark."""
        if self.cursor is not None:
            self.rate(self.cursor)

    def undo(self) -> None:
        """Back to the rating from a question, else to the picture before."""
        if self.state is ReadingState.ASK:
            self._forget_rating()
            self._set(ReadingState.RATE, same=True)
            return
        reading = self.reading
        if (
            reading is None
            or self.state not in (ReadingState.RATE, ReadingState.END)
            or not reading.answered
        ):
            return
        if self._kept(reading.undo):
            self._next()

    # Within

    def _commit(self) -> None:
        assert self.reading is not None
        assert self._rated is not None
        rating, ms = self._rated
        reading, others, token = self.reading, dict(self._others), self.token
        if self._kept(lambda: reading.answer(rating, ms, others)):
            self._next()
            return
        self.pause()
        if self.token != token:  # another window has answered; this picture was not seen yet
            self._before = 0.0

    def _next(self) -> None:
        self._before = 0.0
        self._forget_rating()
        self._set(ReadingState.RATE if self.token is not None else ReadingState.END)

    def _set(self, state: ReadingState, same: bool = False) -> None:
        """Another state; unless the `same` picture stays in sight, none is visible yet."""
        self.state, self.cursor = state, None
        if not same:
            self._since = None
            self.gate.mark_hidden()
        self.changed.emit()

    def _forget_rating(self) -> None:
        self._rated, self._others = None, {}

    def _visible(self) -> float:
        return 0.0 if self._since is None else self._clock() - self._since

    def _kept(self, work: Callable[[], object]) -> bool:
        """Do what writes to the disk; False when it failed, which is said."""
        try:
            work()
        except StudioError as error:
            self.said.emit(str(error))
            return False
        return True
