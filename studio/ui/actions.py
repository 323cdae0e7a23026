"""Every action of the window by name: one registry feeds keys, menus, palette and help."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal


def always() -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """Something a person can do.

    `mode` is where it works: "global", or a workspace's mode such as "review" or "review.edit"
    (a mode includes what its parents can do). `hold` is called when the key is released, for
    actions that last as long as their key is down. `repeats` lets a held key run it again and
    again; by default auto-repeat is ignored. `bar` is a shorter title for the hint bar. What is not
    `listed` now is left out of the key help, as the key of a label that a project does not have.
    One that is `passing` exists only for a while, as the stop of a job that runs.
    """

    id: str
    title: str
    run: Callable[[], object]
    category: str = ""
    mode: str = "global"
    enabled: Callable[[], bool] = field(default=always)
    hold: Callable[[], object] | None = None
    repeats: bool = False
    bar: str = ""
    listed: Callable[[], bool] = field(default=always)
    passing: bool = False

    @property
    def short(self) -> str:
        """The title where space is short."""
        return self.bar or self.title


class ActionRegistry(QObject):
    """The actions that exist now, in order of registration."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions: dict[str, Action] = {}

    def add(self, action: Action) -> None:
        """Register one action; its id must be new."""
        self.extend([action])

    def extend(self, actions: Iterable[Action]) -> None:
        """Register several actions; their ids must be new."""
        for action in actions:
            if action.id in self._actions:
                raise ValueError(f"action {action.id} is registered twice")
            self._actions[action.id] = action
        self.changed.emit()

    def remove(self, ids: Iterable[str]) -> None:
        """Forget actions, when their workspace goes."""
        for action_id in ids:
            self._actions.pop(action_id, None)
        self.changed.emit()

    def all(self) -> list[Action]:
        return list(self._actions.values())

    def by_id(self, action_id: str) -> Action | None:
        return self._actions.get(action_id)

    def trigger(self, action_id: str) -> bool:
        """Run an action; False when no action has that id or it cannot run now."""
        action = self._actions.get(action_id)
        if action is None or not action.enabled():
            return False
        action.run()
        return True

    def available(self, mode: str) -> list[Action]:
        """The actions that can run now in `mode`."""
        modes = modes_of(mode)
        return [a for a in self._actions.values() if a.mode in modes and a.enabled()]

    def search(
        self,
        text: str,
        mode: str = "global",
        other_words: Callable[[str], str] = lambda action_id: "",
    ) -> list[Action]:
        """Available actions whose title, category or `other_words(id)` have every word of `text`,
        best first."""
        found = []
        for order, action in enumerate(self.available(mode)):
            rank = rank_of(text, action.title, f"{action.category} {other_words(action.id)}")
            if rank is not None:
                found.append((rank, order, action))
        return [action for _, _, action in sorted(found, key=lambda item: item[:2])]


def rank_of(text: str, title: str, others: str = "") -> int | None:
    """How well a title fits what is typed: 0 where it begins so, 1 where a word of it does, 2 where
    it has the words, 3 where only `others` have some of them; None where one is missing."""
    words, title, others = text.casefold().split(), title.casefold(), others.casefold()
    if not all(word in title or word in others for word in words):
        return None
    if not words or title.startswith(words[0]):
        return 0
    if all(word in title for word in words):
        return 1 if any(part.startswith(words[0]) for part in title.split()) else 2
    return 3


def modes_of(mode: str) -> list[str]:
    """A mode and what it inherits from: "review.edit" gives it, "review" and "global"."""
    parts = mode.split(".")
    chain = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return chain if chain[-1] == "global" else [*chain, "global"]
