"""Readers and writers of the lists and folders that other tools understand.

Readers give neutral records (`records`) and the problems they met; they know nothing of a project.
"""

from collections.abc import Callable
from pathlib import Path

from studio.datasets.formats import (
    box_table,
    can,
    coco,
    cvat,
    labelme,
    labelstudio,
    masks,
    modelderm,
    urls,
    voc,
    yolo,
)
from studio.datasets.formats.data_folder import OnFile
from studio.datasets.formats.records import (
    BoxList,
    ListedBox,
    ListedImage,
    RowProblem,
    RowReason,
)
from studio.datasets.formats.sniff import (
    ListKind,
    files_of,
    not_read,
    sniff_folder,
    sniff_list,
)

BoxReader = Callable[[Path, Path | None, OnFile], BoxList]

BOX_READERS: dict[ListKind, BoxReader] = {
    "coco": lambda path, images, on_file: coco.read(path),
    "boxes": lambda path, images, on_file: box_table.read(path),
    "modelderm": lambda path, images, on_file: modelderm.read(path),
    "yolo": yolo.read,
    "voc": voc.read,
    "labelme": labelme.read,
    "cvat": lambda path, images, on_file: cvat.read(path),
    "labelstudio": lambda path, images, on_file: labelstudio.read(path, images),
    "masks": masks.read,
}
"""What reads the lists and data sets of boxes: (its place, the folder of its images, told of each
file)."""

FOLDER_KINDS: frozenset[ListKind] = frozenset({"yolo", "voc", "labelme", "masks"})
"""The kinds of which a folder as a whole is one list, with its images."""

__all__ = [
    "BOX_READERS",
    "FOLDER_KINDS",
    "BoxList",
    "BoxReader",
    "ListKind",
    "ListedBox",
    "ListedImage",
    "RowProblem",
    "RowReason",
    "can",
    "coco",
    "files_of",
    "modelderm",
    "not_read",
    "sniff_folder",
    "sniff_list",
    "urls",
]
