"""`answers/<reader>.jsonl`: what a reader said, one JSON object a line, only ever appended to.

Each line is on the disk before the next picture is shown, so that a killed process or a power cut
loses nothing that was answered. A line that was cut or damaged is left out and named.
"""

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from studio.errors import StudioError
from studio.files import open_append, sync_folder
from studio.opening import parse_json, read_bytes
from studio.study.folder import Study
from studio.study.models import RATINGS, StudyFile

LONGEST_NAME = 80
LONGEST_MS = 24 * 3600 * 1000
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A rating 1..6 of one picture, how long it took, and the answers to the other questions."""

    token: str
    rating: int
    ms: int
    time: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def synthetic(self) -> bool:
        return self.rating > 3

    @property
    def confidence(self) -> int:
        """1 (rather) to 3 (surely)."""
        return self.rating - 3 if self.synthetic else 4 - self.rating


def rating_of(answer: str, confidence: int) -> int:
    """1..6 from "real" or "synthetic" and a confidence 1..3. Raises StudioError."""
    if answer not in ("real", "synthetic"):
        raise StudioError(f"the answer is “{answer:.40}”, neither real nor synthetic")
    if confidence not in (1, 2, 3):
        raise StudioError(f"the confidence is {confidence}, not 1, 2 or 3")
    return 3 + confidence if answer == "synthetic" else 4 - confidence


@dataclass
class AnswerLog:
    """All that a reader has said: the answers that count, in the order given, and the corrections.

    `corrected` counts the answers that were taken back; `looked` is set for somebody who chose to
    see the result instead of reading; `problems` are sentences about lines that
    were left out.
    """

    reader: str
    answers: dict[str, Answer] = field(default_factory=dict)
    corrected: int = 0
    finished: bool = False
    looked: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def last(self) -> Answer | None:
        """The latest answer that counts."""
        return next(reversed(self.answers.values()), None)

    @property
    def reading(self) -> bool:
        """Whether this is a reader on the way."""
        return not self.finished and not (self.looked and not self.answers)

    def copy(self) -> "AnswerLog":
        """One that takes events of its own."""
        return replace(self, answers=dict(self.answers), problems=list(self.problems))

    def says_as_much_as(self, other: "AnswerLog") -> bool:
        """Whether both come to the same; an answer's time is only in the file."""
        mine, theirs = (
            [(one.token, one.rating) for one in log.answers.values()] for log in (self, other)
        )
        return (mine, self.corrected, self.finished, self.looked) == (
            theirs,
            other.corrected,
            other.finished,
            other.looked,
        )

    def replay(self, event: Mapping[str, Any], study: StudyFile) -> None:
        """Replay one event. Raises StudioError with the words for what is wrong with it."""
        kind = event.get("event")
        if kind == "answer":
            answer = _answer(event, study)
            self.corrected += self.answers.pop(answer.token, None) is not None
            self.answers[answer.token] = answer
        elif kind == "undo":
            token = event.get("token")
            if not isinstance(token, str) or self.answers.pop(token, None) is None:
                raise StudioError("takes back an answer that is not there")
            self.corrected += 1
        elif kind == "finished":
            self.finished = True
        elif kind == "looked":
            self.looked = True
        elif kind != "reader":
            raise StudioError("is not an event of a reader study")


def reader_name(name: str) -> str:
    """The name in NFC without outer spaces. StudioError for an empty, long or unprintable one."""
    plain = unicodedata.normalize("NFC", name).strip()
    if not plain:
        raise StudioError("A reader needs a name.")
    if len(plain) > LONGEST_NAME or not plain.isprintable():
        raise StudioError(f"A reader's name has up to {LONGEST_NAME} printable characters.")
    return plain


def answers_path(study: Study, reader: str) -> Path:
    """The file of a reader: letters of the name to be told by, a hash to be the only one."""
    name = reader_name(reader)
    plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40] or "reader"
    mark = hashlib.sha256(name.encode()).hexdigest()[:10]
    return study.answers_dir / f"{plain}-{mark}.jsonl"


def read_answer_log(study: Study, path: Path) -> AnswerLog:
    """Replay a file of answers. StudioError when it cannot be read or does not say whose it is."""
    lines = read_bytes(path, MAX_BYTES).split(b"\n")
    log = AnswerLog("")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            event = _parse(line)
            log.replay(event, study.file)
        except StudioError as error:
            log.problems.append(f"Line {number} of {path.name} {error}: it is left out.")
            continue
        if event["event"] == "reader" and not log.reader:
            log.reader = _own_name(event, study)
    if not log.reader:
        raise StudioError(f"{path.name} does not say who answered: it is left out.")
    # Finished is who has answered everything: lines may have been lost since it was said.
    log.finished = log.finished and len(log.answers) == len(study)
    return log


