"""What the steps of one import share: the project, the report, progress, stop, and labels."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, update

from studio.datasets.formats.frame_and_unit import FrameWish, UnitWish
from studio.datasets.formats.records import shown
from studio.errors import StudioError
from studio.folders import Passed, PassedKind
from studio.imaging import Reason
from studio.project import ImageRow, Label, NewSource, Project, SourceStatus, schema
from studio.workflows.importing.intake import Intake, IntakeRequest, IntakeResult
from studio.workflows.importing.report import ImportReport

OnProgress = Callable[[int, int, str], None]
MOST_LABELS = 200


def no_progress(_done: int, _total: int, _message: str) -> None:
    """Ignore progress."""


def never() -> bool:
    """Not stopped."""
    return False


class ImportStopped(Exception):
    """Asked to stop while a data set was read, before anything of it came in."""


@dataclass
class ImportJob:
    """One import under way."""

    project: Project
    on_progress: OnProgress = no_progress
    stop: Callable[[], bool] = never
    report: ImportReport = field(default_factory=ImportReport)
    fresh_ids: list[int] = field(default_factory=list)
    unpacked: tuple[Path, Path] | None = None  # where a zip lies unpacked now, and the zip
    frame: FrameWish = "auto"
    unit: UnitWish = "auto"
    _labels: dict[str, Label] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._labels = {label.name: label for label in self.project.labels()}

    def known_label(self, name: str) -> Label | None:
        """The project's label of this name, else the one that differs in its case only."""
        exact = self._labels.get(name)
        if exact is not None:
            return exact
        folded = name.casefold()
        return next((a for a in self._labels.values() if a.name.casefold() == folded), None)

    def on_record(self, path: Path) -> str:
        """A file as it is put on record: one that was unpacked for this import, by its zip."""
        if self.unpacked is not None and path.is_relative_to(self.unpacked[0]):
            return str(self.unpacked[1] / path.relative_to(self.unpacked[0]))
        return str(path)

    def shown_name(self, path: Path) -> str:
        """The name of a folder for people: of one that was unpacked for this import, its zip's."""
        place = Path(self.on_record(path))
        return place.name or str(place)

    def report_file(self, done: int, total: int, name: str) -> None:
        """Progress while a data set is read; raises ImportStopped where the user asks to stop."""
        self.on_progress(done, total, name)
        if self.stop():
            raise ImportStopped

    def label(self, name: str) -> Label:
        """The label of this name, added when the project lacks it.

        Raises StudioError for what cannot be a label, and for more labels than anyone means.
        """
        known = self.known_label(name)
        if known is not None:
            return known
        if len(self._labels) >= MOST_LABELS:
            raise StudioError(
                f"The project has {MOST_LABELS} labels already: {name!r} is too many."
            )
        made = self.project.add_label(name)
        self._labels[made.name] = made
        self.report.labels_added.append(made.name)
        return made

    def note_passed(self, passed: Sequence[Passed]) -> None:
        """Report what was found at the side of a folder's files: links, and what cannot be read."""
        for one in passed:
            named = shown("/".join(one.parts), 400)
            match one.kind:
                case PassedKind.OUTSIDE:
                    self.report.note(one.sentence)
                case PassedKind.LINK:
                    self.report.skip(named, "link", one.sentence)
                case PassedKind.CLOSED:
                    self.report.fail(named, None, Reason.UNREADABLE, one.sentence)
                case PassedKind.HIDDEN:
                    pass

    def pictures(self, wanted: Sequence[IntakeRequest]) -> Iterable[list[IntakeResult]]:
        """Take files in, counted and told; failures are the caller's to name."""
        done = 0

        def on_file(one: IntakeRequest) -> None:
            nonlocal done
            done += 1
            self.on_progress(done, len(wanted), one.named)

        with Intake(self.project, self.stop) as intake:
            for batch in intake.import_files(wanted, on_file):
                for taken in batch:
                    self._count(taken)
                yield batch
        self.report.stopped = self.stop()

    def _count(self, taken: IntakeResult) -> None:
        if taken.image is None:
            return
        if taken.fresh:
            self.report.added += 1
            self.fresh_ids.append(taken.image.id)
        else:
            self.report.already += 1

    def give_label(self, image: ImageRow, label_id: int) -> bool:
        """Label an image that has none; False when it has another."""
        if image.label_id is None:
            table = schema.image
            with self.project.begin() as connection:
                # Asked again in the statement: an earlier row of this import may have done it.
                connection.execute(
                    update(table)
                    .where(table.c.id == image.id, table.c.label_id.is_(None))
                    .values(label_id=label_id)
                )
                found = select(table.c.label_id).where(table.c.id == image.id)
                return connection.scalar(found) == label_id
        return image.label_id == label_id

    def failed_source(
        self, origin: str, list_name: str, taken: IntakeResult, row: int | None = None
    ) -> NewSource:
        """The record of a file that stayed out."""
        return NewSource(
            origin=origin,
            list_name=list_name,
            status=SourceStatus.FAILED,
            line=row,
            path=self.on_record(taken.wanted.path),
            reason=taken.reason,
            detail=str(taken.error),
        )

    def label_or_failure(self, name: str, file: str, row: int | None) -> Label | None:
        """As `label`; one that cannot be is named in the report."""
        try:
            return self.label(name)
        except StudioError as error:
            self.report.fail(file, row, Reason.BAD_LABEL, str(error))
            return None
