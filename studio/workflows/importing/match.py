"""Which picture of a folder belongs to which row of a list.

Lists that name files are joined by `ImageFolder.claim`: by the longest end of a path that both
have, whatever the case, the Unicode form and the separators. A name alone is weak evidence: cameras
call the first picture of every folder IMG_0001. So a picture belongs to the row that agrees with
most of its path, a row whose folders contradict is named and not joined, and what stays ambiguous
is named.

Lists of URLs are joined by `match_rows`. Nobody agrees on how downloaded pictures are named: by the
file name of the URL, by the row's number, or by its position. Names made of digits only are read
under the one scheme that explains most of the folder's files; mixing schemes would give rows the
picture of another row.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from studio.datasets.formats.data_folder import PICTURE_SUFFIXES
from studio.datasets.formats.records import shown
from studio.dialects import decode_western
from studio.errors import StudioError
from studio.folders import Passed, Walked, walk_folder
from studio.opening import sha256_file

_OLD_ENCODINGS = ("cp949", "cp932", "gb18030", "big5")
_SHOWN_PLACES = 3


class Row(Protocol):
    """The part of a row that names its picture (`CanRow` has it)."""

    @property
    def number(self) -> str: ...

    @property
    def url(self) -> str: ...


class Claim(NamedTuple):
    """The picture of a name, or the sentence that says why there is none."""

    path: Path | None
    sentence: str = ""


class _Candidate(NamedTuple):
    """A file that a name may mean.

    `agreed` counts the parts of the path that are equal from its end; `contradicted` where both go
    on and differ, `whole` where neither goes on; `spelling` is 0 for equal characters.
    """

    file: Walked
    agreed: int
    contradicted: bool
    whole: bool
    spelling: int

    @property
    def weight(self) -> tuple[int, bool]:
        """How strong a claim of the name on the file is."""
        return self.agreed, self.whole


class ImageFolder:
    """The files under a folder, found again by path, name or stem."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_name: dict[str, list[Walked]] = defaultdict(list)
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        tree = walk_folder(folder)
        self.passed: list[Passed] = tree.passed
        for found in tree.files:
            for name in dict.fromkeys(_spellings(found.parts[-1])):
                self._by_name[name].append(found)
            self._by_stem[_fold(found.path.stem)].append(found.path)

    def claim(self, names: Iterable[str]) -> dict[str, Claim]:
        """The picture of each name of a list.

        A name that is a plain relative path means what it says: a file whose folders differ is
        another one. Of a path on another computer (absolute, a URL, or leading up by ``..``) the
        folders say little, unless other names of the list show that they are kept here. No picture
        is given to two names whose paths differ.
        """
        wanted = {name: self._candidates(name) for name in dict.fromkeys(names)}
        folders_kept = any(one.agreed > 1 for candidates in wanted.values() for one in candidates)
        found: dict[str, Claim] = {}
        best: dict[str, _Candidate] = {}
        for name, candidates in wanted.items():
            strict = folders_kept or not is_foreign(name)
            usable = [one for one in candidates if not (strict and one.contradicted)]
            if len(usable) == 1:
                best[name] = usable[0]
            else:
                found[name] = Claim(None, self._missing(name, usable or candidates, bool(usable)))
        by_path: dict[Path, list[str]] = defaultdict(list)
        for name, one in best.items():
            by_path[one.file.path].append(name)
        for path, rivals in by_path.items():
            found.update(self._settle(path, rivals, best))
        return found

    def claim_content(self, wanted: Mapping[str, tuple[str, str]]) -> dict[str, Claim]:
        """The picture of each name whose (file, SHA-256) is told: the file with that content.

        Files of its name are looked at first, and all others only where none of these is it.
        """
        found: dict[str, Claim] = {}
        by_hash: dict[str, Path] = {}
        hashed: set[Path] = set()
        unreadable: set[Path] = set()

        def look_at(paths: Iterable[Path]) -> None:
            for path in paths:
                if path not in hashed:
                    hashed.add(path)
                    try:
                        by_hash.setdefault(sha256_file(path), path)
                    except (OSError, StudioError):
                        unreadable.add(path)

        for file, sha256 in wanted.values():
            if sha256 not in by_hash:
                look_at(one.path for one in self._by_name.get(_fold(file.rpartition("/")[2]), ()))
        if any(sha256 not in by_hash for _, sha256 in wanted.values()):
            every = (one.path for files in self._by_name.values() for one in files)
            look_at(path for path in every if path.suffix.lower() in PICTURE_SUFFIXES)
        for name, (file, sha256) in wanted.items():
            same = self._by_name.get(_fold(file.rpartition("/")[2]))
            sentence = f"{shown(file)} is not in {self._name}."
            closed = next((one for one in same or () if one.path in unreadable), None)
            if closed is not None:
                sentence = (
                    f"{shown(self._place(closed))} in {self._name} cannot be read, so whether the "
                    "boxes were drawn on it cannot be told: see to its permissions or its disk, "
                    "and import the list again."
                )
            elif same:
                sentence = (
                    f"{shown(self._place(same[0]))} in {self._name} is not the file that the boxes "
                    "were drawn on: its content is another (SHA-256). Give the folder of the "
                    "original."
                )
            path = by_hash.get(sha256)
            found[name] = Claim(path, "" if path is not None else sentence)
        return found

    def by_name(self, name: str) -> Path | None:
        """By a file name that only one file of the folder has."""
        found = self._by_name.get(_fold(name), [])
        return found[0].path if len(found) == 1 else None

    def by_stem(self, stem: str) -> Path | None:
        """By a name without its suffix that only one file has."""
        return _only(self._by_stem.get(_fold(stem)))

    def numbered(self) -> dict[int, Path]:
        """Files whose name is a number, zeros in front or not."""
        return {
            int(stem): paths[0]
            for stem, paths in self._by_stem.items()
            if _is_number(stem) and len(paths) == 1
        }

    def _candidates(self, name: str) -> list[_Candidate]:
        """The files that agree with most of the path; of equal ones those that contradict least
        and are spelt most alike."""
        for parts in path_variants(name):
            files = self._by_name.get(_fold(parts[-1]), [])
            if files:
                found = [_compared(parts, file) for file in files]
                best = min(map(_rank, found))
                return [one for one in found if _rank(one) == best]
        return []

    def _settle(
        self, path: Path, rivals: Sequence[str], best: dict[str, _Candidate]
    ) -> Iterator[tuple[str, Claim]]:
        """Give a picture to the names that agree with most of its path, if those are one."""
        most = max(best[name].weight for name in rivals)
        winners = [name for name in rivals if best[name].weight == most]
        agreed = len({tuple(map(_fold, next(path_variants(name)))) for name in winners}) == 1
        place = shown(self._place(best[rivals[0]].file))
        for name in rivals:
            if name in winners and agreed:
                yield name, Claim(path)
            elif name in winners:
                others = ", ".join(shown(other) for other in winners[:_SHOWN_PLACES])
                sentence = (
                    f"{place} could be the picture of each of {others}: it was given to none."
                )
                yield name, Claim(None, sentence)
            else:
                sentence = f"{shown(name)} is not in {self._name}: {place} is that of another row."
                yield name, Claim(None, sentence)

    def _missing(self, name: str, candidates: Sequence[_Candidate], usable: bool) -> str:
        if not candidates:
            return f"{shown(name)} is not in {self._name}."
        places = ", ".join(shown(self._place(one.file)) for one in candidates[:_SHOWN_PLACES])
        more = f" and {len(candidates) - _SHOWN_PLACES} more" if len(candidates) > 3 else ""
        if usable:
            return (
                f"{shown(name)} could be any of {places}{more}: give the folder that holds the "
                "right one, or write its folder into the list."
            )
        return (
            f"{shown(name)} is not in {self._name}: {places}{more} has its name and lies in "
            "another folder. If it is the one, give that folder as the folder of the pictures."
        )

    def _place(self, file: Walked) -> str:
        return "/".join(file.parts)

    @property
    def _name(self) -> str:
        return shown(self._folder.name or str(self._folder))


