"""What the tests of the Generate workspace share: random networks and stand-ins."""

from pathlib import Path

import numpy as np
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.generate.files.network_file import NetworkFile, write_network
from studio.generate.network import Pictures, to_uint8
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.ui.generate.workspace import GenerateWorkspace

RUN = "0001-train"


class Redness:
    """A classifier that likes red pictures."""

    name, positive = RUN, "malignantmelanoma"

    def scores(self, pictures: Pictures) -> np.ndarray:
        red = pictures.reshape(len(pictures), -1, 3).mean(axis=1)[:, 0]
        return 1 / (1 + np.exp(-(red - 128) / 16))


class Pooled:
    """A perceptual distance that needs no weights."""

    name = "pooled"

    def features(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.avg_pool2d(pictures, 8).flatten(1) / 1000


def write_random(path: Path, resolution: int = 64, c_dim: int = 0) -> Path:
    """A network file with random weights."""
    torch.manual_seed(3)
    config = GeneratorConfig(
        resolution=resolution, z_dim=32, w_dim=32, c_dim=c_dim, channel_base=1024, channel_max=32
    )
    generator = Generator(config)
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            parameter.data.fill_(0.1)
    card = {"note": "random weights", "classes": ["nevus", "melanoma"][:c_dim]}
    tensors = {f"G_ema.{name}": one for name, one in generator.state_dict().items()}
    write_network(path, NetworkFile(config, None, card, tensors))
    return path


def settle(qtbot: QtBot, workspace: GenerateWorkspace) -> None:
    """Wait until the picture is full and all is measured."""
    qtbot.waitUntil(lambda: not workspace.busy, timeout=120_000)
    qtbot.wait(30)
    qtbot.waitUntil(lambda: not workspace.busy, timeout=120_000)


def shown(workspace: GenerateWorkspace) -> np.ndarray:
    """The pixels in the large picture."""
    image = workspace.view.picture.image
    assert image is not None
    assert workspace.view.picture.final
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def alone(workspace: GenerateWorkspace, seed: int) -> np.ndarray:
    """The picture of a seed as the command line renders it."""
    network = workspace.controller.network
    assert network is not None
    ws = network.mapping(network.latent(seed))
    return to_uint8(network.synthesis(ws))[0]


def press(qtbot: QtBot, workspace: GenerateWorkspace, key: Qt.Key, *modifiers: object) -> None:
    target = QGuiApplication.focusObject() or workspace
    qtbot.keyClick(target, key, *modifiers)  # type: ignore[arg-type]


def tick_run(qtbot: QtBot, workspace: GenerateWorkspace, tmp_path: Path) -> None:
    """Add a classifier and wait for its curve."""
    (tmp_path / RUN).mkdir(exist_ok=True)
    workspace.sides.runs.add(tmp_path / RUN)
    settle(qtbot, workspace)
