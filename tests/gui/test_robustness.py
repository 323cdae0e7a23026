"""Objects that outlive their C++ side, threads that outlive their window, garbage collection."""

import gc
import threading
import time
import weakref
from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from studio.ui.background import Relay, Task, stop_all
from studio.ui.garbage import GarbageCollector
from studio.ui.imageloader import ImageLoader, Want
from studio.ui.window import StudioWindow

WIDTHS = ((1280, 720), (1440, 900), (1920, 1080))


def picture() -> QImage:
    return QImage(4, 4, QImage.Format.Format_RGB32)


def test_a_relay_is_silent_once_closed_or_without_its_object(qapp: QApplication) -> None:
    heard: list[str] = []
    timer = QTimer()
    timer.setObjectName("one")
    timer.objectNameChanged.connect(heard.append)
    relay, late = Relay(timer), Relay(timer)
    relay.emit("objectNameChanged", "emitted")
    relay.close()
    relay.emit("objectNameChanged", "closed")
    delete(timer)
    late.emit("objectNameChanged", "deleted")
    assert heard == ["emitted"]


def test_a_task_ends_though_what_it_was_for_has_gone(
    qtbot: QtBot, settled: Callable[[], None]
) -> None:
    go = threading.Event()
    shown = QLabel()
    task = Task(lambda _: (go.wait(5), "text")[1])
    task.done.connect(shown.setText)
    ended: list[bool] = []
    task.ended.connect(lambda: ended.append(True))
    task.start()
    delete(shown)
    go.set()
    qtbot.waitUntil(lambda: ended == [True])
    settled()
    assert task not in Task.running()


def test_what_a_task_refers_to_is_destroyed_on_the_qt_thread(
    qtbot: QtBot, settled: Callable[[], None]
) -> None:
    """The work and its result are often the last to hold a page; a pool must not end it."""
    where: list[int] = []

    class Held:
        def __del__(self) -> None:
            where.append(threading.get_ident())

    def begin() -> None:
        held = Held()

        def work(_: object) -> Held:
            assert held is not None
            return Held()

        Task(work).start()

    for _ in range(20):
        begin()
    settled()
    qtbot.waitUntil(lambda: (gc.collect(), len(where) == 40)[1])
    assert set(where) == {threading.get_ident()}


def test_work_that_does_not_end_is_no_longer_heard(qtbot: QtBot) -> None:
    go, heard = threading.Event(), []
    task = Task(lambda _: go.wait(5))
    task.done.connect(heard.append)
    task.start()
    assert not stop_all(50)
    assert task not in Task.running()
    go.set()
    assert stop_all(5000)
    QApplication.processEvents()
    assert heard == []


def test_a_loader_that_goes_with_its_widget_ends_its_threads(qtbot: QtBot) -> None:
    began, ended = threading.Event(), []

    def decode() -> QImage:
        began.set()
        time.sleep(0.1)
        ended.append(True)
        return picture()

    for remove in (delete, lambda widget: widget.deleteLater()):
        began.clear()
        parent = QWidget()
        loader = ImageLoader(parent, threads=2)
        loader.request("page", [Want(number, decode) for number in range(4)])
        assert began.wait(5)
        remove(parent)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        assert not isValid(loader)
        now = len(ended)
        time.sleep(0.25)
        assert len(ended) == now  # what was queued is not begun any more


def test_a_picture_may_arrive_after_its_loader_has_gone(qtbot: QtBot) -> None:
    loader = ImageLoader(threads=1)
    delete(loader)
    loader.put("late", picture())  # from the thread that made it
    assert loader.get("late") is not None


def test_no_thread_but_qts_destroys_qt_objects(qtbot: QtBot) -> None:
    """Qt warns of a timer that is destroyed in another thread, which would fail this test too."""
    collector = GarbageCollector()
    threshold = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        timer = QTimer()
        timer.start(1000)
        timer.itself = timer  # type: ignore[attr-defined]
        gone = weakref.ref(timer)
        del timer
        busy = threading.Thread(target=lambda: [[number] for number in range(50_000)])
        busy.start()
        busy.join()
        assert gone() is not None
        collector.check()
        gc.collect()
        assert gone() is None
    finally:
        gc.set_threshold(*threshold)
        collector.close()


def test_a_tour_with_garbage_collected_at_every_step(
    open_window: StudioWindow, settled: Callable[[], None]
) -> None:
    window = open_window
    for width, height in WIDTHS:
        window.resize(width, height)
        for name in window.entries:
            window.show_workspace(name)
            QApplication.processEvents()
            gc.collect(1)
        window.context.theme.toggle()
        QApplication.processEvents()
        gc.collect()
    settled()
    assert all(isinstance(part, QObject) and isValid(part) for part in window.mounted.values())


@pytest.mark.parametrize("name", ["collect", "review", "datasets", "train", "evaluate", "study"])
def test_a_window_may_close_while_a_page_loads(
    open_window: StudioWindow, settled: Callable[[], None], name: str
) -> None:
    open_window.show_workspace(name)
    QApplication.processEvents()
    open_window.close()
    gc.collect(1)
    settled()
    QApplication.processEvents()
