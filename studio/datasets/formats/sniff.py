"""Which kind of list or data set a file or folder is, by its content and never by its name."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

from studio.datasets.formats import box_table, can, cvat, masks, urls, voc, yolo
from studio.datasets.formats.data_folder import DataFolder
from studio.datasets.formats.lines import Line
from studio.datasets.formats.records import RowProblem, RowReason, shown
from studio.dialects import column_names, decode_text, delimiter_of, encoding_of, separator_line
from studio.errors import StudioError
from studio.folders import Walked
from studio.opening import open_regular

ListKind = Literal[
    "can",
    "coco",
    "modelderm",
    "boxes",
    "urls",
    "yolo",
    "voc",
    "labelme",
    "cvat",
    "labelstudio",
    "masks",
    "datumaro",  # known, and not read
]

_HEAD_BYTES = 64 * 1024
_LINES = 50  # one broken row at the top does not make it another kind of list
_MODELDERM = {"file", "x0", "y0", "x1", "y1"}
_KEYS = re.compile(
    r'"(images|annotations|categories|shapes|imagePath|from_name|original_width|items|'
    r'dm_format_version)"\s*:'
)
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*)[\s/>]")
_NAMES = re.compile(r"^names\s*:", re.MULTILINE)
_PARTS = re.compile(r"^(train|val|test|nc|path)\s*:", re.MULTILINE)
_SAMPLE = 20  # files of a kind that are looked into


def sniff_list(path: Path) -> ListKind | None:
    """The kind of list that `path` holds, or None when it is none that the studio reads.

    Reads 64 kB (the whole of a JSON file, whose keys may stand at its end). Raises StudioError
    when the file cannot be read.
    """
    try:
        with open_regular(path) as file:
            content = file.read(_HEAD_BYTES)
            head = decode_text(content, cut=len(content) == _HEAD_BYTES)
            if head.lstrip()[:1] in ("{", "["):
                file.seek(0)
                return _json_kind(head.lstrip()[0], _json_keys(file, encoding_of(content)))
    except OSError as error:
        raise StudioError(f"{path.name} cannot be read: {error.strerror}.") from error
    if head.lstrip().startswith("<"):
        return _xml_kind(head)
    if "original_width" in head and "," in head:
        return "labelstudio"
    lines = head.splitlines()
    told = [line for line in lines if line.strip() and not line.startswith("#")]
    for line in told[:_LINES]:
        if kind := _kind_of(line):
            return kind
    is_yaml = path.suffix.lower() in yolo.YAML_SUFFIXES or _PARTS.search(head)
    return "yolo" if is_yaml and _NAMES.search(head) else None


def sniff_folder(path: Path) -> tuple[ListKind, list[Path]] | None:
    """The kind of data set that a folder holds, and its files of that kind where each of them is a
    list by itself; none where the folder is one list as a whole.

    None for a folder of images. Raises StudioError for a folder that holds several kinds, or one
    that is not read.
    """
    folder = DataFolder(path)
    found: dict[ListKind, list[Path]] = {}
    by_depth = sorted(folder.files, key=lambda one: len(one.parts))
    for one in _some(by_depth, ".json", ".xml", ".yaml", ".yml"):
        kind = _annotation_kind(one)
        if kind is not None:
            found.setdefault(kind, []).append(one.path)
    if "datumaro" in found:
        raise StudioError(not_read(found["datumaro"][0]))
    if "yolo" not in found and _has_yolo_rows(folder):
        found["yolo"] = []
    if len(found) > 1:
        kinds = ", ".join(sorted(found))
        raise StudioError(
            f"{shown(path.name)} holds annotations of several kinds ({kinds}): say with which of "
            "them, or whether as a folder of pictures alone, it should be read."
        )
    for kind, files in found.items():
        if kind in ("coco", "cvat", "labelstudio"):
            return kind, _lists(kind, files, by_depth)
        return kind, []
    return ("masks", []) if masks.look_like_masks(folder) else None


def not_read(path: Path) -> str:
    """What to say of a file of Datumaro's own format."""
    return (
        f"{shown(path.name)} is in Datumaro's own format, which is not read. Convert its data set "
        "with Datumaro (datum convert -if datumaro -f coco_instances -i FOLDER -o NEW -- "
        "--save-media) and import the new folder."
    )


def files_of(path: Path, kind: ListKind) -> list[Path]:
    """The files of a kind under a folder; for what a person says that a folder holds."""
    by_depth = sorted(DataFolder(path).files, key=lambda one: len(one.parts))
    return _lists(kind, [], by_depth)


