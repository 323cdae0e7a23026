"""Photographs and lists into a project; every file and row that stays out is named."""

from studio.workflows.importing.folder_labels import LEAVE, NewLabels
from studio.workflows.importing.report import Failure, ImportReport, ListSummary
from studio.workflows.importing.source import KINDS, import_source
from studio.workflows.importing.unknown_folders import unknown_class_folders

__all__ = [
    "KINDS",
    "LEAVE",
    "Failure",
    "ImportReport",
    "ListSummary",
    "NewLabels",
    "import_source",
    "unknown_class_folders",
]
