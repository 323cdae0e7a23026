"""The grid of pictures that a run shows at each snapshot: the same latents every time."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from studio.files import replacing
from studio.generate.data.training_images import TrainingImages
from studio.generate.network import to_uint8
from studio.generate.networks.generator import Generator
from studio.generate.outputs.provenance import exif, png_text

_WIDTH, _HEIGHT = 1920, 1080  # px, about
_AT_ONCE = 16


class Grid:
    """Columns and rows that fill a screen; of a conditional network the rows take turns in class.

    `places` `[cells]` are the training pictures that `reals.png` shows there.
    """

    def __init__(self, pictures: TrainingImages, kept: NDArray[np.int64], seed: int) -> None:
        size = pictures.pixels.shape[-1]
        self.columns = int(np.clip(_WIDTH // size, 4, 16))
        self.rows = int(np.clip(_HEIGHT // size, 3, 10))
        random = np.random.RandomState(seed)
        self.c_dim = len(pictures.names)
        self.classes = np.arange(self.rows).repeat(self.columns) % max(self.c_dim, 1)
        self.places = self._choose(pictures, kept, random)
        self._random = seed

    def latents(self, z_dim: int) -> Tensor:
        """z `[cells, z_dim]`."""
        drawn = np.random.RandomState(self._random).randn(self.rows * self.columns, z_dim)
        return torch.from_numpy(drawn).float()

    def reals(self, pictures: TrainingImages) -> NDArray[np.uint8]:
        """The grid `[H, W, 3]` of training pictures."""
        return self._joined(pictures.pixels[self.places].transpose(0, 2, 3, 1))

    @torch.no_grad()
    def fakes(self, generator: Generator) -> NDArray[np.uint8]:
        """The grid `[H, W, 3]` of a generator's pictures, noise constant; the generator is in
        evaluation afterwards."""
        device = generator.mapping.w_avg.device
        generator.eval()
        z = self.latents(generator.config.z_dim).to(device)
        c = torch.zeros(len(z), generator.config.c_dim, device=device)
        if generator.config.c_dim:
            c[torch.arange(len(z)), torch.from_numpy(self.classes).to(device)] = 1
        made = [
            to_uint8(generator(some, which, noise_mode="const"))
            for some, which in zip(torch.split(z, _AT_ONCE), torch.split(c, _AT_ONCE), strict=True)
        ]
        return self._joined(np.concatenate(made))

    def _choose(
        self, pictures: TrainingImages, kept: NDArray[np.int64], random: np.random.RandomState
    ) -> NDArray[np.int64]:
        """Pictures of each cell's class, none of them twice before all were shown."""
        labels = np.zeros(len(pictures), int) if pictures.classes is None else pictures.classes
        places = np.empty(len(self.classes), np.int64)
        for one in np.unique(self.classes):
            cells, rows = self.classes == one, kept[labels[kept] == one]
            places[cells] = np.resize(random.permutation(rows), cells.sum())
        return places

    def _joined(self, cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if cells.shape[-1] == 1:
            cells = cells.repeat(3, axis=-1)
        _, height, width, _ = cells.shape
        table = cells.reshape(self.rows, self.columns, height, width, 3)
        return np.ascontiguousarray(
            table.transpose(0, 2, 1, 3, 4).reshape(self.rows * height, self.columns * width, 3)
        )


def write_grid(path: Path, grid: NDArray[np.uint8], *, synthetic: bool) -> None:
    """Write a PNG, whole or not at all, marked where it is synthetic."""
    text, facts = png_text(synthetic), exif(synthetic)
    with replacing(path) as file:
        Image.fromarray(grid).save(file, format="PNG", pnginfo=text, exif=facts)
