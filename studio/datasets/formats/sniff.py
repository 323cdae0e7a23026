"""Which kind of list a file is, by its content and never by its name."""

import re
from pathlib import Path
from typing import Literal

from studio.datasets.formats import can
from studio.datasets.formats.lines import Line
from studio.datasets.formats.records import RowProblem, RowReason
from studio.errors import StudioError

ListKind = Literal["can", "coco", "modelderm", "urls"]

_HEAD_BYTES = 64 * 1024
_LINES = 50  # one broken row at the top does not make it another kind of list
_MODELDERM = {"file", "x0", "y0", "x1", "y1"}
_COCO = re.compile(r'"(?:images|annotations|categories)"\s*:')


def sniff_list(path: Path) -> ListKind | None:
    """The kind of list that `path` holds, or None when it is none that the studio reads.

    Reads 64 kB (the whole of a JSON file, whose keys may stand at its end). Raises StudioError
    when the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8", "surrogateescape")
            if head.removeprefix("\ufeff").lstrip().startswith("{"):
                return "coco" if _has_coco_key(path, head) else None
    except OSError as error:
        raise StudioError(f"{path.name} cannot be read: {error.strerror}.") from error
    lines = head.removeprefix("\ufeff").splitlines()
    told = [line for line in lines if line.strip() and not line.startswith("#")]
    for line in told[:_LINES]:
        if kind := _kind_of(line):
            return kind
    return None


def _kind_of(text: str) -> ListKind | None:
    if text.strip().lower().startswith(("http://", "https://")):
        return "urls"
    columns = {column.strip().strip('"').lower() for column in text.split(",")}
    if columns >= _MODELDERM:
        return "modelderm"
    if "url" in columns:
        return "urls"
    parsed = can.parse(Line(1, text, "\n"))
    if isinstance(parsed, RowProblem):
        # Seven fields with a wrong label or number are still a row of a CAN list; prose is not.
        almost = parsed.reason in (RowReason.BAD_LABEL, RowReason.BAD_NUMBER)
        return "can" if almost and "://" in text else None
    return "can" if parsed is not None else None


def _has_coco_key(path: Path, head: str) -> bool:
    if _COCO.search(head):
        return True
    tail = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if _COCO.search((tail + block).decode("utf-8", "surrogateescape")):
                return True
            tail = block[-64:]
    return False
