"""Opening a network for the window: ours as it is, an official pickle by converting it first."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.errors import StudioError
from studio.ui.generate.renderer import Opened, open_network

if TYPE_CHECKING:
    from studio.generate.session import MorphSession

PICKLES = (".pkl", ".pickle")


def tr(text: str) -> str:
    return QCoreApplication.translate("Opening", text)


def open_any(
    path: Path, session: "MorphSession | None", tell: Callable[[str], None]
) -> "tuple[Opened, MorphSession | None]":
    """For a background thread. StudioError says what is wrong with the file."""
    if path.suffix.lower() in PICKLES:
        path = converted(path, tell)
        tell(path.name)
    made = open_network(str(path.absolute()))
    if session is not None and session.network_sha256 != made.network.sha256:
        raise StudioError(
            tr("{0} has changed since the session was saved: it is another network.").format(
                path.name
            )
        )
    return made, session


def converted(path: Path, tell: Callable[[str], None]) -> Path:
    """Our file of an official pickle, made beside it unless it was made before."""
    from studio.generate.files.network_file import read_network, sha256
    from studio.generate.files.official import convert

    if not path.is_file():
        raise StudioError(tr("There is no file {0}.").format(path))
    if not os.access(path.parent, os.W_OK):
        raise StudioError(
            tr("{0} lies in a folder that cannot be written; copy it to another one first.").format(
                path.name
            )
        )
    source, number = sha256(path), 1
    target = path.with_suffix(".safetensors")
    while target.exists():
        if read_network(target).card.get("source_sha256") == source:
            return target
        number += 1
        target = path.with_name(f"{path.stem}-{number}.safetensors")
    tell(tr("{0}: reading the official file without running anything in it").format(path.name))
    convert(path, target)
    return target


def starting_session(made: Opened) -> "MorphSession":
    """What a network shows first: two seeds, of two classes where it has classes, and of nevus
    and melanoma the way from the first to the second."""
    from studio.generate.session import Endpoint, MorphSession
    from studio.project.labels import USUAL_POSITIVES

    config, card = made.network.config, made.network.card
    names = [str(name) for name in card.get("classes", range(config.c_dim))]
    first, last = (names[0], names[-1]) if config.c_dim else (None, None)
    if first in USUAL_POSITIVES:
        first, last = last, first
    return MorphSession(
        network=made.path,
        network_sha256=made.network.sha256,
        source=Endpoint(kind="seed", seed=0, class_name=first),
        target=Endpoint(kind="seed", seed=1, class_name=last),
    )
