"""Reading at the window: real keys, one picture after another, nothing lost, nothing told."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.study import Study
from studio.study.answers import answers_path, read_answer_log
from studio.ui.context import StudioContext
from studio.ui.study.reading_controller import ReadingController, ReadingState
from studio.ui.study.workspace import StudyWorkspace
from studio.ui.watchdog import Watchdog
from studio.ui.window import StudioWindow

Show = Callable[[], StudyWorkspace]
Make = Callable[..., Study]


def seen(qtbot: QtBot, work: StudyWorkspace) -> None:
    """Wait until the picture is there and keys count."""
    qtbot.waitUntil(lambda: work.reading_view.picture.token == work.controller.token, timeout=5000)
    qtbot.waitUntil(lambda: work.controller.gate.admits(), timeout=5000)


def press(qtbot: QtBot, work: StudyWorkspace, key: Qt.Key) -> None:
    qtbot.keyClick(work.reading_view.picture, key)


def begin(qtbot: QtBot, work: StudyWorkspace) -> None:
    qtbot.mouseClick(work.page.begin, Qt.MouseButton.LeftButton)
    seen(qtbot, work)


def test_nothing_said_before_lies_over_the_answers(
    qtbot: QtBot, make: Make, show: Show, window: StudioWindow
) -> None:
    make()
    work = show()
    window.context.toast("An export failed.", "error")
    assert window.toasts.isVisible()
    begin(qtbot, work)
    assert not window.toasts.toasts()
    assert not window.toasts.isVisible()


def test_a_study_is_read_with_keys_to_its_result(
    qtbot: QtBot, make: Make, show: Show, settled: Callable[[], None], smooth: Watchdog
) -> None:
    study = make()
    work = show()
    assert work.page.title.text() == "pilot"
    assert "Ana has not begun" in work.page.standing.text()
    begin(qtbot, work)
    smooth.start()
    assert work.mode == "study.read"
    assert work.side.isHidden()
    shown = []
    for key in (Qt.Key.Key_1, Qt.Key.Key_6, Qt.Key.Key_3, Qt.Key.Key_4):
        seen(qtbot, work)
        shown.append(work.controller.token)
        press(qtbot, work, key)
    assert work.controller.state is ReadingState.END
    log = read_answer_log(study, answers_path(study, "Ana"))
    assert [(one.token, one.rating) for one in log.answers.values()] == list(
        zip(shown, (1, 6, 3, 4), strict=True)
    )
    assert all(250 <= one.ms < 5000 for one in log.answers.values())
    assert work.page.result.result is None
    smooth.stop()
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(work.reading_view.end.button, Qt.Key.Key_Return, control)
    settled()
    assert work.mode == "study"
    assert not work.page.begin.isVisible()
    assert work.page.result.isVisible()
    result = work.page.result.result
    assert result is not None
    assert [one.reader for one in result.readers] == ["Ana"]
    assert result.readers[0].accuracy.n == 4


def test_a_key_counts_only_once_the_picture_was_seen(qtbot: QtBot, make: Make, show: Show) -> None:
    make()
    work = show()
    begin(qtbot, work)
    first = work.controller.token
    press(qtbot, work, Qt.Key.Key_2)
    second = work.controller.token
    assert second != first
    press(qtbot, work, Qt.Key.Key_2)  # at once: nobody has seen the second one
    qtbot.waitUntil(lambda: work.reading_view.picture.token == second)
    press(qtbot, work, Qt.Key.Key_2)
    assert work.controller.token == second
    seen(qtbot, work)
    press(qtbot, work, Qt.Key.Key_2)
    assert work.controller.token != second


def test_auto_repeat_answers_once(qtbot: QtBot, make: Make, show: Show) -> None:
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtGui import QKeyEvent

    make()
    work = show()
    begin(qtbot, work)
    none = Qt.KeyboardModifier.NoModifier
    repeat = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_1, none, "1", True)
    QCoreApplication.sendEvent(work.reading_view.picture, repeat)
    assert work.controller.progress == (0, 4)


def test_backspace_goes_back_and_arrows_mark(qtbot: QtBot, make: Make, show: Show) -> None:
    study = make()
    work = show()
    begin(qtbot, work)
    first = work.controller.token
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right):
        press(qtbot, work, key)
    assert work.controller.cursor == 5
    assert work.reading_view.answers.buttons[5].marked
    press(qtbot, work, Qt.Key.Key_Left)
    press(qtbot, work, Qt.Key.Key_Return)
    assert work.controller.progress == (1, 4)
    press(qtbot, work, Qt.Key.Key_Backspace)
    assert work.controller.token == first
    seen(qtbot, work)
    press(qtbot, work, Qt.Key.Key_1)
    log = read_answer_log(study, answers_path(study, "Ana"))
    assert [one.rating for one in log.answers.values()] == [1]
    assert log.corrected == 1


def test_pausing_hides_the_picture_and_leaving_comes_back_to_it(
    qtbot: QtBot, make: Make, show: Show, settled: Callable[[], None], window: StudioWindow
) -> None:
    make()
    work = show()
    begin(qtbot, work)
    press(qtbot, work, Qt.Key.Key_4)
    seen(qtbot, work)
    token = work.controller.token
    press(qtbot, work, Qt.Key.Key_Escape)
    assert work.controller.state is ReadingState.PAUSED
    assert not work.reading_view.picture.isVisible()
    assert work.reading_view.picture.token == ""
    qtbot.keyClick(work.reading_view.paused.button, Qt.Key.Key_Escape)
    settled()
    assert work.mode == "study"
    assert work.side.isVisible()
    assert "1 of 4" in work.page.standing.text()
    assert work.page.begin.text() == "Go on reading"
    begin(qtbot, work)
    assert work.controller.token == token
    window.show_workspace("collect")
    assert work.controller.state is ReadingState.PAUSED
    window.show_workspace("study")
    qtbot.keyClick(work.reading_view.paused.button, Qt.Key.Key_Space)
    seen(qtbot, work)
    assert work.controller.token == token


def test_the_diagnosis_is_asked_after_the_rating(qtbot: QtBot, make: Make, show: Show) -> None:
    study = make(diagnosis=True)
    work = show()
    begin(qtbot, work)
    token = work.controller.token
    press(qtbot, work, Qt.Key.Key_6)
    assert work.mode == "study.read.ask"
    assert work.reading_view.asked.text() == "What is it?"
    press(qtbot, work, Qt.Key.Key_Backspace)
    assert work.controller.state is ReadingState.RATE
    press(qtbot, work, Qt.Key.Key_5)
    press(qtbot, work, Qt.Key.Key_3)  # there are two answers only
    assert work.controller.state is ReadingState.ASK
    press(qtbot, work, Qt.Key.Key_2)
    answer = read_answer_log(study, answers_path(study, "Ana")).answers[str(token)]
    assert (answer.rating, dict(answer.others)) == (5, {"diagnosis": "malignantmelanoma"})


def test_the_mouse_reads_too(qtbot: QtBot, make: Make, show: Show) -> None:
    make()
    work = show()
    begin(qtbot, work)
    qtbot.mouseClick(work.reading_view.answers.buttons[2], Qt.MouseButton.LeftButton)
    assert work.controller.progress == (1, 4)


def files_opened() -> list[str]:
    """Every path that this process opens from now on, by whatever function."""
    opened: list[str] = []

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str):
            opened.append(arguments[0])

    sys.addaudithook(hear)  # cannot be taken back: it only ever appends to this list
    return opened


def test_nothing_on_the_screen_tells_the_kind(qtbot: QtBot, make: Make, show: Show) -> None:
    """The key is not opened, and no word beside the picture changes with it."""
    make()
    opened = files_opened()
    work = show()
    begin(qtbot, work)
    said = []
    for _ in range(3):
        seen(qtbot, work)
        labels = work.reading_view.findChildren(QLabel)
        said.append(
            {one.text() for one in labels if one.isVisible()} - {work.reading_view.count.text()}
        )
        press(qtbot, work, Qt.Key.Key_2)
    assert said[0] == said[1] == said[2]
    names = [Path(path).name for path in opened]
    opened.clear()
    assert "study.json" in names
    assert "key.json" not in names


def test_a_picture_that_was_changed_is_named(qtbot: QtBot, make: Make, show: Show) -> None:
    study = make()
    for token in study.file.pictures:
        study.picture(token).write_bytes(b"nothing")
    work = show()
    qtbot.mouseClick(work.page.begin, Qt.MouseButton.LeftButton)
    token = work.controller.token
    qtbot.waitUntil(lambda: work.reading_view.loader.error(token) is not None)
    QTest.qWait(300)
    press(qtbot, work, Qt.Key.Key_1)
    assert work.controller.progress == (0, 4)
    assert "was changed" in work.reading_view.picture.words


def test_an_answer_that_cannot_be_saved_pauses_and_says_so(
    qtbot: QtBot, make: Make, show: Show, window: StudioWindow
) -> None:
    study = make()
    work = show()
    begin(qtbot, work)
    press(qtbot, work, Qt.Key.Key_1)
    path = answers_path(study, "Ana")
    with path.open("a") as file:  # as another window would
        file.write(json.dumps({"event": "undo", "token": "x"}) + "\n")
    seen(qtbot, work)
    press(qtbot, work, Qt.Key.Key_1)
    assert work.controller.state is ReadingState.PAUSED
    assert work.controller.progress == (1, 4)
    assert any("Another window" in toast.text for toast in window.toasts.toasts())


def test_time_stands_still_while_paused(make: Make, context: StudioContext) -> None:
    from studio.study import ReadingSession

    study, now = make(), [0.0]
    controller = ReadingController(clock=lambda: now[0])
    controller.begin(ReadingSession(study, "Ben"))
    controller.seen(str(controller.token))
    now[0] = 2.0
    controller.pause()
    now[0] = 100.0
    controller.resume()
    controller.rate(1)  # not seen again yet
    assert controller.progress == (0, 4)
    controller.seen(str(controller.token))
    now[0] = 100.2
    controller.rate(1)  # too soon
    now[0] = 101.5
    controller.rate(1)
    controller.leave()
    (answer,) = read_answer_log(study, answers_path(study, "Ben")).answers.values()
    assert answer.ms == 3500


def test_while_reading_only_the_reading_has_keys(
    qtbot: QtBot, make: Make, read: Callable[..., None], show: Show
) -> None:
    make("first")
    make("second")
    work = show()
    begin(qtbot, work)
    for name in ("new", "next", "export", "copy", "open", "read"):
        action = work.context.registry.by_id(f"study.{name}")
        assert action is not None
        assert not action.enabled(), name
    press(qtbot, work, Qt.Key.Key_N)
    assert work.middle.currentWidget() is work.reading_view


def test_turning_to_another_window_pauses(
    qtbot: QtBot, make: Make, show: Show, window: StudioWindow
) -> None:
    make()
    work = show()
    begin(qtbot, work)
    other = QLabel("another window")
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not window.isActiveWindow(), timeout=5000)
    qtbot.waitUntil(lambda: work.controller.state is ReadingState.PAUSED, timeout=5000)
