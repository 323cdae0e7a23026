"""Lists as other tools write them: every row ends in one state, in the right place or named."""

import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.errors import UsageError
from studio.imaging import ImageError, Square, VerifiedImage
from studio.imaging.limits import Limits
from studio.imaging.verify import examine
from studio.project import Project, SourceStatus
from studio.workflows.importing import ImportReport, import_source, intake

Photo = Callable[..., Path]
CATEGORIES = [{"id": 1, "name": "nevus"}, {"id": 2, "name": "melanoma"}]


def coco(
    path: Path,
    images: Sequence[dict[str, Any]],
    annotations: Sequence[dict[str, Any]],
    categories: Sequence[dict[str, Any]] = CATEGORIES,
) -> Path:
    document = {"images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def box(image: Any, *bbox: float, category: Any = 1, **more: Any) -> dict[str, Any]:
    return {"image_id": image, "category_id": category, "bbox": list(bbox), **more}


def squares(project: Project) -> dict[str, list[Square]]:
    """The squares of each image by its file name."""
    images = project.images.by_ids(project.images.ids())
    return {
        image.file: [one.square for one in project.boxes.of_image(image.id)] for image in images
    }


def adds_up(report: ImportReport) -> bool:
    """Whether every row of every list is in exactly one of the four states."""
    return all(
        one.placed + one.waiting + one.needs_review + one.failed == one.rows + one.unreadable
        for one in report.lists
    )


def test_one_list_has_one_frame(tmp_path: Path, project: Project, photo: Photo) -> None:
    exif = Image.Exif()
    for name, orientation in (("a.jpg", 6), ("b.jpg", 3), ("c.jpg", 1)):
        exif[0x0112] = orientation
        photo(tmp_path / "in" / name, orientation, exif=exif)
    images = [
        {"id": 1, "file_name": "a.jpg", "width": 120, "height": 160},
        {"id": 2, "file_name": "b.jpg", "width": 160, "height": 120},
        {"id": 3, "file_name": "c.jpg", "width": 160, "height": 120},
    ]
    boxes = [box(number, 20, 30, 40, 40) for number in (1, 2, 3)]
    path = coco(tmp_path / "list.json", images, boxes)
    report = import_source(project, path, images=tmp_path / "in")
    # By hand: centre (40, 50) of the upright picture; turned back by 180° it is (120, 70) of
    # 160 × 120, turned back by 90° it is (50, 120 - 40).
    assert squares(project) == {
        "a.jpg": [Square(50, 80, 40)],
        "b.jpg": [Square(120, 70, 40)],
        "c.jpg": [Square(40, 50, 40)],
    }
    assert report.lists[0].frame == "exif"
    assert "upright" in " ".join(report.notes)


def test_a_doubtful_frame_is_named_and_told_later(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    photo(tmp_path / "in/b.jpg", 1, exif=exif)
    images = [{"id": 2, "file_name": "b.jpg", "width": 160, "height": 120}]
    path = coco(tmp_path / "list.json", images, [box(2, 20, 30, 40, 40)])
    report = import_source(project, path, images=tmp_path / "in")
    assert (report.reasons(), report.boxes, adds_up(report)) == ({"frame": 1}, 0, True)
    report = import_source(project, path, images=tmp_path / "in", frame="raw")
    assert (report.reasons(), report.boxes, report.rows_already) == ({}, 1, 1)
    assert squares(project) == {"b.jpg": [Square(40, 50, 40)]}
    assert [one.status for one in project.sources.of_list("list.json")] == [SourceStatus.IMAGE]
    with pytest.raises(UsageError, match="one of auto, raw, exif"):
        import_source(project, path, frame="upright")


def test_a_can_list_of_upright_pictures(tmp_path: Path, project: Project, photo: Photo) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(tmp_path / "in/a.jpg", 1, exif=exif)
    path = tmp_path / "list.csv"
    path.write_text("1 nevus 0.25 0.5 0.5 0.375 http://x.example/a.jpg\n", encoding="utf-8")
    report = import_source(project, path, images=tmp_path / "in", frame="exif")
    assert report.boxes == 1
    # Upright it is 120 × 160: centre (30, 80), side 60; stored that is (80, 120 - 30).
    assert squares(project)["a.jpg"] == [Square(80, 90, 60)]
    with pytest.raises(UsageError, match="fractions"):
        import_source(project, path, unit="pixels")


@pytest.mark.parametrize("part", [1, 100])
def test_fractions_and_percent_are_told_by_the_list(
    tmp_path: Path, project: Project, part: float
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        Image.effect_noise((640, 480), 40 + number).convert("RGB").save(
            tmp_path / f"in/{number}.png"
        )
    images = [{"id": n, "file_name": f"{n}.png", "width": 640, "height": 480} for n in range(3)]
    scale = (640 / part, 480 / part, 640 / part, 480 / part)
    bbox = [value / by for value, by in zip((100, 60, 81, 60), scale, strict=True)]
    path = coco(tmp_path / "list.json", images, [box(n, *bbox) for n in range(3)])
    report = import_source(project, path, images=tmp_path / "in")
    assert (report.boxes, len(report.notes)) == (3, 1)
    for found in squares(project).values():
        assert (found[0].cx, found[0].cy, found[0].side) == pytest.approx((140.5, 90, 81))


@pytest.mark.parametrize(
    ("images", "category", "categories"),
    [
        ([1, 2], "0", [{"id": 0, "name": "nevus"}]),
        (["1", "2"], 0, [{"id": 0, "name": "nevus"}]),
        ([1.0, 2.0], 1.0, [{"id": "1", "name": "nevus"}]),
        ([7, "8"], 3, [{"id": " 3.0", "name": "nevus"}]),
    ],
)
def test_ids_are_joined_as_numbers(
    tmp_path: Path,
    project: Project,
    photo: Photo,
    images: list[Any],
    category: Any,
    categories: list[Any],
) -> None:
    listed = []
    for number, id_ in enumerate(images):
        photo(tmp_path / f"in/{number}.jpg", number)
        listed.append({"id": id_, "file_name": f"{number}.jpg"})
    other = [int(images[0]), str(images[1]).removesuffix(".0")]
    boxes = [box(id_, 20, 30, 40, 40, category=category) for id_ in other]
    report = import_source(
        project, coco(tmp_path / "list.json", listed, boxes, categories), images=tmp_path / "in"
    )
    assert (report.boxes, report.failed, report.labels_added) == (2, [], [])


def test_boxes_of_an_id_that_two_images_have_are_named(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        photo(tmp_path / "in" / name, ord(name[0]))
    images = [{"id": id_, "file_name": f} for id_, f in ((1, "a.jpg"), (1, "b.jpg"), (2, "c.jpg"))]
    path = coco(tmp_path / "list.json", images, [box(1, 1, 2, 30, 40), box(2, 20, 30, 40, 40)])
    report = import_source(project, path, images=tmp_path / "in")
    assert {name: len(found) for name, found in squares(project).items()} == {
        "a.jpg": 0,
        "b.jpg": 0,
        "c.jpg": 1,
    }
    assert (report.reasons(), adds_up(report)) == ({"ambiguous": 1}, True)


def test_boxes_outside_are_named(tmp_path: Path, project: Project, photo: Photo) -> None:
    photo(tmp_path / "in/a.jpg", 1)
    boxes = [box(1, 400, 300, 40, 40), box(1, -90, 5, 50, 50), box(1, -5, -3, 60, 60)]
    path = coco(tmp_path / "list.json", [{"id": 1, "file_name": "a.jpg"}], boxes)
    report = import_source(project, path, images=tmp_path / "in")
    assert (report.boxes, report.reasons(), adds_up(report)) == (1, {"outside": 2}, True)
    assert squares(project)["a.jpg"] == [Square(30, 30, 60)]
    table = tmp_path / "in/result.csv"
    table.write_text("file,x0,y0,x1,y1\na.jpg,3000,2500,3200,2700\n", encoding="utf-8")
    assert import_source(project, table).reasons() == {"outside": 1}


def test_an_outline_gives_the_box(tmp_path: Path, project: Project, photo: Photo) -> None:
    outline = [[20, 30, 60, 30, 60, 55, 20, 55]]
    lacking = [{}, {"bbox": []}, {"bbox": [0, 0, 0, 0]}, {"bbox": None}]
    images = []
    for number in range(len(lacking) + 1):
        photo(tmp_path / f"in/{number}.jpg", number)
        images.append({"id": number, "file_name": f"{number}.jpg"})
    boxes = [
        {"image_id": n, "category_id": 1, "segmentation": outline, **more}
        for n, more in enumerate(lacking)
    ]
    boxes.append({"image_id": len(lacking), "category_id": 1, "segmentation": {"counts": "x"}})
    report = import_source(
        project, coco(tmp_path / "list.json", images, boxes), images=tmp_path / "in"
    )
    assert (report.boxes, report.reasons()) == (4, {"bad_box": 1})
    found = squares(project)
    assert {name: found[name] for name in ("0.jpg", "3.jpg")} == {
        "0.jpg": [Square(40, 42.5, 40)],
        "3.jpg": [Square(40, 42.5, 40)],
    }


@pytest.mark.parametrize("labels", [("nevus", "melanoma"), ("nevus", "nevus", "nevus")])
def test_a_placeholder_is_given_no_label(
    tmp_path: Path, project: Project, photo: Photo, labels: tuple[str, ...]
) -> None:
    (tmp_path / "in").mkdir()
    stand_in = Image.new("RGB", (161, 81), (245, 245, 245))
    rows = []
    for number, label in enumerate(labels, start=1):
        stand_in.save(tmp_path / f"in/{number}.png")
        rows.append(f"{number} {label} 0.4 0.4 0.2 0.2 https://a.example/{number}.jpg")
    photo(tmp_path / "in/9.png", 9)
    rows.append("9 nevus 0.5 0.5 0.3 0.4 https://a.example/9.jpg")
    path = tmp_path / "list.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    for _ in range(2):
        report = import_source(project, path, images=tmp_path / "in")
        summary = report.lists[0]
        assert (summary.placed, summary.needs_review, summary.failed) == (1, len(labels), 0)
        assert {n: len(found) for n, found in squares(project).items()} == {"1.png": 0, "9.png": 1}
        image = project.images.by_ids(project.images.ids())[0]
        assert image.label_id is None


def test_a_mirror_of_one_picture_under_one_label_is_no_placeholder(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    photo(tmp_path / "in/1.jpg", 1)
    (tmp_path / "in/2.jpg").write_bytes((tmp_path / "in/1.jpg").read_bytes())
    path = tmp_path / "list.csv"
    path.write_text(
        "1 nevus 0.5 0.5 0.3 0.4 http://a.example/x\n2 nevus 0.5 0.5 0.3 0.4 http://b.example/x\n",
        encoding="utf-8",
    )
    report = import_source(project, path, images=tmp_path / "in")
    assert (report.lists[0].placed, report.failed) == (2, [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_table_of_a_european_spreadsheet(
    tmp_path: Path, project: Project, photo: Photo, encoding: str
) -> None:
    photo(tmp_path / "in" / unicodedata.normalize("NFD", "Größe.jpg"), 1)
    photo(tmp_path / "in/b.jpg", 2)
    text = (
        "file;index;x0;y0;x1;y1;malignancy;prediction;remark\r\n"
        'Größe.jpg;0;60,5;40,0;100,5;80,0;0,91;-;"two\r\nlines"\r\nb.jpg;0;20;30;60;70;0,4;-;\r\n'
    )
    (tmp_path / "result.csv").write_bytes(text.encode(encoding))
    report = import_source(project, tmp_path / "result.csv", images=tmp_path / "in")
    assert (report.boxes, report.failed) == (2, [])
    found = [project.boxes.of_image(id_)[0] for id_ in project.images.ids()]
    assert sorted((one.square.cx, one.score) for one in found) == [(40.0, 0.4), (80.5, 0.91)]


def test_a_picture_of_another_folder_is_not_taken(
    tmp_path: Path, project: Project, photo: Photo
) -> None:
    photo(tmp_path / "in/clinicB/IMG_0001.jpg", 1)
    images = [{"id": n, "file_name": f"clinic{c}/IMG_0001.jpg"} for n, c in enumerate("AB")]
    boxes = [box(0, 60, 30, 20, 20, category=2), box(1, 20, 30, 40, 40)]
    path = coco(tmp_path / "list.json", images, boxes)
    report = import_source(project, path, images=tmp_path / "in")
    assert squares(project) == {"IMG_0001.jpg": [Square(40, 50, 40)]}
    assert report.reasons() == {"missing": 1}
    photo(tmp_path / "in/clinicA/IMG_0001.jpg", 2)
    report = import_source(project, path, images=tmp_path / "in")
    assert (report.boxes, report.failed) == (1, [])
    assert project.boxes.of_image(2)[0].square == Square(70, 40, 20)


# A property of every list: no row is lost, none is counted twice.


class InProcess:
    """A verifier without child processes: what is tried here are rows, not hostile pictures."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def check_many(
        self, paths: Iterable[Path]
    ) -> Iterator[tuple[Path, VerifiedImage | ImageError]]:
        for path in paths:
            try:
                yield path, examine(path, self._limits)
            except ImageError as error:
                yield path, error

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures of four contents: two the same, one turned, one that is none."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "x").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    for number, name in enumerate(("a.jpg", "b.jpg", "x/c.jpg")):
        noise = Image.effect_noise((60, 40), 50 + number).convert("RGB")
        noise.save(folder / name, **({"exif": exif} if name == "b.jpg" else {}))
    (folder / "copy.jpg").write_bytes((folder / "a.jpg").read_bytes())
    (folder / "copy2.jpg").write_bytes((folder / "a.jpg").read_bytes())
    (folder / "broken.jpg").write_text("not a picture", encoding="utf-8")
    return folder


IDS = st.sampled_from([1, 2, 3, "1", 2.0, "x", None])
FILES = st.sampled_from(
    [
        *("a.jpg", "b.jpg", "x/c.jpg", "y/c.jpg", "..\\c.jpg", "A.JPG"),
        *("copy.jpg", "copy2.jpg", "broken.jpg", "gone.jpg", ""),
    ]
)
NUMBERS = st.sampled_from([-50, 0, 0.5, 1, 10, 25.5, 55, 1000])
IMAGES = st.fixed_dictionaries(
    {"id": IDS, "file_name": FILES},
    optional={
        "width": st.sampled_from([60, 40, 99]),
        "height": st.sampled_from([40, 60]),
        "coco_url": st.sampled_from(["http://a.example/1", "http://a.example/2"]),
    },
)
BOXES = st.fixed_dictionaries(
    {"image_id": IDS, "bbox": st.lists(NUMBERS, min_size=3, max_size=4)},
    optional={"category_id": st.sampled_from([1, 2, "1", 9]), "iscrowd": st.sampled_from([0, 1])},
)


@settings(max_examples=15)
@given(st.lists(IMAGES, max_size=6), st.lists(BOXES, max_size=8), st.sampled_from(["auto", "raw"]))
def test_every_row_ends_in_exactly_one_state(
    pictures: Path, images: list[Any], annotations: list[Any], frame: str
) -> None:
    with (
        TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
        Project.create(Path(folder) / "project", ["nevus", "melanoma"]) as project,
    ):
        patch.setattr(intake, "Verifier", InProcess)
        path = coco(Path(folder) / "list.json", images, annotations)
        for time in range(2):
            report = import_source(project, path, "coco", pictures, frame=frame)
            (summary,) = report.lists
            assert adds_up(report)
            sources = project.sources.of_list("list.json")
            assert len(sources) == summary.rows + summary.unreadable
            states = [source.status for source in sources]
            assert states.count(SourceStatus.IMAGE) == summary.placed
            assert states.count(SourceStatus.WAITING) == summary.waiting
            assert states.count(SourceStatus.FAILED) == summary.failed
            assert states.count(SourceStatus.NEEDS_REVIEW) == summary.needs_review
            assert (report.rows, report.rows_already) == (
                (0, summary.rows) if time else (summary.rows, 0)
            )
            # Each failure and doubt has a sentence that names a file or a row.
            assert len(report.failed) >= summary.failed
            assert all(one.sentence and os.sep * 3 not in one.sentence for one in report.failed)
            for source in sources:
                assert (source.image_id is not None) == (
                    source.status in (SourceStatus.IMAGE, SourceStatus.NEEDS_REVIEW)
                )
                if source.box_id is not None:
                    assert project.boxes.by_id(source.box_id).image_id == source.image_id
