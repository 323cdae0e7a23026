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
from studio.imaging import Square, crop_upright, decode, decode_oriented, shown_name
from studio.imaging.errors import may_be_read_later
from studio.imaging.likeness import CLOSE_SIDE, SIDE, Grey, thumbnail
from studio.imaging.prepared import FileStamp, PreparedImages, file_stamp, is_unchanged
from studio.opening import sha256_file
from studio.origins import Photographs
from studio.pool import OrderedPool

SquareTuple = tuple[float, float, float]

_WHOLE_SIDE = 256  # pixels to which a whole picture is reduced while it is decoded
_CLOSE_KEPT = 8192  # images of 16 KB
_ATTEMPTS = 3


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
    """`thumbnail` [64, 64] is None for an image that does not decode; `unread` says why where that
    is not the fault of its bytes, so that it may decode another time. `origins` are names that the
    images of one photograph, stack or patient share; `group` is the one of them for people.
    `stamp` is that of the file when it was read."""

    path: Path
    resolved: Path
    sha256: str
    thumbnail: Grey | None
    square: SquareTuple | None = None
    group: str | None = None
    origins: frozenset[str] = frozenset()
    unread: str = ""
    stamp: FileStamp | None = None

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
        """Those of all `images`, which lie in one file. Raises StudioError where it cannot be read,
        or changes all the time; see `Fingerprint.thumbnail` for one that does not decode."""
        path = images[0].path
        for _ in range(_ATTEMPTS):
            if (found := self._fingerprint(path, images)) is not None:
                return found
        raise StudioError(f"{shown_name(path)} cannot be read: it changes all the time.")

    def _fingerprint(self, path: Path, images: Sequence[ImageRef]) -> list[Fingerprint] | None:
        """None where the file was changed between the taking of its sum and that of its pixels."""
        try:
            resolved = path.resolve(strict=True)
            stamp = file_stamp(path)
            sha256 = sha256_file(path) if self._cache is None else self._cache.sha256(path)
        except OSError as error:
            raise StudioError(f"{shown_name(path)} cannot be read: {error.strerror}.") from error
        except (ValueError, RuntimeError) as error:  # a NUL in the name; links in a circle
            raise StudioError(f"{shown_name(path)} cannot be read: {error}.") from error
        with self._lock:
            photographs = self._photographs.of(path.absolute())
        found = []
        thumbnails = self._kept.of(path, stamp, sha256, [one.square for one in images])
        if thumbnails is None:
            return None
        for image, small in zip(images, thumbnails, strict=True):
            failed = small if isinstance(small, StudioError) else None
            unread = str(failed) if failed and may_be_read_later(failed) else ""
            group = None if image.group == str(path) or _is_local(image.group) else image.group
            origins = {sha256, *photographs, *image.origins, *([group] if group else [])}
            found.append(
                Fingerprint(
                    path,
                    resolved,
                    sha256,
                    None if isinstance(small, StudioError) else small,
                    image.square,
                    group,
                    frozenset(origins),
                    unread,
                    stamp,
                )
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
    return None if isinstance(pixels, StudioError) else thumbnail(pixels)


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
        self,
        path: Path,
        stamp: FileStamp | None,
        sha256: str,
        squares: Sequence[SquareTuple | None],
    ) -> list[Grey | StudioError] | None:
        """Those of all squares in a file, or why there is none. None where the file is no longer
        the one that had this stamp and sum: nothing is kept then."""
        keys = [f"{sha256}/{'' if one is None else one}" for one in squares]
        known = [None if self._rows is None else self._rows.get(key) for key in keys]
        missing = [number for number, small in enumerate(known) if small is None]
        made = [
            one if isinstance(one, StudioError) else thumbnail(one, self._side)
            for one in _pixels(path, [squares[number] for number in missing])
        ]
        if missing and not is_unchanged(path, stamp, sha256):
            return None
        for number, small in zip(missing, made, strict=True):
            if isinstance(small, StudioError) or self._rows is None or not self._writable:
                continue
            try:
                self._rows.add(keys[number], small)
            except (OSError, StudioError):
                self._writable = False
        rest = iter(made)
        return [one if one is not None else next(rest) for one in known]


class CloseUps:
    """Images [128, 128] for the closer look; the last few thousand are kept in memory.

    What a search among the images finds is kept in `cache`, and taken from there when the same
    images are searched again. `unread` has a sentence, by the keys of the images, for each that
    could not be read in the search: what that found is not kept, and not complete."""

    def __init__(self, cache: PreparedImages | None = None) -> None:
        self.cache = cache
        self.unread: dict[str, str] = {}
        self._kept: OrderedDict[str, Grey] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, image: Fingerprint) -> Grey | None:
        """None for a file that cannot be read any more, or is another by now: see `unread`."""
        with self._lock:
            if image.key in self._kept:
                self._kept.move_to_end(image.key)
                return self._kept[image.key]
        pixels = next(_pixels(image.path, [image.square]))
        if image.stamp is not None and not is_unchanged(image.path, image.stamp, image.sha256):
            pixels = StudioError(f"{shown_name(image.path)} was changed while it was compared.")
        if isinstance(pixels, StudioError):
            with self._lock:
                self.unread[image.key] = str(pixels)
            return None
        close = thumbnail(pixels, CLOSE_SIDE)
        with self._lock:
            self._kept[image.key] = close
            if len(self._kept) > _CLOSE_KEPT:
                self._kept.popitem(last=False)
        return close


def _pixels(
    path: Path, squares: Sequence[SquareTuple | None]
) -> Iterator[npt.NDArray[np.uint8] | StudioError]:
    """The pixels of each square, upright, or of the whole picture in small for None; or why there
    are none."""
    whole: tuple[npt.NDArray[np.uint8], int] | None = None
    for square in squares:
        try:
            if square is None:
                yield decode(path, frame="exif", max_side=_WHOLE_SIDE)
                continue
            whole = whole or decode_oriented(path, frame="exif")
            yield crop_upright(whole[0], Square(*square), whole[1])
        except StudioError as error:
            yield error


def _is_local(group: str | None) -> bool:
    """Whether a group is a number that means something in one project only."""
    return group is not None and group.startswith("stack ") and group[6:].isdigit()
