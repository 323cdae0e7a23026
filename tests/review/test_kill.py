import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench" / "bench_kill.py"


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a thing of POSIX")
@pytest.mark.parametrize("rate", [5, 10_000])
def test_a_killed_reviewer_loses_no_committed_decision(rate: int) -> None:
    command = [sys.executable, str(BENCH), "--kills", "2", "--rate", str(rate), "--seconds", "0.6"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    result = json.loads(answer.stdout)
    assert result["lost"] == 0
    assert result["decisions"] >= 2
    assert result["opened_for_editing"] == result["undo_works"] == result["sound"] == 2
