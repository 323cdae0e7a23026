"""In which frame and unit the boxes of a list are: decided once for a list, never box by box.

Formats such as COCO do not say whether their numbers are pixels of the stored picture or of the one
that a viewer shows, turned by its EXIF orientation; some tools write fractions or percent. One box
alone seldom tells, and a guess for each would put boxes of one list in different places. So all
images of a list are asked together: those whose stated size tells decide for those whose size
cannot, and where none tells, or they disagree, the doubt is named and nothing is placed.
"""

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, NamedTuple

from studio.datasets.formats.can import CanRow
from studio.datasets.formats.records import (
    Frame,
    ListedBox,
    ListedImage,
    RowReason,
    Unit,
    shown,
)
from studio.errors import StudioError
from studio.imaging import Square, displayed_size, fit_square, to_raw

FrameWish = Literal["auto", "raw", "exif"]
UnitWish = Literal["auto", "pixels", "fractions", "percent"]
FRAMES: tuple[FrameWish, ...] = ("auto", "raw", "exif")
UNITS: tuple[UnitWish, ...] = ("auto", "pixels", "fractions", "percent")

_FRACTION_MOST = 1.5  # no box of pixels is so small; one of fractions may reach over the edge
_PERCENT_MOST = 100.5  # a tool's rounding of 100 %
_PERCENT_LEAST = -0.5
# How probable boxes of pixels would lie in the top left 100 x 100 pixels of all their images.
_CHANCE_SURE = 1e-3
_CHANCE_DOUBT = 0.1
_ROUNDED, _ROUNDED_SHARE = 1.0, 0.01  # pixels, and of a side: sides that were rounded apart
_INSIDE = 0.5  # of a box's area; less is not rounding: the box is of another version of the picture


class StoredSize(NamedTuple):
    """A picture as it is stored: raw width and height in pixels, EXIF orientation 1..8."""

    width: int
    height: int
    orientation: int


class SizedImage(NamedTuple):
    """An image of a list, and its picture."""

    image: ListedImage
    size: StoredSize


