"""The detectors by name, and what they propose for a file.

A new detector is a class with a line in `DETECTORS`; tests/propose/test_detectors.py tries each of
them by the same contract.
"""

from collections.abc import Callable
from pathlib import Path

from studio.errors import UsageError
from studio.imaging import decode, probe
from studio.propose.blob_detector import BlobDetector
from studio.propose.detector import WORKING_SIDE, Detector, Proposal

DETECTORS: dict[str, Callable[[], Detector]] = {BlobDetector.name: BlobDetector}
"""What makes each detector, by the name it has."""


def detector_by_name(name: str) -> Detector:
    """The detector of this name. Raises UsageError, with the names that there are, for another."""
    made = DETECTORS.get(name)
    if made is None:
        raise UsageError(f"There is no detector {name!r}: use one of {', '.join(DETECTORS)}.")
    return made()


def propose_file(path: Path, keep: int = 10, detector: Detector | None = None) -> list[Proposal]:
    """Proposals for a file, in its raw (un-rotated) frame, through a reduced decode.

    By the blob detector unless another is given. Raises `studio.imaging.ImageError` when the file
    cannot be read.
    """
    info = probe(path)
    rgb = decode(path, frame="raw", max_side=WORKING_SIDE)
    chosen = detector or detector_by_name("blob")
    return chosen.propose(rgb, keep, full_size=(info.width, info.height))
