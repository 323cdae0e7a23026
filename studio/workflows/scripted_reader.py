"""A reader that knows the truth of the sample project and decides its boxes by it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from studio.imaging import Square
from studio.project import Box, BoxState, ImageRow, Project
from studio.propose.evaluate import rank_of, recall
from studio.review import RejectReason, Reviewer
from studio.sample import SampleManifest, SamplePhoto

OnProgress = Callable[[int, int, str], None]
READER = "sample-reader"
GOOD_OVERLAP, LEAST_OVERLAP = 0.5, 0.2
"""Overlap (IoU) from which a proposal is accepted as it is, and from which it is adjusted."""


@dataclass
class ScriptedReading:
    """How many boxes were decided which way."""

    accepted: int = 0
    relabelled: int = 0
    adjusted: int = 0
    drawn: int = 0
    rejected: int = 0


def read_sample(
    project: Project, truth: SampleManifest, on_progress: OnProgress
) -> ScriptedReading:
    """Decide every undecided box of the sample: one box for each true lesion, the rest rejected.

    The best proposal of a lesion is accepted, or adjusted to the truth when it is only near; a
    lesion without any is drawn. ScriptedReading again decides nothing twice.
    """
    reviewer = Reviewer(project, READER)
    labels = {label.name: label.id for label in project.labels()}
    reading = ScriptedReading()
    photos = _by_image(project, truth)
    for done, (image, photo) in enumerate(photos, start=1):
        boxes = project.boxes.of_image(image.id)
        if not any(box.state is not BoxState.UNDECIDED for box in boxes):
            with reviewer.together():
                _read(reviewer, image, photo, boxes, labels, reading)
        on_progress(done, len(photos), "Deciding boxes by the truth")
    return reading


def _by_image(project: Project, truth: SampleManifest) -> list[tuple[ImageRow, SamplePhoto]]:
    photos = {photo.file: photo for photo in truth.images}
    images = project.images.by_ids(project.images.ids())
    return [(image, photos[image.file]) for image in images if image.file in photos]


def _read(
    reviewer: Reviewer,
    image: ImageRow,
    photo: SamplePhoto,
    boxes: list[Box],
    labels: dict[str, int],
    reading: ScriptedReading,
) -> None:
    left = list(boxes)
    for lesion in photo.boxes:
        label_id = labels[lesion.label]
        best = max(left, key=lambda box: box.square.iou(lesion.square), default=None)
        overlap = best.square.iou(lesion.square) if best else 0.0
        if best is None or overlap < LEAST_OVERLAP:
            reviewer.create(image.id, lesion.square, label_id)
            reading.drawn += 1
            continue
        left.remove(best)
        if overlap < GOOD_OVERLAP:
            reviewer.adjust(best.id, lesion.square, label_id)
            reading.adjusted += 1
        elif best.label_id == label_id:
            reviewer.accept(best.id)
            reading.accepted += 1
        else:
            reviewer.relabel(best.id, label_id)
            reading.relabelled += 1
    for box in left:
        reviewer.reject(box.id, RejectReason.OFF_TOPIC)
        reading.rejected += 1


def measure_recall(project: Project, truth: SampleManifest) -> dict[str, dict[str, float]]:
    """Share of true lesions that a proposal meets with IoU of at least 0.5, by skin type.

    Keys are "all" and "Fitzpatrick 1" to "6"; each maps "lesions", "within 3" and "within 10".
    """
    ranks: dict[str, list[int | None]] = defaultdict(list)
    for image, photo in _by_image(project, truth):
        proposals: list[Square] = [
            box.square for box in project.boxes.of_image(image.id) if box.version is not None
        ]
        for lesion in photo.boxes:
            rank = rank_of([lesion.square], proposals, GOOD_OVERLAP)
            ranks["all"].append(rank)
            ranks[f"Fitzpatrick {photo.fitzpatrick}"].append(rank)
    return {
        name: {
            "lesions": len(found),
            "within 3": round(recall(found, 3), 3),
            "within 10": round(recall(found, 10), 3),
        }
        for name, found in sorted(ranks.items())
    }
