"""Kill a reviewing process again and again, and look for decisions that were lost.

    python tests/bench/bench_kill.py --kills 20 --rate 5

A child decides at the given rate and says on its standard output which decision was committed,
after the call returned. Its parent kills it (SIGKILL) at a random moment, opens the project for
editing, compares every reported decision with the database, and undoes one. Prints one JSON
document; exits with 1 when anything was lost. tests/review/test_kill.py runs a short form of it.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from studio.imaging import Square
from studio.project import NewBox, Project, lock, schema
from studio.review import Filter, RejectReason, Reviewer, box_queue

BOXES = 200


def make_project(path: Path) -> None:
    """A project of undecided boxes, without pixels."""
    with Project.create(path, ["nevus", "melanoma"]) as project:
        with project.begin() as connection:
            row = {"file": "a.jpg", "suffix": ".jpg", "bytes": 1, "width": 400, "height": 300}
            image = {**row, "sha256": "0" * 64, "created": ""}
            connection.execute(insert(schema.image).values(**image))
        project.boxes.add([NewBox(1, Square(99 + n / 7, 99, 40), 1) for n in range(BOXES)])


def decide_forever(path: Path, rate: float, seed: int) -> None:
    """The child: decide, wait for the commit, report; until killed."""
    rng = random.Random(seed)
    project = Project.open(path, reviewer="Ana")
    reviewer = Reviewer(project, "Ana")
    queue = box_queue(project, Filter(order="random", seed=seed))
    start = time.monotonic()
    number = 0
    while True:
        box_id = queue[number % len(queue)]
        decide = rng.choice(
            [
                lambda b=box_id: [reviewer.accept(b)],
                lambda b=box_id: [reviewer.reject(b, rng.choice(list(RejectReason)))],
                lambda b=box_id: [reviewer.relabel(b, rng.choice([1, 2]))],
                lambda b=box_id: [reviewer.adjust(b, Square(rng.uniform(50, 350), 150, 60))],
                lambda b=box_id: [reviewer.unsure(b, "?")],
                lambda: [reviewer.create(1, Square(rng.uniform(50, 350), 150, 60), 1)],
                lambda: undone.events if (undone := reviewer.undo()) else [],
                lambda: redone.events if (redone := reviewer.redo()) else [],
            ]
        )
        for event in decide():
            report = [event.id, event.box_id, event.action, event.after]
            sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
        number += 1
        time.sleep(max(0.0, start + number / rate - time.monotonic()))


def kill_once(path: Path, rate: float, seconds: float, seed: int) -> list[list[Any]]:
    """Run the child and kill it at a random moment; returns what it reported."""
    command = [sys.executable, __file__, "--child", str(path), "--rate", str(rate)]
    with subprocess.Popen([*command, "--seed", str(seed)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]  # it has begun
        time.sleep(random.Random(seed).uniform(0, seconds))
        child.kill()
        lines += child.stdout.readlines()
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def check(path: Path, reports: list[list[Any]]) -> dict[str, Any]:
    """What of the reported decisions is in the project, and whether it can be edited."""
    assert lock.holder_of(path) is None, "the killed process holds the lock"
    with Project.open(path, reviewer="Ana") as project:
        stored = {
            event.id: [event.id, event.box_id, event.action.value, event.after]
            for event in project.events.of_reviewer("Ana")
        }
        lost = [report for report in reports if stored.get(report[0]) != report]
        state = {box.id: box for box in project.boxes.by_ids({report[1] for report in reports})}
        last = {event.box_id: event for event in project.events.since(0)}
        stale = [id_ for id_, box in state.items() if not _shows(box, last[id_].after or {})]
        reviewer = Reviewer(project, "Ana")
        undone = reviewer.undo() or reviewer.redo()  # the child may have undone all it did
        with project.connect() as connection:
            sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        return {
            "reported": len(reports),
            "lost": len(lost) + len(stale),
            "unreported": len(stored) - len(reports),
            "mode": project.mode,
            "undone": undone is not None,
            "integrity": sound,
        }


def _shows(box: Any, after: dict[str, Any]) -> bool:
    shown = {
        "cx": box.square.cx,
        "cy": box.square.cy,
        "side": box.square.side,
        "label_id": box.label_id,
        "state": box.state,
        "reason": box.reason,
        "comment": box.comment,
        "deleted": box.deleted,
    }
    return all(shown[name] == value for name, value in after.items())


def run(kills: int, rate: float, seconds: float) -> dict[str, Any]:
    """Each kill has a project of its own, so that all its events are the killed process's."""
    results = []
    for seed in range(kills):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "moles"
            make_project(path)
            results.append(check(path, kill_once(path, rate, seconds, seed)))
    return {
        "kills": kills,
        "rate": rate,
        "decisions": sum(result["reported"] for result in results),
        "lost": sum(result["lost"] for result in results),
        "committed_but_unreported": sum(result["unreported"] for result in results),
        "opened_for_editing": sum(result["mode"] == "edit" for result in results),
        "undo_works": sum(result["undone"] for result in results),
        "sound": sum(result["integrity"] == "ok" for result in results),
    }


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=float, default=5, help="decisions a second")
    parser.add_argument("--seconds", type=float, default=4, help="the longest life of a child")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        decide_forever(arguments.child, arguments.rate, arguments.seed)
    result = run(arguments.kills, arguments.rate, arguments.seconds)
    print(json.dumps(result, indent=1))
    keys = ("opened_for_editing", "undo_works", "sound")
    return int(result["lost"] > 0 or any(result[key] != result["kills"] for key in keys))


if __name__ == "__main__":
    sys.exit(main())
