"""What outlasts a power cut."""

import os
import stat
from pathlib import Path

import pytest

from studio.disk import sync_folder


@pytest.mark.skipif(os.name != "posix", reason="folders can be put on the disk on POSIX only")
def test_the_folder_itself_is_put_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def fsync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        assert stat.S_ISDIR(found.st_mode)
        synced.append(found.st_ino)

    monkeypatch.setattr(os, "fsync", fsync)
    sync_folder(tmp_path)
    assert synced == [tmp_path.stat().st_ino]
