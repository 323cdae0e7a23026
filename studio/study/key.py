"""The key: which picture is real. Loaded for results only, never by a reading screen.

`Study` never reads it; the window asks for it only where `unblinded` of its summary says so, which
the tests of reading hold (decision 12).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.opening import read_bytes
from studio.study.folder import Study
from studio.study.models import KEY_FILE, KeyEntry, KeyFile
from studio.validation import read_model


@dataclass(frozen=True)
class StudyKey:
    """The truth by token."""

    pictures: dict[str, KeyEntry]

    def synthetic(self, token: str) -> bool:
        return self.pictures[token].kind == "synthetic"


def read_key(study: Study, elsewhere: Path | None = None) -> StudyKey:
    """The key of a study, from its folder or from `elsewhere`.

    StudioError when it is not there, or is not the one that the study was made with: the study
    holds the key's hash, so that nobody can change the truth once answers are known.
    """
    path = elsewhere or study.path / KEY_FILE
    if not path.is_file():
        raise StudioError(
            f"The key of this study is not at {path}: it is kept elsewhere, say where."
            if elsewhere is None
            else f"There is no key file {path}."
        )
    key = read_model(path, KeyFile, "the key of a reader study")
    if key.study != study.file.id:
        raise StudioError(f"{path} is the key of another study.")
    if hashlib.sha256(read_bytes(path)).hexdigest() != study.file.key_sha256:
        raise StudioError(f"{path} was changed after the study was made: it cannot be trusted.")
    if key.pictures.keys() != study.file.pictures.keys():
        raise StudioError(f"{path} does not name the pictures of this study.")
    return StudyKey(key.pictures)
