"""What is compared of an image of a data set: its file, its photograph, its pixels in small."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.datasets.verdicts import image_key
from studio.errors import StudioError
from studio.imaging import ImageError, Square, crop_upright, decode, decode_oriented, shown_name
from studio.imaging.likeness import CLOSE_SIDE, SIDE, Grey, thumbnail
from studio.imaging.prepared import PreparedImages
from studio.opening import sha256_file
from studio.origins import Photographs
from studio.pool import OrderedPool

SquareTuple = tuple[float, float, float]

_WHOLE_SIDE = 256  # pixels to which a whole picture is reduced while it is decoded
_CLOSE_KEPT = 8192  # images of 16 KB


@dataclass(frozen=True, slots=True)
class ImageRef:
    """An image of a data set: a file, or the crop of a square (cx, cy, side) in its raw frame.

    `group` names what it belongs to (a patient, a lesion, a photograph) where the data say so, and
    `origins` are further such names.
    """

    path: Path
    square: SquareTuple | None = None
    group: str | None = None
    origins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """`thumbnail` [64, 64] is None for an image that does not decode. `origins` are names that the
    images of one photograph, stack or patient share; `group` is the one of them for people."""

    path: Path
    resolved: Path
    sha256: str
    thumbnail: Grey | None
    square: SquareTuple | None = None
    group: str | None = None
    origins: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """How verdicts call the image."""
        return image_key(self.sha256, self.square)


class Fingerprinter:
    """Takes fingerprints; manifests are read once, and what `cache` has is not made again."""

    def __init__(self, cache: PreparedImages | None = None) -> None:
        self._photographs = Photographs()
        self._lock = threading.Lock()
        self._cache = cache
        self._kept = KeptThumbnails(cache, SIDE)

    def fingerprint(self, images: Sequence[ImageRef]) -> list[Fingerprint]:
        """Those of all `images`, which lie in one file. Raises StudioError where it cannot be read;
        see `Fingerprint.thumbnail` for one that does not decode."""
        path = images[0].path
        try:
            resolved = path.resolve(strict=True)
            sha256 = sha256_file(path) if self._cache is None else self._cache.sha256(path)
        except OSError as error:
            raise StudioError(f"{shown_name(path)} cannot be read: {error.strerror}.") from error
        except (ValueError, RuntimeError) as error:  # a NUL in the name; links in a circle
            raise StudioError(f"{shown_name(path)} cannot be read: {error}.") from error
        with self._lock:
            photographs = self._photographs.of(path.absolute())
        found = []
        thumbnails = self._kept.of(path, sha256, [one.square for one in images])
        for image, small in zip(images, thumbnails, strict=True):
            group = None if image.group == str(path) or _is_local(image.group) else image.group
            origins = {sha256, *photographs, *image.origins, *([group] if group else [])}
            found.append(
                Fingerprint(path, resolved, sha256, small, image.square, group, frozenset(origins))
            )
        return found

    def fingerprint_all(
        self,
        images: Sequence[ImageRef],
        on_progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> tuple[dict[ImageRef, Fingerprint], list[str]]:
        """Those of all images that can be read, and a sentence for each file that cannot."""
        by_file: dict[Path, list[ImageRef]] = {}
        for image in dict.fromkeys(images):
            by_file.setdefault(image.path, []).append(image)
        taken: dict[ImageRef, Fingerprint] = {}
        problems: list[str] = []
        with self._kept.adding(), OrderedPool(name="leakage") as pool:
            results = pool.try_map(self.fingerprint, by_file.values(), StudioError)
            for done, (group, found) in enumerate(results, start=1):
                if isinstance(found, StudioError):
                    problems.append(str(found))
                else:
                    taken.update(zip(group, found, strict=True))
                on_progress(done, len(by_file))
        if self._cache is not None:
            self._cache.finish()
        return taken, problems


def small_picture(path: Path) -> Grey | None:
    """The thumbnail of a whole picture; None where it does not decode."""
    pixels = next(_pixels(path, [None]))
    return None if pixels is None else thumbnail(pixels)


class KeptThumbnails:
    """Thumbnails [side, side] of images, from a cache where it has them and for it where not.

    A cache that cannot be written is done without.
    """

    def __init__(self, cache: PreparedImages | None, side: int) -> None:
        self._side = side
        self._rows = None if cache is None else cache.rows(f"thumbnails-{side}", (side, side))
        self._writable = False
        self._cache = cache

    @contextlib.contextmanager
    def adding(self) -> Iterator[None]:
        """A block in which those that are made are kept, too."""
        if self._rows is None or self._cache is None:
            yield
            return
        with contextlib.suppress(OSError, StudioError):
            self._cache.make()
            self._writable = True
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._rows.adding())
                yield
            finally:
                self._writable = False
                with contextlib.suppress(OSError, StudioError):
                    stack.close()

    def of(
        self, path: Path, sha256: str, squares: Sequence[SquareTuple | None]
    ) -> list[Grey | None]:
        """Those of all squares in a file; None for what does not decode. Raises StudioError where
        the file cannot be read."""
        keys = [f"{sha256}/{'' if one is None else one}" for one in squares]
        known = [None if self._rows is None else self._rows.get(key) for key in keys]
        missing = [number for number, small in enumerate(known) if small is None]
        made = _pixels(path, [squares[number] for number in missing])
        for number, pixels in zip(missing, made, strict=True):
            known[number] = small = None if pixels is None else thumbnail(pixels, self._side)
            if small is not None and self._writable and self._rows is not None:
                try:
                    self._rows.add(keys[number], small)
                except (OSError, StudioError):
                    self._writable = False
        return known


class CloseUps:
    """Images [128, 128] for the closer look; the last few thousand are kept in memory.

    What a search among the images finds is kept in `cache`, and taken from there when the same
    images are searched again."""

    def __init__(self, cache: PreparedImages | None = None) -> None:
        self.cache = cache
        self._kept: OrderedDict[str, Grey | None] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, image: Fingerprint) -> Grey | None:
        """None for a file that has gone meanwhile."""
        with self._lock:
            if image.key in self._kept:
                self._kept.move_to_end(image.key)
                return self._kept[image.key]
        try:
            pixels = next(_pixels(image.path, [image.square]))
        except (StudioError, OSError):
            pixels = None
        close = None if pixels is None else thumbnail(pixels, CLOSE_SIDE)
        with self._lock:
            self._kept[image.key] = close
            if len(self._kept) > _CLOSE_KEPT:
                self._kept.popitem(last=False)
        return close


def _pixels(
    path: Path, squares: Sequence[SquareTuple | None]
) -> Iterator[npt.NDArray[np.uint8] | None]:
    """The pixels of each square, upright, or of the whole picture in small for None."""
    whole: tuple[npt.NDArray[np.uint8], int] | None = None
    for square in squares:
        try:
            if square is None:
                yield decode(path, frame="exif", max_side=_WHOLE_SIDE)
                continue
            whole = whole or decode_oriented(path, frame="exif")
            yield crop_upright(whole[0], Square(*square), whole[1])
        except (ImageError, StudioError):
            yield None


def _is_local(group: str | None) -> bool:
    """Whether a group is a number that means something in one project only."""
    return group is not None and group.startswith("stack ") and group[6:].isdigit()
