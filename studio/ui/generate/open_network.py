"""Opening a network for the window, and what it shows first."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.errors import StudioError
from studio.ui.generate.renderer import OpenedNetwork, open_network

if TYPE_CHECKING:
    from studio.generate.session import MorphSession


def tr(text: str) -> str:
    return QCoreApplication.translate("Opening", text)


def open_any(
    path: Path, session: "MorphSession | None", tell: Callable[[str], None]
) -> "tuple[OpenedNetwork, MorphSession]":
    """The network, and the session or one to begin with; for a background thread.

    StudioError says what is wrong with the file.
    """
    what = tr("{0}: reading the official file without running anything in it").format(path.name)
    made = open_network(str(path.absolute()), lambda: tell(what))
    if session is None:
        return made, starting_session(made)
    if not made.network.sha256.startswith(session.network_sha256):
        raise StudioError(
            tr("{0} has changed since the session was saved: it is another network.").format(
                path.name
            )
        )
    return made, session.model_copy(update={"network_sha256": made.network.sha256})


def starting_session(made: OpenedNetwork) -> "MorphSession":
    """What a network shows first: two seeds that differ, of two classes where it has classes, and
    of nevus and melanoma the way from the first to the second."""
    from studio.generate.session import Endpoint, MorphSession
    from studio.project.labels import USUAL_POSITIVES

    config, card = made.network.config, made.network.card
    names = [str(name) for name in card.get("classes", range(config.c_dim))]
    first, last = (names[0], names[-1]) if config.c_dim else (None, None)
    if first in USUAL_POSITIVES:
        first, last = last, first
    source, target = _first_seeds(made, first, last)
    return MorphSession(
        network=made.path,
        network_sha256=made.network.sha256,
        source=Endpoint(kind="seed", seed=source, class_name=first),
        target=Endpoint(kind="seed", seed=target, class_name=last),
    )


def _first_seeds(made: OpenedNetwork, first: str | None, last: str | None) -> tuple[int, int]:
    from studio.generate.files.named import SAMPLE, SAMPLE_SEEDS, resolve_network_path
    from studio.generate.latent.starting_seeds import differing_seeds

    with suppress(StudioError, OSError):  # an installation may lack the sample
        if Path(made.path).samefile(resolve_network_path(SAMPLE)):
            return SAMPLE_SEEDS
    return differing_seeds(made.network, first, last)
