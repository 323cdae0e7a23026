"""Reader studies: can people tell synthetic pictures from real ones? Needs no torch."""

from studio.generate.study.answers import Answer, Log, read_log
from studio.generate.study.build import BuildReport, build_study
from studio.generate.study.folder import Study, find_studies
from studio.generate.study.key import StudyKey, read_key
from studio.generate.study.models import RATINGS, Question, StudyFile
from studio.generate.study.plan import PER_KIND, BuildPlan
from studio.generate.study.reading import Reading
from studio.generate.study.result import StudyResult, evaluate_study

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
