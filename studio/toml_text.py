"""TOML as the studio reads and writes it: values, and paths in them."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from studio.errors import UsageError
from studio.opening import read_text, shown_path, shown_text

MAX_BYTES = 4 * 1024 * 1024
_URL = "file://"


def read_toml(path: Path) -> dict[str, Any]:
    """The table of a TOML file. Raises UsageError, which names the file, for what is not TOML, and
    FileRefused for what cannot be read."""
    try:
        return tomllib.loads(read_text(path, MAX_BYTES, encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{shown_path(path)} is not TOML: {shown_text(str(error))}.") from error


def toml_value(value: Any) -> str:
    """A truth value, number, text, path, list or table as TOML writes it, on one line.

    Paths are written whole; one that text cannot hold becomes a URL of the scheme file.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, Mapping):
        pairs = (f"{toml_key(key)} = {toml_value(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, Path):
        whole = value.absolute()
        text = str(whole)
        value = text if text.isprintable() else whole.as_uri()
    text = str(value).encode(errors="replace").decode()
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_key(name: str) -> str:
    """A key as TOML writes it: bare where that is allowed, else quoted."""
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else toml_value(name)


def toml_path(value: str, folder: Path) -> Path:
    """The path that `toml_value` wrote, or one relative to `folder`. Raises UsageError."""
    if value.startswith(_URL):  # how a name that is no Unicode is written
        return Path(os.fsdecode(unquote_to_bytes(value.removeprefix(_URL))))
    if "\0" in value:
        raise UsageError("A path cannot have a NUL in it.")
    return folder / value
