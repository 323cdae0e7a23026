"""The real side of a study out of a project: kept crops, one of each photograph."""

import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from studio.datasets.selection import Picture, Query, pictures, select_boxes
from studio.errors import StudioError
from studio.imaging import ImageError, crop_for_export
from studio.project import Box, Project
from studio.project.groups import Group, image_groups

SPARE = 10
"""Crops beyond those wanted of each label, for those that turn out to be copies."""


def write_crops(
    project: Project,
    out: Path,
    *,
    wanted: int,
    smallest: int,
    seed: int,
    on_progress: Callable[[int, int], None],
) -> list[str]:
    """Write crops into `out`/label and return sentences about what they are.

    Of near-duplicates (a stack) and of several boxes on one photograph a random one is taken, so
    that no reader meets a lesion twice. At most `wanted` and a few crops a label are cut, of boxes
    with a side of at least `smallest` pixels. Raises StudioError when there is none.
    """
    found = pictures(project, select_boxes(project, Query()))
    if not found:
        raise StudioError(
            f"{project.path.name} has no accepted or adjusted boxes: review some first."
        )
    names = {label.id: label.name for label in project.labels()}
    notes: list[str] = []
    groups = image_groups(project)
    chosen = _one_each(found, groups, names, wanted + SPARE, smallest, seed, notes)
    if not chosen:
        raise StudioError(
            f"{project.path.name} has no labelled kept box with a side of {smallest} pixels: "
            "choose a smaller side."
        )
    for done, (picture, box) in enumerate(chosen, start=1):
        folder = out / names[box.label_id or 0]
        folder.mkdir(parents=True, exist_ok=True)
        try:
            pixels = crop_for_export(picture.path, box.square)
        except ImageError as error:
            notes.append(f"Left out: {error}")
            continue
        Image.fromarray(pixels).save(folder / f"{picture.image.sha256[:12]}_{box.id}.png")
        on_progress(done, len(chosen))
    if drawn := sum(picture.image.synthetic for picture, _ in chosen):
        notes.append(
            f"{'All' if drawn == len(chosen) else 'Some'} of these real pictures come from "
            "photographs that are synthetic themselves: this study is a rehearsal."
        )
    return notes


def _one_each(
    found: list[Picture],
    groups: dict[int, Group],
    names: dict[int, str],
    most: int,
    smallest: int,
    seed: int,
    notes: list[str],
) -> list[tuple[Picture, Box]]:
    """A random box of each group (patient, lesion, stack or photograph), at most `most` a label."""
    order = random.Random(f"{seed} crops")
    boxes = [(picture, box) for picture in found for box in picture.boxes]
    order.shuffle(boxes)
    seen: set[str] = set()
    counts: dict[int, int] = {}
    chosen, small = [], 0
    for picture, box in boxes:
        group = groups[picture.image.id].name
        if box.label_id not in names or group in seen:
            continue
        if box.square.side < smallest:
            small += 1
            continue
        if counts.get(box.label_id, 0) < most:
            counts[box.label_id] = counts.get(box.label_id, 0) + 1
            seen.add(group)
            chosen.append((picture, box))
    if small:
        notes.append(f"Left out: {small} kept boxes are smaller than {smallest} pixels.")
    return chosen