def _lists(kind: ListKind, known: Sequence[Path], files: Iterable[Walked]) -> list[Path]:
    """All files of a kind; of COCO's, where some hold instances, only these."""
    suffixes = (".xml",) if kind == "cvat" else (".json", ".csv")
    every = [one for one in files if one.path.suffix.lower() in suffixes]
    found = [one.path for one in every if one.path in known or _annotation_kind(one) == kind]
    instances = [one for one in found if "instances" in one.name]
    return sorted(instances if kind == "coco" and instances else found)


def _some(files: Sequence[Walked], *suffixes: str) -> Iterable[Walked]:
    """The first few files of each suffix."""
    for suffix in suffixes:
        matching = [one for one in files if one.path.suffix.lower() == suffix]
        yield from matching[:_SAMPLE]


def _annotation_kind(one: Walked) -> ListKind | None:
    """The kind of a file of a data set. A list of images without annotations is none."""
    try:
        with open_regular(one.path) as file:
            content = file.read(_HEAD_BYTES)
            head = decode_text(content, cut=len(content) == _HEAD_BYTES)
            if head.lstrip()[:1] in ("{", "["):
                file.seek(0)
                keys = _json_keys(file, encoding_of(content))
                kind = _json_kind(head.lstrip()[0], keys)
                return None if kind == "coco" and not keys >= {"images", "annotations"} else kind
        kind = sniff_list(one.path)
    except (OSError, StudioError):
        return None
    if kind == "yolo" and not yolo.gives_names(one.path):
        return None
    return kind if kind in ("voc", "cvat", "yolo", "labelstudio") else None


def _has_yolo_rows(folder: DataFolder) -> bool:
    """Whether files of rows lie beside images of their names, or in a folder for them."""
    texts = [one for one in folder.annotations(".txt") if folder.picture_of(one) is not None]
    looked = 0
    for one in texts[:_SAMPLE]:
        try:
            with open_regular(one.path) as file:
                lines = decode_text(file.read(_HEAD_BYTES), cut=True).splitlines()
        except (OSError, StudioError):
            continue
        rows = [line for line in lines[:_LINES] if line.strip()]
        if rows and not all(map(yolo.is_row, rows)):
            return False
        looked += bool(rows)
    return looked > 0


def _xml_kind(head: str) -> ListKind | None:
    root = _ROOT.search(re.sub(r"<!--.*?-->", "", head, flags=re.DOTALL))
    kinds: dict[str, ListKind] = {voc.ROOT: "voc", cvat.ROOT: "cvat"}
    return kinds.get(root[1]) if root is not None else None


def _json_kind(first: str, keys: set[str]) -> ListKind | None:
    if keys & {"from_name", "original_width"}:
        return "labelstudio"
    if first == "[":
        return None
    if {"shapes", "imagePath"} <= keys:
        return "labelme"
    # Older ones do not tell their version; a catalogue of something else has no annotations.
    old = {"items", "categories", "annotations"} <= keys and "images" not in keys
    if "dm_format_version" in keys or old:
        return "datumaro"
    return "coco" if keys & {"images", "annotations", "categories"} else None


def _kind_of(text: str) -> ListKind | None:
    if text.strip().lower().startswith(("http://", "https://")):
        return "urls"
    if separator_line(text) is not None:
        return None
    columns = set(column_names(text, delimiter_of(text, _MODELDERM)))
    if columns >= _MODELDERM:
        return "boxes" if columns >= box_table.TELLING else "modelderm"
    if urls.is_header(text):
        return "urls"
    parsed = can.parse(Line(1, text, "\n"))
    if isinstance(parsed, RowProblem):
        # Seven fields with a wrong label or number are still a row of a CAN list; prose is not.
        almost = parsed.reason in (RowReason.BAD_LABEL, RowReason.BAD_NUMBER)
        return "can" if almost and "://" in text else None
    return "can" if parsed is not None else None


def _json_keys(file: BinaryIO, encoding: str) -> set[str]:
    """The keys of a JSON file that tell its kind, until they do."""
    decoder = getincrementaldecoder(encoding)("replace")
    tail = ""
    found: set[str] = set()
    while block := file.read(1 << 20):
        text = tail + decoder.decode(block)
        found |= set(_KEYS.findall(text))
        if found & {"from_name", "original_width"} or {"shapes", "imagePath"} <= found:
            break
        if {"images", "annotations", "categories"} <= found:
            break
        tail = text[-64:]
    return found
