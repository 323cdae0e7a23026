"""Pascal VOC: ``JPEGImages/``, ``Annotations/*.xml``, ``ImageSets/Main/default.txt``.

Pixels are whole, counted from 1 and inclusive, as VOC has them; they are those of the crop.
"""

from pathlib import Path
from xml.etree import ElementTree

from studio.datasets.exports.writing import (
    Export,
    ExportFormat,
    WrittenFile,
    copy_upright,
    short_names,
    upright_size,
    upright_square,
)
from studio.datasets.selection import Picture
from studio.imaging import crop_bounds


def _write(export: Export) -> None:
    export.drop_unlabelled()
    images = export.folder / "JPEGImages"
    annotations = export.folder / "Annotations"
    sets = export.folder / "ImageSets" / "Main"
    for folder in (images, annotations, sets):
        folder.mkdir(parents=True)
    names = short_names([picture.image for picture in export.pictures])

    def copy(picture: Picture) -> list[WrittenFile]:
        image = picture.image
        file = images / copy_upright(picture, images, names[image.id])
        text = annotations / f"{file.stem}.xml"
        tree = ElementTree.ElementTree(_annotation(export, picture, file.name))
        ElementTree.indent(tree)
        tree.write(text, encoding="utf-8")
        return [WrittenFile.of(export.folder, path, image.sha256) for path in (file, text)]

    copied = export.each_picture(copy)
    listing = sets / "default.txt"
    listing.write_text("".join(f"{names[p.image.id]}\n" for p in copied), encoding="utf-8")
    export.record(listing)
    export.notes["frame"] = "exif: pixels of the pictures as written, which are upright"


def _annotation(export: Export, picture: Picture, file: str) -> ElementTree.Element:
    width, height = upright_size(picture.image)
    root = ElementTree.Element("annotation")
    _add(root, "folder", "JPEGImages")
    _add(root, "filename", Path(file).name)
    size = ElementTree.SubElement(root, "size")
    for name, value in (("width", width), ("height", height), ("depth", 3)):
        _add(size, name, value)
    _add(root, "segmented", 0)
    for box in picture.boxes:
        square = upright_square(picture.image, box.square)
        x0, y0, side = crop_bounds(square, width, height)
        entry = ElementTree.SubElement(root, "object")
        _add(entry, "name", export.label_of(box) or "")
        _add(entry, "pose", "Unspecified")
        _add(entry, "truncated", 0)
        _add(entry, "difficult", 0)
        corners = ElementTree.SubElement(entry, "bndbox")
        ends = {"xmin": x0 + 1, "ymin": y0 + 1, "xmax": x0 + side, "ymax": y0 + side}
        for name, value in ends.items():
            _add(corners, name, value)
    return root


def _add(parent: ElementTree.Element, name: str, value: str | int) -> None:
    ElementTree.SubElement(parent, name).text = str(value)


FORMAT = ExportFormat("Pascal VOC", _write, order=3)
