"""The wheel scrolls: it changes a field only while that field has the focus."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

import studio.ui
from studio.ui.widgets import Choice, DropDown, FloatField, IntField, Slider


def wheel(widget: QWidget) -> bool:
    """One notch towards larger values over the middle of a widget; whether it was taken."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle, QPointF(widget.mapToGlobal(widget.rect().center())), QPoint(0, 0), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.fixture
def form(qtbot: QtBot) -> Iterator[tuple[IntField, FloatField, Choice, Slider]]:
    page = QWidget()
    qtbot.addWidget(page)
    fields = IntField(), FloatField(), Choice([(n, str(n)) for n in range(5)]), Slider()
    layout = QVBoxLayout(page)
    for field in fields:
        layout.addWidget(field)
    fields[2].set_value(2)
    for field in (fields[0], fields[1], fields[3]):
        field.setValue(10)
    page.resize(300, 200)
    page.show()
    qtbot.waitExposed(page)
    page.setFocus()
    yield fields
    page.close()


def values(form: tuple[IntField, FloatField, Choice, Slider]) -> list[float]:
    return [form[0].value(), form[1].value(), form[2].value(), form[3].value()]


def test_the_wheel_changes_no_field_without_the_focus(
    form: tuple[IntField, FloatField, Choice, Slider],
) -> None:
    before = values(form)
    assert not any(wheel(field) for field in form)
    assert values(form) == before
    assert not any(field.hasFocus() for field in form)


def test_the_wheel_changes_the_field_that_has_the_focus(
    qtbot: QtBot, form: tuple[IntField, FloatField, Choice, Slider]
) -> None:
    before = values(form)
    for field in form:
        field.setFocus()
        qtbot.waitUntil(field.hasFocus)
        wheel(field)
    assert all(new != old for new, old in zip(values(form), before, strict=True))


def test_a_press_on_a_slider_goes_there(qtbot: QtBot) -> None:
    slider = Slider()
    qtbot.addWidget(slider)
    slider.setRange(0, 1000)
    slider.resize(420, 32)
    slider.show()
    qtbot.waitExposed(slider)
    for share in (0.75, 0.25, 0.5):
        place = QPoint(round(slider.width() * share), slider.height() // 2)
        qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=place)
        # The handle's width is kept at both ends, hence the tolerance.
        assert slider.value() == pytest.approx(1000 * share, abs=25)
        assert not slider.isSliderDown()
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(0, slider.height() // 2))
    assert slider.value() == 0


def test_every_form_uses_these_fields() -> None:
    own = re.compile(r"\b(QSpinBox|QDoubleSpinBox|QComboBox|QSlider|QDial|QTabBar)\(")
    folder = Path(studio.ui.__file__).parent
    raw = [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if own.search(path.read_text(encoding="utf-8"))
    ]
    assert not raw
    assert issubclass(Choice, DropDown)
    # A QTabWidget makes a QTabBar of its own unless it is given one.
    tabs = [path for path in folder.rglob("*.py") if "QTabWidget()" in path.read_text("utf-8")]
    assert len(tabs) > 2
    assert [p.name for p in tabs if "setTabBar(TabBar())" not in p.read_text("utf-8")] == []
