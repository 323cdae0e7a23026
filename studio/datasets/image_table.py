"""What the table beside class folders says of each image: skin tone, sex, age, site.

It is the table of groups (see `group_table`); `can-studio datasets adopt` writes all of these
columns into it.
"""

from collections.abc import Sequence
from pathlib import Path

from studio.datasets.group_table import FILE_COLUMNS, MOST_BYTES, NAMES, FileIndex, plain_name
from studio.dialects import decode_text, delimiter_of
from studio.errors import StudioError
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
    path = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if path is None:
        return {}
    try:
        text = decode_text(table_bytes(path, MOST_BYTES))
        rows = list(parse_table(text, path, delimiter_of(text.partition("\n")[0])))
    except StudioError:
        return {}
    names = [plain_name(name) for name in rows[0]] if rows else []
    at = next((names.index(name) for name in FILE_COLUMNS if name in names), None)
    wanted = {field: names.index(field) for field in fields if field in names}
    if at is None or not wanted:
        return {}
    index = FileIndex(folder, files)
    found = {field: [""] * len(files) for field in wanted}
    for row in rows[1:]:
        place = index.find_place(row[at]) if len(row) > at else None
        if place is None:
            continue
        for field, column in wanted.items():
            if column < len(row):
                found[field][place] = row[column].strip()
    return {field: values for field, values in found.items() if any(values)}
