"""Time a project of 132,673 images with one box each, the size of LESION130k.

    python tests/bench/bench_project.py [--images 132673] [--commits 300]

Measures and reports, never asserts a time. Commits are given beside a bare fsync of the same disk
at the same moment, which no durable commit can undercut. Prints one JSON document: milliseconds,
median and 95th percentile.
"""

import argparse
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from studio.imaging import Square
from studio.project import BoxState, NewBox, NewSource, Project, SourceStatus, schema
from studio.review import Filter, Reviewer, box_queue, image_queue, progress

LABELS = ["melanocyticnevus", "malignantmelanoma"]


def fill(project: Project, count: int) -> None:
    """Images, boxes and the rows of a list, through the same stores where they need no pixels."""
    dice = random.Random(0)
    image = {"suffix": ".jpg", "bytes": 90_000, "width": 1600, "height": 1200, "created": "2026"}
    rows = [
        {**image, "sha256": f"{n:064x}", "file": f"atlas{n % 97}/photograph_{n}.jpg"}
        for n in range(count)
    ]
    with project.begin() as connection:
        connection.execute(insert(schema.image), rows)
    boxes = [
        NewBox(
            n + 1,
            Square(dice.uniform(300, 900), 600, 500),
            dice.choice([1, 1, 1, 2, None]),
            dice.choice(["can", "blob"]),
            score=dice.random(),
            state=dice.choice(list(BoxState)),
        )
        for n in range(count)
    ]
    project.boxes.add(boxes)
    project.sources.add_many(
        [
            NewSource(
                "can",
                "LESION130k.csv",
                SourceStatus.IMAGE if n % 3 else SourceStatus.WAITING,
                line=n,
                as_read=f"{n:06} {LABELS[n % 2]} 0.5 0.5 0.8 0.8",
                url=f"https://atlas{n % 18_482}.example/photographs/{n}.jpg",
                label=LABELS[n % 2],
                needs_box=n % 26 == 0,
                image_id=n + 1 if n % 3 else None,
            )
            for n in range(count)
        ]
    )


def timed(work: Callable[[], Any], times: int = 7) -> dict[str, float]:
    """Milliseconds of several runs."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return summary(seconds)


def summary(seconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    tail = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"median_ms": round(1e3 * statistics.median(ordered), 2), "p95_ms": round(1e3 * tail, 2)}


def queues(project: Project) -> dict[str, Any]:
    """The filters and orders of the review window."""
    undecided = frozenset({BoxState.UNDECIDED})
    filters = {
        "all": Filter(),
        "undecided": Filter(states=undecided),
        "one label": Filter(labels=frozenset({1})),
        "score band": Filter(min_score=0.4, max_score=0.6, origins=frozenset({"blob"})),
        "by score": Filter(order="score"),
        "at random": Filter(order="random", seed=1),
        "by name": Filter(text="PHOTOGRAPH_13"),
        "needs a box": Filter(needs_box=True),
    }
    found: dict[str, Any] = {}
    for name, chosen in filters.items():
        found[f"boxes: {name}"] = timed(lambda f=chosen: box_queue(project, f))
        found[f"images: {name}"] = timed(lambda f=chosen: image_queue(project, f))
    found["progress"] = timed(lambda: progress(project, Filter(labels=frozenset({1}))))
    return found


def commits(project: Project, count: int) -> dict[str, Any]:
    """Decisions in random places, as they come to the disk, and a bare fsync between them."""
    reviewer = Reviewer(project, "Ana")
    ids = box_queue(project, Filter(labels=frozenset({1, 2}), order="random"))
    seconds: dict[str, list[float]] = {"accept": [], "undo": [], "redo": [], "bare fsync": []}
    with (project.path / "cache" / "fsync").open("wb") as stream:

        def bare() -> None:
            stream.write(b"x" * 4096)
            stream.flush()
            os.fsync(stream.fileno())

        steps = {
            "accept": lambda n: reviewer.accept(ids[n]),
            "undo": lambda n: reviewer.undo(),
            "redo": lambda n: reviewer.redo(),
        }
        for name, step in steps.items():
            for n in range(count):
                start = time.perf_counter()
                step(n)
                middle = time.perf_counter()
                bare()
                seconds[name].append(middle - start)
                seconds["bare fsync"].append(time.perf_counter() - middle)
    return {name: summary(values) for name, values in seconds.items()}


def reopen(path: Path) -> None:
    """What stands before the first image: open, the queue, its first image and boxes."""
    with Project.open(path) as project:
        first = image_queue(project, Filter(states=frozenset({BoxState.UNDECIDED})))[0]
        project.images.by_id(first)
        project.boxes.of_image(first)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=132_673)
    parser.add_argument("--commits", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "atlas"
        start = time.perf_counter()
        with Project.create(path, LABELS) as project:
            fill(project, arguments.images)
            filled = time.perf_counter() - start
            result = {
                "images": arguments.images,
                "fill_s": round(filled, 1),
                "status": timed(project.status),
                **queues(project),
                **commits(project, arguments.commits),
            }
        result["open to the first image"] = timed(lambda: reopen(path))
        result["database_mb"] = round((path / "project.db").stat().st_size / 1e6)
    result["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    result["load"] = os.getloadavg()[0]
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
