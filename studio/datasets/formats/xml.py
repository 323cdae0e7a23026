"""XML of annotation tools, read without entities: nothing in it can grow or fetch."""

import codecs
import re
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

from studio.datasets.formats import shapes
from studio.dialects import decode_text, encoding_of
from studio.errors import StudioError
from studio.opening import MB, read_bytes, shown_text

MAX_BYTES = 64 * MB
MAX_DEPTH = 50
MAX_ELEMENTS = 2_000_000
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def read_xml(path: Path) -> Element:
    """The root of an XML file. Raises StudioError, with a sentence, for what is not XML, declares
    entities, or has more than MAX_ELEMENTS elements or MAX_DEPTH of them in one another."""
    return parse_xml(read_bytes(path, MAX_BYTES), path.name)


def parse_xml(content: bytes, name: str) -> Element:
    """As `read_xml`, of bytes in memory."""
    builder = TreeBuilder()
    depth = count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise StudioError(f"{shown_text(name)} has more elements than a file of annotations.")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise StudioError(
            f"{shown_text(name)} declares entities, which no file of annotations needs: it is not "
            "read."
        )

    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(_text(content), True)
        return builder.close()
    except (ExpatError, AssertionError, ValueError) as error:
        raise StudioError(f"{shown_text(name)} is not XML: {error}.") from error


def read_number(text: str | None) -> float | None:
    """The coordinate that a text or an attribute holds; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if shapes.is_coordinate(value) else None


def read_pixels(text: str | None) -> int | None:
    """The width or height that a text or an attribute holds; None for anything else."""
    value = read_number(text)
    return int(value) if value is not None and value >= 1 else None


def _text(content: bytes) -> str:
    """The text of an XML file, in the encoding that it declares: expat knows only a few."""
    declared = _DECLARED.search(content[:400])
    if declared is not None and encoding_of(content) == "utf-8":
        try:
            return content.decode(codecs.lookup(declared[1].decode()).name)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode_text(content)
