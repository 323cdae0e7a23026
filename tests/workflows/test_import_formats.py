"""Data sets as their own tools write them: boxes, labels, what a square does not hold."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.imaging import Square
from studio.opening import sha256_file
from studio.project import Action, BoxState, NewBox, Project
from studio.workflows import export_project, import_source
from studio.workflows.importing import ImportReport, unknown_class_folders

Photo = Callable[..., Path]
Box = tuple[str | None, float, float, float, float]


@pytest.fixture
def photos(tmp_path: Path, photo: Photo) -> Path:
    """Three photographs of 160 × 120."""
    for number in range(3):
        photo(tmp_path / f"photos/m{number}.png", number)
    return tmp_path / "photos"


def put(photos: Path, folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or ("m0.png", "m1.png", "m2.png"):
        shutil.copy(photos / name, folder / name)


def write(path: Path, content: str | Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def corners(square: Square) -> tuple[float, float, float, float]:
    x0, y0 = round(square.x0, 3), round(square.y0, 3)
    return x0, y0, round(square.x1, 3), round(square.y1, 3)


def boxes(project: Project) -> dict[str, list[Box]]:
    """(label, x0, y0, x1, y1) of the boxes of each image, by its file."""
    labels = {label.id: label.name for label in project.labels()}
    found = {}
    for image in project.images.by_ids(project.images.ids()):
        found[image.file] = [
            (
                labels[box.label_id] if box.label_id else None,
                *(
                    round(v, 3)
                    for v in (box.square.x0, box.square.y0, box.square.x1, box.square.y1)
                ),
            )
            for box in project.boxes.of_image(image.id)
        ]
    return found


def adds_up(report: ImportReport) -> bool:
    return all(
        one.placed + one.waiting + one.needs_review + one.failed == one.rows + one.unreadable
        for one in report.lists
    )


NEVUS: Box = ("nevus", 10, 15, 50, 55)  # around (10, 20) to (50, 50)
OUTLINE: Box = ("melanoma", 50, 50, 90, 90)  # around (50, 50), (90, 50), (90, 80), (60, 90)


def test_yolo(tmp_path: Path, project: Project, photos: Path) -> None:
    """As Datumaro writes ultralytics' form, with an outline and keypoint-free confidence added."""
    root = tmp_path / "set"
    put(photos, root / "images/train", "m0.png", "m1.png")
    put(photos, root / "images/val", "m2.png")
    write(root / "data.yaml", "train: train.txt\nval: val.txt\nnc: 2\nnames:\n- nevus\n- no\n")
    write(root / "train.txt", "images/train/m0.png\nimages/train/m1.png\n")
    write(
        root / "labels/train/m0.txt",
        "0 0.187500 0.291667 0.250000 0.250000\n"
        "1 0.3125 0.416667 0.5625 0.416667 0.5625 0.666667 0.375 0.75\n",
    )
    write(root / "labels/train/m1.txt", "0 0.1875 0.291667 0.25 0.25 0.875\n7 0.5 0.5 0.1 0.1\nx\n")
    report = import_source(project, root)
    assert [(one.kind, one.shapes) for one in report.lists] == [
        ("yolo", {"rectangle": 2, "polygon": 1})
    ]
    assert boxes(project) == {
        "m0.png": [NEVUS, ("no", 50, 50, 90, 90)],
        "m1.png": [NEVUS],
        "m2.png": [],
    }
    assert [(one.file, one.row, one.reason) for one in report.failed] == [
        ("labels/train/m1.txt", 2, "bad_label"),
        ("labels/train/m1.txt", 3, "bad_row"),
    ]
    rows = project.sources.of_list("set")
    kept = [row.as_read["beyond"] for row in rows if "beyond" in (row.as_read or {})]
    assert kept == [
        {"polygon": [0.3125, 0.416667, 0.5625, 0.416667, 0.5625, 0.666667, 0.375, 0.75]}
    ]
    scores = [b.score for one in project.images.ids() for b in project.boxes.of_image(one)]
    assert scores == [None, None, 0.875]
    assert adds_up(report)
    again = import_source(project, root)
    assert (again.added, again.boxes, again.rows) == (0, 0, 0)


def test_yolo_as_darknet_and_without_names(tmp_path: Path, project: Project, photos: Path) -> None:
    root = tmp_path / "set"
    put(photos, root / "obj_train_data", "m0.png")
    write(root / "obj_train_data/m0.txt", "1 0.1875 0.291667 0.25 0.25\n")
    write(root / "obj.names", "melanoma\nnevus\n")
    import_source(project, root)
    put(photos, tmp_path / "plain", "m1.png")
    write(tmp_path / "plain/m1.txt", "1 0.1875 0.291667 0.25 0.25\n")
    report = import_source(project, tmp_path / "plain")
    assert boxes(project) == {"m0.png": [NEVUS], "m1.png": [(None, *NEVUS[1:])]}
    assert "names its classes" in " ".join(report.notes)


