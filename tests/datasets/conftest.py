"""A small project with pictures that the tests make."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from studio.imaging import Limits, Square, apply_orientation
from studio.imaging.verify import examine
from studio.project import Action, BoxState, ImageRow, NewBox, Project

Pixels = npt.NDArray[np.uint8]
INVERSE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
ORIENTATION_TAG = 0x0112


class Kit:
    """A project and the means to fill it."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.folder = folder

    def pixels(self, seed: int = 0, width: int = 96, height: int = 64) -> Pixels:
        """Noise in blocks [H, W, 3]: no two alike, no symmetry."""
        random = np.random.default_rng(seed)
        blocks = random.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
        return blocks.repeat(8, axis=0).repeat(8, axis=1)

    def save(self, name: str, upright: Pixels, orientation: int = 1) -> Path:
        """Store a picture so that it is displayed as `upright` under an EXIF orientation."""
        exif = Image.Exif()
        exif[ORIENTATION_TAG] = orientation
        path = self.folder / name
        Image.fromarray(apply_orientation(upright, INVERSE[orientation])).save(path, exif=exif)
        return path

    def photo(self, name: str, seed: int = 0, orientation: int = 1) -> ImageRow:
        """Import a picture of 96 x 64 pixels as displayed."""
        path = self.save(name, self.pixels(seed), orientation)
        return self.project.images.add(examine(path, Limits()), path.name, path)

    def box(
        self,
        image: ImageRow,
        square: Square,
        label: str | None = "melanocyticnevus",
        state: BoxState = BoxState.ACCEPTED,
        origin: str = "hand",
    ) -> int:
        """Add a box in the raw frame."""
        found = self.project.label_by_name(label) if label else None
        new = NewBox(image.id, square, found.id if found else None, origin, state=state)
        return self.project.boxes.add([new], Action.IMPORT)[0]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "project", ["melanocyticnevus", "malignantmelanoma"]) as made:
        yield made


@pytest.fixture
def kit(project: Project, tmp_path: Path) -> Kit:
    folder = tmp_path / "photos"
    folder.mkdir()
    return Kit(project, folder)
