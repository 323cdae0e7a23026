"""What a network can be trained on: a folder, a zip, a project, or a snapshot of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import StudioError, UsageError
from studio.project import Project, Snapshot, is_project
from studio.project.groups import image_groups
from studio.workflows.training_data import SnapshotSource

if TYPE_CHECKING:
    from studio.generate.data.listing import ImageListing
    from studio.generate.data.official_zip import ZipReport
    from studio.generate.data.target_format import TargetFormat
    from studio.generate.data.training_images import TrainingImages

OnProgress = Callable[[int, int], None]
Stop = Callable[[], bool]


def training_source(
    source: str | Path,
    resolution: int,
    cache: Path | None = None,
    *,
    classes: bool = True,
    transform: str | None = None,
    channels: int = 3,
    on_progress: OnProgress = lambda done, total: None,
    stop: Stop = lambda: False,
) -> TrainingImages:
    """The pictures of a folder, zip, `PROJECT` or `PROJECT:snapshot`, at `resolution`.

    `cache` keeps them decoded. A project without a snapshot is frozen first: a run that is to be
    resumed names what `settled` gives. Raises as `studio.generate.data.read.read_pictures` does,
    and StudioError where there is no such snapshot.
    """
    from studio.generate.data.read import read_listing

    form = _form(resolution, transform, channels)
    return read_listing(source_listing(source, classes), form, cache, on_progress, stop)


def write_dataset(
    source: str | Path,
    dest: Path,
    resolution: int,
    *,
    classes: bool = True,
    transform: str | None = None,
    max_images: int | None = None,
    on_progress: OnProgress = lambda done, total: None,
    stop: Stop = lambda: False,
) -> ZipReport:
    """Write what `training_source` would read as an official zip. Raises as `write_zip` does."""
    from studio.generate.data.official_zip import require_free, write_zip

    form = _form(resolution, transform)
    if dest.suffix.lower() != ".zip":
        raise UsageError(f"A data set is a zip: call it {dest.stem}.zip and not {dest.name}.")
    require_free(dest)  # before a project is frozen for it
    listing = source_listing(source, classes)
    return write_zip(listing, dest, form, max_images=max_images, on_progress=on_progress, stop=stop)


def settled(source: str | Path) -> str:
    """`source` with its whole path, and of a project the snapshot that is trained on.

    A project's accepted and adjusted boxes are frozen, unless its newest snapshot is of the same
    boxes at the same event. Raises StudioError when there is nothing there.
    """
    where = _where(source)
    if isinstance(where, SnapshotSource):
        return f"{where.project.absolute()}:{where.name}"
    return str(where.absolute())


def source_listing(source: str | Path, classes: bool = True) -> ImageListing:
    """What lies at a source, before anything is decoded. Raises as `training_source` does."""
    from studio.generate.data.read import list_source

    where = _where(source)
    if isinstance(where, SnapshotSource):
        return _list_snapshot(where, classes)
    return list_source(where, classes)


def _form(resolution: int, transform: str | None, channels: int = 3) -> TargetFormat:
    from studio.generate.data.target_format import TargetFormat, Transform

    try:
        chosen = Transform(transform) if transform else None
    except ValueError:
        known = ", ".join(Transform)
        raise UsageError(f"There is no transform {transform!r}: choose from {known}.") from None
    return TargetFormat(resolution, chosen, channels)


def _where(source: str | Path) -> Path | SnapshotSource:
    path = Path(source)
    if is_project(path):
        return SnapshotSource(path, _freeze(path))
    if path.exists():
        return path
    text = str(source)
    for place, character in enumerate(text):
        if character == ":" and is_project(Path(text[:place])):
            return SnapshotSource(Path(text[:place]), text[place + 1 :])
    raise UsageError(f"There is no folder, zip or project {text}.")


def frozen_name(project: Project, labels: Sequence[str] | None = None) -> str:
    """The name of a snapshot of the accepted and adjusted boxes with `labels` (None: any), taken
    now unless the newest of the same boxes is of the same event. Raises as `freeze` does."""
    from studio.datasets.selection import freeze, make_query

    wanted, event = make_query(project, labels=labels).to_dict(), project.events.last_id()
    for made in reversed(project.snapshots.list()):
        if made.event_id == event and made.query == wanted:
            return made.name
    return freeze(project, labels=labels).name


def _freeze(path: Path) -> str:
    """The name of a snapshot of what is accepted or adjusted now."""
    from studio.datasets.selection import has_boxes, make_query

    with Project.open(path, "append") as project:
        if not has_boxes(project, make_query(project)):
            raise StudioError(f"{path.name} has no accepted or adjusted box to train on yet.")
        return frozen_name(project)


def _list_snapshot(source: SnapshotSource, classes: bool) -> ImageListing:
    from studio.generate.data.listing import ImageListing

    with Project.open(source.project, "read") as project:
        snapshot = project.snapshots.by_name(source.name)
        if snapshot is None:
            known = ", ".join(repr(one.name) for one in project.snapshots.list()) or "none"
            raise StudioError(
                f"{source.project.name} has no snapshot {source.name!r}; it has {known}."
            )
        listing = ImageListing(f"{source.project.absolute().name}/{source.name}")
        _list_boxes(project, snapshot, listing, classes)
    if classes:
        listing.classes = tuple(sorted({entry.label for entry in listing.entries if entry.label}))
    return listing


def _list_boxes(project: Project, snapshot: Snapshot, listing: ImageListing, classes: bool) -> None:
    from studio.generate.data.listing import ListingEntry

    frozen = project.snapshots.boxes(snapshot)
    groups = image_groups(project)
    images = {sha: project.images.by_sha256(sha) for sha in {box.image_sha256 for box in frozen}}
    for box in frozen:
        image = images[box.image_sha256]
        if image is None:
            listing.leave_out(f"box {box.box_id}", f"The image of box {box.box_id} is gone.")
            continue
        name = f"box {box.box_id} of {image.file}"
        if classes and box.label is None:
            listing.leave_out(name, f"Box {box.box_id} of {image.file} has no label.")
            continue
        square = (box.square.cx, box.square.cy, box.square.side)
        stamp = (int(image.sha256, 16),)
        label = box.label if classes else None
        path = project.images.path(image)
        group = groups[image.id].name
        listing.entries.append(ListingEntry(name, path, stamp, label, square=square, group=group))
