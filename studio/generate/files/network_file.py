"""The studio's network file: one `.safetensors` with its configuration and its card.

Tensors are named `G_ema.…`, and `G.…`, `D.…` where training may go on from the file. The
metadata hold three JSON texts: `config` (the generator), `discriminator` (or `null`), `card`.
"""

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from studio.errors import StudioError
from studio.files import replacing
from studio.generate.networks.config import DiscriminatorConfig, GeneratorConfig
from studio.opening import FileProblem, FileRefused, open_regular, parse_json

PARTS = ("G_ema", "G", "D")


class NetworkFileError(StudioError):
    """A file that is not a network of ours, or a damaged one."""


@dataclass
class NetworkFile:
    """What a network file holds. `tensors` are on the CPU, keyed by part and official name."""

    config: GeneratorConfig
    discriminator: DiscriminatorConfig | None
    card: dict[str, Any]
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def part(self, name: str) -> dict[str, Tensor]:
        """The state dict of `G_ema`, `G` or `D`; empty when the file has none."""
        start = name + "."
        return {k.removeprefix(start): t for k, t in self.tensors.items() if k.startswith(start)}

    @property
    def parts(self) -> list[str]:
        return [name for name in PARTS if any(k.startswith(name + ".") for k in self.tensors)]


def write_network(path: Path, network: NetworkFile) -> None:
    """Write whole or not at all: to a file beside it, flushed, then renamed."""
    metadata = {
        "config": network.config.model_dump_json(),
        "discriminator": network.discriminator.model_dump_json()
        if network.discriminator
        else "null",
        "card": json.dumps(network.card),
    }
    tensors = {
        name: tensor.detach().contiguous().clone() for name, tensor in network.tensors.items()
    }
    # Not save_file, whose files only their owner can read, whatever the umask says.
    content = save(tensors, metadata=metadata)
    header = _sorted_header(content)
    with replacing(path) as file:
        file.write(header)
        file.write(memoryview(content)[len(header) :])


def _sorted_header(content: bytes) -> bytes:
    """The header of a safetensors file, its length before it, with its keys in order: the library
    writes the metadata in an order that changes from call to call, and the same network should be
    the same bytes."""
    (size,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + size])
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return content[: 8 + size] if len(text) > size else content[:8] + text.ljust(size)


def read_network(path: Path) -> NetworkFile:
    """Read a network file; NetworkFileError says in a sentence what is wrong with another."""
    try:
        open_regular(path).close()  # the library opens it again, by its path
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if "config" not in metadata:
                raise NetworkFileError(
                    f"{path.name} holds tensors, but does not say what network they are: "
                    "its metadata have no “config”. "
                    "Convert the original with `can-studio gan convert`."
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        other = parse_json(metadata.get("discriminator", "null"))
        card = parse_json(metadata.get("card", "{}"))
        if not isinstance(card, dict):
            raise NetworkFileError(f"The card of {path.name} is not a list of facts by name.")
        return NetworkFile(
            config=GeneratorConfig.model_validate(parse_json(metadata["config"])),
            discriminator=DiscriminatorConfig.model_validate(other) if other else None,
            card=card,
            tensors=tensors,
        )
    except FileRefused as error:
        if error.problem is FileProblem.MISSING:
            raise NetworkFileError(f"There is no network file {path}.") from None
        raise NetworkFileError(str(error)) from error
    except (SafetensorError, ValidationError, ValueError, OSError) as error:
        raise NetworkFileError(
            f"{path.name} cannot be read as a network file: {what_is(path)}."
        ) from error


def what_is(path: Path) -> str:
    """What a file seems to be by its first bytes, as the end of a sentence."""
    try:
        with open_regular(path) as file:
            head = file.read(64)
    except FileRefused as error:
        return "it does not exist" if error.problem is FileProblem.MISSING else "it is not a file"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    if not head:
        return "it is empty"
    if head.startswith(b"PK\x03\x04"):
        return "it is a zip archive, perhaps a PyTorch checkpoint or a data set"
    if head[:1] == b"\x80" and len(head) > 1 and head[1] <= 5:
        return "it is a pickle; official StyleGAN2 pickles are read by can-studio gan convert"
    if head.lstrip().startswith((b"<!DOCTYPE", b"<html", b"<HTML")):
        return "it is a web page, perhaps a download that asked for a login"
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return "it is a picture"
    if b'{"' in head[8:12]:
        return "it is a safetensors file that is cut off or damaged"
    return "its format is unknown"
