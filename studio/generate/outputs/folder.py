"""A folder of generated files, with the manifest that says how each came to be."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from studio import __version__
from studio.errors import StudioError
from studio.files import part_beside, remove, replacing, write_text
from studio.generate.files.arrays import load_arrays
from studio.generate.latent.noise import own_maps
from studio.generate.network import Network, Pictures
from studio.generate.outputs import provenance
from studio.generate.outputs.provenance import NOTICE
from studio.opening import FileProblem, FileRefused

MANIFEST = "manifest.json"


@dataclass
class OutputFolder:
    """Collects files and what is known of them; `finish` writes the manifest."""

    path: Path
    network: Network
    network_name: str
    settings: dict[str, Any]
    files: list[dict[str, Any]] = field(default_factory=list)
    place: Path | None = None  # where the files will be, if not at `path`

    def __post_init__(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(
                f"{self.place or self.path} cannot be used as a folder: {error.strerror}."
            ) from None
        self.target(MANIFEST)  # another would take the place of what tells of the files there

    def target(self, name: str) -> Path:
        """The path for a new file; StudioError rather than overwrite one."""
        there = (self.place or self.path) / name
        if there.exists():
            raise StudioError(f"{there} is there already; choose an empty folder with --out.")
        return self.path / name

    def picture(
        self, name: str, picture: Pictures, *, synthetic: bool = True, **facts: Any
    ) -> Path:
        """Write a PNG that says it is synthetic, if it is, and remember `facts` about it."""
        path = self.target(name)
        text, exif = provenance.png_text(synthetic), provenance.exif(synthetic)
        Image.fromarray(picture).save(path, pnginfo=text, exif=exif)
        self.note(name, synthetic=synthetic, **facts)
        return path

    def note(self, name: str, **facts: Any) -> None:
        self.files.append({"file": name, **facts})

    def finish(self) -> Path:
        manifest = {
            "made_by": f"CAN Studio {__version__}",
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "notice": NOTICE,
            "network": {
                "file": self.network_name,
                "sha256": self.network.sha256,
                "card": self.network.card,
            },
            "settings": self.settings,
            "files": self.files,
        }
        path = self.path / MANIFEST
        write_text(path, json.dumps(manifest, indent=1, ensure_ascii=False))
        return path


@contextmanager
def filling(
    out: Path, network: Network, network_name: str, settings: dict[str, Any]
) -> Iterator[OutputFolder]:
    """An output folder whose files are in `out`, with their manifest, once the block has ended.

    When the block raises, or the process is killed, `out` stays as it was.
    """
    begun = out.is_dir()
    if out.exists() and not begun:
        raise StudioError(f"{out} cannot be used as a folder: it is a file.")
    part = part_beside(out / MANIFEST if begun else out)
    try:
        folder = OutputFolder(part, network, network_name, settings, place=out)
        yield folder
        folder.finish()
        if begun:
            for one in folder.files:
                folder.target(one["file"]).replace(out / one["file"])
            (part / MANIFEST).replace(out / MANIFEST)
        else:
            part.replace(out)
    finally:
        remove(part)


def w_hash(ws: Tensor) -> str:
    """SHA-256 of a latent's float32 bytes: the same picture from the same network."""
    return hashlib.sha256(ws.detach().cpu().float().contiguous().numpy().tobytes()).hexdigest()


def write_latent(path: Path, ws: Tensor, noise: dict[str, Tensor] | None = None) -> None:
    """`w` `[1, L, W]` as the official tools read it; noise maps beside it, when there are any."""
    maps = {f"noise.{name}": one.cpu().numpy() for name, one in (noise or {}).items()}
    with replacing(path) as file:
        np.savez(file, allow_pickle=False, w=ws.detach().cpu().numpy(), **maps)


def read_noise(path: Path, network: Network) -> dict[str, Tensor] | None:
    """The noise maps beside a latent; None where there are none, or none for this network."""
    import torch

    own = own_maps(network.generator.synthesis)
    arrays = load_arrays(path)
    if any(f"noise.{name}" not in arrays for name in own) or not own:
        return None
    maps = {name: np.array(arrays[f"noise.{name}"]) for name in own}
    if any(one.dtype.kind not in "fiu" for one in maps.values()):
        return None
    found = {name: torch.from_numpy(one).float() for name, one in maps.items()}
    return found if all(found[name].shape == own[name].shape for name in own) else None


def read_latent(path: Path, network: Network) -> Tensor:
    """`w` `[1, L, W]` of an `.npz`; StudioError when it is not one for this network."""
    config = network.config
    expected = (config.num_ws, config.w_dim)
    try:
        w = load_arrays(path)["w"]
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            raise StudioError(f"There is no latent file {path}.") from None
        raise StudioError(f"{path.name} holds no latent “w”. {error}") from error
    except KeyError:
        raise StudioError(f"{path.name} holds no latent “w”.") from None
    if w.ndim != 3 or not len(w) or w.shape[1:] != expected or w.dtype.kind != "f":
        raise StudioError(
            f"The latent in {path.name} has the shape {list(w.shape)}; this network needs "
            f"[1, {expected[0]}, {expected[1]}]."
        )
    import torch

    return torch.from_numpy(w[:1].astype(np.float32))
