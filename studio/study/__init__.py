"""Reader studies: can people tell synthetic pictures from real ones? Needs no torch."""

from studio.study.answers import Answer, Log, read_log
from studio.study.build import BuildReport, build_study
from studio.study.folder import Study, find_studies
from studio.study.key import StudyKey, read_key
from studio.study.models import RATINGS, Question, StudyFile
from studio.study.plan import PER_KIND, BuildPlan
from studio.study.reading import Reading
from studio.study.result import StudyResult, evaluate_study

__all__ = [
    "PER_KIND",
    "RATINGS",
    "Answer",
    "BuildPlan",
    "BuildReport",
    "Log",
    "Question",
    "Reading",
    "Study",
    "StudyFile",
    "StudyKey",
    "StudyResult",
    "build_study",
    "evaluate_study",
    "find_studies",
    "read_key",
    "read_log",
]
