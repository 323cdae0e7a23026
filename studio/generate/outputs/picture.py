"""Pictures as PNG files that say how they were made."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from studio.errors import StudioError
from studio.files import replacing
from studio.generate.latent.path import LatentPath
from studio.generate.network import Network, Pictures
from studio.generate.outputs import provenance
from studio.generate.outputs.folder import w_hash
from studio.generate.session import MorphSession

PROVENANCE = "CAN Studio provenance"
"""The text chunk of the PNG: JSON with `network` and what was asked of it.

Of a morph that is `session`, whose `t` is the place, and `w_sha256`."""


def write_picture(
    path: Path, picture: Pictures, network: Network, session: MorphSession, line: LatentPath
) -> None:
    """Write the picture `[R, R, 3]` that a path has at `session.t`, and how it was made.

    An existing file is replaced whole. Raises StudioError where the file cannot be written.
    """
    asked = {"session": session.model_dump(), "w_sha256": w_hash(line.at(session.t))}
    write_made_by(path, picture, network, asked)


def write_made_by(
    path: Path, picture: Pictures, network: Network, asked: Mapping[str, Any]
) -> None:
    """Write `[H, W, 3]` as a PNG with the network that made it and what was `asked` of it.

    An existing file is replaced whole. Raises StudioError where the file cannot be written.
    """
    text = provenance.png_text()
    told = {"network": {"sha256": network.sha256, "card": network.card}, **asked}
    text.add_itxt(PROVENANCE, json.dumps(told, ensure_ascii=False))
    try:
        with replacing(path) as file:
            Image.fromarray(picture).save(file, format="PNG", pnginfo=text, exif=provenance.exif())
    except OSError as error:
        raise StudioError(f"{path} cannot be written: {error.strerror}.") from error
