"""Every action of every workspace by name, also of those that are not built yet.

Workspaces register their actions when they are first shown. The palette and the key help know the
rest from `resources/actions.toml`, which a test keeps equal to what is registered; its `words` are
other names under which an action is found, and are written by hand.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from studio.resources import resource
from studio.ui.actions import Action

ROOMS = ("training", "sets")  # pages of Generate with keys of their own

_HEADER = """\
# Every action of the window: title, group, the mode whose keys it has, and other words under which
# the palette finds it. The words are written by hand, all else by tests/gui/test_palette.py.
"""
# Nine labels, 26 letters and nine answers have an action each; one of each kind stands for all.
_ONE_OF_MANY = re.compile(r"review\.label_(stay_)?([2-9]|[a-z])|study\.choice_[2-9]")


@dataclass(frozen=True)
class IndexedAction:
    """An action as data; `words` are other names for it."""

    id: str
    title: str
    category: str
    mode: str
    words: str = ""

    @property
    def place(self) -> str:
        """The workspace in which it works; "" for the window."""
        return place_of(self.mode)[0]

    @property
    def from_anywhere(self) -> bool:
        """Whether going to its place is enough for it to work there; what acts on a box that is
        being edited or a question that is asked is of no use before."""
        workspace_id, room = place_of(self.mode)
        where = f"{workspace_id}.{room}" if room in ROOMS else workspace_id or "global"
        return self.mode == where


def place_of(mode: str) -> tuple[str, str]:
    """The workspace of a mode and its room there: ("generate", "training"); ("", "") for the
    window's own."""
    root, _, rest = mode.partition(".")
    if root in ("global", "labels"):
        return ("", "") if root == "global" else ("review", "")
    room = rest.split(".")[0]
    if root == "generate":
        return root, room if room in ROOMS else "morph"
    return root, room


@cache
def read_index() -> Mapping[str, IndexedAction]:
    """The actions of the index by id."""
    data = tomllib.loads(resource("actions.toml").read_text("utf-8"))
    return {action_id: IndexedAction(action_id, **entry) for action_id, entry in data.items()}


def is_indexed(action: Action) -> bool:
    """Whether an action belongs in the index; jobs that run come and go, with actions to stop
    them."""
    return not action.passing and _ONE_OF_MANY.fullmatch(action.id) is None


def written_index(actions: Iterable[Action]) -> str:
    """The text of the index of `actions`, with the words that it has now."""
    known = read_index()
    lines = []
    for action in filter(is_indexed, actions):
        values = {"title": action.title, "category": action.category, "mode": action.mode}
        if action.id in known and known[action.id].words:
            values["words"] = known[action.id].words
        inside = ", ".join(
            f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in values.items()
        )
        lines.append(f'"{action.id}" = {{ {inside} }}\n')
    return _HEADER + "".join(lines)
