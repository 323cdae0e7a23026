"""`job.json`: written once, read strictly."""

import json
from pathlib import Path

import pytest

from studio.errors import StudioError
from studio.jobs import JobSpec, create, kind_of, load


def test_written_and_read_back(tmp_path: Path) -> None:
    spec = JobSpec(kind="rehearsal", title="Count", params={"total": 3})
    create(tmp_path / "run", spec)
    assert load(tmp_path / "run") == spec
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["job.json"]


def test_a_run_is_never_overwritten(tmp_path: Path) -> None:
    create(tmp_path, JobSpec(kind="rehearsal", title="One"))
    with pytest.raises(StudioError, match="already holds a run"):
        create(tmp_path, JobSpec(kind="rehearsal", title="Two"))
    assert load(tmp_path).title == "One"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not valid JSON"),
        ("[]", "is not a job file"),
        ('{"kind": "rehearsal"}', "“title” is needed"),
        ('{"version": 99, "anything": 1}', "newer CAN Studio"),
        ('{"kind": "rehearsal", "title": "a", "shell": "rm"}', "shell"),
    ],
)
def test_a_broken_job_file_is_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "job.json").write_text(text, encoding="utf-8")
    with pytest.raises(StudioError, match=sentence):
        load(tmp_path)


def test_a_folder_without_a_job_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="is not a run"):
        load(tmp_path)


def test_only_kinds_of_the_list_are_called(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="no kind of job"):
        create(tmp_path, JobSpec(kind="os:system", title="x"))
    with pytest.raises(StudioError, match="no kind of job"):
        kind_of("os:system")


def test_names_that_are_no_unicode_come_back_as_they_were(tmp_path: Path) -> None:
    folder = "/data/na\udcffme"
    create(tmp_path, JobSpec(kind="rehearsal", title=f"Zählen {folder}", params={"out": folder}))
    assert load(tmp_path).params == {"out": folder}
    assert load(tmp_path).title == "Zählen /data/na\\udcffme"
    assert json.loads((tmp_path / "job.json").read_text(encoding="ascii"))["version"] == 1
