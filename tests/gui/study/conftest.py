"""The Study workspace in front of a window, and a small study of painted pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from studio.study import BuildPlan, Question, ReadingSession, Study, build_study, read_key
from studio.ui.study.workspace import StudyWorkspace
from studio.ui.window import StudioWindow

LABELS = ["melanocyticnevus", "malignantmelanoma"]


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(real, synthetic): eight pictures each."""
    folder, rng = tmp_path_factory.mktemp("sources"), np.random.default_rng(0)
    for kind in ("real", "synthetic"):
        (folder / kind).mkdir()
        for index in range(8):
            coarse = rng.integers(40, 230, (16, 16, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC)
            picture.save(folder / kind / f"{index}.png")
    return folder / "real", folder / "synthetic"


@pytest.fixture
def clinic(window: StudioWindow, tmp_path: Path) -> Path:
    """An open project without images."""
    window.context.new_project(tmp_path / "clinic", LABELS)
    return tmp_path / "clinic"


@pytest.fixture
def make(sources: tuple[Path, Path], clinic: Path) -> Callable[..., Study]:
    """Makes a study in the project."""

    def make(name: str = "pilot", per_kind: int = 2, diagnosis: bool = False) -> Study:
        question = Question(id="diagnosis", text="What is it?", choices=tuple(LABELS))
        plan = BuildPlan(
            *sources, clinic / "studies" / name, title=name, per_kind=per_kind, size=64,
            questions=(question,) if diagnosis else (),
        )  # fmt: skip
        report = build_study(plan)
        assert report is not None
        return report.study

    return make


@pytest.fixture
def read() -> Callable[..., None]:
    """Another reader who is right about the first `right` pictures of the own order."""

    def read(study: Study, name: str, right: int) -> None:
        key, reading = read_key(study), ReadingSession(study, name)
        while (token := reading.current) is not None:
            truly = key.synthetic(token)
            said = truly if reading.answered < right else not truly
            reading.answer(5 if said else 2, 1500)
        reading.finish()
        reading.close()

    return read


@pytest.fixture
def show(
    qtbot: QtBot, window: StudioWindow, settled: Callable[[], None]
) -> Callable[[], StudyWorkspace]:
    """Shows the workspace and waits until it has read everything."""

    def show() -> StudyWorkspace:
        window.show_workspace("study")
        found = window.current
        assert isinstance(found, StudyWorkspace)
        settled()
        return found

    return show
