"""Which crops a contact sheet asks about: of one label, or of none yet, in one score band."""

from array import array
from dataclasses import replace

from studio.project import BoxState, Project
from studio.review import Filter, box_queue

Band = tuple[float, float] | None  # lowest and highest score; None: boxes without a score
UNDECIDED = Filter(states=frozenset({BoxState.UNDECIDED}), order="score")


def bulk_queue(project: Project, label_id: int | None, band: Band) -> "array[int]":
    """Undecided boxes of a label, or of none, and of a score band, best first."""
    wanted = replace(UNDECIDED, labels=frozenset({label_id}))
    if band is not None:
        high = None if band[1] >= 1.0 else band[1]
        return box_queue(project, replace(wanted, min_score=band[0], max_score=high))
    scored = set(box_queue(project, replace(wanted, min_score=0.0)))
    return array("q", (box for box in box_queue(project, wanted) if box not in scored))


def only_unlabelled(project: Project) -> bool:
    """Whether all that is undecided has no label yet, and there is some."""
    labelled = replace(UNDECIDED, labels=frozenset(one.id for one in project.labels()))
    bare = replace(UNDECIDED, labels=frozenset({None}))
    return not box_queue(project, labelled) and bool(box_queue(project, bare))
