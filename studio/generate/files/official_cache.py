"""Official pickles opened as networks: converted once, into the studio's cache.

Nothing is written beside the pickle. A conversion is named by the pickle's SHA-256, so that a file
of the same name with another network never takes its place; the cache can be deleted at any time.
"""

import os
from collections.abc import Callable
from pathlib import Path

from studio import files
from studio.errors import StudioError
from studio.generate.files.network_file import NetworkFile, read_network
from studio.generate.files.official import convert
from studio.opening import sha256_file

SUFFIXES = (".pkl", ".pickle")


def is_official(path: Path) -> bool:
    """Whether a file is named as the official networks are."""
    return path.suffix.lower() in SUFFIXES


def cache_folder() -> Path:
    """Where converted networks lie; beside the settings where those have a place of their own."""
    given = os.environ.get(files.STATE_ENVIRONMENT)
    if given:
        return Path(given) / "cache" / "networks"
    import platformdirs

    return Path(platformdirs.user_cache_dir("can-studio")) / "networks"


def read_official_cached(
    path: Path, tell: Callable[[], None] = lambda: None
) -> tuple[NetworkFile, str]:
    """The networks of an official pickle, and the SHA-256 of the pickle.

    `tell` is called before a conversion, which takes a while. Where the cache cannot be written,
    the conversion is made anew each time. StudioError says what is wrong with the file.
    """
    if not path.is_file():
        raise StudioError(f"There is no file {path}.")
    digest = sha256_file(path)
    cached = cache_folder() / f"{digest}.safetensors"
    found = _read(cached, digest)
    if found is not None:
        return found, digest
    tell()
    try:
        cached.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.building(cached) as part:
            convert(path, part)
            return read_network(part), digest
    except OSError:
        with files.temporary_folder() as folder:
            convert(path, folder / cached.name)
            return read_network(folder / cached.name), digest


def _read(cached: Path, digest: str) -> NetworkFile | None:
    """What lies in the cache, if it is a whole conversion of that pickle."""
    try:
        found = read_network(cached) if cached.is_file() else None
    except StudioError:
        return None
    return found if found is not None and found.card.get("source_sha256") == digest else None
