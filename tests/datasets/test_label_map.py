"""Which class a class folder is: checked both ways."""

from pathlib import Path

import pytest

from studio.datasets.label_map import LabelMap
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
