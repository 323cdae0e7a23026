"""Pictures of seeds: `seed0000.png`, …"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from studio.generate.latent.noise import drawn_maps
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
    noise_seed: int = 0,
    class_name: str | None = None,
    batch: int = 8,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Render each seed once into `out`; returns the manifest. Nothing there is overwritten.

    Random noise is drawn for each picture from `noise_seed` plus its seed, so that it comes out
    alike once more, whatever the batch.
    """
    seeds = list(dict.fromkeys(seeds))
    c = network.class_vector(class_name)
    folder = OutputFolder(
        out,
        network,
        network_name,
        {
            "truncation": truncation,
            "noise_mode": noise_mode,
            "noise_seed": noise_seed if noise_mode == "random" else None,
            "class": class_name,
        },
    )
    done = 0
    for start in range(0, len(seeds), batch):
        few = seeds[start : start + batch]
        # One by one: the last digits of a product of matrices depend on how many rows it has.
        ws = torch.cat([network.mapping(network.latent(seed), c, truncation) for seed in few])
        pictures = to_uint8(
            with_drawn_noise(network, ws, [noise_seed + seed for seed in few])
            if noise_mode == "random"
            else network.synthesis(ws, noise_mode)
        )
        for seed, w, picture in zip(few, ws, pictures, strict=True):
            folder.picture(f"seed{seed:04d}.png", picture, seed=seed, w_sha256=w_hash(w))
        done += len(few)
        on_progress(done, len(seeds))
    return folder.finish()


def with_drawn_noise(network: Network, ws: torch.Tensor, seeds: Sequence[int]) -> torch.Tensor:
    """Pictures `[N, C, R, R]` of `ws` `[N, L, W]`, each with noise drawn from a seed of its own."""
    synthesis = network.generator.synthesis
    return torch.cat(
        [
            network.synthesis(w[None], "const", noise=drawn_maps(synthesis, seed))
            for w, seed in zip(ws, seeds, strict=True)
        ]
    )
