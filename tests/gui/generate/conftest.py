"""The Generate workspace in front of a window, empty or with a small random network."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.window import StudioWindow

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from morphing import Pooled, Redness, settle, write_random


@pytest.fixture(scope="module")
def network_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random(tmp_path_factory.mktemp("networks") / "random64.safetensors")


@pytest.fixture
def empty(
    qtbot: QtBot, window: StudioWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GenerateWorkspace]:
    """The workspace in front, no network open."""
    # Keeping memory is for the studio's process; it would stay with all later tests.
    monkeypatch.setattr("studio.compute.allocator.keep_memory", lambda: False)
    window.context.new_project(tmp_path / "clinic", ["nevus", "malignantmelanoma"])
    window.show_workspace("generate")
    found = window.current
    assert isinstance(found, GenerateWorkspace)
    found.analyst.load_scorer = lambda _: Redness()
    found.analyst.load_distance = Pooled
    yield found
    found.close_workspace()


@pytest.fixture
def morph(
    qtbot: QtBot,
    empty: GenerateWorkspace,
    network_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> GenerateWorkspace:
    """The workspace with the random network open and its first picture drawn."""
    # Its seeds by number, so that a test can render them apart; which differ is tested elsewhere.
    monkeypatch.setattr("studio.generate.latent.starting_seeds.differing_seeds", lambda *_: (0, 1))
    empty.open_network(network_file)
    settle(qtbot, empty)
    assert empty.ready
    for section in empty.sides.sections.values():
        section.set_open(True)
    return empty