def test_yolo_of_keypoints_and_of_tracks(tmp_path: Path, project: Project, photos: Path) -> None:
    """As `Results.save_txt` of Ultralytics writes them: confidence and number behind the rest."""
    root = tmp_path / "set"
    put(photos, root / "images")
    write(root / "data.yaml", "names: [nevus, no]\nkpt_shape: [2, 3]\n")
    write(root / "config.yml", "a: [1\nb: }\n")  # not YAML at all
    write(root / "a.yaml", "names: a text\n")
    seat = "0.1875 0.291667 0.25 0.25"
    points = "0.1 0.2 2 0 0 0"
    write(root / "labels/m0.txt", f"0 {seat} {points}\n1 {seat} {points} 0.75\n")
    write(root / "labels/m1.txt", f"0 {seat} {points} 0.5 12\n1 {seat} 0.625 7\n")
    write(root / "labels/m2.txt", "0 0.3 0.4 0.5 0.4 0.5 0.6 0.25 31\n")
    report = import_source(project, root)
    assert boxes(project) == {
        "m0.png": [NEVUS, ("no", *NEVUS[1:])],
        "m1.png": [NEVUS, ("no", *NEVUS[1:])],
        "m2.png": [("nevus", 48, 44, 80, 76)],  # around (48, 48), (80, 48), (80, 72)
    }
    scores = [b.score for one in project.images.ids() for b in project.boxes.of_image(one)]
    assert scores == [None, 0.75, 0.5, 0.625, 0.25]
    assert report.lists[0].shapes == {"points": 3, "rectangle": 1, "polygon": 1}
    assert report.failed == []
    told = [note for note in report.notes if "The classes are those of data.yaml." in note]
    assert [note.partition(" ")[0] for note in told] == ["a.yaml", "config.yml"]


def test_yolo_outlines_that_end_on_the_lower_edge(
    tmp_path: Path, project: Project, photos: Path
) -> None:
    """A triangle with a corner at the bottom is not a track; the first track is one of several."""
    root = tmp_path / "set"
    put(photos, root / "images")
    write(root / "data.yaml", "names: [nevus, no]\n")
    outline = "0.3 0.4 0.5 0.4 0.5 0.6"
    write(root / "labels/m0.txt", "0 0.5 0.5 0.2 0.2 0.3 1\n")
    write(root / "labels/m1.txt", f"0 {outline} 0.25 1\n1 {outline} 0.75 2\n")
    import_source(project, root)
    # Around (80, 60), (32, 24), (48, 120), and around (48, 48), (80, 48), (80, 72) of 160 x 120.
    assert boxes(project) == {
        "m0.png": [("nevus", 8, 24, 104, 120)],
        "m1.png": [("nevus", 48, 44, 80, 76), ("no", 48, 44, 80, 76)],
        "m2.png": [],
    }
    scores = [b.score for one in project.images.ids() for b in project.boxes.of_image(one)]
    assert scores == [None, 0.25, 0.75]


def scores(project: Project) -> list[float | None]:
    return [b.score for one in project.images.ids() for b in project.boxes.of_image(one)]


def test_yolo_tracks_are_told_by_all_rows(tmp_path: Path, project: Project, photos: Path) -> None:
    """The first object's 1 stands alone in its file, as in a frame that shows only that one."""
    outline, seat = "0.3 0.4 0.5 0.4 0.5 0.6", "0.1875 0.291667 0.25 0.25"
    numbers = ("1", "2", "1")
    around = ("nevus", 48, 44, 80, 76)
    for name, row, box, told in (
        ("outlines", f"0 {outline} 0.25 {{}}", around, 0.25),
        ("boxes", f"0 {seat} 0.75 {{}}", NEVUS, 0.75),
        ("outlines without scores", f"0 {outline} {{}}", around, None),
        ("boxes without scores", f"0 {seat} {{}}", NEVUS, None),
    ):
        root = tmp_path / name
        put(photos, root / "images")
        write(root / "data.yaml", "names: [nevus]\n")
        for index, number in enumerate(numbers):
            write(root / f"labels/m{index}.txt", row.format(number) + "\n")
        with Project.create(tmp_path / f"of {name}", []) as fresh:
            import_source(fresh, root)
            assert boxes(fresh) == {f"m{index}.png": [box] for index in range(3)}, name
            assert scores(fresh) == [told] * 3, name


