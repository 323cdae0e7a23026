"""A reader's session in the review window, driven by real key events at a hand's pace.

    python tests/bench/bench_review_hour.py [--boxes 100] [--pace 0.6] [--only fit pixels]

Four sessions, each in a window of its own: boxes at fit, boxes at 1:1 with the zoom kept, twelve
labels, and a project that was begun without labels and gets them in the window. The hand is not
perfect: it strikes twice, holds a key down (as X11 reports it without detectable auto-repeat), pans
the box off the canvas, and undoes. Measures and reports, never asserts: decisions a minute, keys
that were refused, and, by geometry and paint events of its own, how many boxes were decided that
were not on the canvas, or had not been painted there for 250 ms. Prints one JSON document.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from studio import imaging
from studio.imaging import Square
from studio.project import Event, NewBox, Project
from studio.review.label_keys import label_keys
from studio.ui.context import StudioContext
from studio.ui.review.rows import upright, upright_size
from studio.ui.review.workspace import ReviewWorkspace
from studio.ui.settings import Settings
from studio.ui.window import StudioWindow
from studio.ui.workspace import WORKSPACES

Key, Held = Qt.Key, Qt.KeyboardModifier
SIZES = ((2400, 1800), (1800, 2400), (1200, 1200))
SEEN_MS = 250
LIFTED_MS = 40  # between two strokes, at least; no hand is faster
DECISIONS = ("accept", "reject", "relabel", "adjust", "unsure", "create")


def photograph(path: Path, seed: int) -> Path:
    """Skin with a grain, of one of three shapes."""
    dice = np.random.default_rng(seed)
    width, height = SIZES[seed % len(SIZES)]
    coarse = dice.normal((196, 150, 126), 14, (height // 40, width // 40, 3))
    rgb = np.clip(coarse, 0, 255).astype(np.uint8)
    Image.fromarray(rgb).resize((width, height), Image.Resampling.BICUBIC).save(path, quality=88)
    return path


def make_project(path: Path, labels: list[str], boxes: int, seed: int = 0) -> None:
    """So many undecided boxes, one to three on each image, wherever they may lie."""
    dice = random.Random(seed)
    left = boxes
    with Project.create(path, labels) as project, imaging.Verifier() as verifier:
        while left:
            number = project.images.count()
            file = photograph(path.with_name(f"{path.name}-{number}.jpg"), number)
            label_id = 1 if labels else None
            image = project.images.add(verifier.check(file), f"photo {number}.jpg", file, label_id)
            made = []
            for _ in range(min(dice.randint(1, 3), left)):
                side = dice.uniform(0.08, 0.3) * min(image.width, image.height)
                x = dice.uniform(side / 3, image.width - side / 3)
                y = dice.uniform(side / 3, image.height - side / 3)
                made.append(NewBox(image.id, Square(x, y, side), label_id, "blob", "0", 0.9))
            project.boxes.add(made)
            left -= len(made)


class Paints(QObject):
    """When the canvas was first painted with each box in question."""

    def __init__(self, room: ReviewWorkspace) -> None:
        super().__init__()
        self._room = room
        self.box: int | None = None
        self.since = 0.0
        room.view.canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        session = self._room.session
        if event.type() == QEvent.Type.Paint and session is not None:
            drawn = any(box.current for box in self._room.view.canvas.boxes)
            box = session.navigator.current_id if drawn else None
            if not self._room.view.canvas.layer.empty and box != self.box:
                self.box, self.since = box, time.monotonic()
        return False


class Reader:
    """One window, a hand on its keyboard, and what came of it."""

    def __init__(self, path: Path, folder: Path, pace: float, name: str = "Ana") -> None:
        settings = Settings(folder / f"{path.name}.json")
        settings.set("reviewer", name)
        self.context = StudioContext(settings)
        only = tuple(entry for entry in WORKSPACES if entry.id == "review")
        self.window = StudioWindow(self.context, only)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        QTest.qWait(100)
        self.context.open_project(path)
        self.wait(lambda: self.room.session is not None and self.room.session.navigator.index >= 0)
        self.wait(lambda: not self.room.view.canvas.layer.empty)
        self.dice, self._pace, self._clock = random.Random(1), pace, 1000
        self.paints = Paints(self.room)
        self.keys = self.decided = self.off_canvas = self.too_soon = 0
        self.refused: Counter[str] = Counter()
        self.session.controller.refused.connect(self._refused)
        self.session.controller.committed.connect(self._committed)
        self.room.commands.focus()
        self.room.view.canvas.repaint()
        QTest.qWait(2 * SEEN_MS)

    @property
    def room(self) -> ReviewWorkspace:
        found = self.window.mounted["review"]
        assert isinstance(found, ReviewWorkspace)
        return found

    @property
    def session(self) -> Any:
        return self.room.session

    def wait(self, ready: Callable[[], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not ready() and time.monotonic() < end:
            QTest.qWait(5)

    def _refused(self, words: str) -> None:
        self.refused[words.split(":")[0].split(".")[0]] += 1

    def _committed(self, event: Event) -> None:
        """Before anything has moved on: was what is decided on the canvas, and long enough?"""
        if event.action.value not in DECISIONS or event.box_id is None:
            return
        self.decided += 1
        image, canvas = self.session.navigator.image, self.room.view.canvas
        square = upright(self.session.navigator.current.square, image)
        width, height = upright_size(image)
        scale, view = canvas.view.scale, canvas.view
        across = (max(square.x0, 0), min(square.x1, width), view.dx, canvas.width())
        down = (max(square.y0, 0), min(square.y1, height), view.dy, canvas.height())
        for first, last, offset, room in (across, down):
            low, high = first * scale + offset, last * scale + offset
            seen = min(high, room) - max(low, 0)
            if seen < 0.8 * min(high - low, room) or not 0 <= (low + high) / 2 <= room:
                self.off_canvas += 1
                break
        seen_for = (time.monotonic() - self.paints.since) * 1000
        if self.paints.box != event.box_id or seen_for < SEEN_MS - 5:
            self.too_soon += 1

    # --- the hand -----------------------------------------------------------------------------

    def press(
        self, key: Key, text: str = "", held: Held = Held.NoModifier, down_ms: int = 70
    ) -> None:
        """A key down and up again, with time stamps as a keyboard gives them."""
        self.keys += 1
        self._send(QEvent.Type.KeyPress, key, text, held, LIFTED_MS)
        QTest.qWait(5)
        self._send(QEvent.Type.KeyRelease, key, text, held, down_ms)

    def hold(self, key: Key, text: str, repeats: int = 8) -> None:
        """Held down: releases and presses in pairs of one time stamp."""
        self.keys += 1
        self._send(QEvent.Type.KeyPress, key, text, Held.NoModifier, LIFTED_MS)
        for n in range(repeats):
            QTest.qWait(30 if n else 300)
            self._send(QEvent.Type.KeyRelease, key, text, Held.NoModifier, 30 if n else 300)
            self._send(QEvent.Type.KeyPress, key, text, Held.NoModifier, 0)
        self._send(QEvent.Type.KeyRelease, key, text, Held.NoModifier, 30)

    def _send(self, kind: QEvent.Type, key: Key, text: str, held: Held, later_ms: int) -> None:
        self._clock = max(self._clock + later_ms, int(time.monotonic() * 1000) % 10**9)
        event = QKeyEvent(kind, key, held, text)
        event.setTimestamp(self._clock)
        QApplication.sendEvent(QApplication.focusWidget() or self.window, event)

    def think(self) -> None:
        """As long as a look takes: half to one and a half times the pace."""
        seconds = self._pace * self.dice.uniform(0.5, 1.5)
        QTest.qWait(max(int(seconds * 1000), 1))

    # --- a session ----------------------------------------------------------------------------

    def decide(self, boxes: int, label: Callable[[], None] | None = None) -> dict[str, Any]:
        """Until so many boxes are decided, or the queue is through."""
        began, mistakes = time.monotonic(), Counter[str]()
        while self.decided < boxes and not self.session.controller.at_end:
            self.think()
            chance = self.dice.random()
            if chance < 0.04:
                mistakes["struck twice"] += 1
                self.press(Key.Key_Space, " ") if label is None else label()
                QTest.qWait(90)
                self.press(Key.Key_Space, " ")
            elif chance < 0.07:
                mistakes["held down"] += 1
                self.hold(Key.Key_X, "x")
            elif chance < 0.11:
                mistakes["panned away"] += 1
                for _ in range(6):
                    self.press(Key.Key_Right, held=Held.ShiftModifier)
                self.press(Key.Key_X, "x")
                self.think()
                self.press(Key.Key_X, "x")
            elif chance < 0.14 and self.decided:
                mistakes["undone"] += 1
                self.press(Key.Key_Backspace)
                self.decided -= 1
                self.think()
                self.press(Key.Key_X, "x")
            elif chance < 0.3:
                self.press(Key.Key_X, "x")
            elif label is not None:
                label()
            else:
                self.press(Key.Key_Space, " ")
        return self.report(time.monotonic() - began, mistakes)

    def report(self, seconds: float, mistakes: Counter[str]) -> dict[str, Any]:
        return {
            "boxes decided": self.decided,
            "decisions a minute": round(60 * self.decided / seconds, 1),
            "keys": self.keys,
            "keys refused": sum(self.refused.values()),
            "refused because": dict(self.refused),
            "slips of the hand": dict(mistakes),
            "decided off the canvas": self.off_canvas,
            "decided before 250 ms": self.too_soon,
        }

    def close(self) -> None:
        """Take the window down before the application goes, which must not find parts of it."""
        self.window.close()
        self.context.jobs.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()


def fit(folder: Path, boxes: int, pace: float) -> dict[str, Any]:
    """The whole picture on the canvas."""
    make_project(folder / "fit", ["nevus", "melanoma"], boxes)
    reader = Reader(folder / "fit", folder, pace)
    try:
        return reader.decide(boxes)
    finally:
        reader.close()


def pixels(folder: Path, boxes: int, pace: float) -> dict[str, Any]:
    """One to one, kept over boxes and pictures."""
    make_project(folder / "pixels", ["nevus", "melanoma"], boxes, seed=2)
    reader = Reader(folder / "pixels", folder, pace)
    try:
        reader.press(Key.Key_L, "l")
        reader.press(Key.Key_Z, "z")
        report = reader.decide(boxes)
        return {**report, "zoom at the end": reader.room.view.header.zoom.text()}
    finally:
        reader.close()


def labelling(reader: Reader) -> Callable[[], None]:
    """Gives each box the next of the project's labels, by its key or the keys that lead to it."""
    names = reader.session.project.labels()
    keys = label_keys(reader.session.project)
    turn = {"next": 0}

    def give() -> None:
        one = names[turn["next"] % len(names)]
        turn["next"] += 1
        key = keys[one.id]
        if key.isalpha():
            reader.press(Key.Key_A, "a")
            QTest.qWait(120)
        reader.press(Key(ord(key.upper())), key)

    return give


