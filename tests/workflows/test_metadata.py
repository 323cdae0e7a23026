"""Tables of patients and other metadata, as people and public data sets write them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.datasets.fingerprints import Fingerprinter, ImageRef
from studio.datasets.selection import freeze
from studio.errors import StudioError
from studio.origins import read_origins
from studio.project import ImageRow, Project
from studio.project.groups import image_groups
from studio.review import Reviewer
from studio.workflows import export_project, import_source, propose_project
from studio.workflows.metadata import describe_images
from studio.workflows.training_data import SnapshotSource, prepare_data, read_source

Photo = Callable[..., Path]


@pytest.fixture
def filled(tmp_path: Path, project: Project, photo: Photo) -> Project:
    """Six photographs, two of which are called the same in two folders."""
    for number in range(4):
        photo(tmp_path / f"in/melanocyticnevus/n{number}.jpg", number)
    for number, folder in enumerate(("left", "right"), start=4):
        photo(tmp_path / f"in/malignantmelanoma/{folder}/same.jpg", number)
    import_source(project, tmp_path / "in")
    return project


def by_file(project: Project) -> dict[str, ImageRow]:
    images = project.images.by_ids(project.images.ids())
    return {image.file: image for image in images}


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_by_file_names(tmp_path: Path, filled: Project) -> None:
    table = write(
        tmp_path / "people.csv",
        "file,patient,lesion,skin_tone,sex,age,site,modality,framing,verification,licence,camera\n"
        "n0.jpg,P1,L1,II,female,45,back,clinical,close-up,biopsy,CC-BY,phone\n"
        "N1.JPG,P1,,,,,,,,,,\n"
        "in/melanocyticnevus/n2.jpg,P2,,,,,,,,,,\n"
        "left/same.jpg,P3,,,,,,,,,,\n",
    )
    report = describe_images(filled, table, "Ana")
    assert (report.rows, report.changed, report.failed) == (4, 4, [])
    assert report.columns["camera"] == "extra"
    image = by_file(filled)["n0.jpg"]
    assert (image.patient, image.lesion, image.skin_tone, image.sex) == ("P1", "L1", "II", "female")
    assert (image.age, image.site, image.modality) == (45.0, "back", "clinical")
    assert (image.framing, image.verification, image.licence) == ("close-up", "biopsy", "CC-BY")
    assert image.extra == {"camera": "phone"}
    patients = [one.patient for one in filled.images.by_ids(filled.images.ids())]
    assert sorted(filter(None, patients)) == ["P1", "P1", "P2", "P3"]
    again = describe_images(filled, table, "Ana")
    assert (again.rows, again.changed) == (4, 0)
    assert filled.events.last_id() == 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("begin", ["", "sep=;\n"])
def test_a_table_as_spreadsheets_save_it(
    tmp_path: Path, filled: Project, encoding: str, begin: str
) -> None:
    table = write(
        tmp_path / "people.csv",
        f"{begin}Image ID;Patient-ID;Fitspatrick;Gender;Region\nn0;Müller;2;FEMALE;Rücken\n",
        encoding,
    )
    assert describe_images(filled, table).failed == []
    image = by_file(filled)["n0.jpg"]
    assert (image.patient, image.skin_tone, image.sex, image.site) == (
        "Müller",
        "II",
        "female",
        "Rücken",
    )


def test_a_table_by_sha256(tmp_path: Path, filled: Project) -> None:
    image = by_file(filled)["n3.jpg"]
    table = write(
        tmp_path / "t.csv",
        f"sha256,file,sex\n{image.sha256.upper()},anything,male\n,n2.jpg,male\nabc,n1.jpg,male\n"
        f"{'0' * 64},n1.jpg,male\n",
    )
    report = describe_images(filled, table)
    assert {name for name, image in by_file(filled).items() if image.sex} == {"n3.jpg", "n2.jpg"}
    assert [failure.row for failure in report.failed] == [4, 5]
    assert "is not a SHA-256" in report.failed[0].sentence


def test_what_is_wrong_is_named_and_the_rest_is_kept(tmp_path: Path, filled: Project) -> None:
    table = write(
        tmp_path / "t.csv",
        "file,age,sex\nn0.jpg,old,female\nn1.jpg,131,female\nn2.jpg,nan,\nsame.jpg,9,male\n"
        "none.jpg,9,male\n,9,male\nn3.jpg,0,male\n\nn3.jpg,1,male\n",
    )
    report = describe_images(filled, table)
    assert [(one.row, one.reason) for one in report.failed] == [
        (2, "wrong_value"),
        (3, "wrong_value"),
        (4, "wrong_value"),
        (5, "no_image"),  # two are called so
        (6, "no_image"),
        (7, "no_image"),
        (10, "contradiction"),
    ]
    assert "'old' is not a number of years" in report.failed[0].sentence
    images = by_file(filled)
    assert (images["n0.jpg"].sex, images["n0.jpg"].age) == ("female", None)
    assert images["n3.jpg"].age == 0.0


@pytest.mark.parametrize(
    ("field", "delimiter", "cell", "kept"),
    [
        ("skin_tone", ",", "1", "I"),
        ("skin_tone", ",", "2.0", "II"),
        ("skin_tone", ";", "3,0", "III"),
        ("skin_tone", ",", "iv", "IV"),
        ("skin_tone", ",", "12", "I-II"),  # as DDI has it
        ("skin_tone", ",", "56.0", "V-VI"),
        ("skin_tone", ",", "iii–iv", "III-IV"),
        ("skin_tone", ",", "-1", None),  # as Fitzpatrick 17k has it
        ("sex", ",", "F", "female"),
        ("sex", ",", "MALE", "male"),
        ("sex", ",", "Unknown", None),
        ("age", ";", "43,5", 43.5),
        ("age", "\t", "43,5", 43.5),
        ("age", ",", '"43,5"', 43.5),
        ("age", ",", "85.0", 85.0),
        ("site", ",", "upper back", "upper back"),
    ],
)
def test_one_form_of_what_is_written_in_several(
    tmp_path: Path, filled: Project, field: str, delimiter: str, cell: str, kept: str | float | None
) -> None:
    lines = (("file", field, "camera"), ("n0.jpg", cell, "phone"))
    table = write(tmp_path / "t.csv", "\n".join(map(delimiter.join, lines)))
    assert describe_images(filled, table).failed == []
    assert getattr(by_file(filled)["n0.jpg"], field) == kept


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        *(("skin_tone", cell) for cell in ("purple", "VII", "0", "7", "2.5", "13", "1_0", "inf")),
        ("sex", "purple"),
        *(("age", cell) for cell in ("-1", "1e3", "4_3", "old")),
    ],
)
def test_a_cell_that_is_no_value_of_its_field_is_told_and_the_rest_of_its_row_is_kept(
    tmp_path: Path, filled: Project, field: str, cell: str
) -> None:
    table = write(tmp_path / "t.csv", f"file,{field},site\nn0.jpg,{cell},back\n")
    (failure,) = describe_images(filled, table).failed
    assert (failure.row, failure.reason) == (2, "wrong_value")
    assert failure.sentence.startswith("Row 2: ")
    assert f"'{cell}'" in failure.sentence
    assert failure.sentence.endswith("The rest of the row was taken.")
    image = by_file(filled)["n0.jpg"]
    assert (getattr(image, field), image.site) == (None, "back")


def test_the_columns_of_pad_ufes_20(tmp_path: Path, filled: Project) -> None:
    table = write(
        tmp_path / "metadata.csv",
        "patient_id,lesion_id,age,gender,fitspatrick,region,diagnostic,img_id,biopsed\n"
        "PAT_46,881,55,FEMALE,3.0,NECK,BCC,n0.jpg,True\nPAT_1,2,8,,,ARM,NEV,n1.jpg,False\n",
    )
    report = describe_images(filled, table)
    assert (report.rows, report.failed) == (2, [])
    image = by_file(filled)["n0.jpg"]
    assert (image.patient, image.skin_tone, image.sex) == ("PAT_46", "III", "female")
    assert (image.age, image.site, image.extra) == (55.0, "NECK", {"diagnostic": "BCC"})


def test_another_scale_of_skin_is_kept_under_its_own_name(tmp_path: Path, filled: Project) -> None:
    table = write(tmp_path / "t.csv", "file,monk_skin_tone\nn0.jpg,10\n")
    assert describe_images(filled, table).columns == {"monk_skin_tone": "extra"}
    image = by_file(filled)["n0.jpg"]
    assert (image.skin_tone, image.extra) == (None, {"monk_skin_tone": "10"})


def test_an_empty_cell_leaves_what_is_there(tmp_path: Path, filled: Project) -> None:
    describe_images(filled, write(tmp_path / "a.csv", "file,sex,camera\nn0.jpg,female,phone\n"))
    describe_images(filled, write(tmp_path / "b.csv", "file,sex,camera,lens\nn0.jpg,,,macro\n"))
    image = by_file(filled)["n0.jpg"]
    assert (image.sex, image.extra) == ("female", {"camera": "phone", "lens": "macro"})


def test_two_columns_of_one_field_are_both_kept(tmp_path: Path, filled: Project) -> None:
    table = write(tmp_path / "t.csv", "file,gender,sex\nn0.jpg,woman,female\n")
    assert describe_images(filled, table).columns == {"gender": "extra", "sex": "sex"}
    image = by_file(filled)["n0.jpg"]
    assert (image.sex, image.extra) == ("female", {"gender": "woman"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("patient,sex\n1,f\n", "no column that names the image"),
        ("file\nn0.jpg\n", "says nothing of its images"),
        ("file,sex\n", "a header and no rows"),
        ("PK\x03\x04xl/workbook.xml", "is an Excel workbook: save it as CSV"),
        ("file," + ",".join(f"c{n}" for n in range(300)) + "\n", "301 columns"),
    ],
)
def test_another_file_is_a_sentence(tmp_path: Path, filled: Project, text: str, says: str) -> None:
    with pytest.raises(StudioError, match=says):
        describe_images(filled, write(tmp_path / "t.csv", text))


def test_patients_reach_splits_leakage_checks_and_exports(tmp_path: Path, filled: Project) -> None:
    table = write(
        tmp_path / "t.csv",
        "file,patient\nn0.jpg,P1\nn1.jpg,P1\nn2.jpg,P2\nn3.jpg,P2\nleft/same.jpg,P3\n",
    )
    describe_images(filled, table)
    propose_project(filled, keep=1)
    reviewer = Reviewer(filled, "Ana")
    for box_id in filled.boxes.ids():
        reviewer.relabel(box_id, 1 + box_id % 2)
    snapshot = freeze(filled, name="all")
    source = SnapshotSource(filled.path, snapshot.name)
    groups = sorted(set(read_source(source).groups))
    alone = next(g for g in image_groups(filled).values() if not g.names)
    assert groups == sorted(["patient P1", "patient P2", "patient P3", alone.name])
    for seed in range(5):
        data = prepare_data([source], None, [], seed=seed).data
        held = {item.group for item in data.val.items} if data.val else set()
        assert held.isdisjoint({item.group for item in data.train[0].items})

    report = export_project(filled, tmp_path / "out", "folder")
    entries = {entry["file"]: entry for entry in report.manifest["images"]}
    assert entries["n0.jpg"]["group"] == "patient P1"
    assert entries["n0.jpg"]["metadata"] == {"patient": "P1"}
    origins = read_origins(tmp_path / "out")
    assert len({origin for origin in origins.values() if origin.startswith("patient")}) == 3
    crops = sorted((tmp_path / "out").rglob("*.png"))
    prints, _ = Fingerprinter().fingerprint_all([ImageRef(crop) for crop in crops])
    shared = [one for one in prints.values() if "patient P1" in one.origins]
    assert len(shared) == 2
