"""What every view is made of: buttons by the keyboard, text that does not fit, side panels."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QMenu
from pytestqt.qtbot import QtBot

from studio.ui.context import StudioContext
from studio.ui.settings import Settings
from studio.ui.theme.tokens import CONTROL, SIDE
from studio.ui.widgets import (
    Choice,
    Notice,
    PrimaryButton,
    ScrollPanel,
    Section,
    Table,
    Verdict,
    demote,
    fix_side,
    label,
)
from studio.ui.widgets.elided import ElidedCheckBox, ElidedLabel


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_and_space_press_the_primary_button(qtbot: QtBot, key: Qt.Key) -> None:
    pressed: list[int] = []
    button = PrimaryButton("Begin", lambda: pressed.append(1))
    qtbot.addWidget(button)
    button.show()
    button.setFocus()
    qtbot.keyClick(button, key)
    assert pressed == [1]


def test_a_primary_button_can_step_back_and_come_forward(qtbot: QtBot) -> None:
    button = PrimaryButton("Begin")
    qtbot.addWidget(button)
    demote(button, True)
    assert button.property("role") == ""
    demote(button, False)
    assert button.property("role") == "primary"


@pytest.mark.parametrize("made", [lambda t: ElidedLabel(t, middle=True), ElidedCheckBox])
def test_a_long_name_is_cut_in_its_middle(qtbot: QtBot, made: type) -> None:
    start = "efficientnet_lite0 of all the pictures & more, " + "x" * 40
    one, other = made(f"{start}, seed 1"), made(f"{start}, seed 2")
    for widget, seed in ((one, 1), (other, 2)):
        qtbot.addWidget(widget)
        widget.resize(200, 32)
        assert widget.minimumSizeHint().width() <= 60 < 200 < widget.sizeHint().width()
        assert widget.toolTip() == f"{start}, seed {seed}"
    assert one.grab().toImage() != other.grab().toImage()  # the end is in sight
    one.set_text(other.toolTip())
    assert one.grab().toImage() == other.grab().toImage()


def test_a_check_box_with_a_short_name_shows_all_of_it(qtbot: QtBot) -> None:
    box = ElidedCheckBox("A & B")
    qtbot.addWidget(box)
    box.resize(box.sizeHint())
    whole = box.grab().toImage()
    box.resize(400, box.height())
    assert box.grab(box.rect().adjusted(0, 0, whole.width() - 400, 0)).toImage() == whole
    assert box.accessibleName() == "A & B"


def test_a_side_panel_has_one_width_whatever_is_in_it(qtbot: QtBot) -> None:
    panel = ScrollPanel("Runs")
    qtbot.addWidget(panel)
    fix_side(panel)
    panel.add(label("x" * 200))
    panel.show()
    qtbot.waitExposed(panel)
    assert panel.width() == panel.minimumWidth() == SIDE


def test_a_notice_leads_to_what_is_wrong(qtbot: QtBot) -> None:
    went: list[str] = []
    notice = Notice("warning")
    qtbot.addWidget(notice)
    assert notice.isHidden()
    notice.show_text("Three classes have no picture.", "Show them", lambda: went.append("there"))
    assert notice.isVisible()
    assert notice.accessibleName() == "Three classes have no picture."
    notice.link.setFocus()
    qtbot.keyClick(notice.link, Qt.Key.Key_Space)
    assert went == ["there"]
    notice.show_text("It cannot be read.", kind="error")
    assert notice.kind == "error"
    assert notice.link.isHidden()
    notice.clear()
    assert notice.isHidden()


def test_a_verdict_stands_above_its_reasons(qtbot: QtBot) -> None:
    verdict = Verdict()
    qtbot.addWidget(verdict)
    verdict.show_verdict("Undecided", ["One.", "Two."])
    verdict.show_verdict("Told apart", ["Three."])
    assert verdict.word.text() == "Told apart"
    assert verdict.reasons() == ["Three."]
    assert verdict.accessibleDescription() == "Three."


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_a_section_opens_by_keys_and_stays_as_it_was_left(
    qtbot: QtBot, tmp_path: Path, key: Qt.Key
) -> None:
    settings = Settings(tmp_path / "settings.json")
    section, inside = Section("Layers", settings=settings, key="layers"), label("inside")
    qtbot.addWidget(section)
    section.add(inside)
    section.show()
    assert not section.open()
    assert not inside.isVisible()
    assert section.button.accessibleDescription() == "Folded"
    with qtbot.waitSignal(section.toggled) as said:
        qtbot.keyClick(section.button, key)
    assert said.args == [True]
    assert section.open()
    assert inside.isVisible()
    assert section.button.accessibleDescription() == "Open"
    again = Section("Layers", settings=Settings(settings.path), key="layers")
    qtbot.addWidget(again)
    assert again.open()


def test_a_section_that_its_page_opens_is_folded_the_next_time(
    qtbot: QtBot, tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "settings.json")
    section = Section("Look", settings=settings, key="look")
    qtbot.addWidget(section)
    section.set_open(True)
    assert settings.get("fold.look") is None
    assert not Section("Look", settings=settings, key="look").open()


def test_rows_are_as_high_as_the_controls_beside_them(qtbot: QtBot, context: StudioContext) -> None:
    entries, table, choice, menu = QListWidget(), Table("T", ["A"]), Choice([(1, "One")]), QMenu()
    for widget in (entries, table, choice, menu):
        qtbot.addWidget(widget)
        context.theme.host(widget)
    entries.addItem("One")
    entries.show()
    table.set_rows([["One"]])
    menu.addAction("One")
    menu.adjustSize()
    heights = [
        entries.visualItemRect(entries.item(0)).height(),
        table.rowHeight(0),
        choice.view().visualRect(choice.model().index(0, 0)).height(),
        menu.actionGeometry(menu.actions()[0]).height(),
    ]
    assert heights == [CONTROL] * 4
