"""One project on disk: schema, images, boxes, events, settings, snapshots."""

from studio.project.access import Mode
from studio.project.events import EventLog
from studio.project.images import ImageStore, MissingOriginals, NewImage
from studio.project.labels import usual_positive
from studio.project.names import can_be_label, quoted, safe_label, suggested_label
from studio.project.project import Project, is_project
from studio.project.records import (
    KEPT,
    Action,
    Box,
    BoxState,
    Decision,
    Event,
    ImageRow,
    Label,
    NewBox,
    NewSource,
    Run,
    Snapshot,
    SnapshotBox,
    Source,
    SourceStatus,
)
from studio.project.soundness import DamagedProject

__all__ = [
    "KEPT",
    "Action",
    "Box",
    "BoxState",
    "DamagedProject",
    "Decision",
    "Event",
    "EventLog",
    "ImageRow",
    "ImageStore",
    "Label",
    "MissingOriginals",
    "Mode",
    "NewBox",
    "NewImage",
    "NewSource",
    "Project",
    "Run",
    "Snapshot",
    "SnapshotBox",
    "Source",
    "SourceStatus",
    "can_be_label",
    "is_project",
    "quoted",
    "safe_label",
    "suggested_label",
    "usual_positive",
]
