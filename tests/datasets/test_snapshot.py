from typing import Any

import pytest

from studio.datasets.selection import freeze
from studio.errors import StudioError, UsageError
from studio.imaging import Square
from studio.project import BoxState

SQUARE = Square(32, 32, 16)


def test_a_snapshot_freezes_the_boxes_of_its_query(kit: Any) -> None:
    image = kit.photo("a.png")
    nevus = kit.box(image, SQUARE)
    kit.box(image, SQUARE, state=BoxState.REJECTED)
    melanoma = kit.box(image, SQUARE, label="malignantmelanoma", state=BoxState.ADJUSTED)
    snapshots = kit.project.snapshots
    taken = freeze(kit.project)
    assert [box.box_id for box in snapshots.boxes(taken)] == [nevus, melanoma]
    assert taken.query == {"states": ["accepted", "adjusted"], "labels": None}
    assert taken.event_id == kit.project.events.last_id()
    one = freeze(kit.project, labels=["malignantmelanoma"], name="melanoma")
    assert [box.box_id for box in snapshots.boxes(one)] == [melanoma]
    assert snapshots.by_name("melanoma") == one
    assert len(snapshots.boxes(freeze(kit.project, states="all"))) == 3


def test_names_are_new_and_queries_are_known(kit: Any) -> None:
    freeze(kit.project, name="one")
    with pytest.raises(StudioError, match="one"):
        freeze(kit.project, name="one")
    with pytest.raises(UsageError, match="choose from undecided"):
        freeze(kit.project, states="good")
    with pytest.raises(UsageError, match="no label"):
        freeze(kit.project, labels=["x"])
    assert freeze(kit.project).name != freeze(kit.project).name
