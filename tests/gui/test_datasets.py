"""The Datasets workspace: counting, exporting, freezing, handing over to training."""

import json
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.looking import primaries
from studio.project import Action
from studio.ui.datasets.workspace import DatasetsWorkspace
from studio.ui.window import StudioWindow


@pytest.fixture
def datasets(qtbot: QtBot, open_window: StudioWindow) -> DatasetsWorkspace:
    """The workspace in front; four of the six boxes are accepted."""
    project = open_window.context.project
    assert project is not None
    ids = [box.id for image in project.images.ids() for box in project.boxes.of_image(image)]
    for box_id in ids[:4]:
        project.events.change(box_id, Action.ACCEPT, {"state": "accepted"}, "Ana")
    open_window.show_workspace("datasets")
    found = open_window.current
    assert isinstance(found, DatasetsWorkspace)
    qtbot.waitUntil(lambda: not found.busy and found.facts is not None, timeout=20_000)
    return found


def export(qtbot: QtBot, datasets: DatasetsWorkspace) -> None:
    """Press Export and wait for the job."""
    before = len(datasets.facts.exports) if datasets.facts else 0
    qtbot.mouseClick(datasets.form.button, Qt.MouseButton.LeftButton)
    assert not datasets.form.button.isEnabled()
    qtbot.waitUntil(
        lambda: datasets.facts is not None and len(datasets.facts.exports) == before + 1,
        timeout=60_000,
    )
    qtbot.waitUntil(lambda: not datasets.busy and datasets._run_dir is None, timeout=20_000)


def test_boxes_are_counted_by_label_and_state(datasets: DatasetsWorkspace) -> None:
    rows = [datasets.counts.rows.row(i) for i in range(3)]
    assert [row[0] for row in rows] == [
        "melanocyticnevus",
        "malignantmelanoma (positive)",
        "all",
    ]
    assert rows[2][1] == 4
    assert rows[2][6] == 6
    assert "4 boxes" in datasets.form.words.text()


def test_states_and_labels_decide_what_is_exported(datasets: DatasetsWorkspace) -> None:
    form = datasets.form
    form.states.boxes["undecided"].setChecked(True)
    assert "6 boxes" in form.words.text()
    form.labels.boxes["malignantmelanoma"].setChecked(False)
    assert "3 boxes" in form.words.text()
    for box in form.states.boxes.values():
        box.setChecked(False)
    assert not form.button.isEnabled()
    assert form.words.text() == "No box has these states and labels yet."


def test_disputed_boxes_are_counted_and_said_to_be_left_out(
    qtbot: QtBot, datasets: DatasetsWorkspace
) -> None:
    project = datasets.context.project
    assert project is not None
    first = project.boxes.of_image(project.images.ids()[0])[0].id
    project.events.change(first, Action.RULE, {"state": "disputed"}, "Ana")
    datasets.refresh()
    qtbot.waitUntil(lambda: "disputed" in datasets.form.states.boxes, timeout=20_000)
    across = Qt.Orientation.Horizontal
    assert datasets.counts.rows.headerData(4, across, Qt.ItemDataRole.DisplayRole) == "Disputed"
    totals = datasets.counts.rows.row(2)
    assert (totals[1], totals[4], totals[7]) == (3, 1, 6)
    assert datasets.form.words.text().endswith("Left out: 1 disputed box.")
    datasets.form.states.boxes["disputed"].setChecked(True)
    assert "4 boxes" in datasets.form.words.text()
    assert "Left out" not in datasets.form.words.text()


