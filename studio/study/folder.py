"""A study on disk, opened without its key."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.imaging import shown_name
from studio.opening import FileRefused, sha256_file
from studio.study.models import ANSWERS, PICTURES, STUDY_FILE, StudyFile
from studio.validation import read_model


@dataclass(frozen=True)
class Study:
    """A study that is there and whole; nothing of it says which picture is real."""

    path: Path
    file: StudyFile

    @classmethod
    def open(cls, path: Path) -> "Study":
        """Read `study.json` in the folder `path`. StudioError when it is not a study."""
        if not (path / STUDY_FILE).is_file():
            raise StudioError(f"{path} is no reader study: it has no {STUDY_FILE}.")
        file = read_model(path / STUDY_FILE, StudyFile, "a reader study")
        inside = [token for block in file.blocks for token in block]
        if sorted(inside) != sorted(file.pictures):
            raise StudioError(
                f"{path / STUDY_FILE} is damaged: its blocks miss or repeat pictures."
            )
        return cls(path, file)

    def picture(self, token: str) -> Path:
        """The copy that is shown for a token of this study."""
        if token not in self.file.pictures:
            raise StudioError(f"{token!r:.60} is not a picture of this study.")
        return self.path / PICTURES / f"{token}.jpg"

    def checked_picture(self, token: str) -> Path:
        """The copy, once its bytes are those that the study was made with. Raises StudioError."""
        path = self.picture(token)
        try:
            same = sha256_file(path) == self.file.pictures[token]
        except (OSError, FileRefused) as error:
            raise StudioError(
                f"{path.name} of this study cannot be read: copy the study anew."
            ) from error
        if not same:
            raise StudioError(f"{path.name} of this study was changed: copy the study anew.")
        return path

    @property
    def answers_dir(self) -> Path:
        return self.path / ANSWERS

    def missing(self) -> list[str]:
        """Tokens whose copy has gone."""
        return [token for token in self.file.pictures if not self.picture(token).is_file()]

    def __len__(self) -> int:
        return len(self.file.pictures)


def find_studies(
    folder: Path, on_problem: Callable[[str], None] = lambda sentence: None
) -> list[Study]:
    """The studies directly inside `folder`, newest first; damaged ones go to `on_problem`."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or not (path / STUDY_FILE).is_file():
            continue  # what is being made begins with a dot
        try:
            found.append(Study.open(path))
        except StudioError as error:
            on_problem(str(error))
    return sorted(found, key=lambda study: study.file.created, reverse=True)


def folder_name(title: str) -> str:
    """A title as the name of a folder: lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", shown_name(title).lower()).strip("-")[:60] or "study"
