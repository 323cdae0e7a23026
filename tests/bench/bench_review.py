"""Time the review window on a project of 132,673 images, as a reviewer's keys see it.

    python tests/bench/bench_review.py [--images 132673] [--photographs 40] [--width 1440]

Measures and reports, never asserts a time. The first `photographs` images have pixels (12 megapixel
JPEG); the walk goes through them. "visible" is from the key press until the canvas has painted what
it changed, commit included; "frame" adds everything else that the key made the window paint. Prints
one JSON document: milliseconds, median and 95th percentile.
"""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import insert

from studio.imaging import Square
from studio.opening import sha256_file
from studio.project import NewBox, Project, schema
from studio.review import KeyGate
from studio.ui.context import StudioContext
from studio.ui.review.workspace import ReviewWorkspace
from studio.ui.settings import Settings
from studio.ui.window import StudioWindow
from studio.ui.workspace import WORKSPACES

SIZE = (4032, 3024)
BOXES = 3  # an image, of which three are shown at first


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    ordered = sorted(milliseconds)
    p95 = ordered[min(round(0.95 * (len(ordered) - 1)), len(ordered) - 1)]
    return {"n": len(ordered), "p50": round(statistics.median(ordered), 1), "p95": round(p95, 1)}


def photograph(path: Path, seed: int) -> None:
    """A 12-megapixel JPEG with the entropy of skin."""
    random = np.random.default_rng(seed)
    small = random.normal((196, 150, 126), 12, (SIZE[1] // 8, SIZE[0] // 8, 3))
    base = Image.fromarray(np.clip(small, 0, 255).astype(np.uint8)).resize(SIZE)
    grain = random.normal(0, 4, (SIZE[1], SIZE[0], 1))
    rgb = np.clip(np.asarray(base) + grain, 0, 255).astype(np.uint8)
    Image.fromarray(rgb).save(path, quality=92)


def make_project(path: Path, images: int, photographs: int) -> None:
    """Rows for all images, originals for the first ones."""
    with Project.create(path, ["nevus", "melanoma"]) as project:
        rows = []
        for number in range(images):
            sha256 = f"{number:064x}"
            if number < photographs:
                file = path / "photo.jpg"
                photograph(file, number)
                sha256 = sha256_file(file)
                target = project.originals_dir / sha256[:2] / f"{sha256}.jpg"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(file, target)
            rows.append(
                {
                    "sha256": sha256,
                    "file": f"photograph {number:06d}.jpg",
                    "suffix": ".jpg",
                    "bytes": 1,
                    "width": SIZE[0],
                    "height": SIZE[1],
                    "label_id": 1,
                    "created": "",
                }
            )
        with project.begin() as connection:
            for start in range(0, images, 5000):
                connection.execute(insert(schema.image), rows[start : start + 5000])
        for start in range(1, images + 1, 5000):
            ids = range(start, min(start + 5000, images + 1))
            boxes = [
                NewBox(i, Square(900.0 * (n + 1), 1500, 600), 1, "blob", "0", 0.9 - n / 10)
                for i in ids
                for n in range(BOXES)
            ]
            project.boxes.add(boxes)


class Bench:
    """One window on the project, and the clock."""

    def __init__(self, path: Path, folder: Path, width: int, height: int) -> None:
        settings = Settings(folder / "settings.json")
        settings.set("reviewer", "Ana")
        self.context = StudioContext(settings)
        only = tuple(entry for entry in WORKSPACES if entry.id == "review")
        self.window = StudioWindow(self.context, only)
        self.window.resize(width, height)
        self.window.show()
        self.window.activateWindow()
        QTest.qWait(200)
        started = time.perf_counter()
        self.context.open_project(path)
        self.wait(lambda: not self.canvas.layer.empty)
        self.canvas.repaint()
        self.opened = (time.perf_counter() - started) * 1000
        self.session.controller.gate = KeyGate(visible_seconds=0)

    @property
    def room(self) -> ReviewWorkspace:
        found = self.window.mounted["review"]
        assert isinstance(found, ReviewWorkspace)
        return found

    @property
    def session(self) -> Any:
        return self.room.session

    @property
    def canvas(self) -> Any:
        return self.room.view.canvas

    def wait(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Wait as the window does, in an event loop: QTest.qWait keeps the interpreter, and what is
        waited for comes from a thread that needs it."""
        loop, often, end = QEventLoop(), QTimer(), QTimer()
        often.timeout.connect(lambda: loop.quit() if ready() else None)
        end.setSingleShot(True)
        end.timeout.connect(loop.quit)
        often.start(2)
        end.start(round(seconds * 1000))
        if not ready():
            loop.exec()
        often.stop()
        end.stop()

    def idle(self) -> None:
        """Until nothing is being decoded any more."""
        self.wait(lambda: self.session is not None and self.session.navigator.index >= 0)
        self.wait(lambda: not self.room.loader.busy)
        QTest.qWait(30)

    def press(self, key: Qt.Key) -> tuple[float, float, float]:
        """(visible, frame) by the clock and (frame) in the Qt thread's own work, milliseconds."""
        self.session.controller.gate.mark_visible()
        started, work = time.perf_counter(), time.thread_time()
        QTest.keyClick(QApplication.focusWidget() or self.window, key)
        self.canvas.repaint()
        visible = (time.perf_counter() - started) * 1000
        QApplication.processEvents()
        frame = (time.perf_counter() - started) * 1000
        return visible, frame, (time.thread_time() - work) * 1000


def walk(bench: Bench, photographs: int) -> dict[str, Any]:
    """Decide every box of the photographs, one key each."""
    commits: list[float] = []
    accept = bench.session.controller.reviewer.accept

    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return accept(*args, **kwargs)
        finally:
            commits.append((time.perf_counter() - started) * 1000)

    bench.session.controller.reviewer.accept = timed
    times: dict[str, list[float]] = {}
    cold: list[float] = []
    while bench.session.navigator.index < photographs - 10:
        bench.idle()
        last = bench.session.navigator.boxes[-1].id == bench.session.navigator.current_id
        visible, frame, work = bench.press(Qt.Key.Key_Space)
        kind = "next image, prefetched" if last else "decision"
        if last and bench.canvas.layer.empty:
            cold.append(visible)
            continue
        times.setdefault(f"{kind}: key to visible", []).append(visible)
        times.setdefault(f"{kind}: whole frame", []).append(frame)
        times.setdefault(f"{kind}: whole frame, own work", []).append(work)
    result: dict[str, Any] = {name: summary(values) for name, values in times.items()}
    result["commit"] = summary(commits)
    result["next images that were not there yet"] = len(cold)
    return result


def move(bench: Bench) -> dict[str, Any]:
    """Zoom, drag and scroll, frame by frame."""
    bench.idle()
    zoom, strip = [], []
    for step in range(60):
        started = time.perf_counter()
        bench.canvas.zoom(1.1 if step < 30 else 1 / 1.1)
        bench.canvas.repaint()
        zoom.append((time.perf_counter() - started) * 1000)
    bar = bench.room.view.film.verticalScrollBar()
    for step in range(60):
        started = time.perf_counter()
        bar.setValue(bar.maximum() * step // 60)
        bench.room.view.film.viewport().repaint()
        strip.append((time.perf_counter() - started) * 1000)
    return {"zoom frame": summary(zoom), "film strip jump": summary(strip)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=132_673)
    parser.add_argument("--photographs", type=int, default=40)
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=900)
    chosen = parser.parse_args()
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = (folder / "project", chosen.images, chosen.photographs)
        # In a process of its own, whose memory is not the window's.
        maker = multiprocessing.get_context("spawn").Process(target=make_project, args=made)
        maker.start()
        maker.join()
        bench = Bench(folder / "project", folder, chosen.width, chosen.height)
        report: dict[str, Any] = {"images": chosen.images, "open to first image": bench.opened}
        report |= walk(bench, chosen.photographs)
        report |= move(bench)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        report["peak memory, MB"] = round(peak)
        report["cache, MB"] = round(bench.room.loader.cache.bytes / 2**20)
        bench.window.close()
    application.processEvents()
    print(json.dumps(report, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
