"""What makes a write outlast a power cut."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk: a file that was made or renamed is there after a power
    cut only when its folder is, too. Only POSIX lets one say so; elsewhere this does nothing."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
