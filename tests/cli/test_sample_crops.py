"""`can-studio sample-crops`."""

from pathlib import Path


def test_class_folders_are_written_once(run, tmp_path: Path) -> None:
    out = tmp_path / "crops"
    said = run("sample-crops", out, "--per-class", 2, "--size", 32, "--seed", 7)
    assert said.code == 0
    assert "4 synthetic crops" in said.out
    assert sorted(folder.name for folder in out.iterdir()) == [
        "malignantmelanoma",
        "melanocyticnevus",
    ]
    before = {path: path.read_bytes() for path in out.rglob("*.jpg")}
    assert len(before) == 4
    again = run("sample-crops", out, "--per-class", 2)
    assert again.code == 2
    assert "not empty" in again.err
    assert {path: path.read_bytes() for path in out.rglob("*.jpg")} == before
