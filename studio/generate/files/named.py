"""Networks by name, so that no path is needed for those that come with the studio."""

from pathlib import Path

from studio.errors import StudioError
from studio.resources import resource

SAMPLE = "sample"
SAMPLE_SEEDS = (18, 25)  # of its nevus and of its melanoma that are shown first


def resolve_network_path(name_or_path: str | Path) -> Path:
    """The network file that is meant: `sample` is the one that is shipped, else a path.

    A file or folder called `sample` here does not take its place; `./sample` names that one.
    Raises StudioError when there is no such file.
    """
    if str(name_or_path) == SAMPLE:
        try:
            return resource("networks", f"{SAMPLE}.safetensors")
        except FileNotFoundError:
            raise StudioError(
                "This installation has no sample network: give a network file."
            ) from None
    path = Path(name_or_path)
    if not path.is_file():
        raise StudioError(f"There is no network file {path}.")
    return path
