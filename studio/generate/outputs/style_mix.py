"""A matrix of style mixing: each column's source in each row's chosen layers (Karras et al. 2019).

Window and command line make the same matrix: a source is a seed, or an end of a morph such as a
latent of a projection.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from studio.errors import UsageError
from studio.generate.latent.layers import mix
from studio.generate.latent.seeds import parse_seeds
from studio.generate.morphing import resolve_endpoint
from studio.generate.network import Network, Pictures, to_uint8
from studio.generate.outputs.folder import OutputFolder, w_hash, write_latent
from studio.generate.outputs.picture import write_made_by
from studio.generate.session import Endpoint
from studio.generate.session_command import endpoint_text, parse_endpoint

MOST_CELLS = 400
_TOO_MANY = f"A matrix has {MOST_CELLS} pictures at most: name fewer seeds."


def parse_sources(text: str, ends: Mapping[str, Endpoint] | None = None) -> list[Endpoint]:
    """`85,100-103,latent:a.npz`: seeds, ranges of them, and ends as a morph names them.

    `ends` are those that have a name of their own, in small letters. A comma within a path has a
    backslash before it. UsageError for what is none of these.
    """
    found: list[Endpoint] = []
    for part in re.split(r"(?<!\\),", text):
        end = (ends or {}).get(part.strip().lower())
        if end is not None:
            found.append(end)
        elif re.fullmatch(r"[\s\d-]*", part):
            found += [Endpoint(kind="seed", seed=seed) for seed in parse_seeds(part)]
        else:
            found.append(parse_endpoint(part.strip().replace("\\,", ",")))
            if found[-1].kind == "photograph":
                raise UsageError(
                    f"“{part.strip()[:60]}” is not seeds such as 85,100-103 or a latent .npz."
                )
        if len(found) > MOST_CELLS:
            raise UsageError(_TOO_MANY)
    return found


def sources_text(sources: Sequence[Endpoint]) -> str:
    """What `parse_sources` reads as these sources."""
    return ",".join(_name(one).replace(",", "\\,") for one in sources)


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


def layers_text(layers: Sequence[int]) -> str:
    """What `parse_layers` reads as these layers, which rise: `0-5,8`."""
    runs: list[list[int]] = []
    for one in layers:
        if runs and one == runs[-1][1] + 1:
            runs[-1][1] = one
        else:
            runs.append([one, one])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


@dataclass(frozen=True)
class StyleMix:
    """The sources of the rows and the columns, and the layers that come from the column's."""

    rows: list[Endpoint]
    columns: list[Endpoint]
    layers: list[int]
    truncation: float = 1.0  # of the seeds
    class_name: str | None = None  # of the sources that name none

    def __post_init__(self) -> None:
        if len(self.rows) * len(self.columns) > MOST_CELLS:
            raise UsageError(_TOO_MANY)

    def latents(self, network: Network) -> tuple[list[Tensor], list[Tensor]]:
        """The latents `[L, W]` of the rows and of the columns. Raises StudioError for a source that
        is missing or of another network."""
        known: dict[str, Tensor] = {}
        for one in (*self.rows, *self.columns):
            if _name(one) not in known:
                source = one
                if one.kind == "seed" and one.class_name is None:
                    source = one.model_copy(update={"class_name": self.class_name})
                known[_name(one)] = resolve_endpoint(network, source, self.truncation).ws
        rows, columns = ([known[_name(one)] for one in many] for many in (self.rows, self.columns))
        return rows, columns

    def settings(self) -> dict[str, object]:
        """What a manifest says of it: a seed as its number, another source by its words."""
        return {
            "rows": [_told(one) for one in self.rows],
            "columns": [_told(one) for one in self.columns],
            "layers": list(self.layers),
            "truncation": self.truncation,
            "class": self.class_name,
        }

    def command(self, network: str, out: str = "OUT") -> str:
        """The command that makes this matrix."""
        options: list[tuple[str, object]] = [
            ("network", network),
            ("rows", sources_text(self.rows)),
            ("cols", sources_text(self.columns)),
            ("layers", layers_text(self.layers)),
        ]
        options += [("trunc", self.truncation)] if self.truncation != 1 else []
        options += [("class", self.class_name)] if self.class_name is not None else []
        words = [f"--{name} {shlex.quote(str(value))}" for name, value in [*options, ("out", out)]]
        return " ".join(["can-studio gan style-mix", *words])


