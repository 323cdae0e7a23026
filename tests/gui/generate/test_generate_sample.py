"""The network that comes with the studio."""

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.jobs.kinds import CLASSIFIER_LAST
from studio.ui.generate.workspace import GenerateWorkspace

from morphing import settle  # isort: skip


def test_one_button_opens_a_morph_between_its_classes(
    qtbot: QtBot, empty: GenerateWorkspace
) -> None:
    qtbot.mouseClick(empty.empty.button, Qt.MouseButton.LeftButton)
    settle(qtbot, empty)
    assert empty.ready
    session = empty.controller.session
    assert session is not None
    assert (session.source.class_name, session.source.seed) == ("melanocyticnevus", 18)
    assert (session.target.class_name, session.target.seed) == ("malignantmelanoma", 25)
    assert not empty.unsaved
    assert empty.controller.last is not None
    assert empty.controller.last.picture.shape == (64, 64, 3)


def trained(workspace: GenerateWorkspace) -> Path:
    """A run of the project that holds a classifier."""
    project = workspace.context.project
    assert project is not None
    folder = project.runs.new_folder("train", "Lite0, 5 epochs")
    (folder / CLASSIFIER_LAST).write_bytes(b"stands in for a model")
    return folder


def test_the_newest_classifier_judges_a_network_that_is_opened(
    qtbot: QtBot, empty: GenerateWorkspace
) -> None:
    older, newest = trained(empty), trained(empty)
    empty.activate()
    empty.open_sample()
    settle(qtbot, empty)
    session = empty.controller.session
    assert session is not None
    assert session.runs == [str(newest)]
    assert empty.sides.runs.boxes[str(newest)].isChecked()
    assert not empty.sides.runs.boxes[str(older)].isChecked()
    assert empty.view.curves.isVisible()
    assert not empty.unsaved  # opening alone is nothing to save


def test_a_run_that_is_handed_over_judges_the_path_first(
    qtbot: QtBot, empty: GenerateWorkspace, tmp_path: Path
) -> None:
    older, newest = trained(empty), trained(empty)
    empty.context.hand_to_generate(older)  # nothing is open: the sample network is
    settle(qtbot, empty)
    assert empty.ready
    session = empty.controller.session
    assert session is not None
    assert Path(session.network).name == "sample.safetensors"
    assert session.runs == [str(older)]
    foreign = tmp_path / "elsewhere"
    foreign.mkdir()
    empty.context.hand_to_generate(foreign)
    settle(qtbot, empty)
    assert empty.controller.session is not None
    assert empty.controller.session.runs == [str(foreign), str(older)]
    assert empty.sides.runs.boxes[str(foreign)].isChecked()
    assert not empty.sides.runs.boxes[str(newest)].isChecked()
