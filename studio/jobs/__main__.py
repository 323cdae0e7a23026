"""`python -m studio.jobs RUN_DIR`: run one job here, on a workstation or a cluster node."""

import argparse
import sys
from pathlib import Path

from studio import files
from studio.errors import StudioError
from studio.jobs.runner import run_here


def main(arguments: list[str] | None = None) -> int:
    """Run the job of a folder; 0 finished, 1 failed, 2 cannot begin, 3 stopped and resumable."""
    parser = argparse.ArgumentParser(prog="python -m studio.jobs", description=__doc__)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--keep-stop", action="store_true", help="obey a stop asked for before")
    options = parser.parse_args(arguments)
    files.sweep_left_over()
    try:
        outcome = run_here(options.run_dir, keep_stop=options.keep_stop)
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return {"finished": 0, "failed": 1, "stopped": 3}[outcome]


if __name__ == "__main__":
    sys.exit(main())
