"""Folders to write into: typed as they are, in use or not, and the next one."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.ui.widgets.new_folder import FolderDialog, is_in_use, next_unused


# The list that completes what is typed asks the platform for more than the offscreen one can do.
@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("name", ["there", "new", "new/deeper"])
@pytest.mark.parametrize("whole", [True, False])
def test_the_folder_that_is_typed_is_taken(
    qtbot: QtBot, tmp_path: Path, name: str, whole: bool
) -> None:
    (tmp_path / "there" / "inside").mkdir(parents=True)
    dialog = FolderDialog(None, "Where to", str(tmp_path))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    line = dialog.findChild(QLineEdit, "fileNameEdit")
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, str(tmp_path / name) if whole else name)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert dialog.chosen == tmp_path / name
    assert not dialog.isVisible()


def test_put_away_it_chooses_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = FolderDialog(None, "Where to", str(tmp_path / "not yet"))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.findChild(QLineEdit, "fileNameEdit").text() == str(tmp_path / "not yet")
    dialog.reject()
    assert dialog.chosen is None


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    assert not is_in_use(tmp_path)
    assert not is_in_use(tmp_path / "none")
    (tmp_path / "file").touch()
    assert is_in_use(tmp_path)
    assert is_in_use(tmp_path / "file")


@pytest.mark.parametrize(
    ("taken", "asked", "next_one"),
    [
        ([], "crops", "crops"),
        (["crops"], "crops", "crops-2"),
        (["crops", "crops-2"], "crops", "crops-3"),
        (["crops-2"], "crops-2", "crops-3"),
        (["folder-224"], "folder-224", "folder-224-2"),
        (["-7"], "-7", "-7-2"),
        (["set.part"], "set", "set-2"),
    ],
)
def test_the_next_folder_counts_on(
    tmp_path: Path, taken: list[str], asked: str, next_one: str
) -> None:
    for name in taken:
        (tmp_path / name).mkdir()
    assert next_unused(tmp_path / asked) == tmp_path / next_one
