"""What becomes of class folders whose names are not labels of the project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.folders import Walked
from studio.project import Label
from studio.workflows.importing.job import ImportJob


@dataclass(frozen=True)
class NewLabels:
    """The decision for one import: `mapping` says for a folder's name which label its images get,
    None for no label; `add` makes every other unknown name a label of the project.

    The labels that a mapping names are added where the project lacks them.
    """

    add: bool = False
    mapping: Mapping[str, str | None] = field(default_factory=dict)


LEAVE = NewLabels()
"""Unknown names are reported, so that `2024-03` or `IMG` never becomes a class by accident."""


class FolderLabels:
    """Which label the folders above an image give it."""

    def __init__(
        self, job: ImportJob, folder: Path, files: Sequence[Walked], new: NewLabels = LEAVE
    ) -> None:
        root = folder.name if folder.is_dir() else folder.stem  # a zip lies in a folder of its name
        self._job, self._root = job, root
        self._decided: dict[str, Label | None] = {}
        first = not job.project.labels()
        names = {parts[-2] for _, parts in files if len(parts) > 1 and not self.known(parts)}
        for name in sorted(names):
            if name in new.mapping:
                self._decided[name] = self._mapped(name, new.mapping[name])
            elif first or new.add:
                self._decided[name] = job.label_or_failure(name, name, None)

    def of(self, parts: Sequence[str]) -> Label | None:
        """The label of the nearest folder that has one; the imported folder itself counts."""
        known = self.known(parts)
        if known is not None or len(parts) == 1:
            return known
        if parts[-2] in self._decided:
            return self._decided[parts[-2]]
        unknown = self._job.report.unknown_folders
        unknown[parts[-2]] = unknown.get(parts[-2], 0) + 1
        return None

    def known(self, parts: Sequence[str]) -> Label | None:
        """The label of the project after which a folder above an image is called."""
        labels = map(self._job.known_label, reversed([self._root, *parts[:-1]]))
        return next((label for label in labels if label is not None), None)

    def _mapped(self, folder: str, name: str | None) -> Label | None:
        return None if name is None else self._job.label_or_failure(name, folder, None)
