"""The images of a project."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from studio.errors import StudioError
from studio.origins import stack_key
from studio.project import originals, schema
from studio.project.access import ProjectAccess
from studio.project.boxes import chunks
from studio.project.long_reads import ids_of, rows_of
from studio.project.records import ImageRow, now, plain, row_reader, whole

SYNTHETIC = "synthetic sample"
"""A picture whose description says this was rendered, and is marked wherever it is shown."""

FIRST_MISSING = 5
"""How many missing originals are named."""

_image = schema.image
_BY_ID = select(_image).where(_image.c.id == bindparam("image_id"))


class Info(Protocol):
    """What a picture's header says (studio.imaging.ImageInfo); raw frame."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def orientation(self) -> int: ...
    @property
    def suffix(self) -> str: ...
    @property
    def description(self) -> str: ...


class CheckedImage(Protocol):
    """A picture that decodes (studio.imaging.VerifiedImage)."""

    @property
    def info(self) -> Info: ...
    @property
    def sha256(self) -> str: ...
    @property
    def phash(self) -> str: ...
    @property
    def sharpness(self) -> float: ...


@dataclass(frozen=True, slots=True)
class NewImage:
    """A picture to be added: what was found in it, its name for people, and its bytes.

    `synthetic` None reads it from the picture's own description.
    """

    verified: CheckedImage
    file: str
    original: Path | bytes
    label_id: int | None = None
    synthetic: bool | None = None


@dataclass(frozen=True, slots=True)
class MissingOriginals:
    """How many of the `total` originals are not in `folder`; `first` names some of them."""

    folder: Path
    count: int
    total: int
    first: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"folder": str(self.folder), "missing": self.count, "first": list(self.first)}

    @property
    def sentence(self) -> str:
        """What is missing and what to do, empty when nothing is."""
        if not self.count:
            return ""
        if self.count == self.total:
            what = "The original is" if self.total == 1 else f"All {self.total:,} originals are"
        else:
            verb = "is" if self.count == 1 else "are"
            what = f"{self.count:,} of {self.total:,} originals {verb}"
        return (
            f"{what} missing from {self.folder}: connect the disk or share that holds them, or "
            "restore them from a backup. Until then nothing is decided about what cannot be seen."
        )


