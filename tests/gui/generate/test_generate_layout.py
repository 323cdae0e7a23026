"""The panels beside the morph, the pictures of its ends, and the one axis below the picture."""

import numpy as np
import pytest
from morphing import alone, settle, tick_run
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from gui.looking import cut_texts
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.theme.tokens import SIDE

LONG = "a study's very long name of a run that nobody would have thought of - seed 1"


def test_nothing_in_the_side_panels_is_cut_or_pushed_out(
    qtbot: QtBot, morph: GenerateWorkspace
) -> None:
    morph.window().resize(1280, 720)
    morph.sides.runs.offer([(f"/runs/{number:04}-train", LONG) for number in range(1, 4)])
    for kind in ("seed", "latent", "photograph"):
        morph.sides.ends["source"].kind.set_value(kind)
        morph.sides.ends["source"]._show_kind(kind)
        qtbot.wait(20)
        for side in (morph.sides.left, morph.sides.right):
            assert side.width() == SIDE
            assert side.panel.minimumSizeHint().width() <= side.viewport().width(), kind
    assert not [text for text in cut_texts(morph.sides.right.panel) if "outside" not in text]


def test_sections_are_folded_until_the_morph_uses_what_is_in_them(
    qtbot: QtBot, empty: GenerateWorkspace
) -> None:
    empty.open_sample()
    settle(qtbot, empty)
    sections = empty.sides.sections
    assert not [name for name, section in sections.items() if section.open()]
    empty.toggle_apart()
    assert [name for name, section in sections.items() if section.open()] == ["layers"]
    sections["layers"].set_open(False)
    empty.sides.layers.sliders["shape"].setValue(500)
    assert not sections["layers"].open()  # folded by hand, though it is used
    empty.sides.export.out.set_text("")
    empty.sides.export.request()
    assert sections["export"].open()  # what is wrong is said there
    assert empty.sides.export.out_field.isVisible()


def test_sliders_of_layers_are_there_only_while_they_do_something(
    qtbot: QtBot, morph: GenerateWorkspace
) -> None:
    layers = morph.sides.layers
    assert not layers.sliders["shape"].isVisible()
    assert not layers.names["shape"].isVisible()
    layers.apart.setChecked(True)
    assert layers.sliders["shape"].isVisible()
    assert layers.names["shape"].isVisible()


def test_both_ends_are_seen_and_what_the_classifier_makes_of_them(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: object
) -> None:
    from morphing import Redness

    ends = morph.sides.ends
    for which, seed in (("source", 0), ("target", 1)):
        image = ends[which].picture._image
        assert image is not None
        small = image.scaled(8, 8, mode=Qt.TransformationMode.SmoothTransformation)
        mean = np.mean([[small.pixelColor(x, y).getRgb()[:3] for x in range(8)] for y in range(8)])
        assert mean == pytest.approx(alone(morph, seed).mean(), abs=4)
    assert ends["target"].probability.text() == ""
    tick_run(qtbot, morph, tmp_path)  # type: ignore[arg-type]
    expected = Redness().scores(alone(morph, 1)[None])[0]
    assert ends["target"].probability.text() == f"p {expected:.3f} of malignantmelanoma"


def test_b_lies_before_the_end_of_a_loop(qtbot: QtBot, morph: GenerateWorkspace) -> None:
    assert [morph.sides.ends[which].t for which in ("source", "target")] == [0.0, 1.0]
    morph.controller.update(closed=True)
    settle(qtbot, morph)
    assert morph.sides.ends["target"].t == 0.5


@pytest.mark.parametrize("width", [1280, 1920])
def test_slider_strip_and_curve_share_one_axis(
    qtbot: QtBot, morph: GenerateWorkspace, tmp_path: object, width: int
) -> None:
    morph.window().resize(width, 900)
    tick_run(qtbot, morph, tmp_path)  # type: ignore[arg-type]
    settle(qtbot, morph)
    view = morph.view

    def on_slider(fraction: float) -> float:
        view.slider.blockSignals(True)
        view.slider.setValue(round(fraction * view.slider.maximum()))
        view.slider.blockSignals(False)
        option = QStyleOptionSlider()
        view.slider.initStyleOption(option)
        handle = view.slider.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, view.slider
        )
        return view.slider.mapTo(view, handle.center()).x()

    def on_strip(fraction: float) -> float:
        last = len(view.strip.ts) - 1
        first, end = (view.strip.tile(index).center().x() for index in (0, last))
        return view.strip.x() + first + fraction * (end - first)

    def on_plot(fraction: float) -> float:
        plot = view.plot
        place = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(fraction, 0.5)))
        return float(plot.mapTo(view, place).x())

    for fraction in (0.0, 0.5, 1.0):
        places = [on(fraction) for on in (on_slider, on_strip, on_plot)]
        assert max(places) - min(places) <= 2, (fraction, places)


def test_the_caption_says_how_large_the_picture_is_and_how_much_larger_it_is_shown(
    morph: GenerateWorkspace,
) -> None:
    picture = morph.view.picture
    picture.resize(400, 352)  # 320 px remain for the picture beside its margins and its caption
    side = picture.place().width()
    assert f"64 px, shown × {side / 64:.1f}".removesuffix(".0") in picture.caption()
