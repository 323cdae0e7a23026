"""The tables of public data sets, checked against how they were published.

Copies of such tables circulate with faults: columns that are missing or called otherwise, labels in
other words, rows added or twice. A table that does not say for every row which image and which
class it is of is refused as a whole; what is less than that is named.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.datasets.group_table import plain_name
from studio.datasets.public.catalogue import PublicSet, TableLayout
from studio.dialects import decode_text, delimiter_of
from studio.errors import StudioError
from studio.folders import Walked
from studio.opening import shown_path, shown_text
from studio.tables import parse_table, table_bytes
from studio.wording import counted

MOST_BYTES = 256 * 1024 * 1024
_GROUPS = ("patient_id", "lesion_id")
_YES = frozenset({"1", "1.0", "true", "yes"})
_NO = frozenset({"0", "0.0", "false", "no", ""})


@dataclass(frozen=True, slots=True)
class SetRow:
    """A row: the image as it is named, its label as published, and the other cells by field."""

    line: int
    file: str
    label: str
    cells: Mapping[str, str]


@dataclass
class TableOfSet:
    """A table as read. `problems` are sentences about what is not as published, `notes` about rows
    that are left out on purpose."""

    path: Path
    rows: list[SetRow] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    """Files of other columns, in small letters, which are not taken."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_set_table(known: PublicSet, layout: TableLayout, files: Sequence[Walked]) -> TableOfSet:
    """The table of a set among the files of its folder.

    Raises StudioError, which names the file and the column or row, where there is no such table, it
    lacks a column that says which image, class, patient or lesion a row is of, or its rows
    contradict one another.
    """
    path = _one_of(known, layout.files, files)
    table = TableOfSet(path)
    header, body = _read(path)
    where = _columns(known, layout, path, header, table)
    joined = _joined(known, layout, files, table)
    plain = [plain_name(name) for name in header]
    others = [plain.index(plain_name(n)) for n in layout.other_files if plain_name(n) in plain]
    taken: dict[str, SetRow] = {}
    twice: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for line, cells in body:
        if len(cells) != len(header):
            raise StudioError(
                f"{shown_path(path)}, line {line}: it has {counted(len(cells), 'cell')} and the "
                f"first line {len(header)}. Get the table anew from where it was published."
            )
        if [plain_name(cell) for cell in cells] == plain:
            twice["the first line again"] += 1
            continue
        row = _row(known, layout, path, line, header, cells, where, joined)
        table.others |= {cells[place].casefold() for place in others}
        reason = _left_out(layout, plain, cells)
        if reason:
            dropped[reason] += 1
            continue
        _require_whole(known, layout, path, row)
        before = taken.setdefault(row.file.casefold(), row)
        if before is row:
            continue
        require_same(path, before, row)
        twice["a row that is there already"] += 1
    table.rows = list(taken.values())
    _check_count(layout, path, len(body), table)
    _require_some_groups(known, layout, path, table.rows)
    for what, count in twice.items():
        table.problems.append(f"{path.name} has {what} {counted(count, 'time')}: not counted.")
    unknown = sum(one.file.casefold() not in joined for one in table.rows) if joined else 0
    if unknown:
        table.problems.append(
            f"{' and '.join(layout.joined)} say nothing of {counted(unknown, 'image')}."
        )
    for what, count in dropped.items():
        table.notes.append(f"{counted(count, 'row')} of {path.name} left out: {what}.")
    for column, modality in layout.other_files.items():
        table.notes.append(
            f"The {modality} images, which {path.name} names in the column {column}, are left out."
        )
    _check_indexes(layout, files, len(body), table)
    return table


def has_table(layout: TableLayout, files: Sequence[Walked]) -> bool:
    """Whether one of the tables of a set is among the files."""
    names = {name.casefold() for name in layout.files}
    return any(one.parts[-1].casefold() in names for one in files)


def _one_of(known: PublicSet, names: Sequence[str], files: Sequence[Walked]) -> Path:
    for name in names:
        found = [one.path for one in files if one.parts[-1].casefold() == name.casefold()]
        contents = {table_bytes(path, MOST_BYTES) for path in found}
        if len(contents) > 1:
            raise StudioError(
                f"{known.title}: {shown_path(found[0])} and {shown_path(found[1])} differ; leave "
                "the one that was published."
            )
        if found:
            return found[0]
    raise StudioError(
        f"{known.title} needs {' or '.join(names)}, which is not in the folder: it should hold "
        f"{known.needs}."
    )


