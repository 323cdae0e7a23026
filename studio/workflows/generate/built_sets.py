"""The sets that were built in a project, read from their runs and manifests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import jobs
from studio.errors import StudioError
from studio.generate.builder.attempt_log import JOURNAL
from studio.generate.builder.filters import REASONS
from studio.generate.builder.tally import SetCounts
from studio.jobs.event_models import CountsEvent, FinishedEvent
from studio.jobs.kinds import BUILD_SET
from studio.opening import parse_json, read_bytes, read_json

if TYPE_CHECKING:
    from studio.project import Project

MANIFEST = "manifest.json"
_LARGEST = 512 * 1024 * 1024  # bytes of a manifest


def counts_of(told: dict[str, Any]) -> dict[str, SetCounts]:
    """The counts of each label from the JSON of an event or a manifest."""
    return {
        str(label): SetCounts(
            int(one["asked"]),
            int(one["tried"]),
            int(one["kept"]),
            {str(reason): int(n) for reason, n in one["rejected"].items() if reason in REASONS},
        )
        for label, one in told.items()
    }


@dataclass(frozen=True)
class SetPicture:
    """A kept picture, as a sheet of tiles shows it."""

    file: str
    label: str
    seed: int
    score: float | None
    square: None = None


@dataclass(frozen=True)
class BuiltSet:
    """One run that builds a set, and what is known of it."""

    run_dir: Path
    out: Path
    state: str
    started: str
    counts: dict[str, SetCounts] = field(default_factory=dict)
    error: str = ""

    @property
    def resumable(self) -> bool:
        """Whether the same can succeed: what failed before it began would fail again."""
        begun = (self.out.with_name(f"{self.out.name}.part") / JOURNAL).is_file()
        again = self.state in ("stopped", "crashed") or (self.state == "failed" and begun)
        return again and not self.whole

    @property
    def name(self) -> str:
        return self.out.name

    @property
    def kept(self) -> int:
        return sum(one.kept for one in self.counts.values())

    @property
    def rejected(self) -> int:
        return sum(one.tried - one.kept for one in self.counts.values())

    @property
    def trainable(self) -> bool:
        """Whether two classes have pictures."""
        return self.whole and sum(one.kept > 0 for one in self.counts.values()) > 1

    @property
    def shortfalls(self) -> list[str]:
        """A sentence for each label of a whole set that has fewer pictures than were asked for."""
        told = [one.shortfall(label) for label, one in self.counts.items()] if self.whole else []
        return [sentence for sentence in told if sentence is not None]

    @property
    def whole(self) -> bool:
        """Whether the folder is there, with its manifest."""
        return (self.out / MANIFEST).is_file()


@dataclass(frozen=True)
class SetDetail:
    """What the manifest of a set says."""

    pictures: Sequence[SetPicture]
    notes: Sequence[str]


def read_sets(project: "Project") -> list[BuiltSet]:
    """The sets of a project, newest first; what cannot be read is left out."""
    found = []
    for run in reversed(project.runs.list(*BUILD_SET.names)):
        one = read_set(run.folder)
        if one is not None:
            found.append(one)
    return found


def read_set(run_dir: Path) -> BuiltSet | None:
    """One run; None when its folder is no such run. One that cannot be read is named with the
    reason."""
    listed = jobs.listed_status(run_dir)
    if listed is not None and listed.state == "unreadable":
        return BuiltSet(run_dir, run_dir, listed.state, "", error=listed.error or "")
    try:
        spec, status = jobs.load(run_dir), jobs.status(run_dir)
        out = spec.parsed_params.out
        counts = counts_of(_counts(run_dir))
    except (StudioError, KeyError, TypeError, ValueError, AttributeError):
        return None
    begun, error = status.started or spec.created, status.error or ""
    return BuiltSet(run_dir, out, str(status.state), begun, counts, error)


def _counts(run_dir: Path) -> dict[str, Any]:
    """The last counts that the job said."""
    lines, _ = jobs.read_events(run_dir)
    for event in reversed(jobs.parse_events(lines, CountsEvent, FinishedEvent)):
        if isinstance(event, CountsEvent):
            return event.counts
        if isinstance(event, FinishedEvent) and isinstance(event.result, dict):
            return dict(event.result["counts"])
    return {}


def read_detail(built: BuiltSet) -> SetDetail:
    """The pictures of a set, so far if it still grows; StudioError when it cannot be read."""
    return _whole(built) if built.whole else _growing(built)


def _growing(built: BuiltSet) -> SetDetail:
    """What the journal of a set in the making has."""
    folder = built.out.with_name(f"{built.out.name}.part")
    try:
        lines = read_bytes(folder / JOURNAL, _LARGEST).splitlines(keepends=True)[1:]
        tried = [one for line in lines if line.endswith(b"\n") for one in parse_json(line)]
        labels = [str(entry["label"]) for entry in _entries(built.run_dir)]
        rows = [{**one, "label": labels[one["entry"]]} for one in tried if one["path"]]
        return SetDetail([_picture(folder, one) for one in rows], ())
    except (OSError, StudioError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        return SetDetail((), ())  # not begun, or just become whole: the next look sees more


def _entries(run_dir: Path) -> list[dict[str, Any]]:
    return list(jobs.load(run_dir).parsed_params.recipe["entries"])


def _whole(built: BuiltSet) -> SetDetail:
    path = built.out / MANIFEST
    try:
        manifest = read_json(path, _LARGEST)
        pictures = [_picture(built.out, one) for one in manifest["files"] if one["kept"]]
        return SetDetail(pictures, [str(note) for note in manifest["notes"]])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudioError(f"{path} is not the manifest of a set: {error}.") from None


def _picture(folder: Path, one: dict[str, Any]) -> SetPicture:
    path, label = str(one["path"]), str(one["label"])
    parts = Path(path).parts
    if len(parts) != 2 or ".." in parts or Path(path).is_absolute():
        raise ValueError(f"{path[:80]} is not a file of it")
    score = (one.get("scores") or {}).get(label)
    return SetPicture(str(folder / path), label, int(one["seed"]), score)
