"""Which kind of list a file is, by its content and never by its name."""

import re
from codecs import getincrementaldecoder
from pathlib import Path
from typing import BinaryIO, Literal

from studio.datasets.formats import can, urls
from studio.datasets.formats.lines import Line
from studio.datasets.formats.records import RowProblem, RowReason
from studio.dialects import column_names, decode_text, delimiter_of, encoding_of, separator_line
from studio.errors import StudioError
from studio.opening import open_regular

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
        with open_regular(path) as file:
            content = file.read(_HEAD_BYTES)
            head = decode_text(content, cut=len(content) == _HEAD_BYTES)
            if head.lstrip().startswith("{"):
                file.seek(0)
                return "coco" if _has_coco_key(file, encoding_of(content)) else None
    except OSError as error:
        raise StudioError(f"{path.name} cannot be read: {error.strerror}.") from error
    lines = head.splitlines()
    told = [line for line in lines if line.strip() and not line.startswith("#")]
    for line in told[:_LINES]:
        if kind := _kind_of(line):
            return kind
    return None


def _kind_of(text: str) -> ListKind | None:
    if text.strip().lower().startswith(("http://", "https://")):
        return "urls"
    if separator_line(text) is not None:
        return None
    if set(column_names(text, delimiter_of(text, _MODELDERM))) >= _MODELDERM:
        return "modelderm"
    if urls.is_header(text):
        return "urls"
    parsed = can.parse(Line(1, text, "\n"))
    if isinstance(parsed, RowProblem):
        # Seven fields with a wrong label or number are still a row of a CAN list; prose is not.
        almost = parsed.reason in (RowReason.BAD_LABEL, RowReason.BAD_NUMBER)
        return "can" if almost and "://" in text else None
    return "can" if parsed is not None else None


def _has_coco_key(file: BinaryIO, encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)("replace")
    tail = ""
    while block := file.read(1 << 20):
        text = tail + decoder.decode(block)
        if _COCO.search(text):
            return True
        tail = text[-64:]
    return False