def _read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The first line, and the others that are not empty with their numbers."""
    text = decode_text(table_bytes(path, MOST_BYTES))
    delimiter = delimiter_of(text.partition("\n")[0])
    rows = [[cell.strip() for cell in row] for row in parse_table(text, path, delimiter)]
    if not rows:
        raise StudioError(f"{shown_path(path)} is empty.")
    header, *body = rows
    if header and header[0] == "":  # the row numbers that pandas writes
        header = header[1:]
        body = [row[1:] for row in body]
    return header, [(line, row) for line, row in enumerate(body, start=2) if any(row)]


def _columns(
    known: PublicSet, layout: TableLayout, path: Path, header: Sequence[str], table: TableOfSet
) -> dict[str, int]:
    """The place of the column of each field. The first name is that of the publication."""
    plain = [plain_name(name) for name in header]
    doubled = [name for name, count in Counter(plain).items() if count > 1 and name]
    if doubled:
        raise StudioError(f"{shown_path(path)} has the column {shown_text(doubled[0], 60)} twice.")
    where = {}
    for name, called in layout.columns.items():
        found = [one for one in called if plain_name(one) in plain]
        if found:
            where[name] = plain.index(plain_name(found[0]))
            if found[0] != called[0] and not known.name.startswith("isic"):
                table.problems.append(
                    f"{path.name} calls the column {called[0]} {header[where[name]]}: taken for it."
                )
        elif not (layout.joined and name not in ("file", "label")):
            _refuse_or_tell(known, path, name, called, header, table)
    return where


def _refuse_or_tell(
    known: PublicSet,
    path: Path,
    name: str,
    called: Sequence[str],
    header: Sequence[str],
    table: TableOfSet,
) -> None:
    open_set = known.name == "isic"  # whose exports have the columns that were asked for
    if name in ("file", "label") or (name in _GROUPS and not open_set):
        listed = ", ".join(shown_text(one, 40) for one in header[:30])
        raise StudioError(
            f"{shown_path(path)} has no column {called[0]}, which that of {known.title} has: its "
            f"first line is {listed}. Get the table anew from where it was published."
        )
    told = table.notes if open_set else table.problems
    told.append(f"{path.name} has no column {called[0]}: no {name} is known.")


def _joined(
    known: PublicSet, layout: TableLayout, files: Sequence[Walked], table: TableOfSet
) -> dict[str, dict[str, str]]:
    """The cells of the joined tables by field, for each image by its name in capitals."""
    found: dict[str, dict[str, str]] = {}
    for name in layout.joined:
        path = _one_of(known, [name], files)
        header, body = _read(path)
        plain = [plain_name(one) for one in header]
        file = [plain_name(one) for one in layout.columns["file"]]
        at = next((plain.index(one) for one in file if one in plain), None)
        if at is None:
            raise StudioError(f"{shown_path(path)} has no column {layout.columns['file'][0]}.")
        places = {
            field_: plain.index(plain_name(one))
            for field_, called in layout.columns.items()
            for one in called
            if field_ != "file" and plain_name(one) in plain
        }
        for field_ in layout.columns.keys() - places.keys() - {"file", "label"}:
            _refuse_or_tell(known, path, field_, layout.columns[field_], header, table)
        for line, cells in body:
            if len(cells) != len(header):
                continue
            own = {field_: cells[place] for field_, place in places.items()}
            if own != found.setdefault(cells[at].casefold(), own):
                raise StudioError(
                    f"{shown_path(path)}, line {line}: it says something else of "
                    f"{shown_text(cells[at], 80)} than an earlier row. It is not the table as "
                    "published: get it anew."
                )
    return found


def _row(
    known: PublicSet,
    layout: TableLayout,
    path: Path,
    line: int,
    header: Sequence[str],
    cells: Sequence[str],
    where: Mapping[str, int],
    joined: Mapping[str, Mapping[str, str]],
) -> SetRow:
    file = cells[where["file"]]
    if not file:
        raise StudioError(f"{shown_path(path)}, line {line}: it names no image.")
    own = {name: cells[place] for name, place in where.items() if name not in ("file", "label")}
    own |= joined.get(file.casefold(), {})
    if layout.one_hot:
        label = _one_hot(layout, path, line, header, cells, where["file"])
    else:
        label = cells[where["label"]]
        if known.name == "isic" and not label:  # the finest diagnosis that is given
            plain = [plain_name(name) for name in header]
            coarser = (plain_name(name) for name in layout.columns["label"])
            label = next(
                (cells[plain.index(n)] for n in coarser if n in plain and cells[plain.index(n)]), ""
            )
    return SetRow(line, file, label, own)


def _one_hot(
    layout: TableLayout,
    path: Path,
    line: int,
    header: Sequence[str],
    cells: Sequence[str],
    file: int,
) -> str:
    """The one class of a row; "" where it has none or several."""
    apart = {plain_name(name) for name in layout.one_hot_without}
    chosen = []
    for place, (name, cell) in enumerate(zip(header, cells, strict=True)):
        value = cell.casefold()
        if place == file or plain_name(name) in apart:
            if plain_name(name) in apart and value in _YES:
                return ""
            continue
        if value in _YES:
            chosen.append(name)
        elif value not in _NO:
            raise StudioError(
                f"{shown_path(path)}, line {line}: {shown_text(name, 40)} is "
                f"{shown_text(cell, 40)} and should be 0 or 1."
            )
    return chosen[0] if len(chosen) == 1 else ""


def _left_out(layout: TableLayout, plain: Sequence[str], cells: Sequence[str]) -> str:
    for column, values in layout.left_out.items():
        if plain_name(column) in plain and cells[plain.index(plain_name(column))] in values:
            return f"{column} is “{cells[plain.index(plain_name(column))]}”"
    return ""


def require_same(path: Path, one: SetRow, other: SetRow) -> None:
    """StudioError where two rows of a table that name one file differ."""
    if (one.label, one.cells) != (other.label, other.cells):
        raise StudioError(
            f"{shown_path(path)} says two things of {shown_text(one.file, 80)}, in lines "
            f"{one.line} and {other.line}: it is not the table as published. Get it anew."
        )


def _require_whole(known: PublicSet, layout: TableLayout, path: Path, row: SetRow) -> None:
    for name in layout.whole:
        if not row.cells.get(name):
            raise StudioError(
                f"{shown_path(path)}, line {row.line}: {layout.columns[name][0]} is empty, and "
                f"every row of {known.title} has one as published. Get the table anew."
            )


def _require_some_groups(
    known: PublicSet, layout: TableLayout, path: Path, rows: Sequence[SetRow]
) -> None:
    """A column of groups that is empty is none."""
    for name in _GROUPS:
        expected = name in layout.columns and rows and known.name != "isic"
        if expected and not any(row.cells.get(name) for row in rows):
            raise StudioError(
                f"{shown_path(path)}: {layout.columns[name][0]} is empty in every row: get the "
                "table anew from where it was published."
            )


def _check_count(layout: TableLayout, path: Path, rows: int, table: TableOfSet) -> None:
    """Fewer rows than published are a part of the set; more were added by somebody."""
    if layout.rows is None or rows == layout.rows:
        return
    said = f"{path.name} has {counted(rows, 'row')}, and {layout.rows:,} were published"
    if rows > layout.rows:
        table.problems.append(f"{said}: some were added.")
    else:
        table.notes.append(f"{said}: it is a part of the set.")


def _check_indexes(
    layout: TableLayout, files: Sequence[Walked], rows: int, table: TableOfSet
) -> None:
    """Row numbers that lead beyond the table: it is shorter than the published one."""
    for name in layout.indexes:
        for one in files:
            if one.parts[-1].casefold() != name:
                continue
            _, body = _read(one.path)
            numbers = [cells[0] for _, cells in body if cells]
            beyond = [n for n in numbers if not n.isdecimal() or int(n) >= rows]
            if beyond:
                table.problems.append(
                    f"{name} names {counted(len(beyond), 'row')} that {table.path.name} has not, "
                    f"such as {shown_text(beyond[0], 20)}: the table is not whole."
                )
