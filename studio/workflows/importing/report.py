"""What an import did: counts, and every file or row that stayed out with its reason."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from studio.datasets.formats import RowReason

LABEL_CONFLICT = "label_conflict"
IN_DOUBT = frozenset({LABEL_CONFLICT, RowReason.PLACEHOLDER.value})


@dataclass(frozen=True)
class Failure:
    """A file, or a row of a list, that stayed out.

    `row` is the line of the list (from 1; an index from 0 in JSON lists), None for a file of a
    folder. `reason` is of a closed set (`studio.imaging.Reason`, `RowReason`), `sentence` is for
    people.
    """

    file: str
    row: int | None
    reason: str
    sentence: str


@dataclass
class ListSummary:
    """A list as read, and what became of its rows.

    `rows` that could be read, distinct `urls`, rows without a usable box (`needs_box`) and URLs
    under more than one label (`conflicts`). Unless the import was stopped, `placed`, `waiting`,
    `needs_review` and `failed` add up to `rows` and the `unreadable` ones, which all failed.
    `frame` and `unit` are those in which the boxes were read, None where nothing told them.
    `shapes` counts the boxes whose form a square does not hold, by what was drawn
    (`studio.datasets.formats.shapes`); the rows keep it.
    """

    name: str
    kind: str
    rows: int
    urls: int
    needs_box: int
    conflicts: int
    unreadable: int = 0
    placed: int = 0
    waiting: int = 0
    needs_review: int = 0
    failed: int = 0
    frame: str | None = None
    unit: str | None = None
    shapes: dict[str, int] = field(default_factory=dict)


@dataclass
class ImportReport:
    """The outcome of one import.

    `added` and `already` count pictures that are new to the project and that it had, `rows` and
    `rows_already` the same of the rows of a list. `waiting` counts distinct URLs whose picture is
    not here, in `waiting_rows` rows, `needs_review` rows and files whose label is in doubt.
    `skipped` names side files of a folder that make no claim to be pictures (a README, a CSV), and
    links that were not followed; they are not failures. `notes` are sentences about the whole.
    """

    added: int = 0
    already: int = 0
    rows: int = 0
    rows_already: int = 0
    waiting: int = 0
    waiting_rows: int = 0
    needs_review: int = 0
    boxes: int = 0
    stacks: int = 0
    labels_added: list[str] = field(default_factory=list)
    unknown_folders: dict[str, int] = field(default_factory=dict)
    lists: list[ListSummary] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    skipped: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: bool = False

    def fail(self, file: str, row: int | None, reason: str, sentence: str) -> None:
        """Name a file or row that stayed out."""
        self.failed.append(Failure(file, row, str(reason), sentence))

    def skip(self, file: str, reason: str, sentence: str) -> None:
        """Name a side file that was passed over."""
        self.skipped.append(Failure(file, None, str(reason), sentence))

    def add(self, later: "ImportReport") -> None:
        """Take over what placing the rows of one list did that had been imported before: how many
        there are, and their states, are counted by who does it."""
        self.boxes += later.boxes
        self.labels_added += later.labels_added
        self.failed += later.failed
        self.skipped += later.skipped
        self.stopped |= later.stopped
        for sentence in later.notes:
            self.note(sentence)

    def note(self, sentence: str) -> None:
        """Say something about the import as a whole, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    @property
    def in_doubt(self) -> int:
        """How many of `failed` are in the project with a label in doubt, and need review."""
        return sum(failure.reason in IN_DOUBT for failure in self.failed)

    def reasons(self) -> dict[str, int]:
        """Failures by reason."""
        return dict(Counter(failure.reason for failure in self.failed))

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {**asdict(self), "failed_by_reason": self.reasons()}
