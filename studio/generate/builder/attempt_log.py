"""What has been done of a set, so that a build that was killed goes on where it was.

The set grows in `OUT.part`, with a journal of one line a batch. A line is written when all files
of its batch are on the disk; what a killed build left beyond its last line is made again, to the
same bytes. `OUT` itself appears when all is there.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studio import files
from studio.errors import StudioError
from studio.generate.builder.filters import Reason
from studio.opening import parse_json, read_bytes

JOURNAL = "journal.jsonl"
MAX_BYTES = 1 << 30


@dataclass(frozen=True)
class Attempt:
    """A picture that was rendered. `path` and `sha256` are of its file, when it was kept."""

    entry: int
    seed: int
    w_sha256: str
    reason: Reason | None
    scores: dict[str, float] | None
    distance: float | None
    nearest: str | None
    path: str | None
    sha256: str | None

    @property
    def kept(self) -> bool:
        return self.reason is None


class AttemptLog:
    """The journal of a folder: `header` is what must be the same to go on."""

    def __init__(self, folder: Path, header: dict[str, Any]) -> None:
        self.path = folder / JOURNAL
        self.tried: list[Attempt] = []
        self.resumed = False
        self.begun = header["time"]
        if self.path.exists():
            self._read(header)
        else:
            self._write([header], whole=True)

    def add(self, batch: Sequence[Attempt]) -> None:
        """Remember a batch whose files are on the disk."""
        self._write([[asdict(one) for one in batch]])
        self.tried += batch

    def of(self, entry: int) -> list[Attempt]:
        """What was tried for an entry, in order."""
        return [one for one in self.tried if one.entry == entry]

    def _write(self, lines: list[Any], whole: bool = False) -> None:
        data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        if whole:
            files.write_bytes(self.path, data)
            return
        with files.open_append(self.path) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _read(self, header: dict[str, Any]) -> None:
        whole = read_bytes(self.path, MAX_BYTES)
        end = whole.rfind(b"\n") + 1
        lines = whole[:end].splitlines()
        if not lines:  # killed before the first line was whole
            self._write([header], whole=True)
            return
        try:
            found = parse_json(lines[0])
            self.begun = found.pop("time")
            self.tried = [Attempt(**one) for line in lines[1:] for one in parse_json(line)]
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise StudioError(f"{self.path} cannot be read: {error}. Delete its folder.") from None
        ours = {key: value for key, value in header.items() if key != "time"}
        if json.loads(json.dumps(ours)) != found:
            raise StudioError(
                f"{self.path.parent} was begun with {_difference(ours, found)}: finish it as it "
                "was begun, or delete it."
            )
        if end < len(whole):
            with files.open_in_place(self.path) as file:
                file.truncate(end)
        self.resumed = True


def _difference(ours: dict[str, Any], found: dict[str, Any]) -> str:
    """What differs, in a word."""
    for key, words in {
        "recipe": "another recipe",
        "networks": "another network",
        "classifier": "another classifier",
        "memorisation": "other training pictures",
        "device": "another device",
    }.items():
        if json.loads(json.dumps(ours.get(key))) != found.get(key):
            return words
    return "another version of CAN Studio"
