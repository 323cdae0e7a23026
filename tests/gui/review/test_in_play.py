"""Ten proposals an image: three are asked about, the others come with a key."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from studio.imaging import Square
from studio.project import BoxState, NewBox
from studio.review import PROPOSALS_IN_PLAY
from studio.ui.window import StudioWindow

if TYPE_CHECKING:
    from conftest import Room

Key = Qt.Key


@pytest.fixture
def crowded(
    make_room: "Callable[[Path], Room]", project_path: Path, add_boxes: Callable[..., list[int]]
) -> "Room":
    """Ten proposals on the first image, one on each of the other five."""
    more = [NewBox(0, Square(40.0 + 20 * n, 60.0, 40.0), 1, "blob", "0", 0.5) for n in range(9)]
    add_boxes(0, *more)
    room = make_room(project_path)
    assert room.workspace.meter.counts.strong == PROPOSALS_IN_PLAY + 5
    return room


def test_three_keys_finish_an_image_of_ten_proposals(crowded: "Room") -> None:
    navigator = crowded.session.navigator
    assert len(navigator.boxes) == 10
    for _ in range(PROPOSALS_IN_PLAY):
        assert navigator.index == 0
        crowded.press(Key.Key_X)
    assert navigator.index == 1
    assert navigator.rows.count(navigator.queue[0]).mark == "✓"
    crowded.settle()
    assert crowded.workspace.meter.counts.strong_done == PROPOSALS_IN_PLAY
    assert crowded.workspace.meter.counts.strong == PROPOSALS_IN_PLAY + 5
    crowded.workspace.commands.go_to(5)
    crowded.press(Key.Key_Space)
    crowded.session.controller.next_undecided()
    assert navigator.index == 1  # the first image is done: its weak proposals are not hunted for


def test_the_weak_ones_come_with_a_key_and_count_once_decided(crowded: "Room") -> None:
    navigator, meter = crowded.session.navigator, crowded.workspace.meter
    crowded.press(Key.Key_M)
    assert len(navigator.visible_boxes()) == 10
    for _ in range(PROPOSALS_IN_PLAY):
        crowded.press(Key.Key_X)
    assert navigator.index == 0  # all ten are asked about now
    weak = crowded.current.id
    assert weak == navigator.boxes[PROPOSALS_IN_PLAY].id
    crowded.press(Key.Key_Space)
    assert crowded.stored(weak).state is BoxState.ACCEPTED
    crowded.settle()
    assert (meter.counts.strong_done, meter.counts.strong) == (
        PROPOSALS_IN_PLAY + 1,
        PROPOSALS_IN_PLAY + 6,
    )
    crowded.press(Key.Key_Backspace)
    crowded.settle()
    assert (meter.counts.strong_done, meter.counts.strong) == (
        PROPOSALS_IN_PLAY,
        PROPOSALS_IN_PLAY + 5,
    )


def test_collect_review_and_datasets_show_one_count(
    open_window: StudioWindow, settled: Callable[[], None], project_path: Path
) -> None:
    project = open_window.context.project
    assert project is not None
    image = project.images.ids()[0]
    project.boxes.add([NewBox(image, Square(60, 60, 40), 1, "blob", "0", 0.1)] * 6)
    open_window.context.project_edited.emit()
    sentences, said = set(), []
    for workspace_id in ("collect", "review", "datasets"):
        open_window.show_workspace(workspace_id)
        settled()
        words = [label.text() for label in open_window.current.findChildren(QLabel)]
        said.append([text for text in words if "strong boxes" in text and " of " in text])
        sentences.update(said[-1])
    assert sentences == {"0 of 6 images · 8 strong boxes · 4 weak, hidden"}
    assert all(said[1:])
