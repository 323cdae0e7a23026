"""From reviewed boxes to files that other tools read, each export with its manifest."""

from studio.datasets.exports.run import FORMATS, export
from studio.datasets.exports.writing import (
    ExportFormat,
    ExportLeftOut,
    ExportReport,
    ExportStoppedError,
    Options,
    SkippedImage,
)

__all__ = [
    "FORMATS",
    "ExportFormat",
    "ExportLeftOut",
    "ExportReport",
    "ExportStoppedError",
    "Options",
    "SkippedImage",
    "export",
]