class BoxError(StudioError):
    """A box that cannot be placed; `reason` counts it and the text is the sentence for its user."""

    def __init__(self, reason: RowReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ListGeometry:
    """The frame and unit of a list's boxes; None where nothing tells and it matters.

    `by_size` where images of the list tell different frames: then only those that tell count.
    `said_frame` and `said_unit` are the user's word, which overrules list and format.
    """

    frame: Frame | None
    unit: Unit | None
    by_size: bool = False
    said_frame: Frame | None = None
    said_unit: Unit | None = None

    def notes(self, name: str, images: Sequence[SizedImage]) -> list[str]:
        """What a reader of the report should know of how the boxes of these images were placed."""
        told = []
        turned = [image for image, size in images if size.orientation != 1 and image.boxes]
        if any(self._frame(image) == "exif" for image in turned):
            told.append(f"The boxes of {name} are read in the upright frame (turned by EXIF).")
        open_unit = any(image.unit is None for image, _ in images)
        if open_unit and self.unit in ("fractions", "percent"):
            told.append(
                f"The boxes of {name} are read as {self.unit} of the picture's width and height."
            )
        return told

    def summary(self, images: Sequence[ListedImage]) -> tuple[Frame | None, Unit | None]:
        """Frame and unit in which the boxes of these images are read, None where left open."""
        frames = {self._frame(image) for image in images}
        units = {self.said_unit or image.unit or self.unit for image in images}
        return (
            frames.pop() if len(frames) == 1 else None,
            units.pop() if len(units) == 1 else None,
        )

    def _frame(self, image: ListedImage) -> Frame | None:
        return self.said_frame or image.frame or self.frame or image.tool_frame

    def square(self, image: ListedImage, box: ListedBox, size: StoredSize) -> Square | None:
        """`box` as a square in the raw frame that lies inside the picture.

        None for a box without area, which still has to be drawn. Raises BoxError for a box that
        cannot be placed, or lies outside.
        """
        if box.zero_area:
            return None
        frame = self._frame_of(image, size)
        width, height, orientation = size
        if frame == "exif":
            width, height = displayed_size(width, height, orientation)
        square = _square_inside(image, self._pixels(image, box, width, height), width, height)
        if frame == "exif":
            square = to_raw(square, *size)
        return fit_square(square, size.width, size.height)

    def is_oblong(self, image: ListedImage, box: ListedBox, size: StoredSize) -> bool:
        """Whether the sides of a box that can be placed differ by more than a rounding."""
        if box.zero_area:
            return False
        width, height = size.width, size.height
        if self._frame_of(image, size) == "exif":
            width, height = displayed_size(*size)
        x0, y0, x1, y1 = self._pixels(image, box, width, height)
        return abs((x1 - x0) - (y1 - y0)) > max(_ROUNDED, _ROUNDED_SHARE * (x1 - x0))

    def _frame_of(self, image: ListedImage, size: StoredSize) -> Frame:
        told = frame_told(image, size)
        if size.orientation == 1:
            return "raw"
        frame = self.said_frame or image.frame or (told if self.by_size else self.frame)
        frame = frame or (None if self.by_size else image.tool_frame)
        if frame is not None:
            return frame
        raise BoxError(
            RowReason.FRAME,
            f"{shown(image.file)} is stored turned (EXIF orientation {size.orientation}) and the "
            "list does not tell whether its boxes are drawn on the picture as stored or as shown: "
            "import it again with the frame raw or exif.",
        )

    def _pixels(
        self, image: ListedImage, box: ListedBox, width: int, height: int
    ) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = box.corners
        unit = self.said_unit or image.unit or self.unit
        if unit is None:
            raise BoxError(
                RowReason.UNIT,
                f"A box of {shown(image.file)} may be in percent or in pixels, and the list does "
                "not tell which: import it again with the unit pixels or percent.",
            )
        if unit == "pixels":
            if max(x1 - x0, y1 - y0) < 1:
                raise BoxError(
                    RowReason.UNIT,
                    f"A box of {shown(image.file)} is smaller than a pixel ({x1 - x0:g} × "
                    f"{y1 - y0:g}), and the list's other boxes are in pixels: correct its numbers.",
                )
            return x0, y0, x1, y1
        part = 1.0 if unit == "fractions" else 100.0
        return x0 * width / part, y0 * height / part, x1 * width / part, y1 * height / part


def can_square(row: CanRow, size: StoredSize, upright: bool = False) -> Square | None:
    """The box of a CAN row as a square in the raw frame, inside the picture; None without area.

    A CAN list is in fractions of the raw frame, so that nothing has to be decided for it, unless
    the user says that its pictures were `upright` when its boxes were drawn.
    """
    width, height, _ = size
    if not upright:
        return row.square(width, height)
    shown = row.square(*displayed_size(*size))
    return None if shown is None else fit_square(to_raw(shown, *size), width, height)


def _square_inside(
    image: ListedImage, corners: tuple[float, float, float, float], width: int, height: int
) -> Square:
    """The square of the long side about the centre: nothing of a lesion is cut away."""
    x0, y0, x1, y1 = corners
    across = min(x1, width) - max(x0, 0)
    down = min(y1, height) - max(y0, 0)
    if across <= 0 or down <= 0:
        where = "lies outside the picture"
    elif across * down < _INSIDE * (x1 - x0) * (y1 - y0):
        where = "lies mostly outside the picture"
    else:
        return Square.from_corners(x0, y0, x1, y1)
    raise BoxError(
        RowReason.OUTSIDE,
        f"A box of {shown(image.file)}, from ({x0:,.0f}, {y0:,.0f}) to ({x1:,.0f}, {y1:,.0f}), "
        f"{where} of {width:,} × {height:,} pixels: it was drawn on another version of it.",
    )


def frame_told(image: ListedImage, size: StoredSize) -> Frame | None:
    """The frame that the stated size of an image tells, None where it cannot tell.

    A stated size equal to the turned size and not to the raw one means that the tool that wrote the
    list had turned the picture. Raises BoxError when the size fits neither.
    """
    stated = (image.width, image.height)
    if image.width is None or image.height is None:
        return None
    raw = (size.width, size.height)
    upright = displayed_size(*size)
    if stated == raw:
        return None if raw == upright else "raw"
    if stated == upright:
        return "exif"
    raise BoxError(
        RowReason.BAD_BOX,
        f"{shown(image.file)} is {size.width} × {size.height} pixels but the list says "
        f"{image.width} × {image.height}: its boxes were drawn on another version of the picture.",
    )


def decide_geometry(
    images: Iterable[SizedImage], frame: FrameWish = "auto", unit: UnitWish = "auto"
) -> ListGeometry:
    """The frame and unit of a list, from those of its images whose pictures are there.

    `frame` and `unit` other than "auto" are the user's word and overrule what the list tells.
    """
    sized = list(images)
    said_frame = None if frame == "auto" else frame
    said_unit = None if unit == "auto" else unit
    told: set[Frame] = set()
    for image, size in sized:
        with suppress(BoxError):  # a picture of another size tells nothing; its boxes will fail
            if one := frame_told(image, size):
                told.add(one)
    decided = said_frame or (next(iter(told)) if len(told) == 1 else None)
    return ListGeometry(
        decided, said_unit or _decide_unit(sized), len(told) > 1, said_frame, said_unit
    )


def _decide_unit(sized: Sequence[SizedImage]) -> Unit | None:
    """Fractions where no box reaches beyond 1.5; percent where all lie in the first 100 pixels both
    ways and, were they pixels, that would be a rare chance; else pixels."""
    boxes = [box for image, _ in sized for box in image.boxes if not box.zero_area]
    if not boxes:
        return "pixels"
    values = [value for box in boxes for value in box.corners]
    if max(map(abs, values)) <= _FRACTION_MOST:
        return "fractions"
    if max(values) > _PERCENT_MOST or min(values) < _PERCENT_LEAST:
        return "pixels"
    chance = math.prod(
        min(1.0, 100 / size.width) * min(1.0, 100 / size.height)
        for image, size in sized
        if any(not box.zero_area for box in image.boxes)
    )
    if all(value == int(value) for value in values):
        # Percent are seldom whole numbers; boxes drawn by hand in pixels always are.
        chance **= 0.25
    if chance < _CHANCE_SURE:
        return "percent"
    whole = all(value == int(value) for value in values)
    return None if chance < _CHANCE_DOUBT and not whole else "pixels"
