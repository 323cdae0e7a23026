"""Zips from outside: what is one, and which names of members are refused."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from studio.archives import is_archive, why_refused

# Reserved names: Microsoft, "Naming Files, Paths, and Namespaces".
NOT_EVERYWHERE = (
    "CON|a/nul.jpg|Aux.tar.gz|com1/a.jpg|LPT9 .png|com¹.jpg|conin$|"
    "a.jpg:hidden|a/b.txt::$DATA|a\nb.jpg|a/.../b.jpg|a/. /b.jpg"
)
TAKEN = (
    "a.jpg|console/null.jpg|com10.jpg|com/a.jpg|auxiliary.png|a..b/c .jpg|./a/./b.jpg|점/é.jpg|"
    "lpt.jpg|a con.jpg"
)


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/etc/a", "C:/a.jpg", "a/D:x", "a/b/z:/c", "a/.."]
)
def test_names_that_lead_out(name: str) -> None:
    assert "leads out" in why_refused(zipfile.ZipInfo("x"), name, 100)


@pytest.mark.parametrize("name", NOT_EVERYWHERE.split("|"))
def test_names_that_not_every_computer_can_hold(name: str) -> None:
    assert "not every computer" in why_refused(zipfile.ZipInfo("x"), name, 100)


@pytest.mark.parametrize("name", TAKEN.split("|"))
def test_names_that_are_taken(name: str) -> None:
    assert why_refused(zipfile.ZipInfo("x"), name, 100) == ""


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "BMP"])
def test_a_picture_with_the_end_of_a_zip_is_no_zip(tmp_path: Path, suffix: str) -> None:
    picture, packed = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (16, 16)).save(picture, suffix)
    with zipfile.ZipFile(packed, "w"):
        pass
    path = tmp_path / "a"
    path.write_bytes(picture.getvalue() + packed.getvalue())
    assert zipfile.is_zipfile(path)
    assert not is_archive(path)
    path.write_bytes(packed.getvalue())
    assert is_archive(path)
