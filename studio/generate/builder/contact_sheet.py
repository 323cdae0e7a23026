"""Contact sheets: every kept picture of a label, small, with its seed.

PDF and not PNG: a picture among the class folders would be taken for one of the set by whatever
imports the folder.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from studio import __version__
from studio.files import building
from studio.generate.builder.attempt_log import Attempt
from studio.generate.builder.filters import Pictures
from studio.generate.builder.recipe import SetRecipe
from studio.generate.outputs.provenance import NOTICE
from studio.opening import open_regular

TILE, GAP, CAPTION = 104, 8, 14  # px
ACROSS, DOWN = 9, 11
MARGIN, HEAD = 40, 56
PAPER, INK = (217, 217, 217), (40, 40, 40)  # a neutral grey: no lesion is judged beside white
DPI = 96.0
MOST_PAGES = 60
_EPOCH = time.gmtime(0)  # in place of the hour, so that the same set has the same file


@dataclass(frozen=True)
class SetContactSheet:
    """The pictures of one label, in pages of a fixed number."""

    label: str
    files: Sequence[tuple[int, Path]]  # seed, file

    @property
    def pages(self) -> int:
        return min(MOST_PAGES, math.ceil(len(self.files) / (ACROSS * DOWN)))

    def page(self, number: int) -> Image.Image:
        width = 2 * MARGIN + ACROSS * (TILE + GAP) - GAP
        height = HEAD + MARGIN + DOWN * (TILE + CAPTION + GAP)
        page = Image.new("RGB", (width, height), PAPER)
        draw, font = ImageDraw.Draw(page), ImageFont.load_default(11)
        head = f"{self.label} · {len(self.files):,} pictures · page {number + 1} of {self.pages}"
        draw.text((MARGIN, 16), head, INK, ImageFont.load_default(15))
        draw.text((MARGIN, 36), NOTICE, INK, font)
        begin = number * ACROSS * DOWN
        for place, (seed, file) in enumerate(self.files[begin : begin + ACROSS * DOWN]):
            row, column = divmod(place, ACROSS)
            x, y = MARGIN + column * (TILE + GAP), HEAD + row * (TILE + CAPTION + GAP)
            page.paste(Image.fromarray(thumbnail(file, TILE)), (x, y))
            draw.text((x, y + TILE + 1), str(seed), INK, font)
        return page


def write_sheets(folder: Path, recipe: SetRecipe, tried: Sequence[Attempt]) -> list[Path]:
    """`contact-sheet-<label>.pdf` for each label that has pictures."""
    written = []
    for label in recipe.labels:
        files = [
            (one.seed, folder / one.path)
            for one in tried
            if one.path is not None and recipe.entries[one.entry].label == label
        ]
        if files:
            path = folder / f"contact-sheet-{label}.pdf"
            _write(path, SetContactSheet(label, files))
            written.append(path)
    return written


def thumbnail(file: Path, side: int) -> Pictures:
    """A file of a set, small: `[side, side, 3]`."""
    with open_regular(file) as opened, Image.open(opened) as picture:
        picture.draft("RGB", (side, side))
        small = picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small)


def _write(path: Path, sheet: SetContactSheet) -> None:
    with building(path) as part:
        for number in range(sheet.pages):  # page by page: thousands of pictures fit no memory
            sheet.page(number).save(
                part,
                "PDF",
                append=number > 0,
                resolution=DPI,
                title=f"{sheet.label}: contact sheet",
                producer=f"CAN Studio {__version__}",
                creationDate=_EPOCH,
                modDate=_EPOCH,
            )
