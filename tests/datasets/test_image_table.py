"""What the table beside class folders says of each image."""

from pathlib import Path

import pytest

from studio.datasets.image_table import known_values


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_values_come_to_their_images(tmp_path: Path, delimiter: str) -> None:
    rows = ["path,sex,Skin Tone,note", "a/1.jpg,female,II,x", "2,male,,x", "a/9.jpg,male,I,x"]
    (tmp_path / "groups.csv").write_text("\n".join(rows).replace(",", delimiter), "utf-8")
    files = [tmp_path / "a/1.jpg", tmp_path / "b/2.jpg", tmp_path / "b/3.jpg"]
    assert known_values(tmp_path, files) == {
        "skin_tone": ["II", "", ""], "sex": ["female", "male", ""],
    }  # fmt: skip


@pytest.mark.parametrize("text", [None, "", "sex\nmale\n", "file,patient\na.jpg,1\n", '"'])
def test_without_such_a_table_nothing_is_known(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "groups.csv").write_text(text, "utf-8")
    assert known_values(tmp_path, [tmp_path / "a.jpg"]) == {}
