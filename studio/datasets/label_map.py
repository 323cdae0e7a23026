"""Which class the images of a label, or of a folder, belong to: a file that names both.

    [labels]
    "MEL" = "malignantmelanoma"
    "clinic-b/naevi" = "melanocyticnevus"     # of the folder clinic-b alone
    "scars" = ""                              # left out
    "*" = "other"                             # all that is not named

Public data sets are adopted by such a file, and folders whose classes have different names are
trained on together. Maps that the studio brings lie in `resources/label_maps` and are called by
name, such as can10000.
"""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from studio.errors import UsageError
from studio.opening import read_text, shown_path, shown_text
from studio.resources import resource

EVERYTHING_ELSE = "*"
"""The label that a table of labels may have for all that it does not name."""
_NAMED = 10


def shipped_maps() -> dict[str, Path]:
    """The maps that the studio brings, by name."""
    return {one.stem: one for one in sorted(resource("label_maps").glob("*.toml"))}


def labels_file(given: Path) -> Path:
    """The file that is meant by a path or by the name of a shipped map. Raises UsageError where
    there is neither."""
    if given.exists():
        return given
    if (own := shipped_maps().get(str(given).casefold())) is not None:
        return own
    raise UsageError(
        f"There is no file {shown_path(given)} and no map of that name: the studio brings "
        f"{', '.join(shipped_maps())}."
    )


def read_labels(path: Path) -> dict[str, str]:
    """A table of labels: the class for each label as published, "" for one that is left out, and
    `EVERYTHING_ELSE` for all others. Raises UsageError for a file that is no such table."""
    try:
        told = tomllib.loads(read_text(path, 1 << 20, encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{shown_path(path)} is not TOML: {shown_text(str(error))}.") from error
    told = told.get("labels", told)
    found = {}
    for raw, name in told.items() if isinstance(told, dict) else ():
        if name is False:
            name = ""
        if not isinstance(name, str):
            raise UsageError(
                f"{shown_path(path)}: {shown_text(raw, 60)} should be a class in quotation marks, "
                'or "" to leave its images out.'
            )
        if name and class_of(name) != name:
            raise UsageError(
                f"{shown_path(path)}: {shown_text(name, 60)} cannot be the name of a class folder: "
                f"call it {class_of(name) or 'something else'}."
            )
        found[folded(raw)] = name
    if not found:
        raise UsageError(f'{shown_path(path)} names no label: write "label" = "class" in it.')
    return found


def class_of(label: str) -> str:
    """The name of a class for a label in any words and any script: small letters and digits alone,
    without accents."""
    plain = unicodedata.normalize("NFKD", label).casefold()
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", bare))[:80]


def folded(label: str) -> str:
    """A label as labels are compared: capitals and the width of gaps do not count."""
    return " ".join(label.casefold().split())


@dataclass
class LabelMap:
    """The classes of a file by label, for folders of images; `used` are the entries that some
    folder had. One that is `shipped` has the spellings of many data sets."""

    path: Path
    classes: Mapping[str, str]
    used: set[str] = field(default_factory=set)
    shipped: bool = False

    @classmethod
    def read(cls, path: Path) -> Self:
        """See `read_labels`. Raises UsageError."""
        return cls(path, read_labels(path), shipped=path in shipped_maps().values())

    def classes_of(self, folder: str, labels: list[str]) -> dict[str, str]:
        """The class of each class folder of `folder`, "" for one whose images are left out.

        An entry "folder/label" goes before one of the label, and that before a label that is a
        class of the file but for capitals, spaces and signs; "*" is for the rest. Raises
        UsageError, naming them, for labels of which the file says nothing.
        """
        own = set(self.classes.values())
        found, unknown = {}, []
        for label in labels:
            keys = (folded(f"{folder}/{label}"), folded(label))
            key = next((one for one in keys if one in self.classes), None)
            named = next((one for one in (label, class_of(label)) if one in own), None)
            if key is None and named is None and EVERYTHING_ELSE in self.classes:
                key = EVERYTHING_ELSE
            if key is not None:
                self.used.add(key)
                found[label] = self.classes[key]
            elif named:
                found[label] = named
            else:
                unknown.append(label)
        if unknown:
            raise UsageError(self._unknown(folder, unknown))
        return found

    def _unknown(self, folder: str, labels: list[str]) -> str:
        named = ", ".join(shown_text(one, 60) for one in labels[:_NAMED])
        more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
        near = difflib.get_close_matches(folded(labels[0]), self.classes, 1, 0.6)
        like = f" Near to {shown_text(labels[0], 60)}: {shown_text(near[0], 60)}." if near else ""
        return (
            f"{shown_path(self.path)} does not say what the class folders {named}{more} of "
            f'{shown_text(folder, 60)} are: write "{shown_text(labels[0], 60)}" = "class" in it, '
            f'"" to leave the images out, or "*" = "class" for all others.{like}'
        )

    def unused_sentence(self) -> str:
        """Names the entries that no folder had; "" where there are none, and of a shipped map."""
        if self.shipped:
            return ""
        unused = [one for one in self.classes if one not in {*self.used, EVERYTHING_ELSE}]
        if not unused:
            return ""
        named = ", ".join(shown_text(one, 60) for one in unused[:_NAMED])
        more = f" and {len(unused) - _NAMED} more" if len(unused) > _NAMED else ""
        return (
            f"{shown_path(self.path)} names labels that no folder has: {named}{more}. Correct "
            "them, or take them out."
        )
