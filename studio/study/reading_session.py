"""One reader's way through a study: the next picture, an answer, a step back. Blind: no key."""

from collections.abc import Iterable, Mapping

from studio.errors import StudioError
from studio.study.answers import (
    LONGEST_MS,
    Answer,
    AnswerLog,
    AnswerLogWriter,
    answers_path,
    checked_others,
    read_answer_log,
    reader_name,
)
from studio.study.folder import Study
from studio.study.models import RATINGS
from studio.study.reading_order import reader_order


class ReadingSession:
    """Goes on where the reader stopped. Every call that changes something returns from the disk.

    One that finds that another window has answered as the same reader takes that over, changes
    nothing and raises StudioError: `current` may be another picture from then on.
    """

    def __init__(self, study: Study, reader: str) -> None:
        self.study = study
        self.reader = reader_name(reader)
        self.order = reader_order(study.file, self.reader)
        path = answers_path(study, self.reader)
        self.log = read_answer_log(study, path) if path.exists() else AnswerLog(self.reader)
        self._writer: AnswerLogWriter | None = None
        self._size = 0

    @property
    def answered(self) -> int:
        return len(self.log.answers)

    @property
    def finished(self) -> bool:
        """Whether the reader has answered everything and said so."""
        return self.log.finished

    @property
    def current(self) -> str | None:
        """The token of the picture to be answered now; None when all are."""
        return next((token for token in self.order if token not in self.log.answers), None)

    def following(self, count: int = 2) -> list[str]:
        """The next tokens after the current one, to be decoded ahead."""
        left = [token for token in self.order if token not in self.log.answers]
        return left[1 : count + 1]

    def answer(self, rating: int, ms: int, others: Mapping[str, str] | None = None) -> Answer:
        """Answer the current picture; a time of more than a day counts as a day. Raises StudioError
        when there is none."""
        token = self.current
        if token is None:
            raise StudioError("Every picture of this study has an answer already.")
        if rating not in RATINGS:
            raise StudioError(f"A rating is a whole number from 1 to 6, not {rating}.")
        ms = min(max(ms, 0), LONGEST_MS)  # who left the picture open overnight has answered, too
        given = Answer(token, rating, ms, "", checked_others(others or {}, self.study.file))
        self.answer_many([given])
        return given

    def answer_many(self, answers: Iterable[Answer]) -> None:
        """Answers for any pictures that have none yet, in one write to the disk."""
        events = [
            {
                "event": "answer",
                "token": one.token,
                "rating": one.rating,
                "ms": one.ms,
                **({"others": dict(one.others)} if one.others else {}),
            }
            for one in answers
        ]
        self._append(events)

    def undo(self) -> str | None:
        """Take back the latest answer; returns the token that is to be answered again."""
        last = self.log.last
        if last is None:
            return None
        self._append([{"event": "undo", "token": last.token}])
        return last.token

    def finish(self) -> None:
        """Say that the answers are final: from now on they count in the result."""
        if self.current is not None:
            left = len(self.order) - self.answered
            raise StudioError(f"{left} of {len(self.order)} pictures have no answer yet.")
        if not self.finished:
            self._append([{"event": "finished"}])

    def choose_result(self) -> None:
        """Choose to see the result instead of reading; there is no way back.

        Raises StudioError once an answer was given: who has begun, finishes first.
        """
        if self.log.answers and not self.finished:
            raise StudioError("You have begun to read: finish first, then the result is shown.")
        if not self.finished and not self.log.looked:
            self._append([{"event": "looked"}])

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _append(self, events: list[dict[str, object]]) -> None:
        self._require_open()  # before a file is made
        writer = self._up_to_date()
        self._require_open()
        log = self.log.copy()
        for event in events:
            log.replay(event, self.study.file)  # what a later reading would refuse is not written
        writer.write(events)
        self._size = writer.size()
        self.log = log

    def _require_open(self) -> None:
        if self.finished:
            raise StudioError("This reader has finished: the answers cannot be changed any more.")
        if self.log.looked:
            raise StudioError(
                f"{self.reader} has seen the result of this study and cannot read it."
            )

    def _up_to_date(self) -> AnswerLogWriter:
        """The file, opened and with nothing in it that was not read. StudioError when another
        window has written there, whose answers count from now on."""
        if self._writer is None:
            self._writer = AnswerLogWriter(self.study, self.reader)
        size = self._writer.size()
        if size == self._size:
            return self._writer
        before = self.log
        self.log = read_answer_log(self.study, answers_path(self.study, self.reader))
        fresh, self._size = self._size == 0, size
        if not fresh or not self.log.says_as_much_as(before):
            raise StudioError(
                f"Another window has answered as {self.reader} meanwhile, which counts: go on with "
                "the picture that is shown now."
            )
        return self._writer
