"""What the studies of a project are and how far their readers: read off the Qt thread, blind."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.errors import StudioError
from studio.study import AnswerLog, Study, find_studies
from studio.study.answers import read_answer_logs, reader_name


@dataclass(frozen=True)
class StudySummary:
    """A study with the logs of its readers; `mine` is that of the person at the window."""

    study: Study
    logs: list[AnswerLog]
    mine: AnswerLog
    missing: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.study.path

    @property
    def finished(self) -> list[str]:
        """Names of the readers who have finished."""
        return [log.reader for log in self.logs if log.finished]

    @property
    def unblinded(self) -> bool:
        """Whether this person may see the result."""
        return self.mine.finished or self.mine.looked


@dataclass(frozen=True)
class StudiesSummary:
    """The studies of a folder and those opened from elsewhere, newest first."""

    studies: list[StudySummary]
    problems: list[str]

    def of(self, path: Path | None) -> StudySummary | None:
        return next((one for one in self.studies if one.path == path), None)

    def seen_by(self, reader: str) -> "StudiesSummary":
        """What is known already as another person at the window may see it."""
        studies = [replace(one, mine=_own_log(one.logs, reader)) for one in self.studies]
        return replace(self, studies=studies)


def read_summaries(folder: Path, others: Iterable[Path], reader: str) -> StudiesSummary:
    """Read all studies; a damaged one is a sentence in `problems`."""
    problems: list[str] = []
    studies = find_studies(folder, problems.append)
    for path in others:
        try:
            studies.append(Study.open(path))
        except StudioError as error:
            problems.append(str(error))
    return StudiesSummary([_fact(study, reader) for study in studies], problems)


def _fact(study: Study, reader: str) -> StudySummary:
    logs, problems = read_answer_logs(study)
    return StudySummary(study, logs, _own_log(logs, reader), len(study.missing()), problems)


def _own_log(logs: list[AnswerLog], reader: str) -> AnswerLog:
    name = _own_name(reader)
    return next((log for log in logs if log.reader == name), AnswerLog(name))


def _own_name(reader: str) -> str:
    """The name as logs have it; one that no log can have, such as none at all, stays as it is."""
    try:
        return reader_name(reader)
    except StudioError:
        return reader