def twelve_labels(folder: Path, boxes: int, pace: float) -> dict[str, Any]:
    """Boxes of twelve classes, each named by keys."""
    names = [f"class{n:02d}" for n in range(1, 13)]
    make_project(folder / "twelve", names, boxes, seed=3)
    reader = Reader(folder / "twelve", folder, pace)
    try:
        report = reader.decide(boxes, labelling(reader))
        return {**report, "labels given": used_labels(reader)}
    finally:
        reader.close()


def without_labels(folder: Path, boxes: int, pace: float) -> dict[str, Any]:
    """A project begun without labels: Space asks for one, the window adds them."""
    make_project(folder / "bare", [], boxes, seed=4)
    reader = Reader(folder / "bare", folder, pace)
    try:
        reader.press(Key.Key_Space, " ")
        asked = reader.room.view.canvas._flash
        reader.context.registry.trigger("project.labels")
        reader.wait(lambda: bool(reader.window.findChildren(QDialog)))
        (dialog,) = reader.window.findChildren(QDialog)
        field = next(e for e in dialog.findChildren(QLineEdit) if "another" in e.accessibleName())
        for name in ("nevus", "melanoma", "keratosis"):
            QTest.keyClicks(field, name)
            QTest.keyClick(field, Key.Key_Return)
        dialog.accept()
        reader.wait(lambda: len(reader.session.navigator.labels) == 3)
        reader.room.commands.focus()
        QTest.qWait(2 * SEEN_MS)
        report = reader.decide(boxes, labelling(reader))
        return {"asked": asked, **report, "labels given": used_labels(reader)}
    finally:
        reader.close()


def used_labels(reader: Reader) -> dict[str, int]:
    """How many boxes were accepted of each label."""
    names = {one.id: one.name for one in reader.session.project.labels()}
    counts: Counter[str] = Counter()
    for (state, label_id), count in reader.session.project.boxes.count_by().items():
        if state.value in ("accepted", "adjusted"):
            counts[names.get(label_id, "none")] += count
    return dict(sorted(counts.items()))


SESSIONS = {
    "fit": fit,
    "pixels": pixels,
    "twelve": twelve_labels,
    "bare": without_labels,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, default=100)
    parser.add_argument("--pace", type=float, default=0.6, help="seconds for a look")
    parser.add_argument("--only", nargs="*", choices=list(SESSIONS), default=list(SESSIONS))
    chosen = parser.parse_args()
    application = QApplication(sys.argv[:1])
    report: dict[str, Any] = {"pace, s": chosen.pace}
    with tempfile.TemporaryDirectory() as name:
        for session in chosen.only:
            report[session] = SESSIONS[session](Path(name), chosen.boxes, chosen.pace)
    application.processEvents()
    print(json.dumps(report, indent=2, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
