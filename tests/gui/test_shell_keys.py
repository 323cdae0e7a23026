"""Keys as data: presets, layouts, conflicts, and what a press means in each mode."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.ui.actions import Action, ActionRegistry, modes_of
from studio.ui.chords import KEY_NAMES, MODIFIER_NAMES, canonical, chords, shown
from studio.ui.keymap import PRESETS, KeyConflict, KeyMap, read_preset
from studio.ui.keys import belongs_to_widget
from studio.ui.widgets import Choice, FloatField, IntField

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def press(
    key: int, text: str = "", modifiers: Qt.KeyboardModifier = NONE, scan: int = 0
) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, modifiers, scan, 0, 0, text)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_load_without_conflict_and_cover_the_same_actions(preset: str) -> None:
    keymap = KeyMap.load(preset)
    actions = {a for by_mode in keymap.bindings().values() for a in by_mode}
    studio = {a for by_mode in KeyMap.load("studio").bindings().values() for a in by_mode}
    assert actions == studio
    assert all(keymap.keys(action) for action in actions)


@pytest.mark.parametrize(
    ("event", "action"),
    [
        (press(Qt.Key.Key_Space, " "), "review.accept"),
        (press(Qt.Key.Key_X, "x"), "review.reject"),
        (press(ord("Ч"), "ч"), "review.reject"),  # Russian, the key of X
        (press(ord("ㅌ"), "ㅌ"), "review.reject"),  # Korean, the key of X
        (press(ord("Г"), "г"), "review.unsure"),  # Russian, the key of U
        (press(ord("Ж"), "ж"), "review.comment"),  # Russian, the key of ;
        (press(Qt.Key.Key_1, "1"), "review.label_1"),
        (press(Qt.Key.Key_Exclam, "!", SHIFT), "review.label_stay_1"),
        (press(Qt.Key.Key_Ampersand, "&", NONE, 10), "review.label_1"),  # French, scan code of 1
        (press(Qt.Key.Key_Eacute, "é", NONE, 11), "review.label_2"),
        (press(Qt.Key.Key_Slash, "/"), "review.filter"),
        (press(Qt.Key.Key_Question, "?", SHIFT), "help.keys"),
        (press(Qt.Key.Key_Backspace), "review.back"),
        (press(Qt.Key.Key_Z, "\x1a", CONTROL | SHIFT), "review.redo"),
        (press(ord("Я"), "", CONTROL), "review.undo"),  # Russian, the key of Z
        (press(Qt.Key.Key_Enter, "\r", Qt.KeyboardModifier.KeypadModifier), "review.decide_image"),
        (press(Qt.Key.Key_Backtab, "", SHIFT), "review.previous_box"),
        (press(Qt.Key.Key_K, "\x0b", CONTROL), "palette.open"),
    ],
)
def test_a_press_means_the_same_on_every_layout(event: QKeyEvent, action: str) -> None:
    assert KeyMap.load().lookup("review", event)[0] == action


def test_a_latin_layout_keeps_the_letters_of_its_caps() -> None:
    # AZERTY: the key where a US keyboard has Q, the loupe, is labelled A.
    found = KeyMap.load().lookup("review", press(Qt.Key.Key_A, "a", NONE, 24))
    assert found == ["review.label_more"]


def test_the_nearest_mode_wins() -> None:
    keymap = KeyMap.load()
    left = press(Qt.Key.Key_Left)
    assert keymap.lookup("review", left) == ["review.previous"]
    assert keymap.lookup("review.edit", left)[0] == "review.nudge_left"
    face = press(Qt.Key.Key_F, "f")
    assert keymap.lookup("review.reason", face)[0] == "review.reason_face"
    assert keymap.lookup("train", face) == ["view.panels"]


def test_larger_with_shift_is_ten_times() -> None:
    brace = press(Qt.Key.Key_BraceRight, "}", SHIFT)
    assert KeyMap.load().lookup("review.edit", brace)[0] == "review.larger_10"


def test_one_key_for_two_actions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[review]\n"a.one" = ["X"]\n"a.two" = ["x"]\n', "utf-8")
    with pytest.raises(KeyConflict, match=r"X two meanings in review: a\.one and a\.two"):
        read_preset(path)
    path.write_text('[review]\n"a.one" = ["Hyper+Q"]\n', "utf-8")
    with pytest.raises(StudioError, match="not a key"):
        read_preset(path)


def test_rebinding_holds_and_a_taken_key_is_refused() -> None:
    keymap = KeyMap.load()
    with pytest.raises(KeyConflict, match=r"review\.reject"):
        keymap.bind("review", "review.accept", ["X"])
    assert keymap.text("review.accept") == "Space"
    keymap.bind("review", "review.accept", ["ctrl+j"])
    assert keymap.text("review.accept") == "Ctrl+J"
    assert keymap.lookup("review", press(Qt.Key.Key_Space, " ")) == []
    assert keymap.lookup("review", press(Qt.Key.Key_J, "", CONTROL)) == ["review.accept"]


keys = st.sampled_from(sorted(KEY_NAMES) + list("ABCZ019;/[]+-?"))
held = st.sets(st.sampled_from(MODIFIER_NAMES))


@given(keys, held, st.randoms())
def test_canonical_spelling_does_not_depend_on_order_or_case(key, names, random) -> None:
    order = list(names)
    random.shuffle(order)
    written = "+".join([*(n.lower() for n in order), key])
    once = canonical(written)
    assert canonical(once) == once
    assert set(once.removesuffix(key).split("+")) - {""} == names


@pytest.mark.parametrize(
    ("chord", "text"),
    [("Shift+Left", "Shift+←"), ("+", "+"), ("Ctrl++", "Ctrl++"), ("Escape", "Esc"), ("X", "X")],
)
def test_keys_as_people_read_them(chord: str, text: str) -> None:
    assert shown(chord) == text


def test_a_modifier_alone_is_no_key() -> None:
    assert chords(press(Qt.Key.Key_Shift, "", SHIFT)) == []


def test_a_mode_includes_its_parents() -> None:
    assert modes_of("review.edit") == ["review.edit", "review", "global"]
    assert modes_of("global") == ["global"]


def test_the_registry_finds_by_words_and_only_what_can_run() -> None:
    registry = ActionRegistry()
    ran = []
    registry.extend(
        [
            Action("a", "Open project", lambda: ran.append("a"), "Project"),
            Action("b", "Project menu", lambda: ran.append("b"), "Project"),
            Action("c", "Accept", lambda: ran.append("c"), "Decide", mode="review"),
            Action("d", "Never", lambda: ran.append("d"), enabled=lambda: False),
        ]
    )
    assert [a.id for a in registry.search("proj")] == ["b", "a"]
    assert [a.id for a in registry.search("acc", "review.edit")] == ["c"]
    assert registry.search("acc", "train") == []
    assert registry.trigger("a")
    assert not registry.trigger("d")
    assert not registry.trigger("nothing")
    assert ran == ["a"]
    with pytest.raises(ValueError, match="twice"):
        registry.add(Action("a", "Again", lambda: None))


@pytest.mark.parametrize("field", [QLineEdit, QPlainTextEdit, IntField, FloatField, Choice])
def test_what_is_typed_in_a_field_is_no_action(qtbot: QtBot, field: type[QWidget]) -> None:
    widget = field()
    qtbot.addWidget(widget)
    for event in (
        press(Qt.Key.Key_X, "x"),
        press(Qt.Key.Key_X, "X", SHIFT),
        press(Qt.Key.Key_1, "1"),
        press(Qt.Key.Key_Space, " "),
        press(Qt.Key.Key_End),
        press(Qt.Key.Key_Home, "", SHIFT),
        press(Qt.Key.Key_PageUp),
        press(Qt.Key.Key_Right),
    ):
        assert belongs_to_widget(widget, event), event
    assert not belongs_to_widget(widget, press(Qt.Key.Key_K, "\x0b", CONTROL))
    assert not belongs_to_widget(widget, press(Qt.Key.Key_F1))
