"""Each public set on a miniature of its layout, and the faults that circulate in its tables."""

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.datasets.label_map import class_of, read_labels
from studio.datasets.public.adopt import AdoptReport, adopt
from studio.datasets.public.catalogue import catalogue, public_set
from studio.datasets.splits import grouped_split
from studio.datasets.training_folder import read_folder
from studio.errors import StudioError, UsageError

Photo = Callable[..., Path]
DATA = Path(os.environ.get("CAN_STUDIO_DATA", "../shared/data"))
HAM = "lesion_id,image_id,dx,dx_type,age,sex,localization"
HAM_ROWS = [
    "HAM_1,ISIC_1,mel,histo,80.0,male,back",
    "HAM_1,ISIC_2,mel,histo,80.0,male,back",
    "HAM_2,ISIC_3,nv,follow_up,,female,face",
    "HAM_3,ISIC_4,nv,consensus,35.0,unknown,abdomen",
    "HAM_4,ISIC_5,bkl,histo,0.0,male,unknown",
]


@pytest.fixture
def make(tmp_path: Path, photo: Photo) -> Callable[..., Path]:
    """A folder with these texts and images of these names."""

    def make(texts: Mapping[str, str], images: Sequence[str]) -> Path:
        folder = tmp_path / "download"
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for number, name in enumerate(images):
            photo(folder / name, number, (24, 24))
        return folder

    return make


@pytest.fixture
def ham(make: Callable[..., Path]) -> Callable[..., Path]:
    def ham(header: str = HAM, rows: Sequence[str] = HAM_ROWS) -> Path:
        images = [f"HAM10000_images_part_{1 + n % 2}/ISIC_{n}.jpg" for n in range(1, 6)]
        text = "\n".join([header, *rows]) + "\n"
        return make({"HAM10000_metadata.csv": text}, images)

    return ham


