"""Seconds for a thousand training pictures, beside the published figures.

    python tests/bench/bench_gan_train.py --list
    python tests/bench/bench_gan_train.py sample64 lite128 --steps 16
    python tests/bench/bench_gan_train.py --device cuda

Trains on noise, from a memory map as real runs do, and measures whole steps: every phase as often
as it is due, augmentation at p = 0.3, the average, the feeding. The first steps are not counted.
`probe` is what the studio estimates before a run of the same options. One JSON line for each.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio.compute.device import describe, pick_device
from studio.generate.data.training_images import TrainingImages
from studio.generate.training.options import TrainOptions
from studio.generate.training.probe import probe
from studio.generate.training.record import memory_mb
from studio.generate.training.run import train

COMMON = {"gamma": 1, "aug": "fixed", "aug_p": 0.3, "mirror": True, "metrics": "none"}
SMALL = {"cbase": 2048, "cmax": 128, "z_dim": 128, "w_dim": 128, "batch": 16}
LITE = {"cbase": 4096, "cmax": 128, "z_dim": 128, "w_dim": 128, "batch": 16}
PAPER = {"cbase": 32768, "cmax": 512, "batch": 32}
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "sample64": {"resolution": 64, **SMALL},
    "lite128": {"resolution": 128, **LITE},
    "paper256": {"resolution": 256, **PAPER},
    "paper512": {"resolution": 512, **PAPER},
    "paper512-float32": {"resolution": 512, "fp16_res": 0, **PAPER},
}
DEFAULT = {"cpu": ("sample64", "lite128"), "cuda": ("sample64", "lite128", "paper256", "paper512")}
PUBLISHED = {
    "paper512": "72.5 to 74.9 s/kimg: the paper's runs, official code, one V100",
    "paper512-float32": "72.5 to 74.9 s/kimg in half precision: official code, one V100",
}
WARM_UP = 16  # steps: each phase was due once


class Clock:
    """When the counted steps began; hears the events of a run."""

    def __init__(self, batch: int) -> None:
        self.first, self.began, self.now, self.images = batch * WARM_UP, 0.0, 0.0, 0

    def hear(self, event: str, **fields: Any) -> None:
        if event != "step":
            return
        self.now, self.images = time.perf_counter(), fields["images"]
        if self.images == self.first:
            self.began = self.now


def noise(folder: Path, resolution: int) -> TrainingImages:
    """Pictures of noise in a memory map."""
    shape = (256, 3, resolution, resolution)
    np.save(folder / "p.npy", np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    pixels = np.load(folder / "p.npy", mmap_mode="r")
    return TrainingImages(pixels, None, (), ("",) * len(pixels), (), "noise", "noise")


def measure(name: str, device: torch.device, steps: int) -> dict[str, Any]:
    """One configuration, measured and estimated."""
    shape = CONFIGURATIONS[name]
    batch = shape["batch"]
    # A tick a step would wait for the GPU at each: one after the warm-up, one at the end.
    warm, images = batch * WARM_UP, batch * (WARM_UP + steps)
    options = TrainOptions(**COMMON, **shape, kimg=images / 1000, tick=warm / 1000, snap=1_000_000)
    clock = Clock(batch)
    with tempfile.TemporaryDirectory() as folder:
        pictures = noise(Path(folder), options.resolution)
        train(options, pictures, Path(folder), device=device, emit=clock.hear)
    seconds = (clock.now - clock.began) / (clock.images - warm) * 1000
    return {
        "configuration": name,
        "device": describe(device),
        "options": {**COMMON, **shape},
        "steps": steps,
        "seconds_per_kimg": round(seconds, 2),
        "memory_mb": round(memory_mb(device)),
        "probe": probe(options, str(device)).to_dict(),
        "published": PUBLISHED.get(name),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="configurations; those of the device without any")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=32, help="counted steps; 16 hold every phase")
    parser.add_argument("--threads", type=int, help="of torch on the CPU")
    parser.add_argument("--list", action="store_true", help="name the configurations and leave")
    chosen = parser.parse_args()
    if chosen.list:
        print(json.dumps(CONFIGURATIONS, indent=2))
        return
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    device = pick_device(chosen.device)
    for name in chosen.names or DEFAULT.get(device.type, DEFAULT["cpu"]):
        print(json.dumps(measure(name, device, chosen.steps)), flush=True)


if __name__ == "__main__":
    main()
