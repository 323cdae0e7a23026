"""Writes the sample: photographs as JPEG files, and `truth.json` with what is in them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.errors import StudioError
from studio.files import building
from studio.imaging import Square, to_raw
from studio.opening import FileRefused, read_json, shown_text
from studio.pool import OrderedPool
from studio.sample.lesion import MELANOMA, NEVUS, Lesion
from studio.sample.photograph import render
from studio.sample.plan import PlannedPhotograph, plan

DESCRIPTION = "synthetic sample (CAN Studio)"
"""EXIF ImageDescription of every sample file: the import marks such images as synthetic."""

VERSION = 1
"""Raised when the renderer changes, so that an older sample on disk is not taken for this one."""

DUPLICATE_SCALE = 0.8
WORKERS = 2

TAG_DESCRIPTION = 0x010E
TAG_ORIENTATION = 0x0112


class SampleStoppedError(StudioError):
    """Somebody asked to stop before the sample was whole; nothing of it is left."""


@dataclass(frozen=True)
class TrueBox:
    """A lesion in pixels of the raw frame: corners of its context square, and its diameter."""

    label: str
    x0: float
    y0: float
    x1: float
    y1: float
    diameter: float

    @property
    def square(self) -> Square:
        """The box as a square."""
        return Square.from_corners(self.x0, self.y0, self.x1, self.y1)


@dataclass(frozen=True)
class SamplePhoto:
    """What is known of one file. `width` and `height` are of the raw frame, as are the boxes."""

    file: str
    width: int
    height: int
    orientation: int
    frame: str
    fitzpatrick: int
    scene: str
    label: str
    blurred: bool
    near_duplicate_of: str | None
    boxes: tuple[TrueBox, ...]


@dataclass(frozen=True)
class SampleManifest:
    """All that `truth.json` says."""

    title: str
    version: int
    seed: int
    labels: tuple[str, ...]
    positive: str
    images: tuple[SamplePhoto, ...]


def write_sample(
    folder: Path,
    n: int = 60,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> SampleManifest:
    """Renders `n` photographs into `folder`, with `truth.json`; the same bytes for a same seed.

    A folder that already holds this very sample is left as it is. Raises StudioError when it
    holds anything else. The folder appears when all of it is there: `stop` is asked after each
    photograph, and then SampleStoppedError is raised. `on_progress` receives (done, n), from this
    thread.
    """
    if (folder / "truth.json").is_file():
        present = read_truth(folder)
        if (present.version, present.seed, len(present.images)) == (VERSION, seed, n):
            return present
    if folder.exists() and any(folder.iterdir()):
        raise StudioError(f"{folder} is not empty: give the sample a new or an empty folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with building(folder) as part:
        part.mkdir()
        images = []
        for photo in _written(part, plan(n, seed), stop):
            images.append(photo)
            if on_progress:
                on_progress(len(images), n)
        manifest = SampleManifest(
            DESCRIPTION, VERSION, seed, (NEVUS, MELANOMA), MELANOMA, tuple(images)
        )
        truth = json.dumps(asdict(manifest), indent=1) + "\n"
        (part / "truth.json").write_text(truth, encoding="utf-8")
    return manifest


def read_truth(folder: Path) -> SampleManifest:
    """The manifest in `folder/truth.json`. Raises StudioError when it cannot be understood."""
    path = folder / "truth.json"
    try:
        data = read_json(path)
        images = tuple(
            SamplePhoto(**image | {"boxes": tuple(TrueBox(**box) for box in image["boxes"])})
            for image in data["images"]
        )
        return SampleManifest(**data | {"images": images, "labels": tuple(data["labels"])})
    except (FileRefused, KeyError, TypeError) as error:
        raise StudioError(
            f"{path} is not the truth of a sample: {shown_text(str(error))}"
        ) from error


def _written(
    folder: Path, planned: list[PlannedPhotograph], stop: Callable[[], bool]
) -> Iterator[SamplePhoto]:
    # Threads, not processes: numpy and OpenCV release the interpreter, and a spawned process
    # would ask every caller for an import guard.
    with OrderedPool(WORKERS) as pool:
        for _, photo in pool.map(partial(_write, folder), planned):
            yield photo
            if stop():
                raise SampleStoppedError("The sample was stopped before it was whole.")


def _write(folder: Path, planned: PlannedPhotograph) -> SamplePhoto:
    rgb, lesions = render(planned.seed, planned.spec)
    picture = Image.fromarray(rgb)
    factor = 1.0
    if planned.near_duplicate_of:
        factor = DUPLICATE_SCALE
        size = round(rgb.shape[1] * factor), round(rgb.shape[0] * factor)
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    raw = Image.fromarray(_turned_back(np.asarray(picture), planned.orientation))
    _save(folder / planned.file, raw, planned)
    boxes = tuple(_true_box(lesion, factor, raw.size, planned.orientation) for lesion in lesions)
    return SamplePhoto(
        file=planned.file,
        width=raw.width,
        height=raw.height,
        orientation=planned.orientation,
        frame="raw",
        fitzpatrick=planned.spec.fitzpatrick,
        scene=planned.spec.scene,
        label=MELANOMA if any(box.label == MELANOMA for box in boxes) else NEVUS,
        blurred=planned.blurred,
        near_duplicate_of=planned.near_duplicate_of,
        boxes=boxes,
    )


def _turned_back(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The raw frame whose display under `orientation` (1 or 6) is `upright`."""
    return np.rot90(upright, 1) if orientation == 6 else upright


def _save(path: Path, raw: Image.Image, planned: PlannedPhotograph) -> None:
    exif = Image.Exif()
    exif[TAG_DESCRIPTION] = DESCRIPTION
    exif[TAG_ORIENTATION] = planned.orientation
    raw.save(path, "JPEG", quality=planned.quality, exif=exif)


def _true_box(
    lesion: Lesion, factor: float, raw_size: tuple[int, int], orientation: int
) -> TrueBox:
    square = lesion.square
    shown = Square(square.cx * factor, square.cy * factor, square.side * factor)
    box = to_raw(shown, *raw_size, orientation)
    numbers = (box.x0, box.y0, box.x1, box.y1, lesion.diameter * factor)
    return TrueBox(lesion.label, *(round(number, 2) for number in numbers))
