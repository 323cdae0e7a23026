"""What the record of a leakage check says of a test set: a verdict, and sentences for people.

An evaluation has a record of its own. The tests of a training share one, which has the findings of
each test set under `by_test`; runs made before that was kept have one verdict for all their tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from studio import wording
from studio.opening import as_int
from studio.wording import counted

Verdict = Literal["clean", "found", "not fully checked"]
CLEAN: Verdict = "clean"
FOUND: Verdict = "found"
UNCHECKED: Verdict = "not fully checked"

SEEN_IN_VALIDATION = (
    "Pictures of the test set are in the validation set, on which epoch and threshold are chosen: "
    "the test's figures are too good."
)
NOT_LOOKED_FOR = "This run keeps no list of its training pictures: leakage was not looked for."


@dataclass(frozen=True)
class LeakageFinding:
    """`found` says what overlaps, `unchecked` why not every picture was looked at; or ""."""

    found: str = ""
    unchecked: str = ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything that a person has to know, a sentence each; empty where nothing is wrong."""
        return (*self.found.splitlines(), *filter(None, [self.unchecked]))

    @property
    def verdict(self) -> Verdict:
        return FOUND if self.found else UNCHECKED if self.unchecked else CLEAN


def lost_sentence(count: int) -> str:
    """What it means that `count` pictures of the run are gone."""
    return (
        f"Of the run's training and validation pictures {wording.count(count)} cannot be read any "
        "more: leakage was looked for without them."
    )


def unchecked_sentence(count: int, damaged: int = 0) -> str:
    """What it means that `count` images of a check were not compared as pictures, of which
    `damaged` do not decode, however often they are read."""
    said = []
    if unread := max(0, count - damaged):
        images = counted(unread, "image")
        said.append(
            f"{images} could not be read, so the check for leakage is not complete: repeat it."
        )
    if damaged:
        do = "does" if damaged == 1 else "do"
        said.append(
            f"{counted(damaged, 'image')} {do} not decode, so only the bytes were compared for "
            "leakage. Repeating the check does not help: replace or remove what is damaged."
        )
    return " ".join(said)


def unchecked_counts(*records: Mapping[str, Any]) -> tuple[int, int]:
    """How many images were not compared as pictures in these checks, which share most of them, and
    how many of these are damaged: of either kind the most. Older records count no damaged ones."""
    damaged = [as_int(one.get("damaged")) for one in records]
    unread = [as_int(one.get("unchecked")) - bad for one, bad in zip(records, damaged, strict=True)]
    return max(unread) + max(damaged), max(damaged)


def leaks(record: Mapping[str, Any]) -> bool:
    """Whether the record of a check says that images overlap. One that is not clean for the images
    alone that could not be read counts no test images."""
    return not record.get("clean", True) and record.get("test_images", 1) != 0


def evaluation_finding(record: object) -> LeakageFinding:
    """What the record of an evaluation says; `record` comes from a file and may be anything."""
    if not isinstance(record, dict):
        return LeakageFinding(unchecked=NOT_LOOKED_FOR)
    return _finding(record, record.get("validation"))


def training_finding(record: object, test: str) -> LeakageFinding:
    """What the record of a training says of its test set named `test`."""
    if not isinstance(record, dict):
        return LeakageFinding(unchecked=NOT_LOOKED_FOR)
    by_test = record.get("by_test")
    own = by_test.get(test) if isinstance(by_test, dict) else None
    if not isinstance(own, dict):
        return _finding(record, record.get("test_in_validation"))
    return _finding(own, own.get("test_in_validation"))


def _finding(record: Mapping[str, Any], within: object) -> LeakageFinding:
    within = within if isinstance(within, dict) else {}
    sentences = [str(record.get("sentence", ""))] if leaks(record) else []
    if leaks(within):
        sentences.append(SEEN_IN_VALIDATION)
    lost, (unread, damaged) = record.get("lost"), unchecked_counts(record, within)
    unchecked = [lost_sentence(lost)] if isinstance(lost, int) and lost else []
    if unread - damaged <= as_int(lost):  # the lost ones are among them
        unread = damaged
    unchecked.extend(filter(None, [unchecked_sentence(unread, damaged)]))
    return LeakageFinding("\n".join(sentences), " ".join(unchecked))
