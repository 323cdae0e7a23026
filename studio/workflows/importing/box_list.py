"""Lists and data sets of boxes, of every format that names its images by their files."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.datasets.formats import BOX_READERS, FOLDER_KINDS, BoxList, ListedBox, ListedImage
from studio.datasets.formats.frame_and_unit import (
    ListGeometry,
    SizedImage,
    StoredSize,
    decide_geometry,
)
from studio.datasets.formats.shapes import SHAPE_WORDS
from studio.datasets.formats.sniff import ListKind
from studio.imaging import Square
from studio.project import ImageRow, Label, Source
from studio.workflows.importing.job import ImportJob, ImportStopped
from studio.workflows.importing.list_rows import ListRow, RowImport
from studio.workflows.importing.match import Claim, ImageFolder
from studio.workflows.importing.report import ListSummary
from studio.workflows.importing.rows import KnownRows, list_name, remember_wish

FolderLabelOf = Callable[[Path], Label | None]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the list: a box, or an image without any."""

    image: ListedImage
    box: ListedBox | None

    @property
    def line(self) -> int:
        return self.box.line if self.box else self.image.line

    @property
    def as_read(self) -> dict[str, Any]:
        """As it is kept; `_row_from` makes the row of it again when its image arrives."""
        image, box = self.image, self.box
        read_as = {
            "frame": image.frame,
            "tool_frame": image.tool_frame,
            "unit": image.unit,
            "written": image.written if image.written != image.file else None,
            "size": [image.width, image.height] if image.width and image.height else None,
            "corners": list(box.corners) if box else None,
            "score": box.score if box else None,
            "shape": box.shape if box and box.shape != "rectangle" else None,
        }
        return {
            "file": image.file,
            "image": image.as_read,
            "box": box.as_read if box else None,
            "read_as": {name: value for name, value in read_as.items() if value is not None},
            **({"beyond": box.beyond} if box and box.beyond else {}),
        }


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list of boxes, or a folder that is one, as read; `claims` are its images by their names."""

    path: Path
    kind: ListKind
    listed: BoxList
    claims: dict[str, Claim]

    def files(self) -> set[Path]:
        """The files of the images that it names."""
        return {claim.path for claim in self.claims.values() if claim.path is not None}


def read_boxes(
    job: ImportJob, path: Path, kind: ListKind, images: Path | None, root: Path | None = None
) -> ReadList | None:
    """Read a list of boxes, or a folder that is one; its images are in `images`, else in `root`
    (the folder of a data set), else beside the list. None on a stop."""
    try:
        listed = BOX_READERS[kind](path, images, job.report_file)
    except ImportStopped:
        job.report.stopped = True
        return None
    pictures = ImageFolder(images or root or (path if path.is_dir() else path.parent))
    job.note_passed(pictures.passed)
    claims = pictures.claim(image.name for image in listed.images if image.sha256 is None)
    by_content = {one.name: (one.file, one.sha256) for one in listed.images if one.sha256}
    claims |= pictures.claim_content(by_content)
    return ReadList(path, kind, listed, claims)


def place_boxes(job: ImportJob, read: ReadList, folder_label: FolderLabelOf) -> dict[Path, int]:
    """Import a list that was read; the ids of the images on which its rows are placed, by their
    files. `folder_label` gives the label of the class folder that a file lies in: a box without a
    label of its own has that."""
    listed, path = read.listed, read.path
    by_line = read.kind not in FOLDER_KINDS
    rows = [_Row(image, box) for image in listed.images for box in image.boxes or (None,)]
    contents = ((row.line, row.as_read) for row in rows)
    name = list_name(job.project, path.name, contents, by_line)
    summary = _summary(name, read.kind, listed, rows)
    job.report.lists.append(summary)
    remember_wish(job.project, name, job.frame, job.unit)
    frames = _Frames(job, name, summary, listed.images)
    known = KnownRows(job.project, name)
    importing = RowImport(job, read.kind, name, summary, known, prepare=frames.decide)
    importing.add_problems(listed.problems)
    for note in listed.notes:
        job.report.note(note)
    claims = read.claims
    importing.run(
        [_list_row(job, row, claims[row.image.name], frames, folder_label) for row in rows]
    )
    frames.count_shapes()
    return importing.images()


def place_kept(job: ImportJob, name: str, sources: Sequence[Source]) -> None:
    """Place rows that the project has on record, those whose image is there by now."""
    kept = [(one, row) for one in sources if (row := _row_from(one)) is not None]
    summary = ListSummary(name, sources[0].origin, len(kept), 0, 0, 0)
    frames = _Frames(job, name, summary, [row.image for _, row in kept])
    known = KnownRows(job.project, name)
    importing = RowImport(job, summary.kind, name, summary, known, prepare=frames.decide)
    importing.run(
        [
            replace(_list_row(job, row, Claim(None), frames), as_read=one.as_read)
            for one, row in kept
        ]
    )


def _row_from(source: Source) -> _Row | None:
    """The row that `_Row.as_read` was kept of; None for one that could not be read."""
    kept = source.as_read
    if not isinstance(kept, dict) or not isinstance(kept.get("image"), dict):
        return None
    read_as = kept.get("read_as", {})
    stated = [kept["image"].get(side) for side in ("width", "height")]
    width, height = read_as.get("size", stated)
    corners = read_as.get("corners") or _corners_of(kept.get("box"))
    line = source.line or 0
    box = None
    if corners is not None:
        shape = read_as.get("shape", "rectangle")
        x0, y0, x1, y1 = corners
        score = read_as.get("score")
        box = ListedBox(line, x0, y0, x1, y1, source.label, score, shape=shape)
    image = ListedImage(
        line,
        kept["file"],
        () if box is None else (box,),
        read_as.get("frame"),
        read_as.get("unit"),
        width,
        height,
        source.url_listed,
        written=read_as.get("written", ""),
        tool_frame=read_as.get("tool_frame"),
    )
    return _Row(image, box)


def _corners_of(box: object) -> tuple[float, float, float, float] | None:
    """The corners of a row of a COCO list that was recorded before rows kept them."""
    bbox = box.get("bbox") if isinstance(box, dict) else None
    if not isinstance(bbox, list) or len(bbox) != 4:
        return None
    x, y, width, height = map(float, bbox)
    return x, y, x + width, y + height


def _summary(name: str, kind: str, listed: BoxList, rows: Sequence[_Row]) -> ListSummary:
    urls = {image.url for image in listed.images if image.url}
    needs_box = sum(row.box is not None and row.box.zero_area for row in rows)
    return ListSummary(name, kind, len(rows), len(urls), needs_box, 0)


def _no_label(_file: Path) -> Label | None:
    return None


def _list_row(
    job: ImportJob,
    row: _Row,
    claim: Claim,
    frames: "_Frames",
    folder_label: FolderLabelOf = _no_label,
) -> ListRow:
    def square(image: ImageRow) -> Square | None:
        return None if row.box is None else frames.square(row.image, row.box, image)

    label = row.box.label if row.box else None
    if row.box is not None and label is None:
        # A box without a label of its own has that of the class folder that its image lies in.
        folders = map(job.known_label, reversed(row.image.file.split("/")[:-1]))
        given = folder_label(claim.path) if claim.path is not None else None
        given = given or next((one for one in folders if one is not None), None)
        label = given.name if given is not None else None
    return ListRow(
        line=row.line,
        as_read=row.as_read,
        file=row.image.name if row.image.sha256 is None else row.image.file,
        picture=row.image.name,
        claim=claim,
        square=square,
        url=row.image.url,
        sha256=row.image.sha256,
        label=label,
        score=row.box.score if row.box else None,
        needs_box=row.box is not None and row.box.zero_area,
    )


class _Frames:
    """The frame and unit of the list, decided once when its pictures are there."""

    def __init__(
        self, job: ImportJob, name: str, summary: ListSummary, images: Sequence[ListedImage]
    ) -> None:
        self._job = job
        self._name = name
        self._summary = summary
        self._images = {image.name: image for image in images}
        self._geometry = ListGeometry(None, None)
        self._shapes: Counter[str] = Counter()

    def decide(self, placed: Sequence[tuple[ListRow, ImageRow]]) -> None:
        """Ask all images of the list whose pictures are there."""
        sizes = {row.picture or row.file: _size(image) for row, image in placed}
        sized = [SizedImage(self._images[name], size) for name, size in sizes.items()]
        self._geometry = decide_geometry(sized, self._job.frame, self._job.unit)
        told = self._geometry.summary([image for image, _ in sized])
        self._summary.frame, self._summary.unit = told
        for sentence in self._geometry.notes(self._name, sized):
            self._job.report.note(sentence)

    def square(self, image: ListedImage, box: ListedBox, row: ImageRow) -> Square | None:
        """As `ListGeometry.square`; what was drawn is counted where it is not a square."""
        square = self._geometry.square(image, box, _size(row))
        if box.shape != "rectangle" or self._geometry.is_oblong(image, box, _size(row)):
            self._shapes[box.shape] += 1
        return square

    def count_shapes(self) -> None:
        """Say of how many boxes a square holds less than was drawn."""
        self._summary.shapes = dict(self._shapes)
        counted = [
            f"{count:,} {SHAPE_WORDS[shape][count > 1]}"
            for shape, count in sorted(self._shapes.items())
        ]
        if self._shapes.keys() - {"rectangle"}:
            self._job.report.note(
                f"{self._name} has {', '.join(counted)}: the boxes are the squares around them, "
                "and what a square does not hold is kept with their rows."
            )


def _size(image: ImageRow) -> StoredSize:
    return StoredSize(image.width, image.height, image.orientation)