def cells(
    network: Network, wanted: StyleMix, render: Callable[[Tensor], Pictures]
) -> tuple[list[list[Pictures]], list[list[Tensor]]]:
    """Pictures `[R, R, 3]` and latents of the cells, row by row, with the sources themselves.

    `render` makes the picture of a latent `[L, W]`. The first row of pictures is that of the
    columns' sources, after a black one; each row begins with its source.
    """
    rows, columns = wanted.latents(network)
    top = [render(one) for one in columns]
    pictures, latents = [[np.zeros_like(top[0]), *top]], []
    for row in rows:
        mixed = [mix(row, column, wanted.layers) for column in columns]
        latents.append(mixed)
        pictures.append([render(row), *(render(one) for one in mixed)])
    return pictures, latents


def page(pictures: Sequence[Sequence[Pictures]]) -> Pictures:
    """All of it as one picture `[H, W, 3]`."""
    return np.concatenate([np.concatenate(list(line), 1) for line in pictures])


def write_matrix(path: Path, picture: Pictures, network: Network, wanted: StyleMix) -> None:
    """Write the matrix as one PNG that says how it was made; an existing file is replaced whole.

    Raises StudioError where the file cannot be written.
    """
    write_made_by(path, picture, network, {"style_mix": wanted.settings()})


def write_style_mix(
    network: Network, wanted: StyleMix, out: Path, *, network_name: str = ""
) -> Path:
    """`matrix.png` with the sources of the rows at the left and of the columns at the top, and
    between them `ROW-COLUMN.png`: the row's picture with the column's latent in the chosen layers.
    Returns the manifest; nothing that is there is overwritten.
    """

    def render(ws: Tensor) -> Pictures:
        return to_uint8(network.synthesis(ws[None].to(network.device)))[0]

    pictures, latents = cells(network, wanted, render)
    told = wanted.settings()
    folder = OutputFolder(out, network, network_name, told)
    files = _file_names([*wanted.rows, *wanted.columns])
    for down, (row, mixed) in enumerate(zip(wanted.rows, latents, strict=True), 1):
        for across, (column, ws) in enumerate(zip(wanted.columns, mixed, strict=True), 1):
            digest, file = w_hash(ws), f"{files[_name(row)]}-{files[_name(column)]}"
            facts: dict[str, Any] = {"row": _told(row), "column": _told(column), "w_sha256": digest}
            folder.picture(f"{file}.png", pictures[down][across], **facts)
            write_latent(folder.target(f"{file}.npz"), ws[None])
            folder.note(f"{file}.npz", w_sha256=digest)
    folder.picture("matrix.png", page(pictures))
    return folder.finish()


def _name(source: Endpoint) -> str:
    """A source in the words of the command line."""
    plain = source.kind == "seed" and source.class_name is None
    return str(source.seed) if plain else endpoint_text(source)


def _told(source: Endpoint) -> int | str:
    """A source as the manifest tells of it: a seed is a number."""
    name = _name(source)
    return int(name) if name.isdecimal() else name


def _file_names(sources: Sequence[Endpoint]) -> dict[str, str]:
    """What the files of each source are called: a seed by its number, others in their order."""
    found: dict[str, str] = {}
    for name in map(_name, sources):
        others = sum(not one.isdecimal() for one in found)
        found.setdefault(name, f"{int(name):04d}" if name.isdecimal() else f"end{others:02d}")
    return found
