"""A project with images that need no pixels: the stores never decode."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.project import ImageRow, NewImage, Project

LABELS = ["melanocyticnevus", "malignantmelanoma"]


def new_image(content: bytes, *, file: str = "photo.jpg", description: str = "") -> NewImage:
    info = SimpleNamespace(
        width=400, height=300, orientation=6, suffix=".jpg", description=description
    )
    verified = SimpleNamespace(
        info=info, sha256=hashlib.sha256(content).hexdigest(), phash="00ff00ff00ff00ff", sharpness=9
    )
    return NewImage(verified, file, content)


@pytest.fixture
def make_image() -> Callable[..., NewImage]:
    return new_image


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "moles", LABELS, reviewer="Ana") as project:
        yield project


@pytest.fixture
def images(project: Project) -> list[ImageRow]:
    return project.images.add_many(
        [new_image(bytes([n]) * 9, file=f"photo{n}.jpg") for n in range(4)]
    )
