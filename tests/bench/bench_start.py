"""Time the start of the window: from the start of the process to its first painted frame.

    python tests/bench/bench_start.py [--runs 5]

Measures and reports, never asserts a time; two seconds are allowed. Each run is a process of its
own, offscreen, through the door of `can-studio` without a command: once with no project to go back
to and once with the sample project reopened. A first start, which fills the disk cache, does not
count. Prints one JSON document: seconds, and the heavy libraries that were imported by then.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HEAVY = ("torch", "timm", "pyqtgraph", "scipy", "sklearn", "cv2")
PHOTOGRAPHS = 6


def show(began: float) -> int:
    """The child: open the window, say when its first frame was painted, and close it."""
    from PySide6.QtGui import QPaintEvent

    from studio.cli.__main__ import main
    from studio.ui import app

    class Timed(app.StudioWindow):
        painted = False

        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            if not self.painted:
                self.painted = True
                # What lies in the window is painted after it, before events are taken again.
                app.QTimer.singleShot(0, self.report)

        def report(self) -> None:
            project = self.context.project
            told = {
                "seconds": time.time() - began,
                "images": project.images.count() if project else None,
                "heavy": [name for name in HEAVY if name in sys.modules],
            }
            print(json.dumps(told), flush=True)
            app.QApplication.quit()

    app.StudioWindow = Timed
    return main([])


def start(config: Path) -> dict[str, Any]:
    """One start with the settings in `config`."""
    environment = {"QT_QPA_PLATFORM": "offscreen", "CAN_STUDIO_CONFIG": str(config)}
    began = time.time()
    done = subprocess.run(
        [sys.executable, __file__, "--show", str(began)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def measure(config: Path, runs: int) -> dict[str, Any]:
    """Several starts, the first of which only warms the cache."""
    found = [start(config) for _ in range(runs + 1)][1:]
    seconds = sorted(one["seconds"] for one in found)
    return {
        "images": found[0]["images"],
        "heavy": sorted({name for one in found for name in one["heavy"]}),
        "runs": runs,
        "best": round(seconds[0], 2),
        "p50": round(statistics.median(seconds), 2),
        "worst": round(seconds[-1], 2),
    }


def run(runs: int) -> dict[str, Any]:
    """Both starts."""
    from studio.ui.settings import Settings
    from studio.workflows import make_sample_project

    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "sample"
        make_sample_project(project, PHOTOGRAPHS)
        Settings(Path(folder) / "back" / "settings.json").remember_project(project)
        return {
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
            "without a project": measure(Path(folder) / "fresh", runs),
            "project reopened": measure(Path(folder) / "back", runs),
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--show", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.show is not None:
        return show(options.show)
    print(json.dumps(run(options.runs), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
