"""A network file to give away: the averaged generator alone, a quarter of the bytes."""

from pathlib import Path

from studio.errors import StudioError
from studio.generate.files.network_file import NetworkFile, read_network, write_network
from studio.opening import sha256_file


def share(source: Path, out: Path, *, title: str = "", licence: str = "") -> NetworkFile:
    """Write the part of a network file that renders, its card with it, to a new file.

    What training could go on from stays behind. `title` and `licence` replace those of the card.

    Raises:
        NetworkFileError: the source cannot be read.
        StudioError: there is a file at `out`, or the source has no averaged generator.
    """
    if out.exists():
        raise StudioError(f"{out} is there already; choose another name.")
    network = read_network(source)
    tensors = {name: t for name, t in network.tensors.items() if name.startswith("G_ema.")}
    if not tensors:
        raise StudioError(f"{source.name} holds no averaged generator (G_ema) to share.")
    given = {"title": title, "licence": licence}
    card = {
        **network.card,
        **{key: text for key, text in given.items() if text},
        "shared_from_sha256": sha256_file(source),
    }
    shared = NetworkFile(network.config, None, card, tensors)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_network(out, shared)
    return shared
