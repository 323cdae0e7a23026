"""Pictures of seeds: `seed0000.png`, …"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from studio.generate.network import Network, to_uint8
from studio.generate.networks.generator import NoiseMode
from studio.generate.outputs.folder import OutputFolder, w_hash


def generate(
    network: Network,
    seeds: Sequence[int],
    out: Path,
    *,
    network_name: str = "",
    truncation: float = 1.0,
    noise_mode: NoiseMode = "const",
    class_name: str | None = None,
    batch: int = 8,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Render each seed once into `out`; returns the manifest. Nothing there is overwritten."""
    seeds = list(dict.fromkeys(seeds))
    c = network.class_vector(class_name)
    folder = OutputFolder(
        out,
        network,
        network_name,
        {"truncation": truncation, "noise_mode": noise_mode, "class": class_name},
    )
    done = 0
    for start in range(0, len(seeds), batch):
        few = seeds[start : start + batch]
        z = torch.cat([network.latent(seed) for seed in few])
        ws = network.mapping(z, None if c is None else c.expand(len(few), -1), truncation)
        pictures = to_uint8(network.synthesis(ws, noise_mode))
        for seed, w, picture in zip(few, ws, pictures, strict=True):
            folder.picture(f"seed{seed:04d}.png", picture, seed=seed, w_sha256=w_hash(w))
        done += len(few)
        on_progress(done, len(seeds))
    return folder.finish()
