"""From reviewed boxes to training folders and back: snapshots, splits, leakage, formats."""

from pathlib import Path
from pkgutil import iter_modules

_EXPORT_FORMATS = Path(__file__).parent / "exports" / "formats"


def export_names() -> tuple[str, ...]:
    """The formats of exports, which are the modules of `studio.datasets.exports.formats`, sorted.

    None of them is imported: `can-studio --help` shows them, and waits neither for the database
    nor for the libraries of images.
    """
    return tuple(sorted(module.name for module in iter_modules([str(_EXPORT_FORMATS)])))


LIST_TITLES = {
    "can": "CAN list",
    "coco": "COCO JSON",
    "modelderm": "ModelDerm result.csv",
    "boxes": "CAN Studio boxes.csv",
    "yolo": "YOLO",
    "voc": "Pascal VOC",
    "labelme": "labelme",
    "cvat": "CVAT XML",
    "labelstudio": "Label Studio",
    "masks": "Folder of masks",
}
"""The lists and data sets that can be imported: what each is called on the command line and on
record, and its title for people."""
