"""Fixtures that every room's tests share."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

from studio.project import ImageRow, NewImage, Project

sys.path.insert(0, str(Path(__file__).parent))

from unclosed import end, nothing_left_open, watch_databases

watch_databases()

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The notes of parts that are written, which are kept among a person's settings.
os.environ.setdefault("CAN_STUDIO_CONFIG", str(Path(tempfile.gettempdir()) / "can-studio-tests"))

# A busy machine is slow, not wrong: no example is failed for the time it took.
settings.register_profile("studio", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("studio")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _same_threads_after() -> Iterator[None]:
    """A test leaves torch as many threads as it found: the last digits, and so the files, of the
    next test would depend on them, and those of its child processes would not."""
    torch = sys.modules.get("torch")
    before = torch and torch.get_num_threads()
    yield
    if torch and torch.get_num_threads() != before:
        torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _nothing_left_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with nothing_left_open(tmp_path_factory.getbasetemp()):
        yield


@pytest.fixture
def child() -> Iterator[Callable[..., "subprocess.Popen[Any]"]]:
    """Starts processes as subprocess.Popen does, and ends those that a failed test leaves."""
    with ExitStack() as stack:

        def start(*args: Any, **options: Any) -> "subprocess.Popen[Any]":
            process = subprocess.Popen(*args, **options)
            stack.callback(end, process)
            return process

        yield start


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The reference photographs and numbers, or a skip that says where they were looked for."""
    folder = Path(os.environ.get("CAN_STUDIO_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}; set CAN_STUDIO_DATA to its folder")
    return folder


def paint(path: Path, seed: int = 0, size: tuple[int, int] = (160, 120), **save: object) -> Path:
    """A photograph of its own: soft random colours and one dark spot, told apart by `seed`."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(90, 220, (6, 8, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)).copy()
    x, y = (int(rng.integers(side // 3, 2 * side // 3)) for side in size)
    rows, columns = np.ogrid[: size[1], : size[0]]
    picture[(rows - y) ** 2 + (columns - x) ** 2 < (min(size) // 12) ** 2] = (60, 35, 30)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, **save)
    return path


@pytest.fixture(scope="session")
def mole() -> Callable[..., Image.Image]:
    return paint_mole


def paint_mole(seed: int, side: int = 256, shape: int = 0) -> Image.Image:
    """A centred dark mole on textured skin; those of one `shape` have one outline and light, so
    that their perceptual hashes are near, and each `seed` has its own detail."""

    def texture(cells: int, seed: int = seed) -> "np.ndarray[Any, Any]":
        noise = np.random.default_rng((seed, cells)).normal(0, 1, (cells, cells))
        grown = Image.fromarray(noise.astype(np.float32))
        return np.asarray(grown.resize((side, side), Image.Resampling.BICUBIC))

    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    edge = 0.5 + 0.1 * texture(5, shape)
    inside = 1 / (1 + np.exp((np.hypot(x, 1.2 * y) - edge) * 30))
    skin = 180 + 20 * texture(4, shape) + 6 * texture(40) + 6 * texture(90)
    dark = 90 + 10 * texture(3, shape) + 10 * texture(45) + 8 * texture(70)
    grey = skin * (1 - inside) + dark * inside
    rgb = np.stack([grey * 1.1, grey * 0.85, grey * 0.7], axis=2)
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def photo() -> Callable[..., Path]:
    return paint


def new_image(content: bytes, *, file: str = "photo.jpg", description: str = "") -> NewImage:
    """An image that needs no pixels: the stores never decode."""
    info = SimpleNamespace(
        width=400, height=300, orientation=6, suffix=".jpg", description=description
    )
    verified = SimpleNamespace(
        info=info, sha256=hashlib.sha256(content).hexdigest(), phash="00ff00ff00ff00ff", sharpness=9
    )
    return NewImage(verified, file, content)


@pytest.fixture(scope="session")
def make_image() -> Callable[..., NewImage]:
    return new_image


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project of two labels, without images."""
    labels = ["melanocyticnevus", "malignantmelanoma"]
    with Project.create(tmp_path / "moles", labels, reviewer="Ana") as made:
        yield made


@pytest.fixture
def images(project: Project) -> list[ImageRow]:
    """Four images in it."""
    return project.images.add_many(
        [new_image(bytes([n]) * 9, file=f"photo{n}.jpg") for n in range(4)]
    )
