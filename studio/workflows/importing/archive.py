"""A zip as people send it: unpacked into a folder of the project for the length of an import.

Members whose names lead out, links, encrypted ones and bombs are named and left in the zip; what
operating systems leave in zips is passed over. Two members whose names come to the same on disk are
both unpacked unless they are equal, the second under a number.
"""

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from studio import files
from studio.archives import UNREADABLE, member_name, open_archive, require_bearable, why_refused
from studio.datasets.formats.records import shown
from studio.errors import StudioError
from studio.folders import Walked, is_hidden
from studio.imaging import Limits, Reason
from studio.workflows.importing.job import ImportJob

_CHUNK = 1 << 20
_SPARE = 256 << 20  # bytes that stay free on the disk
_DROPPED = ". "
_MOST_OF_ONE_NAME = 20  # each is compared with those before it
_TWICE = "is in the zip twice; the first is taken."


@contextmanager
def members(path: Path) -> Iterator[dict[Walked, Callable[[int], bytes]]]:
    """The files that a zip would unpack to, each with what reads it if it has no more bytes than
    asked for (else nothing); for the question about class folders. Raises StudioError for what is
    not a zip."""
    with open_archive(path) as archive:

        def reading(member: ZipInfo) -> Callable[[int], bytes]:
            def read(most: int) -> bytes:
                try:
                    return archive.read(member) if member.file_size <= most else b""
                except UNREADABLE:
                    return b""  # the import says so

            return read

        yield {
            Walked(path.joinpath(*parts), parts): reading(member)
            for member in archive.infolist()
            if (parts := _parts(member)) and not why_refused(member, "/".join(parts), _most())
        }


@contextmanager
def unpacked(job: ImportJob, path: Path) -> Iterator[Path]:
    """The folder that a zip was unpacked into, called after it, which is gone afterwards.

    Raises StudioError for what is not a zip, is a bomb, or does not fit on the disk.
    """
    part = files.part_beside(job.project.path.absolute() / "unpacked")
    folder = part / (path.stem.rstrip(_DROPPED) or "zip")
    try:
        folder.mkdir(parents=True)
        with open_archive(path) as archive:
            members = archive.infolist()
            require_bearable(path, members)
            _require_room(job, path, members)
            _unpack(job, archive, folder)
        job.unpacked = (folder, path.absolute())
        yield folder
    finally:
        job.unpacked = None
        files.remove(part)


def _unpack(job: ImportJob, archive: ZipFile, folder: Path) -> None:
    members = archive.infolist()
    for count, member in enumerate(members, start=1):
        if job.stop():
            job.report.stopped = True
            return
        parts = _parts(member)
        if not parts:
            continue
        named = shown("/".join(parts), 400)
        job.on_progress(count, len(members), named)
        why = why_refused(member, "/".join(parts), _most()) or _extract(
            archive, member, folder, parts
        )
        if why:
            job.report.fail(named, None, Reason.UNREADABLE, f"{named} {why}")


def _extract(archive: ZipFile, member: ZipInfo, folder: Path, parts: tuple[str, ...]) -> str:
    """Write a member to its place; the end of a sentence where that cannot be."""
    place = folder.joinpath(*parts)
    made = False
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        free = _free_place(archive, member, place)
        if isinstance(free, str):
            return free
        place = free
        with place.open("xb") as file:
            made = True
            with archive.open(member) as packed:
                shutil.copyfileobj(packed, file, _CHUNK)
    except (FileExistsError, NotADirectoryError):
        return _TWICE
    except UNREADABLE as error:
        if made:
            with suppress(OSError):
                place.unlink()
        match getattr(error, "errno", None):
            case errno.ENAMETOOLONG:
                return "has a name that is too long for a file: shorten it and pack the zip again."
            case errno.ENOSPC | errno.EDQUOT:
                raise StudioError(
                    f"The disk of the project is full, so {shown(parts[-1])} and what follows it "
                    "in the zip cannot be unpacked: make room, and import it again."
                ) from error
        return "is damaged in the zip, or cannot be unpacked under its name."
    return ""


def _free_place(archive: ZipFile, member: ZipInfo, place: Path) -> Path | str:
    """`place`, or where it is taken the first of `NAME (2).jpg`, `NAME (3).jpg`, … that is free;
    the end of a sentence where the same content lies in one of them, or too many are taken."""
    free, number = place, 1
    while free.is_file():
        if free.stat().st_size == member.file_size and _is_equal(archive, member, free):
            return _TWICE
        number += 1
        if number > _MOST_OF_ONE_NAME:
            return f"is one of more than {_MOST_OF_ONE_NAME} of its name in the zip: rename it."
        free = place.with_name(f"{place.stem} ({number}){place.suffix}")
    return free


def _is_equal(archive: ZipFile, member: ZipInfo, file: Path) -> bool:
    with archive.open(member) as packed, file.open("rb") as other:
        while block := packed.read(_CHUNK):
            if block != other.read(len(block)):
                return False
    return True


def _parts(member: ZipInfo) -> tuple[str, ...]:
    """The parts of a member's name; none for a folder and for what systems leave behind.

    A name that leads out keeps the parts that say so: `why_refused` refuses it. Dots and spaces at
    the end of a part, which Windows drops from every name, are dropped everywhere.
    """
    name = member_name(member)
    given = [part for part in name.split("/") if part not in ("", ".")]
    parts = tuple(part.rstrip(_DROPPED) or part for part in given)
    if not parts or name.endswith("/") or any(map(is_hidden, parts)):
        return ()
    return ("", *parts) if name.startswith("/") else parts


def _require_room(job: ImportJob, path: Path, members: list[ZipInfo]) -> None:
    needed = sum(member.file_size for member in members)
    free = shutil.disk_usage(job.project.path).free
    if needed + _SPARE > free:
        raise StudioError(
            f"{path.name} unpacks to {needed / 1e9:,.1f} GB, and the disk of the project has "
            f"{free / 1e9:,.1f} GB left: make room, or unpack it elsewhere and import that folder."
        )


def _most() -> int:
    return Limits().max_bytes
