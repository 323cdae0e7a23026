"""Folders of binary masks: an image of two values for each photograph, a box for each of its parts.

A mask lies in a folder called masks (annotations, segmentations, …), or its name ends in what says
so (``_mask``, ``_segmentation``, …); the photograph is the one of the same stem. Which of the two
values is the lesion: the brighter one.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from studio.datasets.formats.data_folder import PICTURE_SUFFIXES, DataFolder, OnFile, fold, not_told
from studio.datasets.formats.records import (
    BoxList,
    ListedBox,
    ListedImage,
    Problems,
    RowProblem,
    RowReason,
    shown,
)
from studio.folders import Walked
from studio.imaging import ImageError, Verifier, decode

MASK_FOLDERS = frozenset(
    {"mask", "masks", "annotation", "annotations", "segmentation", "segmentations", "seg", "gt"}
    | {"groundtruth", "ground_truth", "ground truth", "lesion_masks", "labels"}
)
_NAMED = re.compile(
    r"(.+?)[ _.-](mask|masks|segmentation|seg|lesion|gt|groundtruth)([ _-]?\d+)?", re.I
)
_SPECK = 2e-5  # of the image's pixels: what compression leaves
_SPECK_LEAST = 4  # pixels
_FAR = 40  # grey values between the ends, which only compression makes
_BETWEEN = 0.02  # of the pixels, at most
_SAMPLE = 5


class MaskPair(NamedTuple):
    """A mask, and the path of its photograph in the folder."""

    mask: Walked
    picture: str


def read(path: Path, images: Path | None = None, on_file: OnFile = not_told) -> BoxList:
    """Read a folder. Masks that cannot be used are named in `problems`. Every mask is decoded in a
    child process first, as every image is."""
    folder = DataFolder(path, images)
    problems = Problems(path.name)
    pairs, lonely = _pairs_of(folder)
    for one in lonely:
        place = "/".join(one.parts)
        what = f"The mask {shown(place)} belongs to no photograph of its name, or to several."
        problems.append(RowProblem(0, RowReason.NO_IMAGE, what, place))
    boxes: dict[str, list[ListedBox]] = defaultdict(list)
    sizes: dict[str, tuple[int, int]] = {}
    by_path = {one.mask.path: one for one in pairs}
    specks = 0
    with Verifier() as verifier:
        for count, (file, outcome) in enumerate(verifier.check_many(by_path)):
            pair = by_path[file]
            on_file(count, len(pairs), file.name)
            place = "/".join(pair.mask.parts)
            first = len(boxes[pair.picture])
            found = outcome if isinstance(outcome, ImageError) else _parts(pair, first)
            if isinstance(found, ImageError):
                problems.append(RowProblem(0, RowReason.BAD_BOX, str(found), place))
                continue
            if found is None:
                what = f"{shown(place)} is not a mask: it has more than two values."
                problems.append(RowProblem(0, RowReason.BAD_BOX, what, place))
                continue
            size, parts, small = found
            specks += small
            if sizes.setdefault(pair.picture, size) != size:
                what = f"{shown(place)} has another size than another mask of its photograph."
                problems.append(RowProblem(0, RowReason.BAD_BOX, what, place))
                continue
            boxes[pair.picture] += parts
    listed = [
        ListedImage(
            0, picture, tuple(boxes[picture]), None, "pixels", *size, None, {}, picture
        )
        for picture, size in sizes.items()
    ]  # fmt: skip
    aside = frozenset("/".join(one.parts) for one in [*lonely, *(pair.mask for pair in pairs)])
    notes: tuple[str, ...] = ()
    if specks:
        notes = (f"{specks:,} specks of masks, of a few pixels each, were passed over.",)
    return BoxList(tuple(listed), tuple(problems), (), notes, aside)


def find_pairs(
    files: Sequence[Walked], elsewhere: Sequence[Walked] | None = None
) -> tuple[list[MaskPair], list[Walked]]:
    """The masks among the files of a folder with their photographs, and the masks that have none;
    `elsewhere` has the photographs where they lie in a folder of their own."""
    images = [one for one in files if _is_image(one)]
    outer = shared_folders(images) if elsewhere is None else 0
    masks = [one for one in images if _base(one, outer) is not None]
    taken = {one.path for one in masks}
    place = images if elsewhere is None else elsewhere
    pictures = [one for one in place if one.path not in taken]
    by_stem: dict[str, list[Walked]] = defaultdict(list)
    for one in pictures:
        by_stem[fold(one.path.stem)].append(one)
    pairs, lonely = [], []
    for mask in masks:
        stem = fold(_base(mask, outer) or "")
        found = by_stem.get(stem, []) or by_stem.get(fold(mask.path.stem), [])
        below = [one for one in found if _folders(one) == _folders(mask)]
        found = below if len(below) == 1 else found
        if len(found) == 1:
            pairs.append(MaskPair(mask, "/".join(found[0].parts)))
        else:
            lonely.append(mask)
    return pairs, lonely


def _pairs_of(folder: DataFolder) -> tuple[list[MaskPair], list[Walked]]:
    return find_pairs(folder.files, folder.pictures if folder.elsewhere else None)


def look_like_masks(folder: DataFolder) -> bool:
    """Whether most of what is named as masks has a photograph, and some are of two values."""
    pairs, lonely = _pairs_of(folder)
    if not pairs or len(pairs) < len(lonely):
        return False
    with Verifier(workers=1) as verifier:
        sample = verifier.check_many(pair.mask.path for pair in pairs[:_SAMPLE])
        good = [file for file, outcome in sample if not isinstance(outcome, ImageError)]
    return any(_binary(file) is not None for file in good)


def _is_image(one: Walked) -> bool:
    return one.path.suffix.lower() in PICTURE_SUFFIXES


def shared_folders(files: Sequence[Walked]) -> int:
    """How many folders all files lie in together, as those of a zip do: their names, such as masks
    or annotations, are that of the data set and tell no mask from a photograph."""
    if not files:
        return 0
    first, *rest = (one.parts[:-1] for one in files)
    same = [all(parts[: n + 1] == first[: n + 1] for parts in rest) for n in range(len(first))]
    return sum(same)


def _base(one: Walked, outer: int) -> str | None:
    """The stem of the photograph that a mask is of; None for what is not named as a mask. The
    first `outer` folders of its path say nothing."""
    named = _NAMED.fullmatch(one.path.stem)
    if named is not None:
        return named[1]
    inside = {part.casefold() for part in one.parts[outer:-1]} & MASK_FOLDERS
    return one.path.stem if inside else None


def _folders(one: Walked) -> list[str]:
    """The folders of a file without those that say whether it is a mask or a photograph."""
    apart = MASK_FOLDERS | {"images", "image", "img", "photos", "jpegimages"}
    return [part.casefold() for part in one.parts[:-1] if part.casefold() not in apart]


def _binary(file: Path) -> npt.NDArray[np.uint8] | None:
    """A mask [H, W] of 0 and 1, in the frame as stored; None for an image of more values."""
    grey = decode(file, frame="raw").max(axis=2)
    values, counts = np.unique(grey, return_counts=True)
    low, high = int(values[0]), int(values[-1])
    if len(values) > 2:
        between = counts[(values > low + _FAR) & (values < high - _FAR)].sum()
        if high - low <= 4 * _FAR or between > _BETWEEN * grey.size:
            return None
    if len(values) == 1:
        return np.full(grey.shape, 1 if low else 0, np.uint8)
    mask: np.ndarray[tuple[int, int], np.dtype[np.uint8]] = (grey > (low + high) / 2).astype(
        np.uint8
    )
    return mask


def _parts(
    pair: MaskPair, first: int
) -> tuple[tuple[int, int], list[ListedBox], int] | ImageError | None:
    """(width, height) of a mask, a box for each of its parts, and how many specks were left out."""
    try:
        mask = _binary(pair.mask.path)
    except ImageError as error:
        return error
    if mask is None:
        return None
    height, width = mask.shape
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    least = max(_SPECK_LEAST, _SPECK * height * width)
    place = "/".join(pair.mask.parts)
    boxes: list[ListedBox] = []
    for x, y, across, down, pixels in stats[1:count].tolist():
        if pixels < least:
            continue
        corners = (float(x), float(y), float(x + across), float(y + down))
        as_read = {"mask": place, "corners": list(corners), "pixels": int(pixels)}
        number = first + len(boxes)
        boxes.append(ListedBox(number, *corners, None, None, as_read, "mask"))
    return (width, height), boxes, count - 1 - len(boxes)
