"""Readers and writers of the lists and folders that other tools understand.

Readers give neutral records (`records`) and the problems they met; they know nothing of a project.
"""

from studio.datasets.formats import can, coco, modelderm, urls
from studio.datasets.formats.records import (
    BoxList,
    ListedBox,
    ListedImage,
    RowProblem,
    RowReason,
)
from studio.datasets.formats.sniff import ListKind, sniff_list

__all__ = [
    "BoxList",
    "ListKind",
    "ListedBox",
    "ListedImage",
    "RowProblem",
    "RowReason",
    "can",
    "coco",
    "modelderm",
    "sniff_list",
    "urls",
]
