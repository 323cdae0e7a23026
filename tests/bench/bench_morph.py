"""The slider dragged for ten seconds at 512 px in the window, then the memory over a longer drag.

    python tests/bench/bench_morph.py [--seconds 10] [--memory-minutes 1] [--resolution 512]

Random weights in the configuration of the paper, made on the spot. Reported: pictures shown, p50
and p95 from a move of the slider to its picture on the screen, whether any picture was older than
one before it, the longest gap of the event loop and what of it was the Qt thread's own work, and
the resident memory along the way.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from studio.ui.app import make_application
from studio.ui.context import StudioContext
from studio.ui.generate.renderer import RenderedImage
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.settings import Settings
from studio.ui.watchdog import Watchdog
from studio.ui.window import StudioWindow

MOVE_S = 1 / 60  # a mouse reports about this often


@dataclass
class Drag:
    """What one drag showed. Times are seconds."""

    asked: dict[int, float] = field(default_factory=dict)  # by stamp
    waits: list[float] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    full: int = 0

    def shown(self, made: RenderedImage) -> None:
        if made.stamp not in self.stamps[-1:] and made.stamp in self.asked:
            self.waits.append(time.perf_counter() - self.asked[made.stamp])
        self.stamps.append(made.stamp)
        self.full += made.final


def random_network(path: Path, resolution: int) -> None:
    """A network file of the paper's configuration with random weights."""
    import torch

    from studio.generate.files.network_file import NetworkFile, write_network
    from studio.generate.networks.config import GeneratorConfig
    from studio.generate.networks.generator import Generator

    torch.manual_seed(0)
    config = GeneratorConfig(resolution=resolution)
    tensors = {f"G_ema.{k}": v for k, v in Generator(config).state_dict().items()}
    write_network(path, NetworkFile(config, None, {"note": "random weights"}, tensors))


def resident_mb() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def turn(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QApplication.processEvents()
        time.sleep(0.001)


def drag(workspace: GenerateWorkspace, seconds: float) -> Drag:
    """Move the slider to and fro at the pace of a mouse."""
    found = Drag()
    controller, slider = workspace.controller, workspace.view.slider
    controller.shown.connect(found.shown)
    began = time.perf_counter()
    while (now := time.perf_counter() - began) < seconds:
        slider.setValue(round(500 - 490 * np.cos(now * 2)))
        found.asked.setdefault(controller.asked, time.perf_counter())
        workspace.view.picture.repaint()
        turn(MOVE_S)
    controller.shown.disconnect(found.shown)
    return found


def opened(window: StudioWindow, network: Path) -> GenerateWorkspace:
    window.show_workspace("generate")
    workspace = window.current
    assert isinstance(workspace, GenerateWorkspace)
    workspace.open_network(network)
    began = time.monotonic()
    while not workspace.ready or workspace.busy:
        turn(0.05)
        if time.monotonic() - began > 300:
            raise SystemExit("the network did not open")
    return workspace


def report(found: Drag, watchdog: Watchdog, seconds: float) -> dict[str, object]:
    waits = np.array(found.waits) * 1000
    return {
        "seconds": seconds,
        "moves": len(found.asked),
        "pictures_shown": len(found.stamps),
        "full_pictures": found.full,
        "moves_answered": len(waits),
        "p50_ms": round(float(np.percentile(waits, 50)), 1),
        "p95_ms": round(float(np.percentile(waits, 95)), 1),
        "older_after_newer": sum(
            b < a for a, b in zip(found.stamps, found.stamps[1:], strict=False)
        ),
        "worst_gap_ms": round(max((gap.wall_ms for gap in watchdog.gaps), default=0.0), 1),
        "worst_gap_qt_work_ms": round(max((gap.cpu_ms for gap in watchdog.gaps), default=0.0), 1),
        "load": [round(one, 1) for one in os.getloadavg()],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--memory-minutes", type=float, default=1)
    parser.add_argument("--resolution", type=int, default=512)
    options = parser.parse_args()
    make_application(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder) / "random.safetensors"
        random_network(network, options.resolution)
        settings = Settings(Path(folder) / "settings.json")
        settings.set("reviewer", "Bench")
        window = StudioWindow(StudioContext(settings))
        window.context.new_project(Path(folder) / "project", ["a", "b"])
        window.resize(1440, 900)
        window.show()
        workspace = opened(window, network)
        drag(workspace, 1)
        watchdog = Watchdog()
        watchdog.start()
        found = drag(workspace, options.seconds)
        watchdog.stop()
        print(json.dumps(report(found, watchdog, options.seconds), indent=1))
        memory = [round(resident_mb(), 1)]
        for _ in range(10):
            drag(workspace, options.memory_minutes * 6)
            memory.append(round(resident_mb(), 1))
        print(json.dumps({"minutes": options.memory_minutes, "resident_mb": memory}))
        window.close()


if __name__ == "__main__":
    main()
