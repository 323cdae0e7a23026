"""A small study of real files on disk, and readers who answer it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.study import (
    BuildPlan,
    Question,
    ReadingSession,
    Study,
    StudyKey,
    build_study,
    read_key,
)
from studio.study.answers import Answer

CLASSES = ("melanocyticnevus", "malignantmelanoma")


def patch(path: Path, seed: int, side: int = 48, **save: object) -> Path:
    """A square of soft random colours of its own."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 230, (6, 6, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC).save(path, **save)
    return path


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(real, synthetic): 12 pictures of each class; the real ones JPEG, the others PNG."""
    folder = tmp_path_factory.mktemp("sources")
    for number, name in enumerate(CLASSES):
        for index in range(12):
            seed = 100 * number + index
            patch(folder / "real" / name / f"{index}.jpg", seed, 60 + index, quality=85)
            patch(folder / "synthetic" / name / f"seed{index:04d}.png", 1000 + seed, 64)
    return folder / "real", folder / "synthetic"


@pytest.fixture
def study(sources: tuple[Path, Path], tmp_path: Path) -> Study:
    report = build_study(BuildPlan(*sources, tmp_path / "study", per_kind=20, size=32))
    assert report is not None
    return report.study


@pytest.fixture
def asking(sources: tuple[Path, Path], tmp_path: Path) -> Study:
    """A study that asks for the diagnosis, too."""
    question = Question(id="diagnosis", text="What is it?", choices=CLASSES)
    plan = BuildPlan(*sources, tmp_path / "asking", per_kind=4, size=32, questions=(question,))
    report = build_study(plan)
    assert report is not None
    return report.study


@pytest.fixture
def key(study: Study) -> StudyKey:
    return read_key(study)


def answer_at(
    study: Study, key: StudyKey, reader: str, accuracy: float, seed: int, finish: bool = True
) -> None:
    """A scripted reader who is right about each picture with that probability."""
    rng = np.random.default_rng(seed)
    reading = ReadingSession(study, reader)
    answers = []
    for token in reading.order:
        right = rng.random() < accuracy
        confidence = int(rng.integers(1, 4))
        synthetic = key.synthetic(token) == right
        rating = 3 + confidence if synthetic else 4 - confidence
        answers.append(Answer(token, rating, int(rng.integers(600, 4000))))
    reading.answer_many(answers)
    if finish:
        reading.finish()
    reading.close()


@pytest.fixture
def scripted() -> Callable[..., None]:
    return answer_at
