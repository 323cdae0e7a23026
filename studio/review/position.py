"""Where each reviewer stopped, so that the window reopens at the exact item."""

from dataclasses import dataclass

from studio.errors import StudioError
from studio.project import Project
from studio.review.queue import Filter


@dataclass(frozen=True, slots=True)
class ReviewPosition:
    """A place in a queue; the box may be None on an image without any."""

    filter: Filter
    image_id: int | None
    box_id: int | None


def save_position(
    project: Project,
    reviewer: str,
    chosen: Filter,
    image_id: int | None,
    box_id: int | None = None,
) -> None:
    """Remember where a reviewer is. In a project open for reading nothing is kept."""
    if project.mode != "edit":
        return
    place = {"filter": chosen.to_dict(), "image_id": image_id, "box_id": box_id}
    project.set_setting(_key(reviewer), place)


def load_position(project: Project, reviewer: str) -> ReviewPosition | None:
    """Where a reviewer stopped, None when that is not known or cannot be read any more."""
    place = project.get_setting(_key(reviewer))
    if place is None:
        return None
    try:
        return ReviewPosition(Filter.from_dict(place["filter"]), place["image_id"], place["box_id"])
    except (StudioError, KeyError, TypeError):
        return None  # of another version; the reviewer starts at the beginning, losing nothing


def _key(reviewer: str) -> str:
    return f"review.position/{reviewer.strip()}"
