"""What people said of pairs of images: the same picture, or not the same.

A verdict is a line of JSON in `verdicts.jsonl`, appended and never changed: when, by whom, of which
two images (by the SHA-256 of their files, and the square for a crop), and the verdict. The newest
verdict on a pair counts. A project keeps its own file, which goes where the project goes; the same
line is kept for the user of this computer, so that checks of the same images outside any project
know it, too.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

import platformdirs

from studio.errors import StudioError, UsageError
from studio.files import STATE_ENVIRONMENT, open_append
from studio.opening import read_bytes
from studio.project import is_project

Said = Literal["same", "different"]
Square = tuple[float, float, float]

FILE = "verdicts.jsonl"
_MOST_BYTES = 64 * 1024 * 1024
_MOST_NAME = 200


def image_key(sha256: str, square: Square | None = None) -> str:
    """The name of an image in verdicts: its file's SHA-256, and for a crop its square."""
    return sha256 if square is None else f"{sha256} {' '.join(f'{one:.3f}' for one in square)}"


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """`first` and `second` are keys of images, see `image_key`; `time` is UTC, ISO 8601."""

    first: str
    second: str
    said: Said
    reviewer: str
    time: str

    @property
    def pair(self) -> frozenset[str]:
        return frozenset((self.first, self.second))


class Verdicts:
    """The verdicts that count, read from several files."""

    def __init__(self, verdicts: Iterable[PairVerdict] = ()) -> None:
        self._by_pair: dict[frozenset[str], PairVerdict] = {}
        self._partners: dict[str, set[str]] = {}
        for verdict in sorted(verdicts, key=lambda one: one.time):
            self._by_pair[verdict.pair] = verdict
            self._partners.setdefault(verdict.first, set()).add(verdict.second)
            self._partners.setdefault(verdict.second, set()).add(verdict.first)

    def __len__(self) -> int:
        return len(self._by_pair)

    @classmethod
    def read(cls, files: Sequence[Path]) -> "Verdicts":
        """Those of all files; missing files and lines that are not verdicts are skipped."""
        return cls(verdict for file in files for verdict in _read(file))

    def of(self, first: str, second: str) -> PairVerdict | None:
        """The verdict on a pair of keys, in either order."""
        return self._by_pair.get(frozenset((first, second)))

    def partners(self, key: str) -> list[str]:
        """Keys of images that somebody called the same picture as this one, in order."""
        return sorted(
            other
            for other in self._partners.get(key, ())
            if self._by_pair[frozenset((key, other))].said == "same"
        )


def verdict_files(places: Iterable[Path] = ()) -> list[Path]:
    """The files of verdicts that concern `places`: of the projects that these paths are, or lie in,
    and of the user of this computer, who comes last."""
    found: dict[Path, None] = {}
    for place in places:
        whole = place.absolute()
        for folder in (whole, *whole.parents):
            if is_project(folder):
                found[folder / FILE] = None
                break
    given = os.environ.get(STATE_ENVIRONMENT)
    own = Path(given) if given else Path(platformdirs.user_data_dir("can-studio"))
    return [*found, own / FILE]


def keep_verdict(
    first: str, second: str, said: str, reviewer: str, files: Sequence[Path]
) -> PairVerdict:
    """Append a verdict to each of `files` (see `verdict_files`) and return it.

    Raises UsageError for a verdict that is neither "same" nor "different" or without a reviewer's
    name, and StudioError where none of the files can be written; a project that is read-only here
    does not keep the user from judging.
    """
    name = " ".join(reviewer.split())
    if said not in ("same", "different"):
        raise UsageError(f"A verdict is same or different, not {said}.")
    if not name or len(name) > _MOST_NAME:
        raise UsageError("A verdict needs the name of who gives it.")
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    verdict = PairVerdict(first, second, cast(Said, said), name, time)
    line = {"time": time, "reviewer": name, "verdict": said, "images": [first, second]}
    problems = [problem for file in files if (problem := _append(file, line))]
    if len(problems) == len(files):
        raise StudioError(f"The verdict is not kept: {' '.join(problems)}")
    return verdict


def _append(file: Path, line: dict[str, Any]) -> str:
    """Write a line and put it on the disk; what went wrong, or ""."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open_append(file) as stream:
            stream.seek(0, os.SEEK_END)
            if stream.tell():
                stream.seek(-1, os.SEEK_END)
                torn = stream.read(1) != b"\n"  # a line that a crash has cut off
            else:
                torn = False
            stream.write((b"\n" if torn else b"") + json.dumps(line).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        return f"{file} cannot be written: {error.strerror}."
    except StudioError as error:
        return str(error)
    return ""


def _read(file: Path) -> list[PairVerdict]:
    if not file.is_file():
        return []
    verdicts = []
    for line in read_bytes(file, max_bytes=_MOST_BYTES).splitlines():
        try:
            told = json.loads(line)
            first, second = told["images"]
            verdict = PairVerdict(first, second, told["verdict"], told["reviewer"], told["time"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        words = (first, second, verdict.said, verdict.reviewer, verdict.time)
        if all(isinstance(word, str) for word in words) and verdict.said in ("same", "different"):
            verdicts.append(verdict)
    return verdicts
