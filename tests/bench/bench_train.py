"""Our training loop beside a plain one: the same network, pictures, epochs and batch size.

The plain loop is what a training script usually is, and what the studio's predecessor was: a
``Dataset`` that opens and resizes each JPEG in every epoch, two loader workers, the default memory
layout and allocator, the loss fetched at every step, evaluation one picture at a time. Ours
includes the decoding of its first epoch. Each loop runs in a process of its own, since allocator
and threads are settings of a process.

    python tests/bench/bench_train.py [--images 96] [--val 32] [--epochs 2] [--data DIR]

Measures and reports, asserts nothing. Without ``--data`` (class folders) it draws JPEGs of 320 px.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIZE = 224
BATCH = 32
Listing = list[tuple[str, str]]


def plain_loop(train: Listing, val: Listing, epochs: int) -> None:
    """Decode, resize, train and evaluate as a script does that nobody has looked at."""
    import torch
    from torch.utils.data import DataLoader, Dataset

    from studio.compute import backbones

    network, record = backbones.create("efficientnet_lite0")
    mean, std = torch.tensor(record.mean).view(3, 1, 1), torch.tensor(record.std).view(3, 1, 1)
    classes = sorted({label for _, label in train})

    class Pictures(Dataset[tuple[torch.Tensor, int]]):
        def __init__(self, listing: Listing, *, flip: bool) -> None:
            self.listing, self.flip = listing, flip

        def __len__(self) -> int:
            return len(self.listing)

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            file, label = self.listing[index]
            with Image.open(file) as picture:
                small = picture.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
            tensor = torch.from_numpy(np.array(small)).permute(2, 0, 1).float() / 255
            for axis in (1, 2):
                if self.flip and torch.rand(()) < 0.5:
                    tensor = tensor.flip(axis)
            return (tensor - mean) / std, classes.index(label)

    loader = DataLoader(Pictures(train, flip=True), batch_size=BATCH, shuffle=True, num_workers=2)
    checker = DataLoader(Pictures(val, flip=False), batch_size=1, num_workers=2)
    optimiser = torch.optim.RAdam(network.parameters(), lr=1e-3)
    for _ in range(epochs):
        network.train()
        total = 0.0
        for pixels, targets in loader:
            optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(pixels), targets)
            loss.backward()
            optimiser.step()
            total += loss.item()
        network.eval()
        with torch.no_grad():
            for pixels, _targets in checker:
                network(pixels).softmax(1)[0, 0].item()


def studio_loop(train: Listing, val: Listing, epochs: int) -> None:
    """The studio's run with the recipe of the paper, without its frozen first result."""
    from studio.classify import TrainConfig, TrainData
    from studio.classify import train as run

    data = TrainData.model_validate(
        {"train": [{"name": "train", "items": train}], "val": {"name": "val", "items": val}}
    )
    config = TrainConfig(
        recipe="paper", batch=BATCH, size=SIZE, epochs=epochs, frozen_images=0, data=data
    )
    with tempfile.TemporaryDirectory() as folder:
        run(config, Path(folder), lambda event, **fields: None)


def listing(folder: Path, count: int) -> Listing:
    """The first ``count`` pictures of a folder of class folders, as many of each class."""
    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    each = -(-count // len(classes))
    return [(str(file), path.name) for path in classes for file in sorted(path.iterdir())[:each]][
        :count
    ]


def draw(folder: Path, count: int) -> None:
    """JPEGs of 320 px in two class folders."""
    rng = np.random.default_rng(0)
    for number in range(count):
        coarse = rng.integers(0, 256, (20, 20, 3), np.uint8)
        target = folder / f"class{number % 2}"
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(coarse).resize((320, 320)).save(target / f"{number}.jpg", quality=90)


def measure(loop: str, work: dict[str, Any]) -> float:
    """Seconds of one loop in a fresh process, without the start of torch."""
    source = (
        "import json, sys, time; sys.path.insert(0, sys.argv[1]); import bench_train;"
        "from studio.compute.torchvision_compat import import_timm; import_timm();"
        "work = json.load(sys.stdin); began = time.perf_counter();"
        f"bench_train.{loop}(work['train'], work['val'], work['epochs']);"
        "print(time.perf_counter() - began)"
    )
    command = [sys.executable, "-c", source, str(Path(__file__).parent)]
    done = subprocess.run(
        command, input=json.dumps(work), capture_output=True, text=True, check=True
    )
    return float(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=96)
    parser.add_argument("--val", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1, help="repeat, loops taking turns")
    parser.add_argument("--data", type=Path, default=None)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = wish.data or Path(folder)
        if wish.data is None:
            draw(source, wish.images + wish.val)
        everything = listing(source, wish.images + wish.val)
        order = np.random.default_rng(0).permutation(len(everything))
        val = [everything[i] for i in order[: wish.val]]
        train = [everything[i] for i in order[wish.val :]]
        work = {"train": train, "val": val, "epochs": wish.epochs}
        report(work, wish.rounds)


def report(work: dict[str, Any], rounds: int) -> None:
    """Print images/s (trained and evaluated) of both loops and their ratio, best of the rounds."""
    seconds: dict[str, list[float]] = {"plain_loop": [], "studio_loop": []}
    for _ in range(rounds):
        for loop, found in seconds.items():
            found.append(measure(loop, work))
    count = (len(work["train"]) + len(work["val"])) * work["epochs"]
    pace = {loop: count / min(found) for loop, found in seconds.items()}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"efficientnet_lite0, {SIZE} px, batch {BATCH}, {len(work['train'])} + "
        f"{len(work['val'])} pictures, {work['epochs']} epochs, load {load:.1f}, "
        f"{time.strftime('%Y-%m-%d')}"
    )
    for loop, value in pace.items():
        print(f"{loop:12} {value:6.1f} images/s  ({min(seconds[loop]):.1f} s)")
    print(f"ratio        {pace['studio_loop'] / pace['plain_loop']:6.2f} x")


if __name__ == "__main__":
    main()
