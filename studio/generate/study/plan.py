"""What a study is to be made of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio.generate.study.models import Question

OnProgress = Callable[[int, int, str], None]
PER_KIND = 108
"""Twice this is 216 answers a reader: the 215 that a claim of equivalence needs."""


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
