"""Projects that were tampered with write nothing outside of where they may."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.datasets.exports import FORMATS
from studio.errors import StudioError
from studio.project import Project
from studio.workflows import import_source, new_project, open_project
from studio.workflows.export import export_project


@pytest.fixture
def made(tmp_path: Path, photo: Callable[..., Path]) -> Path:
    for number in range(3):
        photo(tmp_path / "in" / "mole" / f"{number}.png", number)
    with new_project(tmp_path / "deep" / "er" / "p", ["mole"]) as project:
        import_source(project, tmp_path / "in")
        from studio.imaging import Square
        from studio.project import BoxState, NewBox

        project.boxes.add(
            [NewBox(id_, Square(60, 60, 40), 1, state=BoxState.ACCEPTED) for id_ in (1, 2, 3)]
        )
    return tmp_path / "deep" / "er" / "p"


def files_under(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "project.db" not in path.name
    }


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE label SET name = '../../../x'",
        "UPDATE label SET name = '/tmp/x'",
        "UPDATE image SET suffix = '/../../../../x.png'",
        "UPDATE image SET sha256 = '../../../../../x' WHERE id = 1",
    ],
)
def test_a_label_or_a_name_that_leads_elsewhere_is_refused(
    made: Path, tmp_path: Path, statement: str, format_name: str
) -> None:
    with sqlite3.connect(made / "project.db") as connection:
        connection.execute(statement)
    connection.close()
    before = files_under(tmp_path)
    with pytest.raises(StudioError, match=r"wrong value.*can-studio rescue"):
        export_in(made, format_name)
    assert files_under(tmp_path) == before


def export_in(path: Path, format_name: str) -> None:
    project: Project
    with open_project(path, "append") as project:
        export_project(project, path / "exports" / "out", format_name)
