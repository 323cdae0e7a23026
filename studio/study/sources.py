"""The candidates of one kind: pictures in a folder, by class where it has class folders."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from studio import wording
from studio.errors import StudioError
from studio.folders import PassedKind, walk_folder
from studio.imaging import READABLE_FORMATS, ImageError, VerifiedImage, Verifier, shown_name, sniff
from studio.opening import FileRefused, open_regular
from studio.origins import read_origins

HEAD_BYTES = 64
_EXAMPLES = 3
NO_CLASS = ""
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic"})


def find_pictures(folder: Path, notes: list[str]) -> dict[str, list[Path]]:
    """Picture files by class: those in class folders, at any depth, or all under "" without any.

    Told by magic bytes, hidden ones left out, links to folders followed once, sorted by name.
    StudioError when there are none.
    """
    try:
        tree = walk_folder(folder)
    except OSError as error:
        raise StudioError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    odd: list[str] = []
    for one in tree.passed:
        if one.kind is PassedKind.OUTSIDE:
            notes.append(one.sentence)
        elif one.kind is not PassedKind.HIDDEN:
            odd.append(one.sentence.rstrip("."))
    loose: list[Path] = []
    found: dict[str, list[Path]] = {}
    for path, parts in tree.files:
        if _is_picture(path, odd):
            (loose if len(parts) == 1 else found.setdefault(parts[0], [])).append(path)
    if odd:
        more = f" and {wording.count(len(odd) - _EXAMPLES)} more" if len(odd) > _EXAMPLES else ""
        notes.append(f"Left out of {folder.name}: {'; '.join(odd[:_EXAMPLES])}{more}.")
    classes = {name: sorted(found[name]) for name in sorted(found)}
    if classes and loose:
        notes.append(f"Left out: {len(loose)} pictures of {folder.name} lie in no class folder.")
    if not classes and not loose:
        raise StudioError(f"There are no pictures in {folder}.")
    return classes or {NO_CLASS: loose}


def find_origins(folder: Path, notes: list[str]) -> dict[Path, str]:
    """What the pictures of an export or a synthetic set show, where its manifest tells."""
    try:
        return {folder / name: origin for name, origin in read_origins(folder).items()}
    except StudioError as error:
        notes.append(str(error))
        return {}


def _is_picture(path: Path, odd: list[str]) -> bool:
    """Whether its first bytes are those of a picture that is read here; what else is called or
    seems to be one is told in `odd`."""
    if path.name.startswith(".") or not path.is_file():
        return False
    try:
        with open_regular(path) as file:
            found = sniff(file.read(HEAD_BYTES))
    except (OSError, FileRefused):
        odd.append(f"{shown_name(path)} cannot be opened")
        return False
    if found in READABLE_FORMATS:
        return True
    if found is not None:
        odd.append(f"{shown_name(path)} is of a kind that is not read here ({found.value})")
    elif path.suffix.lower() in _SUFFIXES:
        odd.append(f"{shown_name(path)} is not a picture, whatever its name")
    return False


@dataclass(frozen=True, slots=True)
class StudyCandidate:
    """A picture that may be shown. `origin` names the photograph, stack or seed that it shows,
    "" where that is not known."""

    path: Path
    label: str
    checked: VerifiedImage
    origin: str = ""


@dataclass
class CandidatePool:
    """The pictures of one kind and class in random order; verified only as far as they are taken.

    Every picture is decoded by a child process first. `notes` collects sentences about what was
    left out.
    """

    paths: list[Path]
    label: str
    smallest: int
    seed: str
    verifier: Verifier
    notes: list[str]
    origins: Mapping[Path, str] = field(default_factory=dict)
    taken: list[StudyCandidate] = field(default_factory=list)
    small: list[int] = field(default_factory=list)  # sides of those that are too small, px
    _left: list[Path] = field(init=False)

    def __post_init__(self) -> None:
        self._left = list(self.paths)
        random.Random(self.seed).shuffle(self._left)

    def draw(self) -> StudyCandidate | None:
        """The next usable picture, or None when there is none left. Not yet taken."""
        while self._left:
            path = self._left.pop(0)
            try:
                checked = self.verifier.check(path)
            except ImageError as error:
                self.notes.append(f"Left out: {error}")
                continue
            side = min(checked.info.exif_size)
            if side < self.smallest:
                self.small.append(side)
                continue
            return StudyCandidate(path, self.label, checked, self.origins.get(path, ""))
        return None
