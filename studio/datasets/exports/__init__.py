"""From reviewed boxes to files that other tools read, each export with its manifest."""

from studio.datasets.exports.run import FORMATS, export
from studio.datasets.exports.writing import (
    ExportReport,
    ExportStoppedError,
    LeftOut,
    Options,
    Skipped,
)

__all__ = [
    "FORMATS",
    "ExportReport",
    "ExportStoppedError",
    "LeftOut",
    "Options",
    "Skipped",
    "export",
]
