"""Walk a folder of data sets: every file once, through links too, in an order that never changes.

Data on shared servers is often reached through symbolic links, so a linked folder is read as if its
files lay there. Each folder on the disk is read once, at its real place where that lies inside the
folder walked; a link that leads back up is cut. Nothing of this is silent: `FolderTree.passed` has
a sentence for each link that was not followed and for each that leads out of the folder.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from studio.opening import shown_text

_LEFTOVERS = frozenset({"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "@eadir"})


class Walked(NamedTuple):
    """A file under a folder: its path and its parts relative to that folder."""

    path: Path
    parts: tuple[str, ...]


class PassedKind(StrEnum):
    """Why a file or folder has a sentence of its own."""

    HIDDEN = "hidden"  # a file whose name begins with a dot, or what a system left; not read
    CLOSED = "closed"  # a folder that cannot be listed
    LINK = "link"  # a link to a folder that was not followed
    OUTSIDE = "outside"  # a link out of the folder, which was followed


class Passed(NamedTuple):
    """A file or folder that was not read as it stands, or a link that leads outside."""

    kind: PassedKind
    path: Path
    parts: tuple[str, ...]
    sentence: str


@dataclass
class FolderTree:
    """What lies under a folder.

    `files` come folder by folder, the files of a folder before its subfolders, each sorted by name;
    `folders` are the names of the folders at the top that were read, sorted.
    """

    files: list[Walked] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)


def is_hidden(name: str) -> bool:
    """Whether a name is hidden or is what operating systems leave in folders and zips."""
    return (name.startswith(".") and name not in (".", "..")) or name.lower() in _LEFTOVERS


def walk_folder(root: Path) -> FolderTree:
    """Everything under `root`; links to folders are followed once.

    Raises OSError when `root` itself cannot be listed.
    """
    walk = _Walk(root)
    walk.run()
    walk.tree.files.sort(key=lambda one: _order(one.parts))
    walk.tree.folders.sort()
    return walk.tree


def _order(parts: tuple[str, ...]) -> tuple[tuple[bool, str], ...]:
    *folders, name = parts
    return (*((True, folder) for folder in folders), (False, name))


class _Walk:
    def __init__(self, root: Path) -> None:
        self.tree = FolderTree()
        self._root = root
        self._real_root = root.resolve()
        self._seen: dict[tuple[int, int] | str, tuple[str, ...]] = {}
        self._links: list[Walked] = []

    def run(self) -> None:
        self._read(Walked(self._root, ()))
        # Real folders first: what a link leads to inside the root is read at its own place.
        while self._links:
            links, self._links = sorted(self._links), []
            for link in links:
                self._follow(link)

    def _read(self, top: Walked) -> None:
        self._seen[_identity(top.path)] = top.parts
        waiting = [top]
        while waiting:
            folder = waiting.pop()
            for entry in self._entries(folder):
                found = Walked(folder.path / entry.name, (*folder.parts, entry.name))
                is_link, is_folder = _kind(entry)
                if is_hidden(entry.name):
                    if not is_folder:
                        sentence = f"{shown_text(entry.name)} is hidden and is left out."
                        self._pass(PassedKind.HIDDEN, found, sentence)
                elif not is_folder:
                    self.tree.files.append(found)
                elif is_link:
                    self._links.append(found)
                else:
                    # A real folder may have been read through a link that leads above it.
                    identity = _identity(found.path)
                    if identity in self._seen:
                        self._pass(PassedKind.LINK, found, self._read_before(found, identity))
                        continue
                    self._seen[identity] = found.parts
                    self._note_top(found)
                    waiting.append(found)

    def _follow(self, link: Walked) -> None:
        real = link.path.resolve()
        identity = _identity(link.path)
        name = shown_text("/".join(link.parts))
        if self._real_root.is_relative_to(real):
            sentence = f"{name} is a link that leads back round to this folder: not followed."
            self._pass(PassedKind.LINK, link, sentence)
        elif identity in self._seen:
            self._pass(PassedKind.LINK, link, self._read_before(link, identity))
        else:
            if not real.is_relative_to(self._real_root):
                sentence = f"{name} is a link to {shown_text(str(real))}, outside this folder."
                self._pass(PassedKind.OUTSIDE, link, sentence)
            self._note_top(link)
            self._read(link)

    def _read_before(self, found: Walked, identity: tuple[int, int] | str) -> str:
        name, place = "/".join(found.parts), "/".join(self._seen[identity])
        return (
            f"{shown_text(name)} leads to {shown_text(place)}, which is read there: not followed."
        )

    def _entries(self, folder: Walked) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder.path) as entries:
                listed = list(entries)
        except OSError as error:
            if not folder.parts:
                raise
            name = shown_text("/".join(folder.parts))
            sentence = f"The folder {name} cannot be listed: {error.strerror}."
            self._pass(PassedKind.CLOSED, folder, sentence)
            return
        yield from listed

    def _note_top(self, folder: Walked) -> None:
        if len(folder.parts) == 1:
            self.tree.folders.append(folder.parts[0])

    def _pass(self, kind: PassedKind, found: Walked, sentence: str) -> None:
        self.tree.passed.append(Passed(kind, found.path, found.parts, sentence))


def _kind(entry: os.DirEntry[str]) -> tuple[bool, bool]:
    """(is a link, leads to a folder). A ring of links is neither: opening it says so."""
    try:
        # Windows has junctions, which are links by another name (Python 3.12 tells them).
        is_junction = getattr(entry, "is_junction", bool)
        return entry.is_symlink() or bool(is_junction()), entry.is_dir()
    except OSError:
        return True, False


def _identity(path: Path) -> tuple[int, int] | str:
    """What two ways to one folder have in common."""
    try:
        found = path.stat()
    except OSError:
        return str(path.absolute())
    return (found.st_dev, found.st_ino) if found.st_ino else str(path.resolve())
