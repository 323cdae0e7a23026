"""Which picture of a folder belongs to which row of a list.

Nobody agrees on how downloaded pictures are named: by the file name of the URL, by the row's
number, or by its position. Names made of digits only are read under the one scheme that explains
most of the folder's files; mixing schemes would give rows the picture of another row.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit


class Row(Protocol):
    """The part of a row that names its picture (`CanRow` has it)."""

    @property
    def number(self) -> str: ...

    @property
    def url(self) -> str: ...


class Walked(NamedTuple):
    """A file under a folder: its path and its parts relative to that folder."""

    path: Path
    parts: tuple[str, ...]


def walk(
    folder: Path, on_closed: Callable[[OSError], None] = lambda error: None
) -> Iterable[Walked]:
    """The files under a folder, by name; hidden ones and folders behind links are passed over.

    `on_closed` hears of each folder that cannot be listed (`filename` of the error is its path).
    """
    for where, folders, files in os.walk(folder, onerror=on_closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                path = Path(where, name)
                yield Walked(path, path.relative_to(folder).parts)


class Pictures:
    """The files under a folder, found again by relative path, name or stem."""

    def __init__(self, folder: Path) -> None:
        self._by_path: dict[str, Path] = {}
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        for path, parts in walk(folder):
            self._by_path["/".join(parts)] = path
            self._by_name[parts[-1].casefold()].append(path)
            self._by_stem[path.stem.casefold()].append(path)

    def by_file(self, file: str) -> Path | None:
        """By a relative path, else by a name that only one file of the folder has."""
        name = file.rpartition("/")[2].casefold()
        return self._by_path.get(file) or _only(self._by_name.get(name))

    def by_stem(self, stem: str) -> Path | None:
        """By a name without its suffix that only one file has."""
        return _only(self._by_stem.get(stem.casefold()))

    def numbered(self) -> dict[int, Path]:
        """Files whose name is a number, zeros in front or not."""
        return {
            int(stem): paths[0]
            for stem, paths in self._by_stem.items()
            if _is_number(stem) and len(paths) == 1
        }


def _only(paths: list[Path] | None) -> Path | None:
    return paths[0] if paths and len(paths) == 1 else None


def _is_number(stem: str) -> bool:
    return stem.isascii() and stem.isdigit() and len(stem) < 19


def url_name(url: str) -> str:
    """The file name at the end of a URL's path, escapes undone; empty where there is none."""
    try:
        return unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return ""


def match_rows(rows: Sequence[Row], pictures: Pictures) -> list[Path | None]:
    """The picture of each row, None where the folder has none for it.

    A name that several different URLs end in is nobody's.
    """
    names = {row.url: url_name(row.url).casefold() for row in rows}
    shared = Counter(names.values())
    by_number = _by_number(rows, pictures, names)
    found: list[Path | None] = []
    for index, row in enumerate(rows):
        name = names[row.url]
        path = by_number.get(index)
        if path is None and name and shared[name] == 1 and not _is_number(Path(name).stem):
            path = pictures.by_file(name) or pictures.by_stem(Path(name).stem)
        found.append(path)
    return found


def _by_number(rows: Sequence[Row], pictures: Pictures, names: dict[str, str]) -> dict[int, Path]:
    """Row index → numbered file, under the scheme (row number, position from 0, URL name) that
    explains most of the numbered files; the row's number where they are even."""
    files = pictures.numbered()
    if not files:
        return {}
    numbers = [int(row.number) if _is_number(row.number) else None for row in rows]
    stems = [Path(names[row.url]).stem for row in rows]
    in_urls = [int(stem) if _is_number(stem) else None for stem in stems]
    schemes: list[Sequence[int | None]] = [numbers, range(len(rows)), in_urls]
    best = max(schemes, key=lambda scheme: len(files.keys() & set(scheme)))
    shared = Counter(best) if best is not in_urls else _urls_by_number(rows, in_urls)
    return {
        index: files[number]
        for index, number in enumerate(best)
        if number is not None and number in files and shared[number] == 1
    }


def _urls_by_number(rows: Sequence[Row], numbers: Sequence[int | None]) -> Counter[int | None]:
    """How many different URLs end in each number: rows of one URL share their picture."""
    return Counter(number for _, number in {(r.url, n) for r, n in zip(rows, numbers, strict=True)})