def table(out: Path) -> list[dict[str, str]]:
    with (out / "groups.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def adopted(name: str, folder: Path, out: Path, **more: object) -> AdoptReport:
    return adopt(public_set(name), folder, out, **more)  # type: ignore[arg-type]


PAD = (
    "patient_id,lesion_id,age,gender,fitspatrick,region,diagnostic,img_id,biopsed\n"
    "PAT_1,10,55,FEMALE,3.0,NECK,BCC,PAT_1_10_1.png,True\n"
    "PAT_1,11,55,FEMALE,3.0,FACE,MEL,PAT_1_11_2.png,True\n"
    "PAT_2,12,8,,,ARM,NEV,PAT_2_12_3.png,False\n"
    "PAT_3,13,70,MALE,2.0,ARM,SEK,PAT_3_13_4.png,False\n"
)
LAYOUTS: list[tuple[str, dict[str, str], list[str], dict[str, int], int]] = [
    (
        "pad-ufes-20", {"metadata.csv": PAD},
        ["imgs_part_1/PAT_1_10_1.png", "imgs_part_1/PAT_1_11_2.png", "imgs_part_2/PAT_2_12_3.png"],
        {"basalcellcarcinoma": 1, "malignantmelanoma": 1, "melanocyticnevus": 1}, 1,
    ),
    (
        "med-node", {},
        ["complete_mednode_dataset/melanoma/1.jpg", "complete_mednode_dataset/naevus/1.jpg"],
        {"malignantmelanoma": 1, "melanocyticnevus": 1}, 0,
    ),
    (
        "derm7pt",
        {
            "release_v0/meta/meta.csv":
                "case_num,diagnosis,clinic,derm,sex,location\n"
                "1,clark nevus,NEL/Nel001.jpg,NEL/Nel002.jpg,female,back\n"
                "2,melanoma (in situ),NEL/Nel003.jpg,NEL/Nel004.jpg,male,head neck\n",
            "release_v0/meta/train_indexes.csv": "indexes\n0\n",
            "release_v0/meta/test_indexes.csv": "indexes\n1\n",
        },
        [f"release_v0/images/NEL/Nel00{n}.jpg" for n in (1, 2, 3, 4)],
        {"malignantmelanoma": 1, "melanocyticnevus": 1}, 0,
    ),
    (
        "waterloo", {},
        [
            "Skin Image Data Set-1/melanoma/dermis/D1_orig.jpg",
            "Skin Image Data Set-1/melanoma/dermis/D1_contour.png",
            "Skin Image Data Set-2/notmelanoma/dermquest/N1_orig.jpg",
        ],
        {"malignantmelanoma": 1, "notmelanoma": 1}, 0,
    ),
    (
        "dermofit", {},
        [f"{name}/{name}1/{name}1{end}.png"
         for name in ("AK", "BCC", "ML", "SCC", "SK", "IEC", "PYO", "VASC", "DF", "MEL")
         for end in ("", "mask")],
        dict.fromkeys([
            "actinickeratosis", "basalcellcarcinoma", "dermatofibroma", "hemangioma",
            "intraepithelialcarcinoma", "malignantmelanoma", "melanocyticnevus",
            "pyogenicgranuloma", "seborrheickeratosis", "squamouscellcarcinoma",
        ], 1), 0,
    ),
    (
        "sd-198", {}, ["images/Acne_Vulgaris/a.jpg", "images/Blue_Nevus/b.jpg"],
        {"acnevulgaris": 1, "bluenevus": 1}, 0,
    ),
    (
        "ddi",
        {"ddi_metadata.csv": ",DDI_ID,DDI_file,skin_tone,malignant,disease\n"
         "0,1,000001.png,56,True,melanoma\n1,2,000002.png,12,False,acral-melanotic-macule\n"},
        ["images/000001.png", "images/000002.png"], {"benign": 1, "malignant": 1}, 0,
    ),
    (
        "skincon",
        {"annotations_fitzpatrick17k.csv":
         ",ImageID,Vesicle,Papule,Do not consider this image\n"
         "0,a.jpg,0,1,0\n1,b.jpg,1,1,0\n2,c.jpg,1,0,1\n"},
        ["a.jpg", "b.jpg", "c.jpg"], {"papule": 1}, 0,
    ),
    (
        "fitzpatrick17k",
        {"fitzpatrick17k.csv":
         "md5hash,fitzpatrick_scale,fitzpatrick_centaur,label,nine_partition_label,"
         "three_partition_label,qc,url,url_alphanum\n"
         "aa,3,3,halo nevus,benign melanocyte,benign,,http://x,x\n"
         "bb,-1,2,drug eruption,inflammatory,non-neoplastic,,http://y,y\n"
         "cc,2,2,melanoma,malignant melanoma,malignant,3 Wrongly labelled,http://z,z\n"},
        ["data/aa.jpg", "data/bb.jpg", "data/cc.jpg"],
        {"drugeruption": 1, "melanocyticnevus": 1}, 0,
    ),
    (
        "isic-2019",
        {
            "ISIC_2019_Training_GroundTruth.csv":
                "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"
                "ISIC_1,0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n"
                "ISIC_2_downsampled,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n",
            "ISIC_2019_Training_Metadata.csv":
                "image,age_approx,anatom_site_general,lesion_id,sex\n"
                "ISIC_1,55.0,anterior torso,,female\n"
                "ISIC_2_downsampled,30.0,,MSK4_11169,male\n",
        },
        ["ISIC_1.jpg", "ISIC_2_downsampled.jpg"],
        {"malignantmelanoma": 1, "melanocyticnevus": 1}, 0,
    ),
    (
        "isic",
        {"metadata.csv":
         "isic_id,attribution,copyright_license,age_approx,anatom_site_general,benign_malignant,"
         "diagnosis_1,diagnosis_2,diagnosis_3,image_type,lesion_id,patient_id,sex\n"
         "ISIC_7,X,CC-0,45,lower extremity,benign,Benign,Benign melanocytic,Nevus,dermoscopic,"
         "IL_1,IP_1,female\n"
         "ISIC_8,X,CC-BY,50,,malignant,Malignant,\"Malignant melanocytic\",,clinical: close-up,"
         ",IP_2,male\n"},
        ["ISIC_7.jpg", "ISIC_8.jpg"], {"malignantmelanocytic": 1, "melanocyticnevus": 1}, 0,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "texts", "images", "classes", "missing"), LAYOUTS)
def test_a_miniature_of_each_layout(
    name: str,
    texts: dict[str, str],
    images: list[str],
    classes: dict[str, int],
    missing: int,
    make: Callable[..., Path],
    tmp_path: Path,
) -> None:
    report = adopted(name, make(texts, images), tmp_path / "out")
    assert report.classes == classes
    assert report.missing == missing
    assert (not report.problems) == (missing == 0), report.problems
    read = read_folder(tmp_path / "out")
    assert read.counts == classes
    assert not read.problems
    assert {row["source"] for row in table(tmp_path / "out")} == {name}


@pytest.mark.parametrize(
    "name", ["snu", "asan", "skinl2", "rd", "model-onychomycosis", "virtual-e", "can", "gan"]
)
def test_sets_in_class_folders(name: str, make: Callable[..., Path], tmp_path: Path) -> None:
    folder = make({}, ["train/Malignant Melanoma/a.jpg", "train/nevus/a.jpg", "readme.jpg"])
    report = adopted(name, folder, tmp_path / "out")
    assert report.classes == {"malignantmelanoma": 1, "nevus": 1}
    assert "1 image lie in no folder" in report.problems[0]


def test_every_set_of_the_catalogue_has_a_layout() -> None:
    tried = {one[0] for one in LAYOUTS} | {"ham10000", "isic-2018"}
    for name, one in catalogue().items():
        assert (one.table is None) != (one.folders is None), name
        assert one.validates or one.why_not, name
        assert one.folders is not None or name in tried
        assert all(class_of(label) == label for label in one.labels.values())


def test_repeated_lesions_are_never_parted(ham: Callable[..., Path], tmp_path: Path) -> None:
    report = adopted("ham10000", ham(), tmp_path / "out")
    assert (report.classes["malignantmelanoma"], report.groups["malignantmelanoma"]) == (2, 1)
    assert report.lesions == 4
    rows = {row["path"]: row for row in table(tmp_path / "out")}
    first = rows["malignantmelanoma/ISIC_1.jpg"]
    assert (first["age"], first["sex"], first["site"], first["verification"]) == (
        "80", "male", "back", "histo",
    )  # fmt: skip
    assert rows["melanocyticnevus/ISIC_4.jpg"]["sex"] == ""
    items = read_folder(tmp_path / "out").items
    for seed in range(30):
        split = grouped_split(
            items, [one.group for one in items], 0.4, seed, [one.label for one in items]
        )
        parts = [{one.path.name for one in part} for part in (split.rest, split.held_out)]
        assert not any(len({"ISIC_1.jpg", "ISIC_2.jpg"} & part) == 1 for part in parts)


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        (
            HAM.replace("lesion_id,", ""),
            [r.partition(",")[2] for r in HAM_ROWS],
            "no column lesion",
        ),
        (HAM.replace("dx,", "diagnosis,"), HAM_ROWS, "no column dx"),
        (HAM, [HAM_ROWS[0].replace("mel", "melanoma"), *HAM_ROWS[1:]], "the label is melanoma"),
        (HAM, [HAM_ROWS[0].replace(",mel,", ",,"), *HAM_ROWS[1:]], "the label is empty"),
        (HAM, [*HAM_ROWS, HAM_ROWS[0].replace("mel", "nv")], "says two things of ISIC_1"),
        (HAM, [*HAM_ROWS, HAM_ROWS[0] + ",extra"], "8 cells"),
        (HAM, [*HAM_ROWS, "HAM_9,,mel,histo,1,male,back"], "names no image"),
        (HAM.replace(",age,", ",sex,"), HAM_ROWS, "the column sex twice"),
        (HAM, [HAM_ROWS[0].replace("HAM_1", ""), *HAM_ROWS[1:]], "line 2: lesion_id is empty"),
        (
            HAM,
            [*HAM_ROWS, HAM_ROWS[0].replace("ISIC_1", "ISIC_1.jpg").replace("mel", "nv")],
            "says two things of ISIC_1, in lines 2 and 7",
        ),
    ],
)
def test_a_table_that_is_not_as_published_is_never_taken_half(
    header: str, rows: list[str], said: str, ham: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(StudioError) as caught:
        adopted("ham10000", ham(header, rows), tmp_path / "out")
    assert said in str(caught.value)
    assert "HAM10000_metadata.csv" in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        (HAM.replace("sex", "gender"), HAM_ROWS, "calls the column sex gender"),
        (
            HAM.replace(",localization", ""),
            [r.rpartition(",")[0] for r in HAM_ROWS],
            "localization",
        ),
        (HAM, [*HAM_ROWS, HAM_ROWS[2]], "a row that is there already 1 time"),
        (HAM, [*HAM_ROWS, HAM], "the first line again 1 time"),
        (HAM, [HAM_ROWS[0].replace("80.0", "old"), *HAM_ROWS[1:]], "cannot be understood"),
        (HAM, [*HAM_ROWS, "HAM_9,ISIC_9,nv,histo,1,male,back"], "1 image of the table are not"),
    ],
)
def test_what_is_less_than_that_is_named(
    header: str, rows: list[str], said: str, ham: Callable[..., Path], tmp_path: Path
) -> None:
    report = adopted("ham10000", ham(header, rows), tmp_path / "out")
    assert sum(report.classes.values()) == 5
    assert any(said in sentence for sentence in report.problems), report.problems
    assert not report.whole


