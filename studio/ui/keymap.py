"""Which key does what: presets as data in `resources/keymaps`, a person's own changes over them."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeyEvent

from studio.errors import StudioError
from studio.resources import resource
from studio.ui.actions import modes_of
from studio.ui.chords import canonical, chords, shown

PRESETS = ("studio", "lightroom", "prodigy")

Bindings = dict[str, dict[str, list[str]]]  # mode -> action id -> chords


class KeyConflict(StudioError):
    """One key for two actions in the same mode; `key` belongs to `owner` already."""

    def __init__(self, sentence: str, key: str, owner: str) -> None:
        super().__init__(sentence)
        self.key, self.owner = key, owner


class KeyMap(QObject):
    """Bindings by mode. The same chord may mean different things in different modes only."""

    changed = Signal()

    def __init__(self, bindings: Bindings, preset: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.preset = preset
        self._bindings: Bindings = {}
        self._by_chord: dict[str, dict[str, str]] = {}
        self._replace(bindings)

    @classmethod
    def load(cls, preset: str = "studio", changes: Bindings | None = None) -> "KeyMap":
        """A shipped preset with a person's own `changes` on top of it."""
        name = preset if preset in PRESETS else "studio"
        keymap = cls(read_preset(resource("keymaps", f"{name}.toml")), name)
        for mode, actions in (changes or {}).items():
            for action_id, keys in actions.items():
                keymap.bind(mode, action_id, keys)
        return keymap

    def use(self, preset: str) -> None:
        """Change to another preset, dropping changes made over the present one."""
        self._replace(read_preset(resource("keymaps", f"{preset}.toml")))
        self.preset = preset
        self.changed.emit()

    def bind(self, mode: str, action_id: str, keys: Iterable[str]) -> None:
        """Give an action new keys in a mode; refused when one of them is taken there."""
        wanted = [canonical(key) for key in keys]
        for key in wanted:
            owner = self._by_chord.get(mode, {}).get(key)
            if owner is not None and owner != action_id:
                raise KeyConflict(
                    f"{shown(key)} already means {owner} in {mode}.", shown(key), owner
                )
        bindings = {m: dict(actions) for m, actions in self._bindings.items()}
        bindings.setdefault(mode, {})[action_id] = wanted
        self._replace(bindings)
        self.changed.emit()

    def shipped(self, mode: str, action_id: str) -> list[str]:
        """The keys that the preset gives an action."""
        preset = read_preset(resource("keymaps", f"{self.preset}.toml"))
        return preset.get(mode, {}).get(action_id, [])

    def lookup(self, mode: str, event: QKeyEvent) -> list[str]:
        """The action ids that a key press may mean in `mode`, nearest first."""
        names = chords(event)
        found = []
        for name in names:
            for level in modes_of(mode):
                action_id = self._by_chord.get(level, {}).get(name)
                if action_id is not None:
                    found.append(action_id)
        return list(dict.fromkeys(found))

    def keys(self, action_id: str, mode: str = "") -> list[str]:
        """The chords of an action, in canonical spelling; those that work in `mode` first."""
        here = modes_of(mode) if mode else []
        levels = [*(level for level in here if level in self._bindings), *self._bindings]
        found = [key for level in levels for key in self._bindings[level].get(action_id, [])]
        return list(dict.fromkeys(found))  # an action may be bound in several modes

    def text(self, action_id: str) -> str:
        """The first key of an action as people read it, or "" when it has none."""
        keys = self.keys(action_id)
        return shown(keys[0]) if keys else ""

    def mode_of(self, action_id: str) -> str:
        """The mode in which an action is bound, or ""."""
        return next((m for m, actions in self._bindings.items() if action_id in actions), "")

    def bindings(self) -> Bindings:
        return {
            m: {a: list(k) for a, k in actions.items()} for m, actions in self._bindings.items()
        }

    def _replace(self, bindings: Bindings) -> None:
        self._bindings = bindings
        self._by_chord = {
            mode: {key: action_id for action_id, keys in actions.items() for key in keys}
            for mode, actions in bindings.items()
        }


def read_preset(path: Path) -> Bindings:
    """A keymap file: tables by mode, `"action.id" = ["Key", ...]`.

    With `extends = "studio"` on top it holds only what differs from that preset beside it. Raises
    StudioError when a key is unknown, KeyConflict when one mode gives it two meanings.
    """
    data = tomllib.loads(path.read_text("utf-8"))
    base = data.pop("extends", None)
    bindings = read_preset(path.with_name(f"{base}.toml")) if base else {}
    for mode, actions in data.items():
        bindings[mode] = _read_mode(path, mode, {**bindings.get(mode, {}), **actions})
    return bindings


def _read_mode(path: Path, mode: str, actions: Mapping[str, list[str]]) -> dict[str, list[str]]:
    taken: dict[str, str] = {}
    result: dict[str, list[str]] = {}
    for action_id, keys in actions.items():
        try:
            result[action_id] = [canonical(key) for key in keys]
        except ValueError as error:
            raise StudioError(f"{path.name}, {mode}, {action_id}: {error}.") from error
        for key in result[action_id]:
            if key in taken:
                raise KeyConflict(
                    f"{path.name} gives {shown(key)} two meanings in {mode}: "
                    f"{taken[key]} and {action_id}.",
                    shown(key),
                    taken[key],
                )
            taken[key] = action_id
    return result
