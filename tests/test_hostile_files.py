"""Every reader of files takes whatever lies in the place of its file: it reads or it refuses."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "bench"))

import bench_fuzz


@pytest.mark.skipif(os.name != "posix", reason="FIFOs, devices and links of POSIX")
@pytest.mark.filterwarnings("default")  # what a library warns of in a broken file
@pytest.mark.parametrize("name", bench_fuzz.READERS)
def test_a_reader_reads_or_refuses_with_a_sentence(name: str, tmp_path: Path) -> None:
    """A short form of tests/bench/bench_fuzz.py: bombs, special files, and a few changed files."""
    verdicts: list[str] = []
    bench_fuzz.run_reader(name, tmp_path, 6, 1, False, lambda _, verdict: verdicts.append(verdict))
    assert [verdict for verdict in verdicts if verdict not in ("read", "refused")] == []
    assert verdicts.count("refused") >= 8
