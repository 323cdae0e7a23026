"""Proposals measured: `python tests/bench/bench_propose.py [SAMPLE_FOLDER]`.

Recall at IoU 0.5 on the wide-field photographs and, by Fitzpatrick type, on a sample (the one
given, or a fresh one of 60 with a seed that no parameter was chosen on), and seconds an image.
"""

import csv
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from studio.imaging import Square
from studio.propose import propose_file
from studio.propose.evaluate import Lesion, cluster_boxes, rank_of, recall
from studio.sample import read_truth, write_sample

ROOT = Path(__file__).resolve().parents[2]
UNSEEN_SEED = 20


def widefield(folder: Path) -> Iterable[tuple[Path, str, list[list[Square]]]]:
    """(photograph, group, lesions) of the published boxes with a specific prediction."""
    boxes: dict[Path, list[Square]] = defaultdict(list)
    with (folder / "modelderm_boxes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["prediction"] not in ("", "-"):
                corners = (float(row[key]) for key in ("x0", "y0", "x1", "y1"))
                boxes[folder / row["file"]].append(Square.from_corners(*corners))
    return [(path, path.stem, cluster_boxes(found)) for path, found in boxes.items()]


def sample(folder: Path) -> Iterable[tuple[Path, str, list[list[Square]]]]:
    """(photograph, Fitzpatrick type, lesions) of a sample."""
    for image in read_truth(folder).images:
        lesions = [[box.square] for box in image.boxes]
        yield folder / image.file, f"type {image.fitzpatrick}", lesions


def report(title: str, photographs: Iterable[tuple[Path, str, list[Lesion]]]) -> None:
    """Prints recall by group and in all, and the time an image took, decode included."""
    ranks: dict[str, list[int | None]] = defaultdict(list)
    seconds = []
    for path, group, lesions in photographs:
        start = time.perf_counter()
        squares = [proposal.square for proposal in propose_file(path)]
        seconds.append(time.perf_counter() - start)
        ranks[group] += [rank_of(lesion, squares) for lesion in lesions]
    print(f"\n{title}: {sum(seconds) / len(seconds):.2f} s an image, at most {max(seconds):.2f}")
    everything = [rank for group in ranks.values() for rank in group]
    for group, of_group in [*sorted(ranks.items()), ("all", everything)]:
        print(
            f"  {group:8} {len(of_group):4} lesions"
            f"   recall at 3: {recall(of_group, 3):.2f}   at 10: {recall(of_group, 10):.2f}"
        )


def main() -> None:
    """Measures what is there."""
    data = Path(os.environ.get("CAN_STUDIO_DATA", ROOT.parent / "shared" / "data")) / "widefield"
    if data.is_dir():
        report("wide-field photographs", widefield(data))
    if len(sys.argv) > 1:
        report(f"sample in {sys.argv[1]}", sample(Path(sys.argv[1])))
        return
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        write_sample(Path(folder), seed=UNSEEN_SEED)
        print(f"\n60 sample photographs rendered in {time.perf_counter() - start:.1f} s")
        report(f"sample of seed {UNSEEN_SEED}", sample(Path(folder)))


if __name__ == "__main__":
    main()