def read_answer_logs(study: Study) -> tuple[list[AnswerLog], list[str]]:
    """The logs of all readers by name, and sentences about files that were left out."""
    logs: dict[str, AnswerLog] = {}
    problems: list[str] = []
    for path in sorted(study.answers_dir.glob("*.jsonl")) if study.answers_dir.is_dir() else ():
        try:
            log = read_answer_log(study, path)
        except StudioError as error:
            problems.append(str(error))
            continue
        if path != answers_path(study, log.reader):
            problems.append(f"{path.name} is a copy under another name: it is left out.")
            continue
        problems += log.problems
        logs[log.reader] = log
    return [logs[name] for name in sorted(logs)], problems


class AnswerLogWriter:
    """Appends to the file of one reader; what it has written is on the disk when it returns."""

    def __init__(self, study: Study, reader: str) -> None:
        name = reader_name(reader)
        path = answers_path(study, name)
        try:
            path.parent.mkdir(exist_ok=True)
            self._file = open_append(path, buffering=0)
        except OSError as error:
            raise StudioError(f"{path} cannot be written: {error.strerror}.") from error
        self._path = path
        try:
            if self.size() == 0:  # new, or left so by a disk that was full at the first try
                self.write([{"event": "reader", "name": name, "study": study.file.id}])
                sync_folder(path.parent)
            else:
                self._end_cut_line()
        except BaseException:
            self.close()
            raise

    def write(self, events: list[dict[str, Any]]) -> None:
        """Append events, each with its time, and wait for the disk. StudioError when it is full,
        with the file as it was before."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        lines = b"".join(
            json.dumps({**event, "time": stamp}, ensure_ascii=False).encode() + b"\n"
            for event in events
        )
        before, trouble = self.size(), ""
        try:
            if self._file.write(lines) != len(lines):
                trouble = "the disk is full"
            os.fsync(self._file.fileno())
        except OSError as error:
            trouble = str(error.strerror)
        if trouble:
            with suppress(OSError):
                self._file.truncate(before)
            raise StudioError(f"The answer could not be saved in {self._path}: {trouble}.")

    def size(self) -> int:
        """Bytes in the file now, whoever wrote them."""
        return os.fstat(self._file.fileno()).st_size

    def close(self) -> None:
        self._file.close()

    def _end_cut_line(self) -> None:
        if (size := self.size()) == 0:
            return
        self._file.seek(size - 1)
        if self._file.read(1) != b"\n":
            self._file.write(b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def checked_others(others: Mapping[str, Any], study: StudyFile) -> dict[str, str]:
    """Answers to the study's own questions, all of them. Raises StudioError with the words."""
    found = {}
    for question in study.questions:
        said = others.get(question.id)
        if said not in question.choices:
            raise StudioError(f"has no valid answer to “{question.text}”")
        found[question.id] = str(said)
    return found


def _parse(line: bytes) -> dict[str, Any]:
    try:
        event = parse_json(line)
    except ValueError:
        raise StudioError("is damaged") from None
    if not isinstance(event, dict):
        raise StudioError("is not an event of a reader study")
    return event


def _answer(event: Mapping[str, Any], study: StudyFile) -> Answer:
    token, rating, ms = event.get("token"), event.get("rating"), event.get("ms")
    if not isinstance(token, str) or token not in study.pictures:
        raise StudioError("answers for a picture that is not in this study")
    if type(rating) is not int or rating not in RATINGS:
        raise StudioError("has a rating that is not a whole number from 1 to 6")
    # A bool is an int to Python, and json reads NaN and Infinity.
    if not isinstance(ms, int | float) or isinstance(ms, bool) or not 0 <= ms <= LONGEST_MS:
        raise StudioError("has a time that is no number of milliseconds")
    others = event.get("others", {})
    if not isinstance(others, dict):
        raise StudioError("has answers that cannot be read")
    time = event.get("time")
    stamp = time if isinstance(time, str) else ""
    return Answer(token, rating, round(ms), stamp, checked_others(others, study))


def _own_name(event: Mapping[str, Any], study: Study) -> str:
    name = event.get("name")
    if event.get("study") != study.file.id or not isinstance(name, str):
        return ""
    try:
        return reader_name(name)
    except StudioError:
        return ""
