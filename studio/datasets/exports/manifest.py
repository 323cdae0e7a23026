"""manifest.json: what an export holds, from which pixels, and by whom it was decided."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from studio import __version__
from studio.datasets.exports.writing import Export
from studio.project import Snapshot
from studio.project.groups import Group, image_groups
from studio.project.metadata import described

NAME = "manifest.json"
NOTICE = "Research use, not a diagnosis."


def build(export: Export, format_name: str, snapshot: Snapshot | None) -> dict[str, Any]:
    """The manifest of a finished export. `snapshot` is None when the project was read-only."""
    images = [picture.image for picture in export.pictures]
    stacks = export.project.images.stack_keys()
    groups = image_groups(export.project)
    positive = [label.name for label in export.labels if label.positive]
    return {
        "tool": "CAN Studio",
        "version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "notice": NOTICE,
        "synthetic": any(image.synthetic for image in images),
        "format": format_name,
        "query": export.query.to_dict(),
        "snapshot": None if snapshot is None else snapshot.name,
        "event": export.project.events.last_id() if snapshot is None else snapshot.event_id,
        "labels": {name: index for index, name in enumerate(export.class_names)},
        "positive": positive[0] if positive else None,
        **export.notes,
        "boxes": export.boxes,
        "unlabelled": export.unlabelled,
        "left_out": asdict(export.left_out),
        "images": [
            {
                "sha256": image.sha256,
                "file": image.file,
                "width": image.width,
                "height": image.height,
                "orientation": image.orientation,
                "synthetic": image.synthetic,
                "stack": image.stack_id,
                "stack_key": stacks.get(image.stack_id or 0),
                **_group(groups[image.id]),
                **({"metadata": known} if (known := described(image)) else {}),
            }
            for image in images
        ],
        "files": [_without_none(asdict(written)) for written in export.written],
        "skipped": [asdict(skipped) for skipped in export.skipped],
    }


def write(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, ensure_ascii=True)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def _group(group: Group) -> dict[str, Any]:
    """What an image belongs to, where that is more than the image; see `studio.origins`."""
    if not group.names:
        return {}
    return {"group": group.name, "groups": sorted(group.names)}


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