def test_an_export_is_written_listed_and_handed_to_training(
    qtbot: QtBot, datasets: DatasetsWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets.form.crop_size.set_value(128)
    export(qtbot, datasets)
    [fact] = datasets.facts.exports if datasets.facts else []
    assert (fact.format, fact.boxes, fact.size) == ("folder", 4, 128)
    assert fact.positive == "malignantmelanoma"
    crops = sorted(fact.folder.rglob("*.png"))
    assert len(crops) == 4
    for crop in crops:
        with Image.open(crop) as picture:
            assert picture.size == (128, 128)
    manifest = json.loads((fact.folder / "manifest.json").read_text("utf-8"))
    assert manifest["snapshot"] == datasets.facts.snapshots[0][0].name
    assert datasets.exports.rows.row(0)[0] == fact.folder.name
    assert Path(datasets.form.out.text()) != fact.folder
    monkeypatch.setattr(datasets.context, "go_to", lambda _: None)
    with qtbot.waitSignal(datasets.context.train_requested) as handed:
        qtbot.mouseClick(datasets.next_step.button, Qt.MouseButton.LeftButton)
    assert handed.args[0]["train"] == fact.folder


def test_one_button_is_what_comes_next(qtbot: QtBot, datasets: DatasetsWorkspace) -> None:
    step, form = datasets.next_step, datasets.form
    assert primaries(datasets) == [form.button]
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    assert primaries(datasets) == []  # while it is written
    qtbot.waitUntil(lambda: step.button.isVisible(), timeout=60_000)
    assert step.done.text() == "crops-1: 4 crops of 2 classes"
    assert primaries(datasets) == [step.button]
    qtbot.waitUntil(step.button.hasFocus)

    datasets.context.go_to("collect")
    datasets.context.hand_to_datasets()  # more has been reviewed
    qtbot.waitUntil(form.button.hasFocus)
    assert primaries(datasets) == [form.button]
    index = datasets.exports.model().index(0, 0)
    place = datasets.exports.visualRect(index).center()
    qtbot.mouseClick(datasets.exports.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert primaries(datasets) == [step.button]


def test_an_export_never_overwrites(
    qtbot: QtBot, datasets: DatasetsWorkspace, tmp_path: Path
) -> None:
    place = tmp_path / "taken"
    place.mkdir()
    (place / "mine.txt").write_text("mine", "utf-8")
    datasets.form.out.set_text(str(place))
    qtbot.mouseClick(datasets.form.button, Qt.MouseButton.LeftButton)
    assert "never overwrites" in datasets.form.out_field._note.text()
    assert datasets.form.job.isHidden()
    datasets.form.out.set_text("")
    qtbot.mouseClick(datasets.form.button, Qt.MouseButton.LeftButton)
    assert "Say where" in datasets.form.out_field._note.text()


def test_freezing_makes_a_snapshot_of_what_is_decided(
    qtbot: QtBot, datasets: DatasetsWorkspace
) -> None:
    qtbot.keyClick(datasets.window(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(datasets.facts and datasets.facts.snapshots), timeout=20_000)
    snapshot, boxes = datasets.facts.snapshots[0]
    assert boxes == 4
    assert snapshot.event_id == datasets.context.project.events.last_id()
    assert datasets.tabs.tabText(1) == "Snapshots (1)"


def test_size_matters_to_crops_only(datasets: DatasetsWorkspace) -> None:
    datasets.form.crop_size.set_value(224)
    assert datasets.form.out.text().endswith("crops-224-1")
    datasets.form.format.set_value("coco")
    assert not datasets.form.crop_size.isEnabled()
    assert datasets.form.out.text().endswith("coco-1")


def test_an_empty_project_points_to_collect(
    qtbot: QtBot, window: StudioWindow, tmp_path: Path
) -> None:
    window.context.new_project(tmp_path / "empty", ["benign"])
    window.show_workspace("datasets")
    datasets = window.current
    assert isinstance(datasets, DatasetsWorkspace)
    qtbot.waitUntil(lambda: not datasets.busy and datasets.facts is not None)
    assert datasets.main.currentWidget() is datasets.empty
    qtbot.mouseClick(datasets.empty.button, Qt.MouseButton.LeftButton)
    assert window.current is window.mounted["collect"]


def test_a_long_path_is_elided_in_its_middle_until_it_is_edited(
    qtbot: QtBot, open_window: StudioWindow
) -> None:
    open_window.show_workspace("datasets")
    datasets = open_window.current
    assert isinstance(datasets, DatasetsWorkspace)
    path = f"/home/ana/{'far/' * 30}crops-512"
    datasets.form.out.set_text(path)
    edit = datasets.form.out.edit
    assert edit.shown().startswith("/home")
    assert edit.shown().endswith("512")
    assert "…" in edit.shown()
    elided = edit.grab().toImage()
    edit.setFocus()
    assert edit.shown() == edit.text() == edit.toolTip() == path
    assert datasets.form.out.text() == path
    edit.clearFocus()
    assert edit.grab().toImage() == elided
    datasets.form.out.set_text("/short")
    assert edit.shown() == "/short"
