"""Which class a class folder is: checked both ways."""

from pathlib import Path

import pytest

from studio.datasets.label_map import LabelMap, labels_file
from studio.errors import UsageError

TEXT = """
[labels]
"Melanoma" = "malignantmelanoma"
"ML" = "melanocyticnevus"
"clinic-b/ML" = "malignantmelanoma"
"scars" = ""
"""


@pytest.fixture
def labels(tmp_path: Path) -> LabelMap:
    (tmp_path / "map.toml").write_text(TEXT, encoding="utf-8")
    return LabelMap.read(tmp_path / "map.toml")


def test_an_entry_of_one_folder_goes_before_that_of_all(labels: LabelMap) -> None:
    assert labels.classes_of("clinic-a", ["ML", "MELANOMA", "scars"]) == {
        "ML": "melanocyticnevus",
        "MELANOMA": "malignantmelanoma",
        "scars": "",
    }
    assert labels.unused_sentence().startswith("/")
    assert "names labels that no folder has: clinic-b/ml. Correct" in labels.unused_sentence()
    assert labels.classes_of("clinic-b", ["ML"]) == {"ML": "malignantmelanoma"}
    assert labels.unused_sentence() == ""


def test_a_folder_that_has_the_name_of_its_class_keeps_it(labels: LabelMap) -> None:
    names = ["malignantmelanoma", "melanocyticnevus"]
    assert labels.classes_of("clinic-c", names) == dict(zip(names, names, strict=True))


def test_a_name_that_the_file_lacks_is_told_with_what_to_do(labels: LabelMap) -> None:
    with pytest.raises(UsageError) as told:
        labels.classes_of("clinic-a", ["ML", "melanomas", "warts"])
    said = str(told.value)
    assert "does not say what the class folders melanomas, warts of clinic-a are" in said
    assert 'write "melanomas" = "class" in it' in said
    assert "Near to melanomas: melanoma." in said


def test_everything_else_is_one_class(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('"MEL" = "melanoma"\n"*" = "other"\n', encoding="utf-8")
    labels = LabelMap.read(tmp_path / "map.toml")
    assert labels.classes_of("a", ["MEL", "melanoma", "wart", "other"]) == {
        "MEL": "melanoma", "melanoma": "melanoma", "wart": "other", "other": "other",
    }  # fmt: skip
    (tmp_path / "map.toml").write_text('"MEL" = 3\n', encoding="utf-8")
    with pytest.raises(UsageError, match="a class in quotation marks"):
        LabelMap.read(tmp_path / "map.toml")


def test_the_ten_diagnoses_are_found_in_the_spellings_of_data_sets() -> None:
    ten = {
        "actinickeratosis", "basalcellcarcinoma", "dermatofibroma", "hemangioma",
        "intraepithelialcarcinoma", "malignantmelanoma", "melanocyticnevus", "pyogenicgranuloma",
        "seborrheickeratosis", "squamouscellcarcinoma",
    }  # fmt: skip
    labels = LabelMap.read(labels_file(Path("CAN10000")))
    assert set(labels.classes.values()) == ten
    dermofit = labels.classes_of("dermofit", ["AK", "BCC", "DF", "IEC", "MEL", "ML", "PYO", "SCC",
                                              "SK", "VASC"])  # fmt: skip
    assert set(dermofit.values()) == ten
    pad = labels.classes_of("pad", ["ACK", "BCC", "MEL", "NEV", "SCC", "SEK"])
    assert (pad["ACK"], pad["NEV"]) == ("actinickeratosis", "melanocyticnevus")
    written = labels.classes_of("a", ["Squamous cell carcinoma", "seborrheic_keratosis", "BCC"])
    assert list(written.values()) == [
        "squamouscellcarcinoma", "seborrheickeratosis", "basalcellcarcinoma",
    ]  # fmt: skip
    assert labels.unused_sentence() == "", "a shipped map has more spellings than any folder"
    with pytest.raises(UsageError, match="class folders bkl of ham"):
        labels.classes_of("ham", ["nv", "bkl"])
    with pytest.raises(UsageError, match="the studio brings can10000"):
        labels_file(Path("can5000"))
