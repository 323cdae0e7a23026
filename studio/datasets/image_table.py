"""What the table beside class folders says of each image: skin tone, sex, age, site.

It is the table of groups (see `group_table`); `can-studio datasets adopt` writes all of these
columns into it.
"""

from collections.abc import Sequence
from pathlib import Path

from studio.datasets.group_table import FILE_COLUMNS, MOST_BYTES, NAMES, FileIndex, plain_name
from studio.datasets.where import Condition
from studio.dialects import decode_text, delimiter_of
from studio.errors import StudioError, UsageError
from studio.opening import shown_path, shown_text
from studio.tables import parse_table, table_bytes

SUBGROUPS = ("skin_tone", "sex", "age", "site")
"""The columns by which a test set is looked at in parts."""


def known_values(
    folder: Path, files: Sequence[Path], fields: Sequence[str] = SUBGROUPS
) -> dict[str, list[str]]:
    """By field one value for each of `files` below `folder`, "" where nothing is said; only fields
    of which something is known.

    Empty where the folder has no such table, or one that cannot be read: `read_folder` says so.
    """
    try:
        header, rows = _read(folder)
    except StudioError:
        return {}
    found = _values(folder, files, header, rows, [one for one in fields if one in header])
    return {field: values for field, values in found.items() if any(values)}


def known_columns(folder: Path) -> list[str]:
    """The columns of the table beside the class folders of `folder`, but for that of the files;
    empty where it has no such table, or one that cannot be read."""
    try:
        header, _ = _read(folder)
    except StudioError:
        return []
    return [name for name in header if name and name not in FILE_COLUMNS]


def fitting(folder: Path, files: Sequence[Path], where: Condition) -> list[bool]:
    """Which of `files` below `folder` fit a condition on what the table says of them.

    Raises UsageError where there is no table, or it has no such column.
    """
    header, rows = _read(folder)
    lacking = sorted(where.columns - set(header))
    if lacking:
        raise UsageError(
            f"{shown_text(where.text, 100)}: the table of {shown_path(folder)} has no column "
            f"{lacking[0]}; it has {', '.join(shown_text(one, 40) for one in header[:30])}."
        )
    found = _values(folder, files, header, rows, sorted(where.columns))
    return [
        where({column: values[place] for column, values in found.items()})
        for place in range(len(files))
    ]


def _read(folder: Path) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, in small letters, and the rows. Raises UsageError without a table
    that names images, FileRefused for one that cannot be read."""
    path = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    rows: list[list[str]] = []
    if path is not None:
        text = decode_text(table_bytes(path, MOST_BYTES))
        rows = list(parse_table(text, path, delimiter_of(text.partition("\n")[0])))
    header = [plain_name(name) for name in rows[0]] if rows else []
    if not any(name in header for name in FILE_COLUMNS):
        raise UsageError(
            f"{shown_path(folder)} has no table {NAMES[0]} that says what is known of its images: "
            "it needs a column named file beside the others."
        )
    return header, rows[1:]


def _values(
    folder: Path,
    files: Sequence[Path],
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    fields: Sequence[str],
) -> dict[str, list[str]]:
    at = next(header.index(name) for name in FILE_COLUMNS if name in header)
    index = FileIndex(folder, files)
    found = {field: [""] * len(files) for field in fields}
    for row in rows:
        place = index.find_place(row[at]) if len(row) > at else None
        if place is None:
            continue
        for field in fields:
            if (column := header.index(field)) < len(row):
                found[field][place] = row[column].strip()
    return found
