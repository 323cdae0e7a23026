"""Boxes as flat records, one each: what ``can-studio boxes`` prints and the CSV export holds."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from studio.datasets.selection import Picture

COLUMNS = (
    "box",
    "image",
    "file",
    "sha256",
    "width",
    "height",
    "orientation",
    "frame",
    "x0",
    "y0",
    "x1",
    "y1",
    "label",
    "state",
    "origin",
    "version",
    "score",
    "rank",
    "reason",
    "comment",
)


def box_records(
    pictures: Iterable[Picture], label_names: Mapping[int, str]
) -> Iterator[dict[str, Any]]:
    """One record a box, best first within an image; corners in pixels of the stored (raw) frame.

    `label_names` maps label ids to names. `image` and `box` are ids of the project.
    """
    for picture in pictures:
        image = picture.image
        for box in picture.boxes:
            yield {
                "box": box.id,
                "image": image.id,
                "file": image.file,
                "sha256": image.sha256,
                "width": image.width,
                "height": image.height,
                "orientation": image.orientation,
                "frame": "raw",
                "x0": box.square.x0,
                "y0": box.square.y0,
                "x1": box.square.x1,
                "y1": box.square.y1,
                "label": None if box.label_id is None else label_names[box.label_id],
                "state": box.state.value,
                "origin": box.origin,
                "version": box.version,
                "score": box.score,
                "rank": box.rank,
                "reason": box.reason,
                "comment": box.comment,
            }
