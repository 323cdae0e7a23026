"""Run an export: freeze what is selected, write it beside its place, then put it there at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from studio import files
from studio.datasets import export_names
from studio.datasets.exports import manifest
from studio.datasets.exports.writing import (
    Export,
    ExportFormat,
    ExportLeftOut,
    ExportReport,
    Options,
)
from studio.datasets.selection import (
    Query,
    count_left_out,
    freeze,
    frozen_boxes,
    has_boxes,
    make_query,
    pictures,
    select_boxes,
)
from studio.errors import StudioError, UsageError
from studio.project import KEPT, Box, Project, Snapshot, quoted


def _load_format(name: str) -> ExportFormat:
    found: ExportFormat = import_module(f"studio.datasets.exports.formats.{name}").FORMAT
    return found


FORMATS: dict[str, ExportFormat] = dict(
    sorted(
        ((name, _load_format(name)) for name in export_names()),
        key=lambda item: (item[1].order, item[0]),
    )
)
"""The formats by name, in the order in which a person is offered them."""
MAX_SIZE = 4096  # pixels of a crop's side


def export(
    project: Project,
    out: Path,
    format: str,
    size: int | None = None,
    states: str | Iterable[str] | None = KEPT,
    labels: Sequence[str] | None = None,
    snapshot: str | None = None,
    options: Options | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> ExportReport:
    """Write the boxes in `states` with `labels` (None or "all" means any) as `format` into `out`.

    `out` must be absent or an empty folder and appears only when all of it is written. `size` is
    the side of a crop in pixels, None keeps the original pixels; it matters to ``folder`` only.
    What is selected is frozen in a snapshot that the manifest names, unless the project is open
    read-only; `snapshot` exports one that was made before, instead of `states` and `labels`.
    `on_progress` gets pictures done and in all; `stop` is asked between pictures.

    Raises UsageError for a wrong request, StudioError when there is nothing to write (which then
    leaves no folder and no snapshot) or `out` is not empty or cannot be written,
    ExportStoppedError when `stop` said so. A single bad original does not raise: it is in the
    report's `skipped`.
    """
    chosen = _checked(format, size, options or Options())
    _require_free(out)
    _require_something(project, format, states, labels, snapshot)
    with _prepared(out) as temporary:
        selected = _select(project, states, labels, snapshot)
        running = _begin(project, temporary, selected, chosen, on_progress, stop)
        FORMATS[format].write(running)
        running.check_stop()
        told = manifest.build(running, format, selected.snapshot)
        manifest.write(temporary, told)
    return _report(running, out, told)


def _checked(format: str, size: int | None, options: Options) -> Options:
    if format not in FORMATS:
        raise UsageError(f"There is no export format “{format}”: choose from {', '.join(FORMATS)}.")
    if size is not None and not 1 <= size <= MAX_SIZE:
        raise UsageError(f"The side of a crop is 1 to {MAX_SIZE} pixels, not {size}.")
    return options if size is None else replace(options, size=size)


def _begin(
    project: Project,
    temporary: Path,
    selected: "_Selection",
    options: Options,
    on_progress: Callable[[int, int], None],
    stop: Callable[[], bool],
) -> Export:
    return Export(
        project=project,
        folder=temporary,
        query=selected.query,
        pictures=pictures(project, selected.boxes),
        labels=sorted(project.labels(), key=lambda label: label.position),
        options=options,
        on_progress=on_progress,
        stop=stop,
        left_out=ExportLeftOut(selected.left_out),
    )


def _report(export: Export, out: Path, told: dict[str, Any]) -> ExportReport:
    return ExportReport(
        folder=out,
        files=len(export.written),
        boxes=export.boxes,
        unlabelled=export.unlabelled,
        left_out=export.left_out,
        skipped=tuple(export.skipped),
        manifest=told,
    )


@dataclass(frozen=True, slots=True)
class _Selection:
    query: Query
    boxes: list[Box]
    snapshot: Snapshot | None
    left_out: dict[str, int]  # boxes by state; a snapshot made before is taken whole


def _select(
    project: Project,
    states: str | Iterable[str] | None,
    labels: Sequence[str] | None,
    name: str | None,
) -> _Selection:
    """What to export, as the snapshot has it: a decision made meanwhile changes nothing."""
    if name is not None:
        snapshot = project.snapshots.by_name(name)
        if snapshot is None:
            raise UsageError(f"This project has no snapshot {quoted(name)}.")
        return _Selection(
            Query.of_snapshot(snapshot), frozen_boxes(project, snapshot), snapshot, {}
        )
    query = make_query(project, states, labels)
    left_out = count_left_out(project, query)
    if project.mode == "read":
        return _Selection(query, select_boxes(project, query), None, left_out)
    name = project.snapshots.unused_name("export")
    snapshot = freeze(project, query.states, query.labels, name)
    return _Selection(query, frozen_boxes(project, snapshot), snapshot, left_out)


def _require_free(out: Path) -> None:
    try:
        taken = out.exists() and (not out.is_dir() or any(out.iterdir()))
    except OSError as error:
        raise _failed(out, error) from error
    if taken:
        raise StudioError(f"{out} is not an empty folder: choose a new one for the export.")


def _require_something(
    project: Project,
    format: str,
    states: str | Iterable[str] | None,
    labels: Sequence[str] | None,
    snapshot: str | None,
) -> None:
    """A snapshot is taken as it is; rows of a CAN list are written without boxes, too."""
    if snapshot is not None:
        return
    query = make_query(project, states, labels)
    rows = FORMATS[format].takes_rows and query.states is None and project.sources.lists()
    if rows or has_boxes(project, query):
        return
    if query.states == KEPT and query.labels is None:
        raise StudioError(
            "Nothing is accepted yet, so there is nothing to export: accept boxes in Review, or "
            "ask for other states."
        )
    raise StudioError("No box has the states and labels asked for, so there is nothing to export.")


def _failed(out: Path, error: OSError) -> StudioError:
    return StudioError(f"The export to {out} failed: {error.strerror or error}.")


@contextmanager
def _prepared(out: Path) -> Iterator[Path]:
    """A temporary sibling of `out` that takes its place at the end, or leaves no trace."""
    try:
        place = out.resolve()  # "." has no name to put a sibling beside
        place.parent.mkdir(parents=True, exist_ok=True)
        files.sweep(place.parent)  # what an export to here left that was killed
        with files.building(place) as temporary:
            temporary.mkdir()
            yield temporary
    except OSError as error:
        raise _failed(out, error) from error
