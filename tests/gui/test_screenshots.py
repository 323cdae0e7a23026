"""Pictures of every workspace: all there, of the size asked for, and with something on them."""

from itertools import combinations
from pathlib import Path
from typing import Any

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from studio.project import Project
from studio.ui import screenshots

WORKSPACES = (
    "collect", "review", "datasets", "train", "evaluate", "experiment", "generate",
    "generate-training",
    "generate-sets", "study",
)  # fmt: skip


def colours(picture: QImage) -> int:
    """How many different colours a thinned-out copy has."""
    small = picture.scaled(160, 100).convertToFormat(QImage.Format.Format_RGB32)
    return len({small.pixel(x, y) for x in range(160) for y in range(100)})


def test_every_workspace_is_drawn_in_both_themes(
    qapp: QApplication, tmp_path: Path, project_path: Path, made_run: Any
) -> None:
    with Project.open(project_path) as project:
        run_dir = project.runs.new_folder("train", "a run")
    made_run(run_dir, n=40, epochs=2).whole()
    taken = screenshots.take(project_path, tmp_path / "shots", [(1280, 720)], run_dir=run_dir)
    names = [f"{name}-{theme}-1280x720.png" for theme in ("dark", "light") for name in WORKSPACES]
    assert sorted(path.name for path in taken) == sorted(names)
    light, dark = {}, {}
    for path in taken:
        picture = QImage(str(path))
        assert (picture.width(), picture.height()) == (1280, 720), path.name
        assert colours(picture) > 20, path.name
        name, theme, _ = path.name.rsplit("-", 2)
        (light if theme == "light" else dark)[name] = picture
    for name in WORKSPACES:
        corner = [picture.pixelColor(4, 4).lightness() for picture in (dark[name], light[name])]
        assert corner[0] < 100 < corner[1], name
    assert all(dark[a] != dark[b] for a, b in combinations(WORKSPACES, 2))


def test_without_a_project_the_welcome_page_is_drawn(qapp: QApplication, tmp_path: Path) -> None:
    (path,) = screenshots.take(None, tmp_path, [(960, 600)], ["dark"])
    assert path.name == "welcome-dark-960x600.png"
    assert colours(QImage(str(path))) > 20
