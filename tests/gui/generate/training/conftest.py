"""The training page in front of a window, with a project and no stage yet."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.generate.pages import TRAINING
from studio.ui.generate.training.page import TrainingPage
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.window import StudioWindow

sys.path.insert(0, str(Path(__file__).parent))

from made_training import MadeTraining


@pytest.fixture
def workspace(
    window: StudioWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GenerateWorkspace]:
    """Generate with the training room in front."""
    monkeypatch.setattr("studio.compute.allocator.keep_memory", lambda: False)
    window.context.new_project(tmp_path / "ward", ["melanocyticnevus", "malignantmelanoma"])
    window.show_workspace("generate")
    found = window.current
    assert isinstance(found, GenerateWorkspace)
    found.pages.show_page(TRAINING)
    yield found
    found.close_workspace()


@pytest.fixture
def page(workspace: GenerateWorkspace, settled: Callable[[], None]) -> TrainingPage:
    found = workspace.pages.current
    assert isinstance(found, TrainingPage)
    settled()
    return found


@pytest.fixture
def new_run(page: TrainingPage) -> Callable[..., MadeTraining]:
    """Makes a training in the open project."""

    def make(title: str = "Small network", **more: Any) -> MadeTraining:
        project = page.model.project
        assert project is not None
        return MadeTraining(project.runs.new_folder("gan-train", title), title, **more)

    return make


@pytest.fixture
def shown(qtbot: QtBot, page: TrainingPage) -> Callable[[MadeTraining], TrainingPage]:
    """Looks at a run until its grid is drawn."""

    def show(made: MadeTraining) -> TrainingPage:
        page.look_at(made.run_dir)
        qtbot.waitUntil(
            lambda: page.view.run is not None and not page.view.grid.empty, timeout=10_000
        )
        return page

    return show
