"""The networks that a set can be made with, as far as they are known."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.errors import StudioError
from studio.generate.files.header import NetworkHeader, read_header
from studio.generate.files.named import SAMPLE, resolve_network

if TYPE_CHECKING:
    from studio.project import Project

SNAPSHOTS = ("network-best.safetensors", "network-latest.safetensors")
_MOST_RUNS = 12


@dataclass(frozen=True)
class KnownNetwork:
    """`value` is what a recipe says: a path, or `sample`."""

    value: str
    text: str
    header: NetworkHeader


def known(value: str, text: str = "") -> KnownNetwork:
    """A network by its path or name; StudioError when it is none."""
    path = resolve_network(value)
    header = read_header(path)
    size = QCoreApplication.translate("Networks", "{0} px").format(header.resolution)
    return KnownNetwork(value, f"{text or path.stem} · {size}", header)


def known_networks(project: "Project | None", last: object) -> list[KnownNetwork]:
    """The sample network, the one that was opened last, and those that were trained here."""
    wanted = [(SAMPLE, QCoreApplication.translate("Networks", "sample"))]
    if isinstance(last, str):
        wanted.append((last, ""))
    runs = project.runs.list("gan_train") if project is not None else []
    for run in reversed(runs[-_MOST_RUNS:]):
        best = next(
            (run.folder / name for name in SNAPSHOTS if (run.folder / name).is_file()), None
        )
        if best is not None:
            wanted.append((str(best), f"{run.title} · {best.stem.removeprefix('network-')}"))
    found: dict[str, KnownNetwork] = {}
    for value, text in wanted:
        if value not in found and Path(value).suffix in ("", ".safetensors"):
            try:
                found[value] = known(value, text)
            except StudioError:
                continue  # gone or damaged since: nothing to offer
    return list(found.values())
