"""What the Generate workspace says when there is nothing, or something wrong."""

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from morphing import settle, shown
from PIL import Image
from pytestqt.qtbot import QtBot

from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.window import StudioWindow
from studio.workflows.generate.morph import morph_session


def test_empty_says_what_it_is_for(empty: GenerateWorkspace) -> None:
    assert empty.morph_stack.currentWidget() is empty.empty
    assert empty.empty.button.text() == "Try the sample network"
    assert not empty.again.isVisible()
    assert "StyleGAN2" in empty.empty.text.text()


def test_a_bad_file_is_named(qtbot: QtBot, empty: GenerateWorkspace, tmp_path: Path) -> None:
    bad = tmp_path / "login.safetensors"
    bad.write_text("<html>please log in")
    empty.open_network(bad)
    assert empty.morph_stack.currentWidget() is empty.waiting
    assert "login.safetensors" in empty.busy_text.text()
    qtbot.waitUntil(lambda: empty.morph_stack.currentWidget() is empty.error, timeout=20_000)
    assert "web page" in empty.error.text.text()
    assert empty.error.button.hasFocus()


def test_a_hostile_pickle_is_refused_and_nothing_run(
    qtbot: QtBot, empty: GenerateWorkspace, tmp_path: Path
) -> None:
    import os
    import pickle

    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    bad = tmp_path / "official.pkl"
    bad.write_bytes(pickle.dumps({"G_ema": Hostile()}))
    empty.open_network(bad)
    qtbot.waitUntil(lambda: empty.morph_stack.currentWidget() is empty.error, timeout=60_000)
    assert empty.error.title.text() == "official.pkl could not be opened."
    assert "Nothing of it was run" in empty.error.text.text()
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "official.safetensors").exists()


def test_an_official_pickle_is_opened_where_it_lies(
    qtbot: QtBot, empty: GenerateWorkspace, shared_data: Path, tmp_path: Path
) -> None:
    """Nothing is written beside it, and the session and the command name the pickle itself."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    source = shared_data / "stylegan2" / "official_pickles" / "sg3_r32_map8.pkl"
    shutil.copyfile(source, folder / "official.pkl")
    empty.open_network(folder / "official.pkl")
    settle(qtbot, empty)
    assert empty.ready
    assert [path.name for path in folder.iterdir()] == ["official.pkl"]
    session = empty.controller.session
    assert session is not None
    assert session.network == str(folder / "official.pkl")
    morph_session(session.model_copy(update={"steps": 2}), tmp_path / "out")
    with Image.open(tmp_path / "out" / "frame0000.png") as first:
        assert np.array_equal(shown(empty), np.asarray(first))


def test_a_network_that_opens_not_leaves_the_present_one(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: Path
) -> None:
    bad = tmp_path / "empty.safetensors"
    bad.write_bytes(b"")
    with qtbot.waitSignal(morph.context.toasted) as said:
        morph.open_network(bad)
    assert "it is empty" in said.args[0]
    assert morph.ready
    assert morph.context.settings.get("generate.network").endswith("random64.safetensors")


def test_rendering_that_fails_is_said(
    qtbot: QtBot, morph: GenerateWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise RuntimeError("not enough memory")

    renderer = morph.controller.renderer
    assert renderer is not None
    monkeypatch.setattr(renderer.engine, "picture", full)
    morph.view.move_to(0.4)
    qtbot.waitUntil(lambda: morph.morph_stack.currentWidget() is morph.error, timeout=20_000)
    assert morph.error.title.text() == "The rendering ended."
    assert "not enough memory" in morph.error.text.text()
    assert not morph.busy


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)])
def test_all_buttons_of_an_empty_page_are_whole(
    qtbot: QtBot, window: StudioWindow, empty: GenerateWorkspace, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qtbot.wait(30)
    page = empty.empty
    assert page.isVisible()
    row = [page.buttons.itemAt(n).widget() for n in range(page.buttons.count())]
    buttons = [button for button in row if button is not None]
    assert len(buttons) == 3
    for button in buttons:
        assert button.width() >= button.sizeHint().width()
    for one, other in pairwise(buttons):
        assert one.geometry().right() < other.geometry().left()
    holder = buttons[0].parentWidget()
    assert holder.rect().contains(buttons[-1].geometry())
