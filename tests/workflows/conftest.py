"""A project for the workflows' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "project", ["nevus", "melanoma"], "melanoma") as made:
        yield made
