"""What the palette finds of a project besides actions: its training runs, labels and test sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from studio.ui.actions import Action

if TYPE_CHECKING:
    from studio.project import Project
    from studio.project.records import Label
    from studio.results.model_results import TestedSet
    from studio.ui.window import StudioWindow

_LATEST = 8  # runs whose test sets are found; each costs a reading of its log


@dataclass(frozen=True)
class ProjectPlaces:
    """Places of a project to go to. `runs` are folders of trainings with their names."""

    runs: "list[tuple[Path, str]]"
    labels: "list[Label]"
    tests: "list[TestedSet]"


def read_places(project: "Project") -> ProjectPlaces:
    """The places of a project, read off the Qt thread; of each test set the newest run on it."""
    from studio.results.model_results import tested_sets
    from studio.results.run_identity import run_label
    from studio.results.run_list import list_runs

    runs = list_runs(project)
    tested = [run.run_dir for run in runs if run.has_model][:_LATEST]
    return ProjectPlaces(
        [(run.run_dir, run_label(run)) for run in runs],
        project.labels(),
        tested_sets(project, tested),
    )


def place_actions(window: "StudioWindow", places: ProjectPlaces) -> Iterator[Action]:
    """One action for each place, which goes there."""
    for folder, name in places.runs:
        yield Action(f"run:{folder}", name, partial(_go, window, "train", "look_at", folder),
                     tr("Training run"))  # fmt: skip
    for label in places.labels:
        yield Action(f"label:{label.id}", label.name,
                     partial(_go, window, "review", "show_label", label.id),
                     tr("Boxes with this label, in Review"))  # fmt: skip
    for test in places.tests:
        hand = partial(window.context.hand_to_evaluate, run=test.run_dir, test=test.name)
        yield Action(f"test:{test.name}", test.title, hand, tr("Test set, in Evaluate"))


def tr(text: str) -> str:
    return QCoreApplication.translate("Palette", text)


def _go(window: "StudioWindow", workspace_id: str, method: str, *what: Any) -> None:
    """Show a workspace and what is meant in it; one that could not be opened says so itself."""
    window.show_workspace(workspace_id)
    show = getattr(window.current, method, None)
    if show is not None:
        show(*what)
