"""Which key gives a box its label: 1 to 9 at once, any other label by A and a letter.

A reviewer may choose keys; labels without a chosen key get the free ones in the order of the
labels: first the digits, then the letters.
"""

import string
from collections.abc import Mapping, Sequence

from studio.errors import StudioError
from studio.project import Label, Project

DIGITS = "123456789"
LETTERS = string.ascii_lowercase
SETTING = "label.keys"


def assign_keys(labels: Sequence[Label], chosen: Mapping[int, str]) -> dict[int, str]:
    """The key of each label by its id: a digit, a letter, or "" when all 35 are taken.

    `chosen` holds keys by label id; what is not among DIGITS and LETTERS, or was chosen before by
    another label, counts as not chosen.
    """
    keys: dict[int, str] = {}
    for label in labels:
        key = chosen.get(label.id, "")
        if len(key) == 1 and key in DIGITS + LETTERS and key not in keys.values():
            keys[label.id] = key
    free = (key for key in DIGITS + LETTERS if key not in keys.values())
    return {label.id: keys.get(label.id) or next(free, "") for label in labels}


def label_keys(project: Project) -> dict[int, str]:
    """The key of each label of a project, by its id."""
    return assign_keys(project.labels(), _chosen(project))


def choose_key(project: Project, name: str, key: str | None) -> None:
    """Give a label a key of its own, or with None the next free one.

    Raises StudioError for an unknown label, for what is not a digit from 1 to 9 or a letter from a
    to z, and for a key that was chosen for another label.
    """
    label = project.label_by_name(name)
    if label is None:
        raise StudioError(f"The project has no label {name!r}.")
    chosen = _chosen(project)
    if key is None:
        chosen.pop(label.id, None)
    else:
        key = key.casefold()
        if len(key) != 1 or key not in DIGITS + LETTERS:
            raise StudioError(f"{key!r} cannot be the key of a label: use 1 to 9 or a to z.")
        names = {one.id: one.name for one in project.labels()}
        owner = next((id_ for id_, taken in chosen.items() if taken == key), label.id)
        if owner != label.id:
            raise StudioError(f"The key {key} is that of {names[owner]!r}: free it there first.")
        chosen[label.id] = key
    project.set_setting(SETTING, {str(id_): taken for id_, taken in chosen.items()} or None)


def _chosen(project: Project) -> dict[int, str]:
    """Keys by label id as kept; what is damaged, or of a label that is gone, is left out."""
    kept = project.get_setting(SETTING)
    if not isinstance(kept, dict):
        return {}
    ids = {str(label.id): label.id for label in project.labels()}
    return {ids[id_]: key for id_, key in kept.items() if id_ in ids and isinstance(key, str)}
