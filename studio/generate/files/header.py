"""What a network file says of itself, read without torch and without its tensors."""

from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.generate.networks.config import GeneratorConfig
from studio.opening import open_regular, parse_json

_LONGEST = 32 * 1024 * 1024  # bytes of a header; that of a large network has a fiftieth of it


@dataclass(frozen=True)
class NetworkHeader:
    """`classes` are the names that a conditional network knows, () for one without classes; where
    the file does not name them they are numbers."""

    resolution: int
    classes: tuple[str, ...]
    config: GeneratorConfig
    has_discriminator: bool


def read_header(path: Path) -> NetworkHeader:
    """Read the first bytes of a network file; StudioError when they are not those of one.

    The tensors may still be damaged: opening the network says so.
    """
    try:
        with open_regular(path) as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= _LONGEST:
                raise ValueError("its header has no length")
            header = parse_json(file.read(length))
        metadata = header["__metadata__"]
        # Its limits come first: a few bytes that ask for 10¹² classes are not to fill the memory.
        config = GeneratorConfig.model_validate_json(metadata["config"])
        card = parse_json(metadata.get("card", "{}"))
        names = card.get("classes") or range(config.c_dim)
        named = tuple(str(name) for name in names)[: config.c_dim]
        judged = any(name.startswith("D.") for name in header)
        return NetworkHeader(config.resolution, named, config, judged)
    except OSError as error:
        raise StudioError(f"{path} cannot be opened: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StudioError(f"{path.name} is not a network file of the studio.") from None
