"""Photographs and lists into a project; every file and row that stays out is named."""

from studio.workflows.importing.report import Failure, ImportReport, ListSummary
from studio.workflows.importing.source import KINDS, import_source

__all__ = ["KINDS", "Failure", "ImportReport", "ListSummary", "import_source"]
