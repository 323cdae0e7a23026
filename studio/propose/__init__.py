"""Where the crop boxes come from: proposals that a reviewer accepts, adjusts or rejects."""

from studio.propose.blob_detector import BlobDetector
from studio.propose.detector import Detector, Proposal
from studio.propose.detectors import DETECTORS, detector_by_name, propose_file

DETECTOR, VERSION = BlobDetector.name, BlobDetector.version
"""The detector that is used unless another is named."""

__all__ = [
    "DETECTOR",
    "DETECTORS",
    "VERSION",
    "BlobDetector",
    "Detector",
    "Proposal",
    "detector_by_name",
    "propose_file",
]