def test_a_table_with_rows_that_were_never_published_says_so(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [f"L{n},ISIC_{n},nv,histo,30,male,back" for n in range(10_016)]
    text = "\n".join([HAM, *rows])
    report = adopted(
        "ham10000", make({"HAM10000_metadata.csv": text}, ["ISIC_1.jpg"]), tmp_path / "out"
    )
    assert any("has 10,016 rows, and 10,015 were published" in one for one in report.problems)
    assert report.classes == {"melanocyticnevus": 1}


def test_copies_of_an_image_are_taken_once_and_others_of_its_name_are_named(
    ham: Callable[..., Path], photo: Photo, tmp_path: Path
) -> None:
    folder = ham()
    again = folder / "again"
    again.mkdir()
    (again / "ISIC_1.jpg").write_bytes((folder / "HAM10000_images_part_2/ISIC_1.jpg").read_bytes())
    photo(again / "ISIC_2.jpg", 77, (24, 24))
    report = adopted("ham10000", folder, folder / "out")
    assert sum(report.classes.values()) == 4
    assert any(
        "1 image lie in the folder several times with different content" in one and "ISIC_2" in one
        for one in report.problems
    ), report.problems
    # What was made within the download is no part of it.
    (again / "ISIC_2.jpg").unlink()
    assert adopted("ham10000", folder, tmp_path / "other").classes == {
        "benignkeratosis": 1, "malignantmelanoma": 2, "melanocyticnevus": 2,
    }  # fmt: skip


def test_labels_of_other_words_are_refused_where_all_are_known(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    texts = {
        "meta.csv": "case_num,diagnosis,clinic,derm,sex,location\n1,nevus,a.jpg,b.jpg,female,back\n"
    }
    with pytest.raises(StudioError, match="line 2: the label is nevus, and 7-point criteria"):
        adopted("derm7pt", make(texts, ["a.jpg"]), tmp_path / "out")


def test_images_of_another_column_are_left_out_and_not_said_to_be_unknown(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    texts = {"meta.csv": "case_num,diagnosis,clinic,derm\n1,clark nevus,A/a.jpg,A/b.jpg\n"}
    folder = make(texts, ["images/A/a.jpg", "images/A/b.jpg", "images/A/c.jpg"])
    report = adopted("derm7pt", folder, tmp_path / "out")
    assert report.unlisted == 1
    assert any(
        "of the folder are not in the table" in one and "c.jpg" in one for one in report.notes
    )


@pytest.mark.parametrize(
    ("label", "name"),
    [("흑색종", "흑색종"), ("Mélanome malin", "melanomemalin"), ("a_b-c 1", "abc1"), ("…", "")],
)
def test_classes_are_called_in_any_script(label: str, name: str) -> None:
    assert class_of(label) == name
    assert class_of(name) == name


@pytest.mark.parametrize("change", ["semicolons", "utf-16", "bom", "spaces", "capitals"])
def test_what_spreadsheets_do_to_a_table_changes_nothing(
    change: str, ham: Callable[..., Path], tmp_path: Path
) -> None:
    folder = ham()
    path = folder / "HAM10000_metadata.csv"
    text = path.read_text("utf-8")
    if change == "semicolons":
        text = text.replace(",", ";")
    elif change == "spaces":
        text = text.replace(",", " , ") + "\n,,,,,,\n\n"
    elif change == "capitals":
        text = text.replace(HAM, HAM.upper())
    encoding = {"utf-16": "utf-16", "bom": "utf-8-sig"}.get(change, "utf-8")
    path.write_text(text, encoding)
    report = adopted("ham10000", folder, tmp_path / "out")
    assert report.whole, report.problems
    assert sum(report.classes.values()) == 5


def test_labels_are_renamed_and_left_out(ham: Callable[..., Path], tmp_path: Path) -> None:
    labels = tmp_path / "map.toml"
    labels.write_text('[labels]\nmel = "malignantmelanoma"\nNV = "nevus"\n"*" = ""\n', "utf-8")
    report = adopted("ham10000", ham(), tmp_path / "out", labels=read_labels(labels))
    assert report.classes == {"malignantmelanoma": 2, "nevus": 2}
    assert any("1 image left out by label: bkl" in one for one in report.notes)
    labels.write_text('melanoma = "x"\n', "utf-8")
    with pytest.raises(UsageError, match="has no label melanoma"):
        adopted("ham10000", ham(), tmp_path / "other", labels=read_labels(labels))
    for text, said in (
        ('mel = "../x"', "cannot be the name of a class folder"),
        ("mel = 3", "in quotation marks"),
        ("", "names no label"),
        ("mel", "is not TOML"),
    ):
        labels.write_text(text, "utf-8")
        with pytest.raises(UsageError, match=said):
            read_labels(labels)


def test_row_numbers_beyond_the_table_are_named(make: Callable[..., Path], tmp_path: Path) -> None:
    texts = {
        "meta/meta.csv": "case_num,diagnosis,clinic,derm,sex,location\n"
        "1,clark nevus,a.jpg,b.jpg,female,back\n",
        "meta/valid_indexes.csv": "indexes\n0\n412\n",
    }
    report = adopted("derm7pt", make(texts, ["images/a.jpg"]), tmp_path / "out")
    assert "valid_indexes.csv names 1 row that meta.csv has not" in report.problems[0]


def test_two_tables_that_differ_are_refused(ham: Callable[..., Path], tmp_path: Path) -> None:
    folder = ham()
    (folder / "old").mkdir()
    (folder / "old/HAM10000_metadata.csv").write_text(HAM, "utf-8")
    with pytest.raises(StudioError, match="differ; leave the one"):
        adopted("ham10000", folder, tmp_path / "out")


def test_a_folder_of_something_else_is_refused(make: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"HAM10000 needs HAM10000_metadata.csv"):
        adopted("ham10000", make({}, ["a/b.jpg"]), tmp_path / "out")
    with pytest.raises(StudioError, match="holds no image of MED-NODE"):
        adopted("med-node", make({"a/b.txt": ""}, []), tmp_path / "out")
    with pytest.raises(UsageError, match="No data set is called ham"):
        public_set("ham")


def test_nothing_that_is_there_is_overwritten(ham: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="is not empty"):
        adopted("ham10000", ham(), out)
    assert [one.name for one in out.iterdir()] == ["mine.txt"]


def test_a_file_that_only_looks_like_an_image_is_named(
    ham: Callable[..., Path], tmp_path: Path
) -> None:
    folder = ham()
    (folder / "HAM10000_images_part_2/ISIC_1.jpg").write_bytes(b"<html>")
    report = adopted("ham10000", folder, tmp_path / "out")
    assert report.classes["malignantmelanoma"] == 1
    assert "1 file are called like images" in report.problems[0]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_table_or_a_sentence(
    content: bytes, tmp_path_factory: pytest.TempPathFactory, photo: Photo
) -> None:
    folder = tmp_path_factory.mktemp("any")
    photo(folder / "ISIC_1.jpg", 1, (24, 24))
    (folder / "HAM10000_metadata.csv").write_bytes(content)
    with pytest.raises(StudioError) as caught:
        adopted("ham10000", folder, folder / "out")
    assert not str(caught.value).startswith("unexpected")


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "pad-ufes-20").is_dir(), reason="the reference data are not here")
def test_the_240_published_images_of_pad_ufes_20(tmp_path: Path) -> None:
    report = adopted("pad-ufes-20", DATA / "pad-ufes-20", tmp_path / "out")
    assert report.missing == 2058
    assert report.patients == 201
    # Its lesion numbers are used again on other patients, who stay apart all the same.
    assert len({item.group for item in read_folder(tmp_path / "out").items}) == 201
    assert report.classes == {
        "actinickeratosis": 40, "basalcellcarcinoma": 59, "malignantmelanoma": 18,
        "melanocyticnevus": 55, "seborrheickeratosis": 48, "squamouscellcarcinoma": 20,
    }  # fmt: skip


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "lists").is_dir(), reason="the reference data are not here")
def test_the_published_table_of_fitzpatrick17k(tmp_path: Path, photo: Photo) -> None:
    source = DATA / "lists/fitzpatrick17k.csv"
    folder = tmp_path / "download"
    folder.mkdir()
    (folder / source.name).write_bytes(source.read_bytes())
    photo(folder / "5e82a45bc5d78bd24ae9202d194423f8.jpg", 1, (24, 24))
    report = adopted("fitzpatrick17k", folder, tmp_path / "out")
    assert report.classes == {"druginducedpigmentarychanges": 1}
    (row,) = table(tmp_path / "out")
    assert (row["skin_tone"], row["label_raw"]) == ("III", "drug induced pigmentary changes")
    assert report.missing > 16_000