def is_foreign(name: str) -> bool:
    """Whether a name is a path on another computer: absolute, a URL, or leading up."""
    path = name.strip().replace("\\", "/")
    return path.startswith("/") or path[1:2] == ":" or "://" in path or ".." in path.split("/")


def path_variants(name: str) -> Iterator[tuple[str, ...]]:
    """The parts of a path as a list may mean them, the likeliest first; none is empty.

    As written; the file that the query of an address names (Label Studio's ``?d=``); the path of an
    address; and each of them with its escapes (``%20``) undone.
    """
    seen = set()
    written = name.replace("\\", "/")
    variants = [written]
    with suppress(ValueError):
        address = urlsplit(written)
        if "?" in written:
            variants += parse_qs(address.query).get("d", [])
        if address.scheme or "?" in written or "#" in written:
            variants.append(address.path)
    for variant in [*variants, *map(unquote, variants)]:
        parts: list[str] = []
        for part in variant.replace("\\", "/").split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        if parts and tuple(parts) not in seen:
            seen.add(tuple(parts))
            yield tuple(parts)


def _compared(parts: Sequence[str], file: Walked) -> _Candidate:
    agreed = 0
    spelling = 0
    for mine, theirs in zip(reversed(parts), reversed(file.parts), strict=False):
        if agreed and _fold(mine) != _fold(theirs):
            break
        agreed += 1
        spelling += _difference(mine, theirs)
    contradicted = agreed < min(len(parts), len(file.parts))
    whole = agreed == len(parts) == len(file.parts)
    return _Candidate(file, agreed, contradicted, whole, spelling)


