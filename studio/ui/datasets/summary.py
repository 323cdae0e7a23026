"""What the Datasets workspace shows about a project, read off the Qt thread in one go."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError
from studio.opening import read_json
from studio.origins import MOST_BYTES

if TYPE_CHECKING:
    from studio.project import Label, Project, Snapshot
    from studio.review import ReviewCounts

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class ExportSummary:
    """One finished export, from its manifest."""

    folder: Path
    format: str
    boxes: int
    size: int | None
    snapshot: str | None
    event: int
    created: str
    positive: str | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class DatasetSummary:
    """Labels and counts of boxes by (state, label id), snapshots with their sizes, exports.

    `counts` are of all boxes, as an export takes them; `weak` proposals by label are among the
    undecided, and hidden in a review.
    """

    labels: "list[Label]"
    counts: dict[tuple[str, int | None], int]
    review: "ReviewCounts"
    weak: dict[int | None, int]
    snapshots: "list[tuple[Snapshot, int]]"
    exports: list[ExportSummary]
    live_run: Path | None = None  # an export that is being written now

    @property
    def states(self) -> set[str]:
        """The states that any box has."""
        return {state for (state, _), count in self.counts.items() if count}


def read_summary(project: "Project") -> DatasetSummary:
    """Everything the workspace shows."""
    from sqlalchemy import func, select

    from studio.jobs.kinds import EXPORT
    from studio.project import schema
    from studio.review import count_review, weak_by_label

    frozen = schema.snapshot_box.c.snapshot_id
    with project.connect() as connection:
        counted = connection.execute(select(frozen, func.count()).group_by(frozen))
        sizes: dict[int, int] = {row[0]: row[1] for row in counted}
    runs = [run.folder for run in project.runs.list(*EXPORT.names) if run.folder.is_dir()]
    live = [run for run in runs[-5:] if _is_active(run)]
    counts = {(str(state), label): n for (state, label), n in project.boxes.count_by().items()}
    return DatasetSummary(
        labels=sorted(project.labels(), key=lambda label: label.position),
        counts=counts,
        review=count_review(project),
        weak=weak_by_label(project),
        snapshots=[(s, sizes.get(s.id, 0)) for s in reversed(project.snapshots.list())],
        exports=_exports(project, runs),
        live_run=live[-1] if live else None,
    )


def _is_active(run: Path) -> bool:
    from studio import jobs

    found = jobs.listed_status(run)
    return found is not None and found.state in jobs.ACTIVE


def _exports(project: "Project", runs: list[Path]) -> list[ExportSummary]:
    """Exports in the project's own folder, and those that its runs wrote elsewhere."""
    own = project.exports_dir
    folders = {path for path in own.iterdir() if path.is_dir()} if own.is_dir() else set()
    for run in runs:
        out = _out_of(run)
        if out is not None:
            folders.add(out)
    found = [fact for folder in folders if (fact := _read_manifest(folder)) is not None]
    return sorted(found, key=lambda fact: fact.created, reverse=True)


def _out_of(run: Path) -> Path | None:
    from studio import jobs

    try:
        out = jobs.load(run).params.get("out")
    except StudioError:
        return None  # a run folder that somebody changed: its export is not lost, only not listed
    return Path(out) if isinstance(out, str) else None


def _read_manifest(folder: Path) -> ExportSummary | None:
    """The head of an export's manifest; None for a folder that is not an export."""
    try:
        told: dict[str, Any] = read_json(folder / MANIFEST, MOST_BYTES)
        return ExportSummary(
            folder=folder,
            format=str(told["format"]),
            boxes=int(told["boxes"]),
            size=told.get("crop", {}).get("size"),
            snapshot=told.get("snapshot"),
            event=int(told.get("event") or 0),
            created=str(told["created"]),
            positive=told.get("positive"),
            labels=tuple(told.get("labels", {})),
        )
    except (StudioError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None
