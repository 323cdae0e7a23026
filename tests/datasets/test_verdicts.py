"""What people said of pairs is kept: appended, read again, the newest counts."""

import os
from pathlib import Path

import pytest

from studio.datasets.verdicts import (
    PairVerdict,
    Verdicts,
    image_key,
    keep_verdict,
    verdict_files,
)
from studio.errors import StudioError, UsageError
from studio.project import Project


def test_the_newest_verdict_counts_in_either_order(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    first = keep_verdict("a", "b", "same", "Ana", [file])
    keep_verdict("b", "a", "different", " Ben  Lee ", [file])
    keep_verdict("a", "c", "same", "Ana", [file])
    found = Verdicts.read([file])
    assert len(found) == 2
    last = found.of("a", "b")
    assert last is not None
    assert (last.said, last.reviewer, last.time >= first.time) == ("different", "Ben Lee", True)
    assert found.of("b", "a") == last
    assert (found.partners("a"), found.partners("b")) == (["c"], [])
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3


def test_files_are_read_together(tmp_path: Path) -> None:
    old = PairVerdict("a", "b", "same", "Ana", "2026-01-01T00:00:00.000+00:00")
    new = PairVerdict("a", "b", "different", "Ben", "2026-01-02T00:00:00.000+00:00")
    assert Verdicts([new, old]).of("a", "b") == new
    keep_verdict("a", "b", "same", "Ana", [tmp_path / "x/1.jsonl", tmp_path / "2.jsonl"])
    for files in ([tmp_path / "x/1.jsonl"], [tmp_path / "none", tmp_path / "2.jsonl"]):
        assert len(Verdicts.read(files)) == 1


def test_a_torn_or_foreign_line_loses_no_other(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    keep_verdict("a", "b", "same", "Ana", [file])
    with file.open("ab") as stream:
        stream.write(b'[]\n{"images": [1, 2], "verdict": "same", "reviewer": "x", "time": "y"}\n')
        stream.write(b'{"images": ["a"')  # killed while writing
    keep_verdict("c", "d", "different", "Ana", [file])
    found = Verdicts.read([file])
    assert (len(found), found.of("a", "b") is None, found.of("c", "d") is None) == (2, False, False)


def test_what_is_no_verdict_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    for said, reviewer in (("perhaps", "Ana"), ("same", "  "), ("same", "x" * 201)):
        with pytest.raises(UsageError):
            keep_verdict("a", "b", said, reviewer, [file])
    assert not file.exists()


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_link_is_not_written_through_and_the_other_file_suffices(tmp_path: Path) -> None:
    target, link, own = tmp_path / "target", tmp_path / "project.jsonl", tmp_path / "own.jsonl"
    target.write_text("mine", encoding="utf-8")
    link.symlink_to(target)
    keep_verdict("a", "b", "same", "Ana", [link, own])
    assert target.read_text(encoding="utf-8") == "mine"
    assert len(Verdicts.read([own])) == 1
    with pytest.raises(StudioError, match="not kept"):
        keep_verdict("a", "b", "same", "Ana", [link])


def test_projects_are_found_from_what_lies_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAN_STUDIO_CONFIG", str(tmp_path / "config"))
    Project.create(tmp_path / "moles", ["a", "b"]).close()
    own = tmp_path / "config/verdicts.jsonl"
    kept = tmp_path / "moles/verdicts.jsonl"
    assert verdict_files([tmp_path / "moles/runs/r1", tmp_path / "moles"]) == [kept, own]
    assert verdict_files([tmp_path / "elsewhere"]) == [own]


def test_a_crop_has_a_name_of_its_own() -> None:
    assert image_key("ab") == "ab"
    assert image_key("ab", (1, 2.5, 30)) == "ab 1.000 2.500 30.000"
