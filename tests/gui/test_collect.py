"""The Collect workspace: importing, what stayed out, proposing, thumbnails."""

import json
import shutil
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from studio.project import Project
from studio.ui.collect.class_folders import ClassFoldersDialog
from studio.ui.collect.pictures import key_of
from studio.ui.collect.workspace import CollectWorkspace
from studio.ui.watchdog import Watchdog
from studio.ui.window import StudioWindow
from studio.workflows import ImportReport

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def collect(qtbot: QtBot, window: StudioWindow, tmp_path: Path) -> CollectWorkspace:
    """The workspace in front, on an empty project."""
    window.context.new_project(tmp_path / "fresh", ["melanocyticnevus", "malignantmelanoma"])
    window.show_workspace("collect")
    found = window.current
    assert isinstance(found, CollectWorkspace)
    qtbot.waitUntil(lambda: not found.busy, timeout=20_000)
    return found


def drop(target: CollectWorkspace, paths: list[Path]) -> None:
    """Drag files over the workspace and let them fall."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, copy, left = QPointF(50, 50), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():  # Qt 6.12 would have a QPointF, which 6.11 does not take
        warnings.simplefilter("ignore", DeprecationWarning)
        enter = QDragEnterEvent(where.toPoint(), copy, data, left, none)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(target, QDropEvent(where, copy, data, left, none))


def done(qtbot: QtBot, collect: CollectWorkspace) -> None:
    qtbot.waitUntil(lambda: not collect.busy, timeout=30_000)


def test_an_empty_project_says_how_to_begin(collect: CollectWorkspace) -> None:
    assert collect.main.currentWidget() is collect.empty
    assert collect.empty.button.text() == "Add folder"
    assert collect.empty.button.hasFocus()
    assert not collect.propose.button.isEnabled()


def test_rows_that_wait_are_told_as_rows_and_urls(collect: CollectWorkspace) -> None:
    told = collect.bring_in.summary(ImportReport(waiting=2, waiting_rows=3))
    assert "3 rows waiting for their picture (2 URLs)" in told


def test_a_dropped_folder_comes_in_and_a_second_time_adds_nothing(
    qtbot: QtBot, collect: CollectWorkspace, photographs: Path
) -> None:
    drop(collect, [photographs])
    done(qtbot, collect)
    assert collect.figures["images"].value.text() == "6"
    assert collect.pictures.pictures.rowCount() == 6
    assert collect.main.currentWidget() is not collect.empty
    drop(collect, [photographs])
    done(qtbot, collect)
    assert collect.figures["images"].value.text() == "6"
    window = collect.window()
    assert isinstance(window, StudioWindow)
    assert any("6 already there" in toast.text for toast in window.toasts.toasts())


def test_a_dropped_zip_comes_in_with_the_labels_of_its_folders(
    qtbot: QtBot, collect: CollectWorkspace, photographs: Path, tmp_path: Path
) -> None:
    path = Path(shutil.make_archive(str(tmp_path / "sent"), "zip", photographs))
    drop(collect, [path])
    done(qtbot, collect)
    assert collect.figures["images"].value.text() == "6"
    assert collect.pictures.pictures.rowCount() == 6
    project = collect.bring_in._project
    assert project is not None
    names = {one.id: one.name for one in project.labels()}
    found = [
        (image.file, names.get(image.label_id or 0))
        for image in project.images.by_ids(project.images.ids())
    ]
    wanted = [(one.name, one.parent.name) for one in photographs.rglob("*.jpg")]
    assert sorted(found) == sorted(wanted)
    assert not [one for one in project.path.iterdir() if one.name.endswith(".part")]
    drop(collect, [path])
    done(qtbot, collect)
    window = collect.window()
    assert isinstance(window, StudioWindow)
    assert any("6 already there" in toast.text for toast in window.toasts.toasts())


def test_what_cannot_be_read_is_named_with_its_reason(
    qtbot: QtBot, collect: CollectWorkspace, photographs: Path
) -> None:
    whole = next(photographs.rglob("*.jpg")).read_bytes()
    (photographs / "zero.jpg").touch()
    (photographs / "page.jpg").write_text("<html><body>404</body></html>", "utf-8")
    (photographs / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    drop(collect, [photographs])
    done(qtbot, collect)
    assert collect.figures["images"].value.text() == "6"
    assert collect.tabs.tabText(2) == "Left out (3)"
    rows = [collect.left_out.rows.row(i) for i in range(3)]
    found = {Path(row[0]).name: row[2] for row in rows}
    assert found == {"zero.jpg": "empty", "page.jpg": "no image", "cut.jpg": "cut off"}
    collect.tabs.setCurrentIndex(2)
    qtbot.mouseClick(collect.copy_left_out, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert all(name in text for name in found)


def test_thumbnails_arrive_for_what_is_in_sight(
    qtbot: QtBot, collect: CollectWorkspace, photographs: Path, smooth: Watchdog
) -> None:
    collect.bring_in.import_paths([photographs])
    done(qtbot, collect)
    smooth.start()
    qtbot.wait(200)
    for row in range(6):
        image = collect.pictures.pictures.image(row)
        assert image is not None
        picture = collect.pictures.loader.get(key_of(image))
        assert picture is not None
        assert max(picture.width(), picture.height()) == 160


def test_a_coco_list_brings_its_boxes_and_shows_among_the_lists(
    qtbot: QtBot, collect: CollectWorkspace, photographs: Path, tmp_path: Path
) -> None:
    names = sorted(path.name for path in (photographs / "melanocyticnevus").iterdir())
    coco = {
        "images": [
            {"id": n, "file_name": name, "width": 320, "height": 240}
            for n, name in enumerate(names)
        ],
        "categories": [{"id": 1, "name": "melanocyticnevus"}],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 1, "bbox": [60, 90, 60, 60]}
            for n in range(len(names))
        ],
    }
    path = tmp_path / "list.json"
    path.write_text(json.dumps(coco), "utf-8")
    collect.bring_in.images.set_text(str(photographs / "melanocyticnevus"))
    collect.bring_in.as_.set_value("coco")
    drop(collect, [path])
    done(qtbot, collect)
    assert collect.figures["boxes"].value.text() == "3"
    assert collect.tabs.tabText(1) == "Lists (1)"
    assert collect.lists.rows.row(0)[:2] == ("list.json", 3)


def test_a_source_that_is_not_there_is_said_in_a_sentence(
    qtbot: QtBot, collect: CollectWorkspace, tmp_path: Path
) -> None:
    collect.bring_in.import_paths([tmp_path / "nowhere"])
    done(qtbot, collect)
    assert collect.bring_in.trouble.isVisible()
    assert "nowhere" in collect.bring_in.trouble.words()
    window = collect.window()
    assert isinstance(window, StudioWindow)
    assert not window.toasts.toasts()  # said once
    collect.bring_in.import_paths([tmp_path])
    assert not collect.bring_in.trouble.isVisible()


def test_the_folder_dialog_opens_with_its_key(
    qtbot: QtBot,
    collect: CollectWorkspace,
    photographs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", staticmethod(lambda *_: str(photographs))
    )
    qtbot.keyClick(collect.window(), Qt.Key.Key_I, CONTROL)
    done(qtbot, collect)
    assert collect.figures["images"].value.text() == "6"


def test_boxes_are_proposed_in_a_process_of_their_own(
    qtbot: QtBot, collect: CollectWorkspace, photographs: Path
) -> None:
    collect.bring_in.import_paths([photographs])
    done(qtbot, collect)
    assert "6 of 6" in collect.propose.words.text()
    qtbot.mouseClick(collect.propose.button, Qt.MouseButton.LeftButton)
    assert not collect.propose.button.isEnabled()
    qtbot.waitUntil(lambda: "0 of 6 images ·" in collect.propose.words.text(), timeout=60_000)
    assert collect.context.jobs.live() == []
    assert int(collect.figures["boxes"].value.text()) >= 6
    assert collect.propose.review.isVisible()


def test_a_read_only_project_takes_nothing(
    qtbot: QtBot, open_window: StudioWindow, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_window.show_workspace("collect")
    collect = open_window.current
    assert isinstance(collect, CollectWorkspace)
    project = open_window.context.project
    assert isinstance(project, Project)
    monkeypatch.setattr(project, "mode", "read")
    collect.set_project(project)
    assert not collect.bring_in.folder_button.isEnabled()
    collect.bring_in.import_paths([photographs])
    done(qtbot, collect)
    assert project.images.count() == 6
    assert any("read-only" in toast.text for toast in open_window.toasts.toasts())


def test_closing_the_window_in_the_middle_of_an_import_is_safe(
    qtbot: QtBot, collect: CollectWorkspace, photographs: Path, settled: Callable[[], None]
) -> None:
    collect.bring_in.import_paths([photographs])
    window = collect.window()
    window.close()
    settled()
    assert window.isHidden()


def test_every_control_has_a_name(qtbot: QtBot, collect: CollectWorkspace) -> None:
    from PySide6.QtWidgets import QWidget

    for widget in collect.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            assert widget.accessibleName() or getattr(widget, "text", str)(), type(widget)


def test_what_was_being_read_finds_nobody_after_closing(
    collect: CollectWorkspace, monkeypatch: pytest.MonkeyPatch, settled: Callable[[], None]
) -> None:
    from studio.ui.collect import workspace as module

    asked, answer, shown = threading.Event(), threading.Event(), []
    read = module.read_facts

    def slowly(project: Project) -> object:
        asked.set()
        answer.wait(10)
        return read(project)

    monkeypatch.setattr(module, "read_facts", slowly)
    monkeypatch.setattr(collect.propose, "show_facts", lambda *facts: shown.append(facts))
    collect.refresh()
    collect.refresh()  # and once more when the first has been read
    assert asked.wait(10)
    collect.close_workspace()
    answer.set()
    settled()
    assert not shown
    assert not collect.busy


@pytest.fixture
def other_folders(tmp_path: Path, photographs: Path) -> Path:
    """Class folders of which the project knows one."""
    folder = tmp_path / "other"
    for name, number in (("melanocyticnevus", 0), ("keratosis", 2), ("2024-03", 4)):
        (folder / name).mkdir(parents=True)
        [source] = photographs.rglob(f"photo {number}.jpg")
        shutil.copy(source, folder / name / f"{name}.jpg")
    return folder


def answer(qtbot: QtBot, collect: CollectWorkspace) -> ClassFoldersDialog:
    qtbot.waitUntil(lambda: collect.bring_in.question is not None)
    dialog = collect.bring_in.question
    assert dialog is not None
    return dialog


def labels_of(collect: CollectWorkspace) -> dict[str, str | None]:
    project = collect.context.project
    assert project is not None
    names: dict[int | None, str | None] = {label.id: label.name for label in project.labels()}
    return {
        image.file: names.get(image.label_id)
        for image in project.images.by_ids(project.images.ids())
    }


def test_unknown_class_folders_are_asked_about_once(
    qtbot: QtBot, collect: CollectWorkspace, other_folders: Path
) -> None:
    drop(collect, [other_folders])
    dialog = answer(qtbot, collect)
    assert {name: choice.value() for name, choice in dialog.choices.items()} == {
        "2024-03": "leave",  # a date is seldom a class
        "keratosis": "add",
    }
    qtbot.keyClick(dialog.go, Qt.Key.Key_Return)
    done(qtbot, collect)
    assert labels_of(collect) == {
        "melanocyticnevus.jpg": "melanocyticnevus",
        "keratosis.jpg": "keratosis",
        "2024-03.jpg": None,
    }


def test_a_class_folder_can_be_another_label_or_stay_out(
    qtbot: QtBot, collect: CollectWorkspace, other_folders: Path
) -> None:
    drop(collect, [other_folders])
    qtbot.keyClick(answer(qtbot, collect), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: collect.bring_in.question is None)
    done(qtbot, collect)
    assert labels_of(collect) == {}
    drop(collect, [other_folders])
    dialog = answer(qtbot, collect)
    dialog.choices["keratosis"].set_value("label:malignantmelanoma")
    dialog.choices["2024-03"].set_value("label:malignantmelanoma")
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    done(qtbot, collect)
    assert labels_of(collect)["keratosis.jpg"] == "malignantmelanoma"
    assert labels_of(collect)["2024-03.jpg"] == "malignantmelanoma"


def test_rows_whose_frame_is_in_doubt_come_in_with_the_users_word(
    qtbot: QtBot, collect: CollectWorkspace, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    (tmp_path / "in").mkdir()
    Image.effect_noise((320, 240), 60).convert("RGB").save(tmp_path / "in/a.jpg", exif=exif)
    for name in ("p1.png", "p2.png"):
        Image.new("RGB", (161, 81), "white").save(tmp_path / "in" / name)
    files = ["a.jpg", "p1.png", "p2.png"]
    document = {
        "images": [{"id": n, "file_name": file} for n, file in enumerate(files)],
        "annotations": [
            {"image_id": n, "category_id": n % 2, "bbox": [20, 30, 140, 50]} for n in range(3)
        ],
        "categories": [
            {"id": 0, "name": "melanocyticnevus"},
            {"id": 1, "name": "malignantmelanoma"},
        ],
    }
    path = tmp_path / "in/list.json"
    path.write_text(json.dumps(document), "utf-8")
    collect.bring_in.import_paths([path])
    done(qtbot, collect)
    assert collect.figures["boxes"].value.text() == "0"
    assert collect.tabs.tabText(2) == "Left out (1), in doubt (2)"
    reasons = [collect.left_out.rows.row(n)[2] for n in range(3)]
    assert reasons == ["unknown frame", "placeholder", "placeholder"]
    collect.bring_in.frame.set_value("exif")
    collect.bring_in.import_paths([path])
    done(qtbot, collect)
    assert collect.figures["boxes"].value.text() == "1"
    assert collect.tabs.tabText(2) == "Left out (0), in doubt (2)"
    window = collect.window()
    assert isinstance(window, StudioWindow)
    assert any("upright frame" in toast.text for toast in window.toasts.toasts())


def test_a_stop_before_the_import_has_begun_imports_nothing(
    qtbot: QtBot,
    collect: CollectWorkspace,
    photographs: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looking, go_on = threading.Event(), threading.Event()

    def slowly(project: Project, path: Path, stop: Callable[[], bool]) -> dict[str, int]:
        looking.set()
        go_on.wait(20)
        return {"keratosis": 2}

    monkeypatch.setattr("studio.workflows.importing.unknown_class_folders", slowly)
    drop(collect, [photographs])
    qtbot.waitUntil(looking.is_set)
    collect.bring_in.stop()
    go_on.set()
    done(qtbot, collect)
    assert collect.bring_in.question is None
    assert labels_of(collect) == {}


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1920, 1080)])
def test_rows_of_pictures_are_whole(
    qtbot: QtBot, open_window: StudioWindow, settled: Callable[[], None], size: tuple[int, int]
) -> None:
    open_window.show_workspace("collect")
    open_window.resize(*size)
    settled()
    sheet = open_window.mounted["collect"].pictures
    tile, place = sheet.gridSize(), sheet.viewport().size()
    down, across = place.height() // tile.height(), place.width() // tile.width()
    assert down >= 2
    assert place.height() - down * tile.height() < down  # nothing of a further row in sight
    assert place.width() - across * tile.width() <= across
    assert tile.width() >= 152
    assert tile.height() >= 168
