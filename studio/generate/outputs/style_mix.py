"""A matrix of style mixing: each column's seed in each row's chosen layers (Karras et al. 2019)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from studio.errors import UsageError
from studio.generate.latent.layers import mix
from studio.generate.network import Network, Pictures, to_uint8
from studio.generate.outputs.folder import OutputFolder, w_hash, write_latent

MOST_CELLS = 400


def parse_layers(text: str, count: int) -> list[int]:
    """Rows of w such as `0-5,8`, rising. UsageError for what a network of `count` rows lacks."""
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(part) > 9:
            raise UsageError(f"“{part[:40]}” is not a layer or a range of them, such as 0-5.")
        begin, end = int(first), int(last or first)
        if end < begin:
            raise UsageError(f"The range {part.strip()} of layers ends before it begins.")
        if end >= count:
            raise UsageError(
                f"This network has the layers 0 to {count - 1}; “{text[:40]}” has others."
            )
        found.update(range(begin, end + 1))
    return sorted(found)


def write_style_mix(
    network: Network,
    rows: Sequence[int],
    columns: Sequence[int],
    layers: Sequence[int],
    out: Path,
    *,
    network_name: str = "",
    truncation: float = 1.0,
    class_name: str | None = None,
) -> Path:
    """`matrix.png` with the seeds of `rows` at the left and of `columns` at the top, and between
    them `ROW-COLUMN.png`: the row's picture with the column's latent in `layers`. Returns the
    manifest; nothing that is there is overwritten.
    """
    if len(rows) * len(columns) > MOST_CELLS:
        raise UsageError(f"A matrix has {MOST_CELLS} pictures at most: name fewer seeds.")
    c = network.class_vector(class_name)
    seeds = list(dict.fromkeys([*rows, *columns]))
    ws = {seed: network.mapping(network.latent(seed), c, truncation)[0] for seed in seeds}
    alone = {seed: to_uint8(network.synthesis(w[None]))[0] for seed, w in ws.items()}
    settings = {
        "rows": list(rows),
        "columns": list(columns),
        "layers": list(layers),
        "truncation": truncation,
        "class": class_name,
    }
    folder = OutputFolder(out, network, network_name, settings)
    lines = [np.concatenate([np.zeros_like(alone[rows[0]]), *(alone[one] for one in columns)], 1)]
    for row in rows:
        cells: list[Pictures] = [alone[row]]
        for column in columns:
            mixed = mix(ws[row], ws[column], list(layers))
            cells.append(to_uint8(network.synthesis(mixed[None]))[0])
            name = f"{row:04d}-{column:04d}"
            digest = w_hash(mixed)
            folder.picture(f"{name}.png", cells[-1], row=row, column=column, w_sha256=digest)
            write_latent(folder.target(f"{name}.npz"), mixed[None])
            folder.note(f"{name}.npz", w_sha256=digest)
        lines.append(np.concatenate(cells, 1))
    folder.picture("matrix.png", np.concatenate(lines))
    return folder.finish()
