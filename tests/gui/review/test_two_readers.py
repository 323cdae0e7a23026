"""Two readers and an adjudicator in the window: each counts what waits for them and reads blind."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from studio.project import BoxState, Project
from studio.review import Reviewer
from studio.review.readers import set_readers_rule
from studio.ui.context import StudioContext

if TYPE_CHECKING:
    from conftest import Room

Key = Qt.Key
LABELS = ("nevus", "melanoma")


def decided(path: Path, **said: list[str]) -> None:
    """Two readers and Eva; what each reviewer said of boxes 1 to 6, "" for nothing yet."""
    with Project.open(path) as project:
        set_readers_rule(project, 2, "Eva")
        for name, words in said.items():
            reviewer = Reviewer(project, name)
            for box_id, word in enumerate(words, start=1):
                if word == "accept":
                    reviewer.accept(box_id)
                elif word:
                    reviewer.relabel(box_id, LABELS.index(word) + 1)


def facts(room: "Room") -> str:
    return "\n".join(
        one.text()
        for one in room.workspace.view.panel.findChildren(QLabel)
        if one.isVisibleTo(room.workspace)
    )


def marks(room: "Room") -> list[str]:
    film = room.session.presenter.film_row
    return [film(place).mark for place in range(len(room.session.navigator.queue))]


def test_a_reader_sees_what_she_has_decided_and_not_the_other(
    make_room: "Callable[[Path], Room]", project_path: Path, context: StudioContext
) -> None:
    decided(project_path, Ana=["accept"] * 3, Ben=["", "", "", "nevus"])
    context.set_reviewer("Ana")
    room = make_room(project_path)
    room.qtbot.waitUntil(lambda: room.workspace.meter.counts.strong == 6, timeout=10_000)
    assert room.workspace.meter.counts.strong_done == 3
    assert marks(room) == ["✓", "✓", "✓", "", "", ""]
    assert "Your reading: 3 of 6 images" in facts(room)
    assert room.session.navigator.index == 3  # the first that waits for her
    assert "Undecided" in facts(room)
    assert "Ben" not in facts(room)  # he has decided this one, and she has not
    room.session.controller.go_to(0)
    room.settle()
    assert room.current.state is BoxState.ACCEPTED
    assert room.stored(1).state is BoxState.UNDECIDED
    assert "Waits for the other reader" in facts(room)
    room.press(Key.Key_J)  # over those that she has read
    assert room.session.navigator.index == 3
    room.settle()
    room.press(Key.Key_Space)  # she accepts the melanoma that Ben calls a nevus
    room.qtbot.waitUntil(lambda: room.workspace.meter.counts.strong_done == 4, timeout=10_000)
    room.session.controller.go_to(3)
    room.settle()
    assert room.stored(4).state is BoxState.DISPUTED
    assert "Ben: Accepted, melanocyticnevus" in facts(room)
    assert "Ana: Accepted, malignantmelanoma" in facts(room)


def test_the_adjudicator_is_led_to_what_is_disputed(
    make_room: "Callable[[Path], Room]", project_path: Path, context: StudioContext
) -> None:
    decided(
        project_path,
        Ana=["accept"] * 6,
        Ben=["accept", "melanoma", "melanoma", "accept", "accept", "accept"],
    )
    context.set_reviewer("Eva")
    room = make_room(project_path)
    room.qtbot.waitUntil(lambda: room.workspace.meter.counts.strong == 6, timeout=10_000)
    assert room.workspace.meter.counts.strong_done == 4
    assert marks(room) == ["✓", "", "", "✓", "✓", "✓"]
    assert room.session.navigator.index == 1
    for words in (
        "To adjudicate, by Eva",
        "Ana: Accepted, melanocyticnevus",
        "Ben: Accepted, malignantmelanoma",
    ):
        assert words in facts(room)
    room.session.controller.go_to(0)
    room.settle()
    for place in (1, 2):
        room.press(Key.Key_J)
        room.settle()
        assert room.session.navigator.index == place
        room.press(Key.Key_Space)
        room.settle()
    room.qtbot.waitUntil(lambda: room.workspace.meter.counts.left == 0, timeout=10_000)
    assert "Nothing waits for you." in facts(room)
    assert room.stored(2).state is BoxState.ACCEPTED
    bar = room.workspace.view.filter_bar.state
    assert "To adjudicate" in [bar.itemText(n) for n in range(bar.count())]


def test_who_neither_reads_nor_adjudicates_is_shown_no_opinion(
    make_room: "Callable[[Path], Room]", project_path: Path, context: StudioContext
) -> None:
    decided(project_path, Ana=["accept"], Ben=["melanoma"])
    context.set_reviewer("Cem")
    room = make_room(project_path)
    room.session.controller.go_to(0)
    room.settle()
    assert "Two readers do not agree" in facts(room)
    assert "Ana" not in facts(room)
    assert room.session.navigator.undecided_shown == 0
