"""Images a second of the 512 px network of the paper on this CPU, with random weights.

    python tests/bench/bench_generate.py [--rounds 3]    # two minutes a round on two cores

Every variant runs in a process of its own, in turn, so that an allocator set for one does not
reach another and the drift of a busy machine reaches all alike. `plain` is the published way:
grouped convolution per batch, transposed convolution and a 4 × 4 filter, glibc as it comes.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch

from studio.compute.allocator import keep_memory
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.render import fast_cpu

NEVER = 1 << 30
VARIANTS = {
    "plain": "as published",
    "plain+memory": "… glibc told to keep its memory",
    "one by one": "… modulation in the weights, activation in the cache",
    "nnpack": "… 3 × 3 convolutions by NNPACK",
    "fast": "… up-sampling folded: the studio's path",
}


def main(rounds: int) -> None:
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    for _ in range(rounds):
        for name in VARIANTS:
            line = [sys.executable, __file__, "--one", name]
            done = subprocess.run(line, capture_output=True, text=True, check=True)
            measured[name].append(json.loads(done.stdout))
    keys = list(measured["plain"][0])
    medians = {
        name: {key: statistics.median(run[key] for run in runs) for key in keys}
        for name, runs in measured.items()
    }
    for key in keys:
        print(f"\n{key}")
        for name, words in VARIANTS.items():
            value, base = medians[name][key], medians["plain"][key]
            ratio = f"{base / value:5.2f} ×" if key.startswith("s/image") else ""
            print(f"  {name:13} {value:8.3g}  {ratio}  {words}")


def one(name: str) -> None:
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(resolution=512)).eval().requires_grad_(False)
    ws = generator.mapping(torch.randn(8, 512))
    if name != "plain":
        keep_memory()
    render = generator.synthesis
    if not name.startswith("plain"):
        fast_cpu.FOLD_FROM = fast_cpu.FOLD_FROM if name == "fast" else NEVER
        fast_cpu.NNPACK_FROM = NEVER if name == "one by one" else fast_cpu.NNPACK_FROM
        render = fast_cpu.FastSynthesis(generator.synthesis)
    plain = generator.synthesis(ws[:1], "const")
    result = {
        "s/image, batch 1": seconds(lambda: render(ws[:1], "const"), 3),
        "s/image, batch 8": seconds(lambda: render(ws, "const"), 1, warm=False) / 8,
        "s/image, preview 64 px": seconds(lambda: render(ws[:1], "const", upto=64), 5),
        "s/image, preview 128 px": seconds(lambda: render(ws[:1], "const", upto=128), 5),
        "largest difference": float((render(ws[:1], "const") - plain).abs().max()),
    }
    print(json.dumps(result))


def seconds(work: Callable[[], object], times: int, warm: bool = True) -> float:
    if warm:
        work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=list(VARIANTS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    one(options.one) if options.one else main(options.rounds)
