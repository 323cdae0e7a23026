"""Names of key presses, such as "Ctrl+Shift+Z", matched whatever the keyboard layout.

A press has several names. First what the layout says (so that Dvorak and AZERTY keep the letters
on their caps), then what the same physical key says on a US keyboard, found from the character
that a Cyrillic or Korean layout gives, or from the native scan code.
"""

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_MODIFIERS = (
    (Qt.KeyboardModifier.ControlModifier, "Ctrl"),
    (Qt.KeyboardModifier.AltModifier, "Alt"),
    (Qt.KeyboardModifier.ShiftModifier, "Shift"),
    (Qt.KeyboardModifier.MetaModifier, "Meta"),
)
MODIFIER_NAMES = tuple(name for _, name in _MODIFIERS)

_NAMED = {
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_Return: "Enter",
    Qt.Key.Key_Enter: "Enter",
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Backtab: "Tab",
    Qt.Key.Key_Backspace: "Backspace",
    Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Insert: "Insert",
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_End: "End",
    Qt.Key.Key_PageUp: "PageUp",
    Qt.Key.Key_PageDown: "PageDown",
    **{Qt.Key(Qt.Key.Key_F1.value + n): f"F{n + 1}" for n in range(12)},
}
KEY_NAMES = frozenset(_NAMED.values())

_ROWS = ("`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./")
_SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./", strict=True))

# The characters that sit on the US keys of the four rows.
_OTHER_LAYOUTS = (
    ("ё1234567890-=", "йцукенгшщзхъ\\", "фывапролджэ", "ячсмитьбю."),  # Russian
    ("'1234567890-=", "йцукенгшщзхїґ", "фівапролджє", "ячсмитьбю."),  # Ukrainian
    (
        "`1234567890-=",
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ[]\\",
        "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ;'",
        "ㅋㅌㅊㅍㅠㅜㅡ,./",
    ),  # Korean
    (
        "`1234567890-=",
        "ㅃㅉㄸㄲㅆㅛㅕㅑㅒㅖ[]\\",
        "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ;'",
        "ㅋㅌㅊㅍㅠㅜㅡ,./",
    ),  # Korean + Shift
)


def _characters() -> dict[str, str]:
    table: dict[str, str] = {}
    for layout in _OTHER_LAYOUTS:
        for here, us in zip("".join(layout), "".join(_ROWS), strict=True):
            if ord(here) > 127:
                table.setdefault(here, us)
                table.setdefault(here.upper(), us)
    return table


_FROM_CHARACTER = _characters()

# Set 1 scan codes of the first key of each row. Windows reports them as they are; X11 and Wayland
# report the Linux key code, equal for these rows, plus 8.
_FIRST_CODES = (2, 16, 30, 44)


def _scan_codes() -> dict[int, str]:
    table = {41: "`", 43: "\\"}
    for first, row in zip(_FIRST_CODES, _ROWS, strict=True):
        for step, character in enumerate(row.lstrip("`").rstrip("\\")):
            table[first + step] = character
    return table


_FROM_SCAN_CODE = _scan_codes()
_SCAN_OFFSET = 0 if sys.platform == "win32" else 8


def _physical(event: QKeyEvent) -> str:
    """The character that this key has on a US keyboard, or "" when it cannot be known."""
    for source in (event.text(), _character(event.key())):
        if source in _FROM_CHARACTER:
            return _FROM_CHARACTER[source]
    character = _character(event.key())
    if character.isascii() and character.isalpha():
        return ""  # a Latin layout: its letters mean what their caps say
    code = event.nativeScanCode()
    if code and sys.platform != "darwin":  # macOS gives none
        found = _FROM_SCAN_CODE.get(code - _SCAN_OFFSET, "")
        return "" if found.isalpha() and character.isascii() else found
    return _SHIFTED.get(character, "")


def _character(key: int) -> str:
    return chr(key) if 0x20 < key < 0x01000000 else ""


def modifiers_of(event: QKeyEvent) -> list[str]:
    held = event.modifiers()
    return [name for flag, name in _MODIFIERS if held & flag]


def chords(event: QKeyEvent) -> list[str]:
    """The names of a press, best first; empty for a modifier alone."""
    held = modifiers_of(event)
    named = _NAMED.get(Qt.Key(event.key())) if event.key() in _KNOWN else None
    if named:
        if event.key() == Qt.Key.Key_Backtab and "Shift" not in held:
            held.append("Shift")
        return ["+".join([*held, named])]
    names = []
    character = _character(event.key())
    if character:
        names.append("+".join([*held, character.upper()]))
        if "Shift" in held and not character.isalpha():
            # The layout needed Shift to make this character, so it is part of it.
            names.append("+".join([*(m for m in held if m != "Shift"), character]))
    physical = _physical(event)
    if physical:
        names.append("+".join([*held, physical.upper()]))
    return list(dict.fromkeys(names))


_KNOWN = frozenset(key.value for key in _NAMED)


def canonical(text: str) -> str:
    """A chord as written by a person, in the one spelling used for matching.

    Raises ValueError when it names no key.
    """
    rest, held = text.strip(), set()
    while "+" in rest[1:]:
        name, _, tail = rest.partition("+")
        if name.capitalize() not in MODIFIER_NAMES or not tail:
            break
        held.add(name.capitalize())
        rest = tail
    key = rest.upper() if len(rest) == 1 else rest
    if len(key) != 1 and key not in KEY_NAMES:
        raise ValueError(f"“{text}” is not a key")
    return "+".join([*(m for m in MODIFIER_NAMES if m in held), key])


_KEY_LABELS = {
    "Left": "←",
    "Right": "→",
    "Up": "↑",
    "Down": "↓",
    "Escape": "Esc",
    "PageUp": "Page up",
    "PageDown": "Page down",
}


def shown(chord: str) -> str:
    """A chord as people read it: "Shift+Left" as "Shift+←"."""
    if not chord or chord == "+":
        return chord
    head, _, key = chord.rpartition("+") if not chord.endswith("++") else (chord[:-2], "+", "+")
    key = _KEY_LABELS.get(key, key)
    return f"{head}+{key}" if head else key