class ImageStore:
    """Photographs by id and by the SHA-256 of their bytes."""

    def __init__(self, project: ProjectAccess) -> None:
        self._project = project

    def add(
        self,
        verified: CheckedImage,
        file: str,
        original: Path | bytes,
        label_id: int | None = None,
        synthetic: bool | None = None,
    ) -> ImageRow:
        """Copy an original into the project; the same bytes twice give the image that is there."""
        return self.add_many([NewImage(verified, file, original, label_id, synthetic)])[0]

    def add_many(self, images: Sequence[NewImage]) -> list[ImageRow]:
        """As `add`, many in one transaction, after their originals are safe on the disk.

        Returns one row for each, in order. Raises StudioError, with nothing in the database, when
        an original cannot be kept. `sha256s_known` tells beforehand which are there.
        """
        self._project.require_write()
        folder = self._project.originals_dir
        names = [(image.verified.sha256, image.verified.info.suffix) for image in images]
        with originals.adding(folder, names):
            for image, (sha256, suffix) in zip(images, names, strict=True):
                originals.keep(folder, image.original, sha256, suffix)
            with self._project.begin() as connection:
                known = _by_sha256(connection, [sha256 for sha256, _ in names])
                new = {i.verified.sha256: i for i in images if i.verified.sha256 not in known}
                if new:
                    connection.execute(insert(_image), [_row(image) for image in new.values()])
                    known.update(_by_sha256(connection, list(new)))
        return [known[image.verified.sha256] for image in images]

    def by_id(self, image_id: int) -> ImageRow:
        """One image. Raises StudioError when there is none of this id."""
        with self._project.connect() as connection:
            row = connection.execute(_BY_ID, {"image_id": image_id}).mappings().first()
        if row is None:
            raise StudioError(f"There is no image {image_id} in this project.")
        return image_of(row)

    def by_ids(self, ids: Iterable[int]) -> list[ImageRow]:
        """Images in the order asked for; ids that are not in the project are left out."""
        ids = list(ids)
        found: dict[int, ImageRow] = {}
        with self._project.connect() as connection:
            for part in chunks(ids):
                rows = connection.execute(select(_image).where(_image.c.id.in_(part))).mappings()
                found.update((row["id"], image_of(row)) for row in rows)
        return [found[id_] for id_ in ids if id_ in found]

    def by_sha256(self, sha256: str) -> ImageRow | None:
        """The image with these bytes, if it is in the project."""
        with self._project.connect() as connection:
            return _by_sha256(connection, [sha256]).get(sha256)

    def sha256s_known(self, sha256s: Iterable[str]) -> set[str]:
        """Those of the hashes whose images are in the project."""
        with self._project.connect() as connection:
            return set(_by_sha256(connection, list(sha256s)))

    def path(self, image: ImageRow) -> Path:
        """The original's file."""
        return originals.location(self._project.originals_dir, image.sha256, image.suffix)

    def missing_originals(self) -> MissingOriginals:
        """Which originals are not on the disk now, such as those of a share that is not mounted.

        Looks at every image of the project: call it off the Qt thread.
        """
        with self._project.connect() as connection:
            columns = select(_image.c.sha256, _image.c.suffix, _image.c.file)
            rows = rows_of(connection, columns.order_by(_image.c.id))
        folder = self._project.originals_dir
        missing = originals.absent(folder, [(sha256, suffix) for sha256, suffix, _ in rows])
        first = tuple(rows[n][2] for n in missing[:FIRST_MISSING])
        return MissingOriginals(folder, len(missing), len(rows), first)

    def count(self) -> int:
        """How many there are."""
        with self._project.connect() as connection:
            return connection.scalar(select(func.count()).select_from(_image)) or 0

    def ids(self) -> "array[int]":
        """All ids, in the order of import."""
        with self._project.connect() as connection:
            return ids_of(connection, select(_image.c.id).order_by(_image.c.id))

    def stack_keys(self) -> dict[int, str]:
        """The name of each stack outside this project, by its id (see `stack_key`)."""
        query = (
            select(_image.c.stack_id, func.min(_image.c.sha256))
            .where(_image.c.stack_id.is_not(None))
            .group_by(_image.c.stack_id)
        )
        with self._project.connect() as connection:
            return {stack: stack_key([sha256]) for stack, sha256 in connection.execute(query)}

    def set_stack(self, image_ids: Sequence[int], best_image_id: int) -> int:
        """Put near-duplicates into one new stack; returns its id."""
        self._project.require_write()
        with self._project.begin() as connection:
            key = connection.execute(
                insert(schema.stack).values(best_image_id=best_image_id)
            ).inserted_primary_key
            assert key is not None
            for part in chunks(image_ids):
                connection.execute(
                    update(_image).where(_image.c.id.in_(part)).values(stack_id=key[0])
                )
        return int(key[0])


def _by_sha256(connection: Connection, sha256s: Sequence[str]) -> dict[str, ImageRow]:
    found: dict[str, ImageRow] = {}
    for start in range(0, len(sha256s), 5_000):
        part = sha256s[start : start + 5_000]
        rows = connection.execute(select(_image).where(_image.c.sha256.in_(part))).mappings()
        found.update((row["sha256"], image_of(row)) for row in rows)
    return found


def _row(image: NewImage) -> dict[str, Any]:
    verified, info = image.verified, image.verified.info
    synthetic = image.synthetic
    if synthetic is None:
        synthetic = SYNTHETIC in info.description.lower()
    return {
        "sha256": verified.sha256,
        "file": plain(image.file),
        "suffix": info.suffix,
        "bytes": _size(image.original),
        "width": info.width,
        "height": info.height,
        "orientation": info.orientation,
        "phash": verified.phash,
        "sharpness": verified.sharpness,
        "label_id": image.label_id,
        "synthetic": synthetic,
        "created": now(),
    }


def _size(original: Path | bytes) -> int:
    return len(original) if isinstance(original, bytes) else original.stat().st_size


@row_reader("image")
def image_of(row: RowMapping) -> ImageRow:
    """An image from a row of its table."""
    for name in ("width", "height", "orientation", "bytes"):
        whole(row[name])
    originals.check_name(row["sha256"], row["suffix"])
    return ImageRow(**{name: row[name] for name in ImageRow.__dataclass_fields__})
