"""A table that says which images belong together: `groups.csv` beside class folders, or any other.

One column names the file; any of the columns photograph, lesion, patient, group ... names what it
belongs to. Images that share a value of any of them, directly or in a chain, are one group.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.dialects import decode_text, delimiter_of
from studio.errors import StudioError
from studio.tables import parse_table, table_bytes
from studio.wording import counted

NAMES = ("groups.csv", "groups.tsv", "groups.txt")
"""What such a table is called where it lies in the folder of the class folders."""

MOST_BYTES = 256 * 1024 * 1024
FILE_COLUMNS = (
    "file",
    "filename",
    "file_name",
    "path",
    "image",
    "image_id",
    "isic_id",
    "image_name",
    "img_id",
)
# What a column may be called, and what it is then called in the name of a group: the widest first.
_GROUP = {
    "patient": "patient", "subject": "patient", "person": "patient", "case": "case",
    "lesion": "lesion", "group": "group", "stack": "stack", "photograph": "photograph",
    "photo": "photograph", "origin": "photograph", "source_image": "photograph",
}  # fmt: skip
_WIDTH = tuple(dict.fromkeys(_GROUP.values()))
_OF_PUBLIC_SETS = frozenset({"source", "label_raw", "group_id"})
"""Columns that only tables of adopted public sets have; their numbers are those of the source."""
_NAMED = 3


@dataclass(frozen=True, slots=True)
class GroupTable:
    """A table as read: `keys` of each row by column, `files` as they are written, row by row.

    `columns` are kinds of groups: patient, case, lesion, group, stack or photograph.
    """

    path: Path
    columns: tuple[str, ...]
    files: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]

    @classmethod
    def read(cls, path: Path) -> "GroupTable":
        """Read a table as any spreadsheet saves it (see `studio.dialects`).

        Raises StudioError for a file that cannot be read or has no column of files or of groups.
        """
        text = decode_text(table_bytes(path, MOST_BYTES))
        delimiter = delimiter_of(text.partition("\n")[0])
        rows = [row for row in parse_table(text, path, delimiter) if any(map(str.strip, row))]
        names = [plain_name(name) for name in rows[0]] if rows else []
        at = [number for number, name in enumerate(names) if name in FILE_COLUMNS]
        groups = [number for number, name in enumerate(names) if _kind(name)]
        if not at or not groups:
            raise StudioError(
                f"{path} says of no image what it belongs to: it needs a column named file and one "
                f"named group, patient, lesion or photograph in its first line, which has "
                f"{', '.join(rows[0]) if names else 'nothing'}."
            )
        body = [row for row in rows[1:] if len(row) > at[0] and row[at[0]].strip()]
        source = names.index("source") if set(names) >= _OF_PUBLIC_SETS else None
        return cls(
            path,
            tuple(_kind(names[number]) for number in groups),
            tuple(row[at[0]].strip() for row in body),
            tuple(tuple(_key_of(row, number, source) for number in groups) for row in body),
        )


def group_rank(column: str) -> int:
    """0 for the widest kind of group, a patient, more for narrower ones."""
    return _WIDTH.index(column) if column in _WIDTH else len(_WIDTH)


@dataclass(frozen=True, slots=True)
class TableGroups:
    """What tables say of files: `keys[i]` of the ith file, one for each column, "" for nothing.

    `sentences` name rows without a file, files named more than once with different groups, and how
    many files no table speaks of.
    """

    keys: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]


def match_groups(table: GroupTable, folder: Path, files: Sequence[Path]) -> TableGroups:
    """Find the `files` below `folder` in the table.

    A row names a file by its full path, its path below the folder, or its name alone, with or
    without the ending, where only one file is called so; capitals and the two ways of writing an
    accented letter do not matter.
    """
    index = FileIndex(folder, files)
    keys: list[tuple[str, ...]] = [("",) * len(table.columns)] * len(files)
    taken: dict[int, str] = {}
    lost, torn = [], []
    for written, own in zip(table.files, table.keys, strict=True):
        place = index.find_place(written)
        if place is None:
            lost.append(written)
        elif place in taken and keys[place] != own:
            torn.append(written)
        else:
            taken[place], keys[place] = written, own
    silent = sum(not any(own) for own in keys)
    sentences = []
    if not table.files:
        return TableGroups(tuple(keys), (f"{table.path.name} has no row that names an image.",))
    if lost and len(lost) < len(table.files):
        sentences.append(
            f"{counted(len(lost), 'row')} of {table.path.name} name no image of {folder}, or more "
            f"than one: {_listed(lost)}."
        )
    elif lost:
        sentences.append(
            f"{table.path.name} names no image of {folder} (its first row says {lost[0]}): its "
            "groups are not used."
        )
    if torn:
        sentences.append(
            f"{table.path.name} says different things of {counted(len(torn), 'image')}; the first "
            f"row counts: {_listed(torn)}."
        )
    if silent and len(lost) < len(table.files):
        sentences.append(
            f"{table.path.name} does not say what {counted(silent, 'image')} of {folder} belong "
            "to: each counts as independent."
        )
    return TableGroups(tuple(keys), tuple(sentences))


class FileIndex:
    """Files by everything that a row may call them; `places` says what each of `files` stands for,
    by default its index."""

    def __init__(
        self, folder: Path, files: Sequence[Path], places: Sequence[int] | None = None
    ) -> None:
        self._places: dict[str, set[int]] = defaultdict(set)
        for place, file in zip(places or range(len(files)), files, strict=True):
            below = file.relative_to(folder) if file.is_relative_to(folder) else file
            names = (file.as_posix(), below.as_posix(), below.with_suffix("").as_posix())
            for name in (*names, file.name, file.stem):
                self._places[_key(name)].add(place)
        self._folder = _key(folder.name)

    def find_place(self, written: str) -> int | None:
        """What the one file that is called so stands for; None for none or several."""
        found = self.find_places(written)
        return found[0] if len(found) == 1 else None

    def find_places(self, written: str) -> list[int]:
        """What the files that are called so stand for, in order."""
        name = _key(written)
        for candidate in (name, name.removeprefix(f"{self._folder}/"), name.rpartition("/")[2]):
            if found := self._places.get(candidate):
                return sorted(found)
        return []


def _key_of(row: Sequence[str], column: int, source: int | None) -> str:
    """What a row says in a column, with the public set of which it says it where there is one: two
    sets may both have a patient 1."""
    key = row[column].strip() if column < len(row) else ""
    named = row[source].strip() if source is not None and source < len(row) else ""
    return f"{named}:{key}" if key and named and not key.startswith(f"{named}:") else key


def _kind(name: str) -> str:
    """The kind of group that a column tells, "" for another column."""
    return _GROUP.get(name, "") or _GROUP.get(name.removesuffix("_id"), "")


def plain_name(name: str) -> str:
    """The name of a column, however it is written."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _key(name: str) -> str:
    text = unicodedata.normalize("NFC", name.strip().replace("\\", "/"))
    return text.removeprefix("./").casefold()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
