"""How long an experiment of the paper's size takes to open: 940 trainings, 77 cells.

    python tests/bench/bench_experiment_window.py [--images 200]

Writes the folder as its trainings leave it (no training is done), opens it in the Experiment
workspace offscreen and tells when the grid is filled and when the table (intervals, comparisons,
verdict) is there, and the longest time for which the window's own thread did not answer meanwhile.
Measures and reports, asserts nothing.
"""

import argparse
import csv
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtWidgets import QApplication

from studio import jobs
from studio.experiment.folder import PLAN_FILE, training_folder
from studio.experiment.plan import plan_text
from studio.experiment.presets import preset_plan
from studio.experiment.trainings import list_trainings
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter
from studio.jobs.kinds import EXPERIMENT, ExperimentParams
from studio.jobs.process import RunHolder
from studio.project import Project
from studio.stats import auc_delong
from studio.ui.app import make_application
from studio.ui.context import StudioContext
from studio.ui.settings import Settings
from studio.ui.window import StudioWindow

SETS = (
    "edinburgh", "snu", "asan", "waterloo", "derm7pt", "pad", "med-node", "gan5000", "can5600",
    "gan5600", "can2000", "gan2000",
)  # fmt: skip


def write_experiment(data: Path, folder: Path, images: int) -> int:
    """The paper's plan with every training finished; returns how many there are."""
    for name in SETS:
        (data / name).mkdir(parents=True)
    plan = preset_plan("paper", data).plan
    trainings = list_trainings(plan).trainings
    folder.mkdir()
    (folder / PLAN_FILE).write_text(plan_text(plan), encoding="utf-8")
    jobs.create(folder, JobSpec.of(EXPERIMENT, "Experiment · paper", ExperimentParams()))
    truth, random = np.arange(images) % 3 == 0, np.random.default_rng(0)
    with EventWriter(folder) as say:
        say.write("started", {"pid": 1, "host": "here", "resumed": False})
        say.write("plan", {"trainings": len(trainings), "positive": plan.positive})
        for training in trainings:
            run_dir = training_folder(folder, training.name)
            jobs.create(run_dir, JobSpec(kind="train", title=training.name))
            (run_dir / "scores").mkdir()
            told = {}
            with EventWriter(run_dir) as own:
                own.write("plan", {"classes": list(plan.classes), "positive": plan.positive})
                for test in training.tests:
                    scores = 1 / (1 + np.exp(-(1.2 * truth + random.normal(0, 1, images))))
                    name = f"scores/test_{test}.csv"
                    with (run_dir / name).open("w", newline="", encoding="utf-8") as stream:
                        rows = csv.writer(stream)
                        rows.writerow(["file", "label", "score"])
                        for place, score in enumerate(scores):
                            label = plan.classes[0 if truth[place] else 1]
                            rows.writerow([f"/{test}/{label}/{place}.jpg", label, f"{score:.9f}"])
                    auc = auc_delong(scores, truth)
                    figures = {"auc": auc.value, "low": auc.low, "high": auc.high, "n": images}
                    told[test] = figures
                    own.write("test", {"name": test, "n": images, "scores": name})
            finished = {"name": training.name, "state": "finished", "seconds": 60.0}
            say.write("training", {**finished, "tests": told})
        say.write("finished", {"result": {"trainings": len(trainings), "seconds": 60.0}})
    RunHolder(1, "gone", RunHolder.of(os.getpid(), 0).host, 0).write(folder)
    return len(trainings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=200, help="of each test set")
    images = parser.parse_args().images
    application = make_application(["can-studio"])
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        count = write_experiment(root / "data", root / "experiment", images)
        Project.create(root / "project", ["a", "b"]).close()
        window = StudioWindow(StudioContext(Settings(root / "settings.json")))
        window.resize(1440, 900)
        window.show()
        window.context.open_project(root / "project")
        window.show_workspace("experiment")
        work = window.current
        QApplication.processEvents()
        began = last = time.perf_counter()
        grid = table = longest = 0.0
        work.open_run(root / "experiment")
        while not table:
            QApplication.processEvents()
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            if not grid and work.view.state is not None:
                grid = now - began
            if work.view.table is not None:
                table = now - began
            time.sleep(0.002)
        print(f"{count} trainings, {images} images a test set, load {os.getloadavg()[0]:.1f}")
        print(f"grid {grid:.2f} s, table and verdict {table:.1f} s, longest stop {longest:.2f} s")
        window.close()
        application.processEvents()


if __name__ == "__main__":
    main()
