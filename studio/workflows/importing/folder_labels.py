"""What becomes of class folders whose names are not labels of the project."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.datasets.formats.data_folder import class_folder
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
    """Which label the folders above an image give it.

    `files` are the images whose folders may add labels. Of a data set, they are those that its
    annotations do not name, and `annotated` the others, whose folders say a class only where it is
    known or mapped. A project without any label takes the names of the folders, but not those of a
    data set whose lists name labels (`listed`), or of which most is annotated.
    """

    def __init__(
        self,
        job: ImportJob,
        folder: Path,
        files: Sequence[Walked],
        new: NewLabels = LEAVE,
        annotated: Sequence[Walked] | None = None,
        listed: Collection[str] = (),
    ) -> None:
        root = folder.name if folder.is_dir() else folder.stem  # a zip lies in a folder of its name
        self._job, self._root = job, root
        self._in_set = annotated is not None
        self._decided: dict[str, Label | None] = {}
        unlabelled = not job.project.labels() and not listed
        first = unlabelled and len(files) > len(annotated or ())
        names = {name: True for one in annotated or () if (name := self._open(one.parts))}
        names |= {name: False for one in files if (name := self._open(one.parts))}
        for name, only_mapped in sorted(names.items()):
            if name in new.mapping:
                self._decided[name] = self._mapped(name, new.mapping[name])
            elif (first or new.add) and not only_mapped:
                self._decided[name] = job.label_or_failure(name, name, None)

    def of(self, parts: Sequence[str]) -> Label | None:
        """The label of the nearest folder that has one; the imported folder itself counts. A folder
        that has none and could be called after a class is reported."""
        name = self._open(parts)
        if name is not None and name not in self._decided:
            unknown = self._job.report.unknown_folders
            unknown[name] = unknown.get(name, 0) + 1
        return self.given(parts)

    def given(self, parts: Sequence[str]) -> Label | None:
        """As `of`, without the report."""
        return self.known(parts) or self._decided.get(self._open(parts) or "")

    def _open(self, parts: Sequence[str]) -> str | None:
        """The folder of an image that could be called after a class, and after no known one."""
        if len(parts) == 1 or self.known(parts) is not None:
            return None
        return class_folder(parts) if self._in_set else parts[-2]

    def known(self, parts: Sequence[str]) -> Label | None:
        """The label of the project after which a folder above an image is called."""
        labels = map(self._job.known_label, reversed([self._root, *parts[:-1]]))
        return next((label for label in labels if label is not None), None)

    def _mapped(self, folder: str, name: str | None) -> Label | None:
        return None if name is None else self._job.label_or_failure(name, folder, None)