def test_yolo_without_tracks_reads_a_one_as_before(
    tmp_path: Path, project: Project, photos: Path
) -> None:
    """Sure boxes have the confidence 1 and outlines touch the lower edge where none is tracked."""
    root = tmp_path / "set"
    put(photos, root / "images")
    write(root / "data.yaml", "names: [nevus]\n")
    write(root / "labels/m0.txt", "0 0.1875 0.291667 0.25 0.25 1\n")
    write(root / "labels/m1.txt", "0 0.1875 0.291667 0.25 0.25 0.5\n")
    write(root / "labels/m2.txt", "0 0.5 0.5 0.7 0.5 0.7 0.9 0.6 1\n")
    import_source(project, root)
    # The last around (80, 60), (112, 60), (112, 108), (96, 120) of 160 x 120.
    assert boxes(project) == {
        "m0.png": [NEVUS],
        "m1.png": [NEVUS],
        "m2.png": [("nevus", 66, 60, 126, 120)],
    }
    assert scores(project) == [1, 0.5, None]


def test_yolo_whose_only_names_cannot_be_read(
    tmp_path: Path, project: Project, photos: Path
) -> None:
    put(photos, tmp_path / "set", "m0.png")
    write(tmp_path / "set/m0.txt", "0 0.5 0.5 0.2 0.2\n")
    write(tmp_path / "set/data.yaml", "names: [nevus\n")
    with pytest.raises(StudioError, match="is not YAML in line"):
        import_source(project, tmp_path / "set")
    write(tmp_path / "set/data.yaml", "version: 3\n")
    assert import_source(project, tmp_path / "set").boxes == 1


VOC = """<annotation><folder>images</folder><filename>{0}.png</filename>
<size><width>160</width><height>120</height><depth>3</depth></size>
<object><name>nevus</name><difficult>1</difficult>
<bndbox><xmin>11</xmin><ymin>21</ymin><xmax>50</xmax><ymax>50</ymax></bndbox></object>
<object><name>melanoma</name><polygon><pt><x>50</x><y>50</y></pt><pt><x>90</x><y>50</y></pt>
<pt><x>90</x><y>80</y></pt><pt><x>60</x><y>90</y></pt><username>Ana</username></polygon></object>
<object><name>nevus</name></object></annotation>"""


def test_voc(tmp_path: Path, project: Project, photos: Path) -> None:
    """As supervision writes it, with an outline as the first LabelMe wrote it."""
    root = tmp_path / "set"
    put(photos, root / "images")
    put(photos, root / "SegmentationClass", "m0.png")
    write(root / "annotations/m0.xml", VOC.format("m0"))
    report = import_source(project, root)
    assert boxes(project) == {"m0.png": [NEVUS, OUTLINE], "m1.png": [], "m2.png": []}
    assert [(one.file, one.row) for one in report.failed] == [("annotations/m0.xml", 2)]
    assert report.lists[0].shapes == {"rectangle": 1, "polygon": 1}


def test_voc_with_one_name_in_two_parts(tmp_path: Path, project: Project, photos: Path) -> None:
    """Darknet and many scripts number the images of each part from 0."""
    root = tmp_path / "set"
    for part, name in (("train", "m0.png"), ("val", "m1.png")):
        (root / "JPEGImages" / part).mkdir(parents=True)
        shutil.copy(photos / name, root / "JPEGImages" / part / "1.png")
        place = {"train": 11, "val": 61}[part]
        write(
            root / "Annotations" / part / "1.xml",
            f"<annotation><filename>1.png</filename><object><name>{part}</name><bndbox>"
            f"<xmin>{place}</xmin><ymin>21</ymin><xmax>{place + 29}</xmax><ymax>50</ymax>"
            "</bndbox></object></annotation>",
        )
    shutil.copy(photos / "m2.png", root / "1.png")  # at the top: the name alone is its path
    report = import_source(project, root)
    assert (report.failed, report.boxes) == ([], 2)
    found = {}
    for source in project.sources.of_list("set"):
        if source.box_id is not None and source.image_id is not None:
            (box,) = project.boxes.of_image(source.image_id)
            (image,) = project.images.by_ids([source.image_id])
            found[source.label] = image.sha256, corners(box.square)
    assert found == {
        "train": (sha256_file(photos / "m0.png"), (10, 20, 40, 50)),
        "val": (sha256_file(photos / "m1.png"), (60, 20, 90, 50)),
    }


