from pathlib import Path

import pytest

from studio.datasets.formats import sniff_list
from studio.errors import StudioError


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("## head\n00000 nevus 0.4 0.5 0.6 0.8 https://a.org/x.jpg\n", "can"),
        ("1 ../../x 0.4 0.5 0.6 0.8 https://a.org/x.jpg\n", "can"),
        ('{"images": [], "annotations": []}', "coco"),
        ('\ufeff {"info": {"x": "' + "y" * 100_000 + '"}, "images": []}', "coco"),
        ("file,index,x0,y0,x1,y1,malignancy,prediction\n", "modelderm"),
        ("file;index;x0;y0;x1;y1;malignancy;prediction\n", "modelderm"),
        ("sep=;\nfile;index;x0;y0;x1;y1\n", "modelderm"),
        ('"file"\t"x0"\t"y0"\t"x1"\t"y1"\n', "modelderm"),
        ("| file | url |\n", None),
        ("label;url\n", "urls"),
        ("https://a.org/x.jpg\n", "urls"),
        ("label,url\n", "urls"),
        ("url,path\nhttps://a.org/x.jpg,1.jpg\n", "urls"),
        ("the quick brown fox jumps over the lazy dog\n", None),
        ('{"type": "FeatureCollection"}', None),
        ("", None),
        ("\0\0\0", None),
    ],
)
def test_the_content_tells_the_kind(tmp_path: Path, content: str, kind: str | None) -> None:
    path = tmp_path / "misleading.json"
    path.write_text(content, encoding="utf-8")
    assert sniff_list(path) == kind


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("file;index;x0;y0;x1;y1;malignancy\nGröße.jpg;0;1;2;3;4;0,5\n", "modelderm"),
        ("1 nevus 0.4 0.5 0.6 0.8 https://a.org/x.jpg\n", "can"),
        ('{"info": "' + "é" * 70_000 + '", "images": []}', "coco"),
    ],
)
def test_whatever_the_encoding(tmp_path: Path, encoding: str, content: str, kind: str) -> None:
    (tmp_path / "x").write_bytes(content.encode(encoding))
    assert sniff_list(tmp_path / "x") == kind


def test_a_picture_is_no_list(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40)
    assert sniff_list(path) is None


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="does not exist"):
        sniff_list(tmp_path / "none")


@pytest.mark.data
def test_the_reference_lists(shared_data: Path) -> None:
    assert sniff_list(shared_data / "can/CAN2000.csv") == "can"
    assert sniff_list(shared_data / "widefield/modelderm_boxes.csv") == "modelderm"
    assert sniff_list(shared_data / "README.md") is None
