"""One picture of a morph as a PNG that says how it was made."""

import json
from pathlib import Path

from PIL import Image

from studio.errors import StudioError
from studio.files import replacing
from studio.generate.latent.path import LatentPath
from studio.generate.network import Network, Pictures
from studio.generate.outputs import provenance
from studio.generate.outputs.folder import w_hash
from studio.generate.session import MorphSession

PROVENANCE = "CAN Studio provenance"
"""The text chunk of the PNG: JSON with `network`, `session` (its `t` is the place), `w_sha256`."""


def write_picture(
    path: Path, picture: Pictures, network: Network, session: MorphSession, line: LatentPath
) -> None:
    """Write the picture `[R, R, 3]` that a path has at `session.t`, and how it was made.

    An existing file is replaced whole. Raises StudioError where the file cannot be written.
    """
    text = provenance.png_text()
    told = {
        "network": {"sha256": network.sha256, "card": network.card},
        "session": session.model_dump(),
        "w_sha256": w_hash(line.at(session.t)),
    }
    text.add_itxt(PROVENANCE, json.dumps(told, ensure_ascii=False))
    try:
        with replacing(path) as file:
            Image.fromarray(picture).save(file, format="PNG", pnginfo=text, exif=provenance.exif())
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror}.") from error
