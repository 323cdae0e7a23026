"""Squared crops in class folders, as training reads them: ``label/sha_box.png``."""

from collections.abc import Sequence
from pathlib import Path

from studio.datasets.exports.writing import (
    Export,
    ExportFormat,
    WrittenFile,
    check_original,
    save_pixels,
    short_names,
)
from studio.datasets.selection import Picture
from studio.imaging import crop_upright, decode


def _write(export: Export) -> None:
    export.drop_unlabelled()
    names = short_names([picture.image for picture in export.pictures])
    folders = _class_folders(export)
    suffix = ".png" if export.options.crop_format == "png" else ".jpg"

    def crops(picture: Picture) -> Sequence[WrittenFile]:
        image = picture.image
        check_original(picture)
        upright = decode(picture.path, frame="exif")
        written: list[WrittenFile] = []
        for box in picture.boxes:
            label = export.label_of(box) or ""
            path = folders[label] / f"{names[image.id]}_{box.id}{suffix}"
            pixels = crop_upright(upright, box.square, image.orientation, export.options.size)
            save_pixels(pixels, path, image.synthetic)
            written.append(WrittenFile.of(export.folder, path, image.sha256, box.id, label))
        return written

    export.each_picture(crops)
    export.notes["crop"] = {
        "size": export.options.size,
        "resize": "none" if export.options.size is None else "PIL bilinear, antialiased",
        "format": export.options.crop_format,
        "frame": "upright: EXIF orientation applied, no EXIF in the files",
    }


def _class_folders(export: Export) -> dict[str, Path]:
    """A folder for every class that has a box. Labels are safe names; see `safe_label`."""
    used = {export.label_of(box) for picture in export.pictures for box in picture.boxes}
    folders = {name: export.folder / name for name in export.class_names if name in used}
    for folder in folders.values():
        folder.mkdir()
    return folders


FORMAT = ExportFormat("Class folders of squared crops", _write, order=0, takes_size=True)
