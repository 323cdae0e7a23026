"""A whole experiment beside the same trainings by a plain script, one process after another.

The plain script is what the studio's predecessor was: an ``ImageFolder`` that opens and resizes
each JPEG in every epoch with six loader workers, the loss fetched at every step, each test set
evaluated one image at a time, and a new process for each training. Both do six trainings (two
mixes, three seeds) of EfficientNet-Lite0 by the recipe of the paper and test each on two sets.
They take turns, the studio with a cache of prepared images of its own each time.

    python tests/bench/bench_experiment.py --data DIR [--train 160] [--test 60] [--epochs 2]
                                           [--turns 1] [--size 224]

``DIR`` has class folders. Measures and reports, asserts nothing. CPU seconds are told too, since
they say something on a machine that others use at the same time.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

BATCH = 32
MIXES = {"first": ["a"], "both": ["a", "b"]}
TESTS = ("near", "far")
SEEDS = 3


def plain_training(folder: Path, mix: list[str], seed: int, epochs: int, size: int) -> None:
    """Train and test as a script does that nobody has looked at; prints the AUC of each test."""
    import torch
    from sklearn.metrics import roc_auc_score
    from torch.utils.data import ConcatDataset, DataLoader

    from studio.compute import backbones
    from studio.compute.torchvision_compat import import_timm

    import_timm()
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    torch.manual_seed(seed)
    network, record = backbones.create("efficientnet_lite0")
    still = [
        transforms.Resize((size, size)),
        transforms.ToTensor(),
        transforms.Normalize(record.mean, record.std),
    ]
    flips = [transforms.RandomHorizontalFlip(), transforms.RandomVerticalFlip()]
    moving, resting = transforms.Compose([*flips, *still]), transforms.Compose(still)
    train = ConcatDataset([ImageFolder(str(folder / name), moving) for name in mix])
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, num_workers=6)
    optimiser = torch.optim.RAdam(network.parameters(), lr=1e-3)
    for _ in range(epochs):
        network.train()
        for pixels, targets in loader:
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(pixels), targets)
            loss.backward()
            optimiser.step()
            loss.item()
    network.eval()
    found = {}
    for name in TESTS:
        scores, truth = [], []
        with torch.no_grad():
            for pixels, target in DataLoader(ImageFolder(str(folder / name), resting)):
                scores.append(network(pixels).softmax(1)[0, 1].item())
                truth.append(int(target[0]))
        found[name] = roc_auc_score(truth, scores)
    print(json.dumps(found))


def link(data: Path, folder: Path, train: int, test: int) -> None:
    """Split the images of `data` into two folders for training and two for tests."""
    classes = sorted(one for one in data.iterdir() if one.is_dir())
    for one in classes:
        files = sorted(one.iterdir())
        random.Random(0).shuffle(files)
        for name, count in (("a", train // 2), ("b", train // 2), ("near", test), ("far", test)):
            target = folder / name / one.name
            target.mkdir(parents=True)
            for _ in range(count // len(classes)):
                file = files.pop()
                (target / file.name).symlink_to(file)


def plain(folder: Path, epochs: int, size: int) -> tuple[float, list[dict[str, Any]]]:
    """Seconds, and the AUCs of each training."""
    begun, found = time.perf_counter(), []
    for mix in MIXES.values():
        for seed in range(SEEDS):
            told = json.dumps([str(folder), mix, seed, epochs, size])
            done = subprocess.run(
                [sys.executable, __file__, "--plain", told], capture_output=True, text=True,
                check=True,
            )  # fmt: skip
            found.append(json.loads(done.stdout))
    return time.perf_counter() - begun, found


def studio(folder: Path, work: Path, epochs: int, size: int) -> tuple[float, dict[str, Any], Any]:
    """Seconds, what the run says of itself, and its table."""
    positive = sorted(one.name for one in (folder / "a").iterdir())[1]
    mixes = "\n".join(f"{n} = {json.dumps([str(folder / f) for f in v])}" for n, v in MIXES.items())
    tests = "\n".join(f'{name} = "{folder / name}"' for name in TESTS)
    plan = work / "plan.toml"
    plan.write_text(
        f'positive = "{positive}"\nbaseline = "first"\nrecipe = "paper"\nrepeats = {SEEDS}\n'
        f"validation = 0\n[mixes]\n{mixes}\n[tests]\n{tests}\n"
        f"[settings]\nepochs = {epochs}\nsize = {size}\nbatch = {BATCH}\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "CAN_STUDIO_CONFIG": str(work / "settings")}
    command = [sys.executable, "-m", "studio.cli", "experiment"]
    begun = time.perf_counter()
    told = subprocess.run(
        [*command, "run", str(plan), "--out", str(work / "out"), "--json"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    seconds = time.perf_counter() - begun
    table = subprocess.run(
        [*command, "table", str(work / "out"), "--format", "json"],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return seconds, json.loads(told), json.loads(table)


def cpu_seconds() -> float:
    """What the processes that have ended so far took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--plain", help=argparse.SUPPRESS)
    for name, value in (("train", 160), ("test", 60), ("epochs", 2), ("turns", 1), ("size", 224)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    if given.plain:
        folder, mix, seed, epochs, size = json.loads(given.plain)
        plain_training(Path(folder), mix, seed, epochs, size)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "data"
        link(given.data.absolute(), folder, given.train, given.test)
        for turn in range(given.turns):
            work = Path(temporary) / f"turn{turn}"
            work.mkdir()
            before = cpu_seconds()
            seconds, told, table = studio(folder, work, given.epochs, given.size)
            parts = {name: round(value, 1) for name, value in told["parts"].items()}
            checked = told["preparation"]
            spent = cpu_seconds() - before
            print(f"studio {seconds:.1f} s, {spent:.1f} s of CPU, with its table")
            print(f"  reading and leakage {checked:.1f} s; trainings by part {parts}")
            for cell in table["cells"]:
                aucs = np.round(cell["aucs"], 3).tolist()
                print(f"  {cell['mix']} on {cell['test']}: {aucs}")
            before = cpu_seconds()
            other, found = plain(folder, given.epochs, given.size)
            print(
                f"plain  {other:.1f} s, {cpu_seconds() - before:.1f} s of CPU; "
                f"{other / seconds:.2f} times as long"
            )
            for place, mix in enumerate(MIXES):
                for test in TESTS:
                    own = found[place * SEEDS : (place + 1) * SEEDS]
                    print(f"  {mix} on {test}: {[round(one[test], 3) for one in own]}")


if __name__ == "__main__":
    main()
