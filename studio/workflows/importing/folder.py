"""Folders and single pictures. The name of a folder that is a label of the project labels what
lies in it.

The nearest folder above a picture counts. A project without any label takes the names of the
folders that hold pictures; in one with labels, and of a data set whose lists name labels,
`NewLabels` says what becomes of other names.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from studio.datasets import LIST_TITLES
from studio.datasets.formats import sniff_list
from studio.datasets.formats.masks import MASK_FOLDERS, shared_folders
from studio.datasets.formats.records import shown
from studio.errors import StudioError
from studio.folders import PassedKind, Walked, walk_folder
from studio.imaging import Reason, sniff
from studio.opening import FileRefused, open_regular
from studio.project import Label, NewSource, SourceStatus
from studio.project.records import plain
from studio.workflows.importing.box_list import ReadList, place_boxes
from studio.workflows.importing.folder_labels import LEAVE, FolderLabels, NewLabels
from studio.workflows.importing.given_labels import DOUBT, GivenLabels
from studio.workflows.importing.intake import IntakeRequest, IntakeResult
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.report import LABEL_CONFLICT
from studio.workflows.importing.rows import RowRecord, record_rows

HEAD_BYTES = 64
_TEXT_BYTES = 64 * 1024
_SHOWN_FOLDERS = 5
PICTURES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
    | {".heic", ".heif", ".avif", ".dcm"}
)
_TABLES = frozenset({".csv", ".tsv"})
_TEXTS = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".xml", ".md", ".yaml", ".yml"})


class _Found(NamedTuple):
    wanted: IntakeRequest
    label: Label | None


def _found(path: Path, parts: Sequence[str], label: Label | None) -> _Found:
    return _Found(IntakeRequest(path, "/".join(parts), label.id if label else None), label)


class _Refused(NamedTuple):
    """A file that is not a picture and should not be in the folder."""

    path: Path
    named: str
    reason: str
    sentence: str


def import_folder(job: ImportJob, folder: Path, new_labels: NewLabels = LEAVE) -> None:
    """Take every image under `folder`; what is not an image is named in the report.

    Links to folders are followed once; see `studio.folders`.
    """
    folder = folder.absolute()
    refused: list[_Refused] = []
    try:
        tree = walk_folder(folder)
    except OSError as error:
        raise StudioError(f"The folder {folder} cannot be listed: {error.strerror}.") from error
    files = [found for found in tree.files if _claims_picture(job, found, refused)]
    for one in tree.passed:
        if one.kind is PassedKind.CLOSED:
            named = "/".join(one.parts)
            refused.append(_Refused(one.path, named, Reason.UNREADABLE, one.sentence))
    job.note_passed([one for one in tree.passed if one.kind is not PassedKind.CLOSED])
    if not files and not refused and not tree.passed and not job.report.skipped:
        name = job.shown_name(folder)
        sentence = f"{shown(name)} is empty: there was nothing to import."
        job.report.fail(name, None, Reason.EMPTY, sentence)
    labels = FolderLabels(job, folder, files, new_labels)
    found = [_found(path, parts, labels.of(parts)) for path, parts in files]
    _take(job, "folder", job.on_record(folder), found, refused)


def import_data_set(
    job: ImportJob, folder: Path, lists: Sequence[ReadList], new_labels: NewLabels
) -> None:
    """Take the lists of a data set, and the images under `folder` that none of them names, so that
    none stays behind. The folders of classes label all of its images, as those of any folder do.
    """
    folder = folder.absolute()
    named = {path.absolute() for one in lists for path in one.files()}
    aside = {
        place / file for one in lists for file in one.listed.aside for place in (folder, one.path)
    }
    rest, annotated, left_out = [], [], []
    files = walk_folder(folder).files
    photographs = set(photographs_of(files))
    for one in files:
        if one.path in named:
            annotated.append(one)
        elif one.path in aside or one.path.suffix.lower() not in PICTURES:
            continue
        elif one in photographs:
            rest.append(one)
        else:
            left_out.append(one)
    listed = {label for one in lists for label in one.listed.labels}
    labels = FolderLabels(job, folder, rest, new_labels, annotated, listed)
    by_path = {one.path: one for one in annotated}
    title = LIST_TITLES[lists[0].kind]
    job.report.note(
        f"{shown(job.shown_name(folder))} is read as {title}: its annotations name "
        f"{len(named):,} of its {len(named) + len(rest) + len(left_out):,} images."
    )
    if left_out:
        job.report.note(_taken_for_masks(left_out))

    def label_of(file: Path) -> Label | None:
        one = by_path.get(file.absolute())
        return None if one is None else labels.given(one.parts)

    placed: dict[Path, int] = {}
    for read in lists:
        placed |= place_boxes(job, read, label_of)
    if job.report.stopped:
        return
    images = {image.id: image for image in job.project.images.by_ids(set(placed.values()))}
    fresh = set(job.fresh_ids)
    known = []
    for path, id_ in placed.items():
        label = label_of(path)
        if label is not None and path.absolute() in by_path and id_ in images:
            wanted = IntakeRequest(path, "/".join(by_path[path.absolute()].parts), label.id)
            known.append((IntakeResult(wanted, images[id_], id_ in fresh), label))
    found = [_found(path, parts, labels.of(parts)) for path, parts in rest]
    if found or known:
        _take(job, "folder", job.on_record(folder), found, [], known)


def photographs_of(files: Iterable[Walked]) -> list[Walked]:
    """The files of a data set that claim to be photographs: not masks, by their folders below
    those that all images share."""
    pictures = [one for one in files if one.path.suffix.lower() in PICTURES]
    outer = shared_folders(pictures)
    return [
        one
        for one in pictures
        if not {part.casefold() for part in one.parts[outer:-1]} & MASK_FOLDERS
    ]


def _taken_for_masks(files: Sequence[Walked]) -> str:
    """What to say of the pictures of a data set that lie in folders for masks."""
    folders = sorted({"/".join(one.parts[:-1]) for one in files})
    named = ", ".join(map(shown, folders[:_SHOWN_FOLDERS]))
    more = f" and {len(folders) - _SHOWN_FOLDERS:,} more" if len(folders) > _SHOWN_FOLDERS else ""
    return (
        f"{len(files):,} of them {'is' if len(files) == 1 else 'are'} left out as masks for the "
        f"folder they lie in ({named}{more}): import it by itself if it holds photographs."
    )


def import_files(job: ImportJob, paths: Sequence[Path]) -> None:
    """Take single pictures, as dropped on the window; each that is none is a failure."""
    found = [_Found(IntakeRequest(path.absolute(), path.name), None) for path in paths]
    _take(job, "file", "files", found, [])


def _claims_picture(job: ImportJob, found: Walked, refused: list[_Refused]) -> bool:
    """Whether a file is a picture by its bytes, or says so by its name."""
    path, named = found.path, "/".join(found.parts)
    try:
        if path.suffix.lower() in PICTURES or not path.is_file():
            return True
        with open_regular(path) as file:
            head = file.read(_TEXT_BYTES)
    except (OSError, FileRefused) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        sentence = f"{named} cannot be read: {why}".rstrip(".") + "."
        refused.append(_Refused(path, named, Reason.UNREADABLE, sentence))
        return False
    if sniff(head[:HEAD_BYTES]) is not None:
        return True
    if path.suffix.lower() in _TEXTS and b"\0" in head:
        sentence = f"{named} is not text, though its name says so: it has a NUL byte."
        refused.append(_Refused(path, named, Reason.NOT_IMAGE, sentence))
    else:
        sentence = f"{named} is not a picture and was passed over."
        if path.suffix.lower() in _TABLES and _is_box_list(path):
            sentence = (
                f"{named} is a list of boxes and was passed over with the folder: import the list "
                "itself, and its boxes come onto these pictures."
            )
        job.report.skip(named, Reason.NOT_IMAGE, sentence)
    return False


def _is_box_list(path: Path) -> bool:
    try:
        return sniff_list(path) in ("boxes", "modelderm", "can")
    except StudioError:
        return False


def _take(
    job: ImportJob,
    origin: str,
    list_name: str,
    found: Sequence[_Found],
    refused: Sequence[_Refused],
    labelled: Sequence[tuple[IntakeResult, Label]] = (),
) -> None:
    """Take files in and put them on record. `labelled` are images that a list has brought in and
    put on record, which their folders label: they are put on record where that is in doubt."""
    sources = job.project.sources.of_list(list_name)
    known = {source.path: source for source in sources}
    recorded = job.on_record
    job.project.sources.add_many(
        [
            _refusal(origin, list_name, one, recorded(one.path))
            for one in refused
            if plain(recorded(one.path)) not in known
        ]
    )
    for one in refused:
        job.report.fail(one.named, None, one.reason, one.sentence)
    labels = {each.wanted.path: each.label for each in found}
    giving = GivenLabels(job, list_name, sources)
    doubtful: list[RowRecord] = []
    for taken, given in labelled:
        path = recorded(taken.wanted.path)
        if not giving.give(taken, given) and plain(path) not in known:
            doubtful.append(RowRecord(_source(origin, list_name, taken, given, False, path), None))
    record_rows(job.project, doubtful)
    for batch in job.pictures([each.wanted for each in found]):
        records: list[RowRecord] = []
        for taken in batch:
            before = known.get(plain(recorded(taken.wanted.path)))
            if taken.image is None:
                job.report.fail(taken.wanted.named, None, taken.reason, str(taken.error))
                if before is None:
                    records.append(RowRecord(job.failed_source(origin, list_name, taken), None))
                continue
            label = labels[taken.wanted.path]
            agreed = giving.give(taken, label)
            if before is None or before.status is SourceStatus.FAILED:
                path = recorded(taken.wanted.path)
                source = _source(origin, list_name, taken, label, agreed, path)
                records.append(RowRecord(source, before))
        record_rows(job.project, records)
        giving.mark_doubtful()


def _refusal(origin: str, list_name: str, refused: _Refused, path: str) -> NewSource:
    return NewSource(
        origin=origin,
        list_name=list_name,
        status=SourceStatus.FAILED,
        path=path,
        reason=refused.reason,
        detail=refused.sentence,
    )


def _source(
    origin: str, list_name: str, taken: IntakeResult, label: Label | None, agreed: bool, path: str
) -> NewSource:
    assert taken.image is not None
    return NewSource(
        origin=origin,
        list_name=list_name,
        status=SourceStatus.IMAGE if agreed else SourceStatus.NEEDS_REVIEW,
        path=path,
        label=label.name if label else None,
        reason=None if agreed else LABEL_CONFLICT,
        detail=None if agreed else DOUBT,
        image_id=taken.image.id,
    )