def _rank(one: _Candidate) -> tuple[int, bool, bool, int]:
    return -one.agreed, one.contradicted, not one.whole, one.spelling


def _difference(mine: str, theirs: str) -> int:
    if mine == theirs:
        return 0
    same = unicodedata.normalize("NFC", mine) == unicodedata.normalize("NFC", theirs)
    return 1 if same else 2


@lru_cache(maxsize=65536)
def _fold(text: str) -> str:
    """What two spellings of a file name have in common: case and Unicode form left away."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = decode_western(text.encode("utf-8", "surrogateescape"))
    folded = unicodedata.normalize("NFC", text).casefold()
    return unicodedata.normalize("NFC", folded).strip()


def _spellings(name: str) -> Iterator[str]:
    """The folded forms under which a file may be asked for: its name, that without escapes, and,
    where it is not UTF-8, what old encodings make of it."""
    yield _fold(name)
    if "%" in name:
        yield _fold(unquote(name))
    try:
        name.encode()
    except UnicodeEncodeError:
        data = name.encode("utf-8", "surrogateescape")
        for encoding in _OLD_ENCODINGS:
            with suppress(UnicodeDecodeError):
                yield _fold(data.decode(encoding))


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


def match_rows(rows: Sequence[Row], pictures: ImageFolder) -> list[Path | None]:
    """The picture of each row, None where the folder has none for it.

    A name that several different URLs end in is given to none of them.
    """
    names = {row.url: _fold(url_name(row.url)) for row in rows}
    shared = Counter(names.values())
    by_number = _by_number(rows, pictures, names)
    found: list[Path | None] = []
    for index, row in enumerate(rows):
        name = names[row.url]
        path = by_number.get(index)
        if path is None and name and shared[name] == 1 and not _is_number(Path(name).stem):
            path = pictures.by_name(name) or pictures.by_stem(Path(name).stem)
        found.append(path)
    return found


def _by_number(
    rows: Sequence[Row], pictures: ImageFolder, names: dict[str, str]
) -> dict[int, Path]:
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
