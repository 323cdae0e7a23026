"""The networks that a set can be made with, as far as they are known."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.errors import StudioError
from studio.generate.files.header import NetworkHeader, read_header
from studio.generate.files.named import SAMPLE, resolve_network_path
from studio.jobs.kinds import NETWORK_BEST, NETWORK_LATEST, NETWORK_TRAINING

if TYPE_CHECKING:
    from studio.project import Project

SNAPSHOTS = (NETWORK_BEST, NETWORK_LATEST)
_MOST_RUNS = 12


@dataclass(frozen=True)
class KnownNetwork:
    """`value` is what a recipe says: a path, or `sample`."""

    value: str
    text: str
    header: NetworkHeader


def known(value: str, text: str = "") -> KnownNetwork:
    """A network by its path or name; StudioError when it is none."""
    path = resolve_network_path(value)
    header = read_header(path)
    size = QCoreApplication.translate("Networks", "{0} px").format(header.resolution)
    return KnownNetwork(value, f"{text or path.stem} · {size}", header)


def known_networks(project: "Project | None", last: object) -> list[KnownNetwork]:
    """The network that was opened last, those that were trained here, and the sample."""
    wanted = [(last, "")] if isinstance(last, str) else []
    runs = project.runs.list(*NETWORK_TRAINING.names) if project is not None else []
    for run in reversed(runs[-_MOST_RUNS:]):
        best = next(
            (run.folder / name for name in SNAPSHOTS if (run.folder / name).is_file()), None
        )
        if best is not None:
            wanted.append((str(best), f"{run.title} · {best.stem.removeprefix('network-')}"))
    wanted.append((SAMPLE, QCoreApplication.translate("Networks", "sample")))
    found: dict[Path, KnownNetwork] = {}
    for value, text in wanted:
        try:
            # The sample by its path is the sample: its name is good on every machine.
            one = known(value, text)
            found[resolve_network_path(value).resolve()] = one
        except StudioError:
            continue  # an official pickle, or gone or damaged since: nothing to offer
    return list(found.values())
