"""Reader studies: can people tell synthetic pictures from real ones? Needs no torch."""

from studio.study.answers import Answer, AnswerLog, read_answer_log
from studio.study.build import BuildReport, build_study
from studio.study.folder import Study, find_studies
from studio.study.key import StudyKey, read_key
from studio.study.models import RATINGS, Question, StudyFile
from studio.study.plan import PER_KIND, BuildPlan
from studio.study.reading_session import ReadingSession
from studio.study.result import StudyResult, evaluate_study

__all__ = [
    "PER_KIND",
    "RATINGS",
    "Answer",
    "AnswerLog",
    "BuildPlan",
    "BuildReport",
    "Question",
    "ReadingSession",
    "Study",
    "StudyFile",
    "StudyKey",
    "StudyResult",
    "build_study",
    "evaluate_study",
    "find_studies",
    "read_answer_log",
    "read_key",
]
