"""The labels that class folders give to images, and what becomes of an image in two of them."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import update

from studio.project import Label, Source, SourceStatus, schema
from studio.project.records import plain
from studio.workflows.importing.intake import IntakeResult
from studio.workflows.importing.job import ImportJob
from studio.workflows.importing.report import LABEL_CONFLICT

DOUBT = "The same picture lies in folders of different labels, or had another label before."


class _Given(NamedTuple):
    label: Label
    files: list[str]


class GivenLabels:
    """Gives images the labels of their folders, over one import.

    An image that lies in the folders of two classes, such as the placeholder that a server sends
    for every lost picture, is given neither label; all its files need review. A label that the
    image had in the project before stays.
    """

    def __init__(self, job: ImportJob, list_name: str, known: Iterable[Source]) -> None:
        self._job = job
        self._list_name = list_name
        self._given: dict[int, _Given] = {}
        self._withdrawn: set[int] = set()
        self._to_mark: set[int] = set()
        self._doubtful = {
            source.image_id
            for source in known
            if source.reason == LABEL_CONFLICT and source.image_id is not None
        }

    def give(self, taken: IntakeResult, label: Label | None) -> bool:
        """Label the image of a file; False, and reported, where that is in doubt."""
        image, named = taken.image, taken.wanted.named
        if label is None or image is None:
            return True
        given = self._given.get(image.id)
        if given is not None and given.label.id != label.id:
            self._withdraw(image.id, given)
            self._doubt(named, given.label, given.files[0])
            for file in given.files:
                self._doubt(file, label, named)
            return False
        labelled_before = not taken.fresh and image.label_id is not None
        doubtful = image.id in self._doubtful and not labelled_before
        if doubtful or image.id in self._withdrawn:
            sentence = (
                f"{named} lies in the folders of several labels and was given none: look at it in "
                "review."
            )
            self._fail(named, sentence)
            return False
        if self._job.give_label(image, label.id):
            if given is not None:
                given.files.append(named)
            elif not labelled_before:
                self._given[image.id] = _Given(label, [named])
            return True
        sentence = (
            f"{named} is in the project under another label than {label.name}: its label was kept; "
            "look at it in review."
        )
        self._fail(named, sentence)
        return False

    def mark_doubtful(self) -> None:
        """Have the recorded files of images whose label was withdrawn since reviewed, too."""
        if not self._to_mark:
            return
        table = schema.source
        with self._job.project.begin() as connection:
            connection.execute(
                update(table)
                .where(
                    table.c.list_name == plain(self._list_name),
                    table.c.image_id.in_(self._to_mark),
                    table.c.status == SourceStatus.IMAGE.value,
                )
                .values(status=SourceStatus.NEEDS_REVIEW.value, reason=LABEL_CONFLICT, detail=DOUBT)
            )
        self._to_mark.clear()

    def _withdraw(self, image_id: int, given: _Given) -> None:
        del self._given[image_id]
        self._withdrawn.add(image_id)
        self._to_mark.add(image_id)
        table = schema.image
        with self._job.project.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.id == image_id, table.c.label_id == given.label.id)
                .values(label_id=None)
            )

    def _doubt(self, named: str, other: Label, other_file: str) -> None:
        sentence = (
            f"{named} is the same picture as {other_file}, in the folder of {other.name}: it was "
            "given neither label; look at it in review."
        )
        self._fail(named, sentence)

    def _fail(self, named: str, sentence: str) -> None:
        self._job.report.fail(named, None, LABEL_CONFLICT, sentence)
        self._job.report.needs_review += 1
