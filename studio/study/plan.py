"""What a study is to be made of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio.study.models import Question

OnProgress = Callable[[int, int, str], None]
PER_KIND = 114
"""Twice this is 228 answers a reader: the 227 with which the exact tests show equivalence in 80 of
100 studies of a reader who cannot tell the kinds apart (margin 10 points)."""


@dataclass(frozen=True)
class BuildPlan:
    """What to make: `per_kind` None is as many as both kinds have, up to PER_KIND."""

    real: Path
    synthetic: Path
    out: Path
    title: str = ""
    per_kind: int | None = None
    size: int = 128
    quality: int = 90
    seed: int = 0
    margin: float = 0.10
    upscaling: bool = False
    questions: tuple[Question, ...] = ()
    key: Path | None = None
    real_name: str = ""
    synthetic_name: str = ""
    notes: tuple[str, ...] = ()