def test_labelme(tmp_path: Path, project: Project, photos: Path) -> None:
    """As labelme 6 writes it (`write_label_file`)."""
    root = tmp_path / "set"
    put(photos, root)
    more = {"group_id": None, "description": "", "flags": {}, "mask": None}
    shapes = [
        {**more, "label": "nevus", "points": [[10, 20], [50, 50]], "shape_type": "rectangle"},
        {
            **more,
            "label": "melanoma",
            "points": [[50, 50], [90, 50], [90, 80], [60, 90]],
            "shape_type": "polygon",
        },
        {**more, "label": "nevus", "points": [[100, 60], [110, 60]], "shape_type": "circle"},
        {
            **more,
            "label": "nevus",
            "points": [[100, 20], [120, 40], [110, 50], [90, 30]],
            "shape_type": "oriented_rectangle",
        },
        {**more, "label": "nevus", "points": [[5, 6]], "shape_type": "point"},
        {**more, "label": "nevus", "points": "x", "shape_type": "polygon"},
    ]
    head = {"version": "6.3.1", "flags": {}, "imageData": None, "imageHeight": 120}
    write(root / "m0.json", {**head, "imageWidth": 160, "imagePath": "m0.png", "shapes": shapes})
    mask = {**more, "label": "melanoma", "points": [[40, 30], [90, 60]], "shape_type": "mask"}
    write(
        root / "sub/m1.json",
        {
            **head,
            "imageWidth": 160,
            "imagePath": "..\\m1.png",
            "shapes": [{**mask, "mask": "iVBO"}],
        },
    )
    write(root / "broken.json", '{"shapes": [], "imagePath": ')
    report = import_source(project, root)
    assert boxes(project) == {
        "m0.png": [NEVUS, OUTLINE, ("nevus", 90, 50, 110, 70), ("nevus", 90, 20, 120, 50)],
        "m1.png": [("melanoma", 40, 20, 91, 71)],
        "m2.png": [],
    }
    assert report.lists[0].needs_box == 1
    assert [(one.file, one.reason) for one in report.failed] == [
        ("broken.json", "bad_row"),
        ("m0.json", "bad_box"),
    ]
    assert "1 mask" in " ".join(report.notes)


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><name>t</name></task></meta>
<image id="0" name="m0.png" width="160" height="120">
<box label="nevus" occluded="0" xtl="10.00" ytl="20.00" xbr="50.00" ybr="50.00" z_order="0">
<attribute name="sure">yes</attribute></box>
<polygon label="melanoma" points="50.00,50.00;90.00,50.00;90.00,80.00;60.00,90.00"></polygon>
<box label="nevus" xtl="90" ytl="30" xbr="110" ybr="40" rotation="90"></box>
<ellipse label="nevus" cx="20" cy="80" rx="5" ry="10"></ellipse>
<points label="nevus" points="3,4"></points><box label="nevus" xtl="1"></box>
</image>
<image id="1" name="m1.png" width="160" height="120">
<mask label="melanoma" rle="5, 2, 2, 1, 2" left="10" top="20" width="4" height="3"></mask>
</image>
<track id="0" label="nevus"><box frame="0" xtl="1" ytl="1" xbr="2" ybr="2"></box></track>
</annotations>"""


def test_cvat(tmp_path: Path, project: Project, photos: Path) -> None:
    """As CVAT for images 1.1 is published, and as Datumaro writes it."""
    put(photos, tmp_path / "set/images")
    path = write(tmp_path / "set/annotations.xml", CVAT)
    report = import_source(project, path)
    assert boxes(project) == {
        "m0.png": [NEVUS, OUTLINE, ("nevus", 90, 25, 110, 45), ("nevus", 10, 70, 30, 90)],
        "m1.png": [("melanoma", 11, 21, 13, 23)],
    }
    assert sorted(one.reason for one in report.failed) == ["bad_box", "no_image"]
    assert report.lists[0].shapes == {
        "rectangle": 1, "polygon": 1, "rotated": 1, "ellipse": 1, "points": 1, "mask": 1
    }  # fmt: skip
    # The folder brings the images that the file does not name, too.
    report = import_source(project, tmp_path / "set")
    assert (report.added, report.boxes, report.rows) == (1, 0, 0)


def region(kind: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    shared = {"from_name": "label", "to_name": "image", "image_rotation": 0}
    size = {"original_width": 160, "original_height": 120}
    return {"type": kind, "value": value, **shared, **size, **more}


RECT = {"x": 6.25, "y": 100 / 6, "width": 25, "height": 25, "rotation": 0}
TURNED = {"x": 50, "y": 25, "width": 12.5, "height": 100 / 12, "rotation": 90}
BRUSH = [0, 0, 1, 140, 57, 27, 254, 159, 0, 143, 254, 112, 8, 255, 239, 128, 71, 255, 132, 192, 35]
BRUSH += [255, 196, 96, 17, 255, 225, 112, 8, 255, 241, 88, 4, 255, 248, 220, 0]


def test_label_studio(tmp_path: Path, project: Project, photos: Path) -> None:
    put(photos, tmp_path / "set/images")
    points = [
        [50 / 1.6, 50 / 1.2],
        [90 / 1.6, 50 / 1.2],
        [90 / 1.6, 80 / 1.2],
        [60 / 1.6, 90 / 1.2],
    ]
    named = {**RECT, "rectanglelabels": ["nevus"]}
    done = [
        region("rectanglelabels", named, id="a"),
        region("polygonlabels", {"points": points, "polygonlabels": ["melanoma"]}, id="b"),
        region("rectangle", TURNED, id="c"),
        region("labels", {**TURNED, "labels": ["nevus"]}, id="c"),
        region("choices", {"choices": ["good"]}, id="d"),
        region(
            "rectanglelabels", {**RECT, "rectanglelabels": ["nevus"]}, id="e", image_rotation=90
        ),
    ]
    small = {"original_width": 11, "original_height": 9}
    brush = region(
        "brushlabels", {"format": "rle", "rle": BRUSH, "brushlabels": ["nevus"]}, **small
    )
    guess = [region("rectanglelabels", named, id="p")]
    tasks = [
        {
            "id": 1,
            "annotations": [
                {"id": 1, "result": done},
                {"id": 2, "was_cancelled": True, "result": guess},
            ],
            "data": {"image": "/data/upload/1/0a1b2c3d-m0.png", "patient": "p"},
        },
        {"id": 2, "annotations": [{"id": 3, "result": [brush]}], "data": {"image": "m1.png"}},
        {
            "id": 3,
            "annotations": [],
            "predictions": [{"score": 0.75, "result": guess}],
            "data": {"image": "/data/local-files/?d=images/m2.png"},
        },
    ]
    path = write(tmp_path / "set/export.json", tasks)
    report = import_source(project, path)
    assert boxes(project) == {
        "m0.png": [NEVUS, OUTLINE, ("nevus", 65, 30, 85, 50)],
        "m1.png": [],
        "m2.png": [NEVUS],
    }
    # The brush was drawn on an image of another size: m1.png came in, and its box is named.
    assert sorted(one.reason for one in report.failed) == ["bad_box", "frame"]
    assert report.lists[0].shapes == {"rectangle": 2, "polygon": 1, "rotated": 1}
    with Project.create(tmp_path / "p2", ["nevus"]) as other:
        Image.new("RGB", (11, 9)).save(tmp_path / "set/images/m1.png")
        import_source(other, path)
        assert boxes(other)["m1.png"] == [("nevus", 4, 2.0, 11, 9.0)]


def test_label_studio_without_ids(tmp_path: Path, project: Project, photos: Path) -> None:
    """Regions that another program wrote have no id: each has the label beside its numbers."""
    common = {"to_name": "image", "from_name": "label", "original_width": 160}
    common |= {"original_height": 120, "type": "rectanglelabels"}
    places = {"nevus": 12.5, "melanoma": 50.0, "keratosis": 25.0}
    result = [
        {"value": {"x": x, "y": 25, "width": 12.5, "height": 12.5, "rectanglelabels": [name]}}
        for name, x in places.items()
    ]
    result[1] |= {"id": ""}
    regions = [{**common, **one} for one in result]
    task = {"id": 1, "data": {"image": "m0.png"}, "annotations": [{"result": regions}]}
    path = write(photos / "export.json", [task])
    report = import_source(project, path)
    assert (report.failed, report.boxes) == ([], 3)
    # 12.5 % of 160 × 120 is 20 × 15 pixels from y = 30, so the square is 2.5 higher and lower.
    assert boxes(project)["m0.png"] == [
        ("nevus", 20, 27.5, 40, 47.5),
        ("melanoma", 80, 27.5, 100, 47.5),
        ("keratosis", 40, 27.5, 60, 47.5),
    ]


def test_label_studio_csv(tmp_path: Path, project: Project, photos: Path) -> None:
    """As the converter of label-studio-sdk 2.1 writes it."""
    cell = json.dumps(
        [{**RECT, "rectanglelabels": ["nevus"], "original_width": 160, "original_height": 120}]
    ).replace('"', '""')
    path = write(
        tmp_path / "result.csv",
        '"annotation_id","annotator","id","image","label"\n'
        f'1,"1",1,"/data/upload/1/0a1b2c3d-m0.png","{cell}"\n2,"1",2,"/data/upload/1/x-m1.png",""\n',
    )
    report = import_source(project, path, images=photos)
    assert boxes(project) == {"m0.png": [NEVUS]}
    assert [one.reason for one in report.failed] == ["missing"]


def test_coco_masks(tmp_path: Path, project: Project, photos: Path) -> None:
    """As Datumaro writes a painted mask: in runs, and marked as a crowd."""
    put(photos, tmp_path / "set/images/train")
    runs = [40 * 120 + 30] + [31, 89] * 50 + [31, 160 * 120 - (40 * 120 + 30) - 31 * 51 - 89 * 50]
    mask = {"counts": runs, "size": [120, 160]}
    two = {"counts": [0, 1, 18000, 1, 1198], "size": [120, 160]}
    images = [{"id": n, "width": 160, "height": 120, "file_name": f"m{n}.png"} for n in range(3)]
    made = [
        {"id": 1, "image_id": 0, "category_id": 1, "segmentation": mask, "iscrowd": 1},
        {"id": 2, "image_id": 1, "category_id": 1, "segmentation": mask, "iscrowd": 0},
        {"id": 3, "image_id": 1, "category_id": 1, "segmentation": two, "iscrowd": 1},
    ]
    document = {"images": images, "annotations": made, "categories": [{"id": 1, "name": "nevus"}]}
    write(tmp_path / "set/annotations/instances_train.json", document)
    write(tmp_path / "set/annotations/panoptic_train.json", {**document, "annotations": []})
    put(photos, tmp_path / "set/annotations/panoptic_train", "m0.png")
    report = import_source(project, tmp_path / "set")
    assert [one.name for one in report.lists] == ["instances_train.json"]
    assert boxes(project) == {
        "m0.png": [("nevus", 40, 20, 91, 71)],
        "m1.png": [("nevus", 40, 20, 91, 71)],
        "m2.png": [],
    }
    assert [one.reason for one in report.failed] == ["crowd"]


def test_masks(tmp_path: Path, project: Project, photos: Path) -> None:
    root = tmp_path / "set"
    put(photos, root / "images/nevus")
    mask = np.zeros((120, 160), np.uint8)
    mask[30:61, 40:91] = 255
    mask[100:110, 10:20] = 255
    mask[0, 0] = 255
    (root / "masks/nevus").mkdir(parents=True)
    Image.fromarray(mask).save(root / "masks/nevus/m0.png")
    Image.fromarray(mask // 255).save(root / "masks/nevus/m1_mask.png")
    grey = np.tile(np.arange(160, dtype=np.uint8), (120, 1))
    Image.fromarray(grey).save(root / "masks/nevus/m2.png")
    (root / "masks/nevus/m9.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    report = import_source(project, root)
    parts = [("nevus", 40, 20, 91, 71), ("nevus", 10, 100, 20, 110)]
    assert boxes(project) == {"m0.png": parts, "m1.png": parts, "m2.png": []}
    assert sorted((one.file, one.reason) for one in report.failed) == [
        ("masks/nevus/m2.png", "bad_box"),
        ("masks/nevus/m9.png", "no_image"),
    ]
    assert "2 specks" in report.notes[1]


@pytest.mark.parametrize("outer", ["masks", "annotations", "ISIC/masks"])
@pytest.mark.parametrize("place", ["images/", ""])
def test_masks_in_an_outer_folder_of_such_a_name(
    tmp_path: Path, project: Project, photos: Path, outer: str, place: str
) -> None:
    """A zip of a folder called masks gives what the folder itself gives."""
    mask = np.zeros((120, 160), np.uint8)
    mask[30:61, 40:91] = 255
    top = tmp_path / "set" / outer
    put(photos, top / place)
    (top / "masks").mkdir()
    for name in ("m0", "m1", "m2"):
        Image.fromarray(mask).save(top / f"masks/{name}_segmentation.png")
    packed = shutil.make_archive(str(tmp_path / "sent"), "zip", tmp_path / "set")
    report = import_source(project, Path(packed))
    assert (report.added, report.boxes, report.failed) == (3, 3, [])
    assert {name: len(found) for name, found in boxes(project).items()} == {
        "m0.png": 1,
        "m1.png": 1,
        "m2.png": 1,
    }
    if place:
        assert unknown_class_folders(project, Path(packed)) == {}


@pytest.mark.parametrize("format_name", ["yolo", "voc", "coco"])
def test_an_export_comes_back(
    tmp_path: Path, project: Project, photos: Path, format_name: str
) -> None:
    import_source(project, photos)
    ids = project.images.ids()
    labels = {label.name: label.id for label in project.labels()}
    squares = [Square(40, 50, 30), Square(100.5, 60, 41), Square(80, 60, 100)]
    made = [
        NewBox(ids[0], squares[0], labels["nevus"], state=BoxState.ACCEPTED),
        NewBox(ids[0], squares[1], labels["melanoma"], state=BoxState.ACCEPTED),
        NewBox(ids[1], squares[2], labels["melanoma"], state=BoxState.ACCEPTED),
    ]
    project.boxes.add(made, Action.IMPORT)
    export_project(project, tmp_path / "out", format_name)
    with Project.create(tmp_path / "again", ["nevus", "melanoma"], "melanoma") as other:
        report = import_source(other, tmp_path / "out")
        assert (report.failed, report.boxes, report.added) == ([], 3, 2)
        hashes = {one.sha256: one.id for one in other.images.by_ids(other.images.ids())}
        found = []
        for image in project.images.by_ids(ids[:2]):
            for box in other.boxes.of_image(hashes[image.sha256]):
                label = next(one.name for one in other.labels() if one.id == box.label_id)
                found.append((label, box.square))
    names = ["nevus", "melanoma", "melanoma"]
    close = 1.0 if format_name == "voc" else 1e-3  # VOC has whole pixels
    for (label, square), name, wanted in zip(found, names, squares, strict=True):
        assert label == name
        assert (square.cx, square.cy, square.side) == pytest.approx(
            (wanted.cx, wanted.cy, wanted.side), abs=close
        )


@pytest.mark.parametrize("again", ["same project", "folder", "renamed"])
def test_the_table_of_an_export_comes_back_exactly(
    tmp_path: Path, project: Project, photo: Photo, again: str
) -> None:
    """Also of a turned picture, whose boxes the table has in the raw frame, and of two pictures of
    one name."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(tmp_path / "in/nevus/a.jpg", 1, exif=exif)
    photo(tmp_path / "in/melanoma/a.jpg", 2)
    import_source(project, tmp_path / "in")
    labels = {label.name: label.id for label in project.labels()}
    images = {one.orientation: one for one in project.images.by_ids(project.images.ids())}
    wanted = [
        (images[6].sha256, "nevus", Square(40.25, 50.1, 30.3), 0.25),
        (images[6].sha256, "melanoma", Square(120, 60, 41), None),
        (images[1].sha256, None, Square(80, 60, 100), 1 / 3),
    ]
    accepted = BoxState.ACCEPTED
    made = [
        NewBox(images[6].id, wanted[0][2], labels["nevus"], score=0.25, state=accepted),
        NewBox(images[6].id, wanted[1][2], labels["melanoma"], state=accepted),
        NewBox(images[1].id, wanted[2][2], None, score=1 / 3, state=accepted),
    ]
    project.boxes.add(made, Action.IMPORT)
    export_project(project, tmp_path / "out", "csv")
    place = tmp_path / "in"
    if again == "renamed":
        place = tmp_path / "renamed"
        place.mkdir()
        for number, file in enumerate(sorted((tmp_path / "in").rglob("*.jpg"))):
            shutil.copy(file, place / f"{number}.jpg")

    def found(other: Project) -> list[tuple[str, str | None, Square, float | None]]:
        names: dict[int | None, str] = {one.id: one.name for one in other.labels()}
        return [
            (image.sha256, names.get(box.label_id), box.square, box.score)
            for image in other.images.by_ids(other.images.ids())
            for box in other.boxes.of_image(image.id)
            if box.origin == "boxes"
        ]

    def close(one: tuple[str, str | None, Square, float | None]) -> tuple[object, ...]:
        sha256, label, square, score = one
        return (
            sha256,
            label,
            *(round(float(v), 9) for v in (square.cx, square.cy, square.side)),
            score,
        )

    if again == "same project":
        report = import_source(project, tmp_path / "out/boxes.csv")
        came = found(project)
    else:
        with Project.create(tmp_path / "again", []) as other:
            report = import_source(other, tmp_path / "out/boxes.csv", images=place)
            came = found(other)
    assert (report.failed, report.boxes, report.lists[0].kind) == ([], 3, "boxes")
    assert report.lists[0].frame == "raw"
    assert sorted(map(repr, map(close, came))) == sorted(map(repr, map(close, wanted)))


