"""Kill imports, exports, proposals, trainings and the making of projects again and again, and look
for what was lost and what was left over.

    python tests/bench/bench_kill_jobs.py --kills 200

Each round begins one kind of work in a process of its own, kills it (SIGKILL) at a random moment
and starts the studio once more, as a person would: it opens the project, or begins the same work
again. Then it counts

- lost: an image of the project without its original, a database that is not sound, a run that
  cannot be read, a checkpoint that is not whole, work that does not go through the second time;
- left over: parts of files and folders, originals that no image knows, notes of ended processes.

Prints one JSON document; exits with 1 when anything was lost or left over.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from studio import files, jobs
from studio.errors import StudioError
from studio.imaging import Square
from studio.opening import sha256_file
from studio.project import BoxState, NewBox, Project

PICTURES = 40
LABELS = ("benign", "malignant")
LINES: dict[str, Callable[[Path], list[str]]] = {
    "new": lambda f: ["new", str(f / "made"), "--labels", "a,b"],
    "import": lambda f: ["import", str(f / "p"), str(f / "in")],
    "export": lambda f: ["export", str(f / "p"), str(f / "out"), "--format", "folder"],
    "export-coco": lambda f: ["export", str(f / "p"), str(f / "out"), "--format", "coco"],
    "propose": lambda f: ["propose", str(f / "p")],
    "train": lambda f: _training(f),
    "dataset": lambda f: [
        "gan", "dataset", str(f / "in"), str(f / "set.zip"), "--resolution", "32",
        "--transform", "center-crop",
    ],
    "rescue": lambda f: ["rescue", str(f / "p"), str(f / "out")],
}  # fmt: skip


def _training(folder: Path) -> list[str]:
    run = folder / "run"
    if (run / "job.json").exists():
        return ["train", "--out", str(run), "--resume"]
    line = ["train", "--train", str(folder / "in"), "--out", str(run), "--epochs", "2"]
    line += ["--size", "32", "--weights", "none", "--model", "resnet18", "--no-frozen"]
    return [*line, "--device", "cpu", "--batch", "8", "--allow-leakage"]


def prepare(folder: Path, kind: str) -> None:
    """Photographs, and a project as far as the work needs one."""
    dice = np.random.default_rng(0)
    for number in range(PICTURES):
        coarse = dice.integers(90, 220, (6, 8, 3), dtype=np.uint8)
        path = folder / "in" / LABELS[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(coarse).resize((160, 120)).save(path)
    if kind not in ("import", "export", "export-coco", "propose", "rescue"):
        return
    with Project.create(folder / "p", LABELS) as project:
        if kind != "import":
            from studio.workflows import import_source

            import_source(project, folder / "in")
        if kind in ("export", "export-coco", "rescue"):
            ids = project.images.ids()
            project.boxes.add(
                [NewBox(i, Square(60, 60, 50), 1, state=BoxState.ACCEPTED) for i in ids]
            )


def kill_once(line: list[str], moment: float, environment: dict[str, str]) -> bool:
    """Begin a command and kill it after `moment` seconds, with the job that it may have begun in a
    session of its own; whether it was still running then."""
    command = [sys.executable, "-P", "-m", "studio", *line]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, stdout=quiet, stderr=quiet, env=environment, start_new_session=True
    ) as process:
        time.sleep(moment)
        alive = process.poll() is None
        begun = psutil.Process(process.pid).children(recursive=True) if alive else []
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        for child in begun:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(begun)
    return alive


def again(line: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The same command once more, to its end."""
    command = [sys.executable, "-P", "-m", "studio", *line]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)


def lost(folder: Path) -> list[str]:
    """What should be there and is not."""
    found = []
    for path in (folder / "p", folder / "made", folder / "out"):
        if (path / "project.db").exists():
            with Project.open(path) as project, project.connect() as connection:
                if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                    found.append(f"{path.name} is not sound")
                for image in project.images.by_ids(project.images.ids()):
                    original = project.images.path(image)
                    if not original.exists() or sha256_file(original) != image.sha256:
                        found.append(f"the original of {image.id}")
    if (folder / "run" / "last.pt").exists():
        from studio.classify import checkpoint

        try:
            checkpoint.load(folder / "run" / "last.pt")
            jobs.status(folder / "run")
        except StudioError as error:
            found.append(str(error))
    return found


def left_over(folder: Path, notes: Path) -> list[str]:
    """What should not be there any more."""
    found = [str(path) for path in folder.rglob("*") if ".part" in path.name]
    found += [str(path) for path in folder.rglob(".studio-*") if ".part" not in path.name]
    found += [str(path) for path in notes.glob("*.parts")]
    if (folder / "p" / "project.db").exists():
        with Project.open(folder / "p", "read") as project:
            known = {i.sha256 for i in project.images.by_ids(project.images.ids())}
        stray = (folder / "p" / "originals").rglob("*.*")
        found += [str(path) for path in stray if path.stem not in known]
    return found


def one_round(kind: str, dice: random.Random, longest: float) -> dict[str, Any]:
    """Prepare, kill, begin again, and count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notes = folder / "notes"
        (folder / "tmp").mkdir()
        environment = {**os.environ, files.STATE_ENVIRONMENT: str(notes), "OMP_NUM_THREADS": "1"}
        environment["TMPDIR"] = str(folder / "tmp")  # what others leave in theirs is not counted
        prepare(folder, kind)
        line = LINES[kind](folder)
        killed = kill_once(line, dice.uniform(0.3, longest), environment)
        # What a started studio sweeps, before anything else is begun.
        if (folder / "p").exists():
            again(["status", str(folder / "p")], environment)
        second = again(LINES[kind](folder), environment)
        gone = lost(folder)
        if second.returncode not in (0, 1) and not _whole_before(second):
            gone.append(f"again: {second.returncode} {second.stderr[-300:]}")
        again(["--version"], environment)
        over = left_over(folder, notes / "parts")
        return {"kind": kind, "killed": killed, "lost": gone, "left_over": over}


def _whole_before(second: subprocess.CompletedProcess[str]) -> bool:
    """Whether the first process had done it all before it was killed."""
    said = (
        "is not empty", "is not an empty", "project already", "already there", "is there already",
        "has finished", "nothing to resume",
    )  # fmt: skip
    return any(words in second.stderr for words in said)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=6, help="the latest moment of a kill")
    parser.add_argument("--kind", action="append", choices=list(LINES))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dice, kinds = random.Random(options.seed), options.kind or list(LINES)
    rounds = []
    for number in range(options.kills):
        rounds.append(one_round(kinds[number % len(kinds)], dice, options.seconds))
        print(json.dumps(rounds[-1]), file=sys.stderr, flush=True)
    result: dict[str, Any] = {
        "kills": len(rounds),
        "while_running": sum(r["killed"] for r in rounds),
    }
    for kind in kinds:
        mine = [r for r in rounds if r["kind"] == kind]
        result[kind] = {
            "kills": len(mine),
            "lost": sum(len(r["lost"]) for r in mine),
            "left_over": sum(len(r["left_over"]) for r in mine),
        }
    result["lost"] = sum(len(r["lost"]) for r in rounds)
    result["left_over"] = sum(len(r["left_over"]) for r in rounds)
    print(json.dumps(result, indent=1))
    return int(result["lost"] + result["left_over"] > 0)


if __name__ == "__main__":
    sys.exit(main())
