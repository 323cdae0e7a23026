"""What a table says of the images of a project: patients, lesions, skin tones, body sites ..."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from studio.datasets.group_table import FILE_COLUMNS, MOST_BYTES, FileIndex, plain_name
from studio.dialects import decode_text, delimiter_of, separator_line
from studio.errors import StudioError
from studio.project import Project, quoted, schema
from studio.project.long_reads import rows_of
from studio.project.metadata import FIELDS, parse_value, set_metadata
from studio.project.records import plain
from studio.tables import parse_table, table_bytes
from studio.workflows.importing.report import Failure

_SHA256_COLUMNS = ("sha256", "sha_256", "hash")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_COLUMNS = 200
_MOST_NAME = 120
_DEEPEST = 8  # folders of a path that a table may give
# Other names of the fields in public tables (ISIC, HAM10000, PAD-UFES-20, Fitzpatrick 17k, DDI).
_CALLED = {
    "patient": ("patient_id", "subject", "subject_id", "person", "person_id"),
    "lesion": ("lesion_id",),
    "skin_tone": (
        "fitzpatrick",
        "fitspatrick",
        "fitzpatrick_scale",
        "fitzpatrick_skin_type",
        "skin_type",
    ),
    "sex": ("gender",),
    "age": ("age_approx",),
    "site": ("region", "localization", "body_site", "anatom_site_general", "anatom_site"),
    "modality": ("image_type",),
    "framing": ("image_framing",),
    "verification": ("dx_type", "diagnosis_confirm_type", "biopsed", "confirmation"),
    "licence": ("license", "copyright_license"),
}
_FIELD_OF = {name: name for name in FIELDS} | {
    other: name for name, others in _CALLED.items() for other in others
}


@dataclass
class MetadataReport:
    """What became of a table.

    `rows` named an image of the project, `changed` of the images are described otherwise than
    before. `columns` maps the columns that were read to the fields that they set; "extra" stands
    for those that are kept under their own names. `failed` names rows, or cells of rows, that
    stayed out.
    """

    table: str
    rows: int = 0
    changed: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def describe_images(project: Project, table: Path, reviewer: str | None = None) -> MetadataReport:
    """Set what a table says of the images of a project; each change of an image is an event.

    A column names the file (by its name, or as much of the end of its path as only one image
    has) or the SHA-256. Columns called as a field of `studio.project.metadata`, or as
    public tables call it, set that field; all others are kept under their names. Skin tones are
    Fitzpatrick's: a column of another scale, such as Monk's, is kept under its own name. An empty
    cell says nothing. Where a cell cannot be one of its field, it is reported and the rest of its
    row is taken. Where two rows say different things of one image, the first counts.

    Raises StudioError for a file that is not such a table, and for a project that is not open for
    editing.
    """
    project.require_edit()
    header, rows, delimiter = _read(table)
    report = MetadataReport(table.name)
    names = [plain_name(name) for name in header]
    file_at = _first(names, FILE_COLUMNS)
    hash_at = _first(names, _SHA256_COLUMNS)
    if file_at is None and hash_at is None:
        raise StudioError(
            f"{table} has no column that names the image: its first line must have file or sha256, "
            f"and has {', '.join(map(quoted, header[:10])) or 'nothing'}."
        )
    fields = _fields(header, names, {file_at, hash_at})
    if not fields:
        raise StudioError(f"{table} says nothing of its images: it has no column beside the file.")
    report.columns = {
        header[at].strip(): name if name in FIELDS else "extra" for at, name in fields.items()
    }
    finder = _Finder(project)
    if not rows:
        raise StudioError(f"{table} has a header and no rows, so nothing was read.")
    values: dict[int, dict[str, str | float]] = {}
    for line, row in rows:
        key = [_cell(row, at) for at in (hash_at, file_at)]
        image_id = finder.find(*key)
        if isinstance(image_id, str):
            report.failed.append(Failure(table.name, line, "no_image", f"Row {line}: {image_id}"))
            continue
        report.rows += 1
        said = _values(table.name, line, row, fields, delimiter, report.failed)
        if (there := values.setdefault(image_id, said)) is not said and there != said:
            sentence = f"Row {line}: an earlier row says something else of the same image."
            report.failed.append(Failure(table.name, line, "contradiction", sentence))
    report.changed = set_metadata(project, values, reviewer, {"table": table.name})
    return report


def _read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]], str]:
    """The header, the rows that are not empty, each with its number from 1, and what separates
    their cells."""
    text = decode_text(table_bytes(path, MOST_BYTES))
    first, _, rest = text.partition("\n")
    delimiter = separator_line(first)
    if delimiter is not None:
        text = rest
        first = rest.partition("\n")[0]
    delimiter = delimiter or delimiter_of(first)
    begin = 1 if text is not rest else 2
    rows = list(enumerate(parse_table(text, path, delimiter), start=begin))
    filled = [(number, row) for number, row in rows if any(map(str.strip, row))]
    if not filled:
        raise StudioError(f"{path} is empty.")
    header = filled[0][1]
    if len(header) > _MOST_COLUMNS:
        raise StudioError(f"{path} has {len(header):,} columns: use at most {_MOST_COLUMNS}.")
    return header, filled[1:], delimiter


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((at for at, name in enumerate(names) if name in wanted), None)


def _fields(header: Sequence[str], names: Sequence[str], keys: set[int | None]) -> dict[int, str]:
    """What each column sets; a second column of one field is kept under its own name."""
    found: dict[int, str] = {}
    # A column that has exactly the name of the field goes before one that is called otherwise.
    for at, name in sorted(enumerate(names), key=lambda one: one[1] not in FIELDS):
        if at in keys or not name:
            continue
        wanted = _FIELD_OF.get(name, "")
        own = plain(header[at]).strip()[:_MOST_NAME]
        found[at] = wanted if wanted and wanted not in found.values() else own
        if found[at] in FIELDS and found[at] != wanted:
            found[at] = f"{own} (column {at + 1})"
    return dict(sorted(found.items()))


def _cell(row: Sequence[str], at: int | None) -> str:
    return "" if at is None or at >= len(row) else row[at].strip()


def _values(
    table: str,
    line: int,
    row: Sequence[str],
    fields: dict[int, str],
    delimiter: str,
    failed: list[Failure],
) -> dict[str, str | float]:
    said: dict[str, str | float] = {}
    for at, name in fields.items():
        if not (cell := _cell(row, at)):
            continue
        try:
            value = parse_value(name, cell, delimiter)
        except StudioError as error:
            sentence = f"Row {line}: {error} The rest of the row was taken."
            failed.append(Failure(table, line, "wrong_value", sentence))
            continue
        if value is not None:
            said[name] = value
    return said


class _Finder:
    """Images by their SHA-256, and by the names and paths that they came with."""

    def __init__(self, project: Project) -> None:
        image, source = schema.image.c, schema.source.c
        with project.connect() as connection:
            rows = rows_of(connection, select(image.id, image.sha256, image.file))
            came = rows_of(
                connection,
                select(source.image_id, source.path).where(
                    source.image_id.is_not(None), source.path.is_not(None)
                ),
            )
        self._by_hash = {sha256: id_ for id_, sha256, _ in rows}
        named = [(id_, Path(file)) for id_, _, file in rows]
        # A table may give as much of the end of a path as tells the image from others.
        for id_, path in came:
            parts = Path(path).parts
            named += [(id_, Path(*parts[-n:])) for n in range(2, min(len(parts), _DEEPEST) + 1)]
        self._index = FileIndex(Path(), [file for _, file in named], [id_ for id_, _ in named])

    def find(self, sha256: str, file: str) -> int | str:
        """The id of the image, or a sentence why there is none."""
        if sha256:
            if not _SHA256.fullmatch(sha256.lower()):
                return f"{quoted(sha256)} is not a SHA-256."
            found = self._by_hash.get(sha256.lower())
            return f"No image of the project has the SHA-256 {sha256}." if found is None else found
        if not file:
            return "It names no image."
        place = self._index.find_place(file)
        if place is None:
            return f"No image of the project, or more than one, is called {quoted(file)}."
        return place