def test_the_table_of_an_export_on_other_pictures(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    photo(tmp_path / "in/a.jpg", 1)
    import_source(project, tmp_path / "in")
    made = NewBox(1, Square(40, 50, 30), None, state=BoxState.ACCEPTED)
    project.boxes.add([made], Action.IMPORT)
    export_project(project, tmp_path / "out", "csv")
    photo(tmp_path / "other/a.jpg", 2)
    with Project.create(tmp_path / "again", []) as other:
        report = import_source(other, tmp_path / "out/boxes.csv", images=tmp_path / "other")
        assert (report.boxes, report.reasons()) == (0, {"missing": 1})
        assert "its content is another" in report.failed[0].sentence


def test_a_table_with_rows_that_cannot_be_meant(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    """Of a turned picture of 160 x 120, which is shown as 120 x 160."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(tmp_path / "in/a.jpg", 1, exif=exif)
    shutil.copy(tmp_path / "in/a.jpg", tmp_path / "in/b.jpg")
    write(
        tmp_path / "in/boxes.csv",
        "file,sha256,width,height,frame,x0,y0,x1,y1,label,score\n"
        "a.jpg,,120,160,exif,10,20,50,60,nevus,\n"
        "a.jpg,,120,160,exif,50,20,10,60,nevus,\n"
        "a.jpg,,120,160,exif,10,20,10,60,nevus,\n"
        "b.jpg,,999,160,exif,10,20,50,60,nevus,\n",
    )
    (skipped,) = import_source(project, tmp_path / "in").skipped
    assert "boxes.csv is a list of boxes" in skipped.sentence
    assert "import the list itself" in skipped.sentence
    report = import_source(project, tmp_path / "in/boxes.csv")
    assert [(one.row, one.reason) for one in report.failed] == [(3, "bad_box"), (5, "bad_box")]
    assert "ends before it begins, from (50, 20) to (10, 60)" in report.failed[0].sentence
    assert "the list says 999 × 160" in report.failed[1].sentence
    # Shown (10, 20) to (50, 60) is stored (20, 70) to (60, 110): a quarter turn.
    assert [one.square for one in project.boxes.of_image(1)] == [Square(40, 90, 40)]
    assert report.lists[0].needs_box == 1


# As Datumaro 1.13 writes it.
DATUMARO = {
    "dm_format_version": "1.0",
    "media_type": 2,
    "infos": {},
    "categories": {"label": {"labels": [{"name": "nevus", "parent": "", "attributes": []}]}},
    "items": [
        {
            "id": "m0",
            "annotations": [{"id": 0, "type": "bbox", "label_id": 0, "bbox": [10, 20, 40, 30]}],
            "image": {"path": "m0.png", "size": [120, 160]},
        }
    ],
}


@pytest.mark.parametrize("version", [True, False])
def test_the_own_format_of_datumaro_is_named(
    tmp_path: Path, project: Project, photos: Path, version: bool
) -> None:
    """Files of before 2023 have no number of their version."""
    put(photos, tmp_path / "set/images/train")
    document = {k: v for k, v in DATUMARO.items() if version or k != "dm_format_version"}
    path = write(tmp_path / "set/annotations/train.json", document)
    for source in (path, tmp_path / "set"):
        with pytest.raises(StudioError, match="Datumaro's own format"):
            import_source(project, source)
    assert import_source(project, tmp_path / "set", as_="folder").added == 3


LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]><annotation>&b;</annotation>'
)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xml", LAUGHS, "declares entities"),
        ("a.xml", "<annotations>" + "<a>" * 60, "more elements"),
        ("a.xml", "<annotations><image", "is not XML"),
        ("data.yaml", "names: &a [x]\nb: *a\n", "has an alias"),
        ("data.yaml", "names: " + "[" * 30_000, "is nested too deeply"),
        ("data.yaml", "names: 5\ntrain: x\n", "not a list"),
        ("a.json", '[{"original_width": 1, "x": ' + "[" * 100_000, "is not JSON"),
    ],
)
def test_a_hostile_file_gives_a_sentence(
    tmp_path: Path, project: Project, name: str, content: str, said: str
) -> None:
    path = write(tmp_path / "in" / name, content)
    try:
        report = import_source(project, path)
        told = " ".join(one.sentence for one in report.failed)
    except StudioError as error:
        told = str(error)
    assert said in told
    assert name in told
    assert project.images.count() == 0


def test_several_kinds_in_one_folder_are_asked_about(
    tmp_path: Path, project: Project, photos: Path
) -> None:
    root = tmp_path / "set"
    put(photos, root)
    write(root / "m0.xml", VOC.format("m0"))
    write(root / "m1.txt", "0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(StudioError, match=r"several kinds \(voc, yolo\)"):
        import_source(project, root)
    report = import_source(project, root, "voc")
    assert (report.added, report.boxes) == (3, 2)
    assert import_source(project, root, "folder").already == 3
