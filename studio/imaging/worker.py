"""The child process of a `Verifier`: one JSON line in for each file, one JSON line out.

Run as `python -m studio.imaging.worker MEMORY_BYTES`. It decodes bytes that may be hostile,
so it gives up what it does not need before the first one: memory beyond its limit, writing to
files, core dumps. A large picture is announced first and decoded only when the parent says so,
which keeps two of them from being in memory at once.
"""

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.imaging.errors import ImageError, Reason, shown_name
from studio.imaging.formats import ImageFormat
from studio.imaging.limits import Limits
from studio.imaging.probe import ImageInfo
from studio.imaging.verify import examine

HEAVY_PIXELS = 30_000_000


def main() -> None:
    """Verify files until standard input closes."""
    serve(_examine)


def serve(work: Callable[[Path, Limits, dict[str, Any]], dict[str, Any]]) -> None:
    """Answer requests with `work(path, limits, request)` until standard input closes.

    `work` may raise ImageError, and calls `wait_if_heavy` before it decodes pixels.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _confine(int(sys.argv[1]))
    _answer({"ready": True})
    for line in sys.stdin:
        _answer(_guarded(work, json.loads(line)))


def _guarded(
    work: Callable[[Path, Limits, dict[str, Any]], dict[str, Any]], request: dict[str, Any]
) -> dict[str, Any]:
    path = Path(request["path"])
    limits = Limits(
        max_bytes=request["max_bytes"],
        max_pixels=request["max_pixels"],
        formats=frozenset(map(ImageFormat, request["formats"])),
    )
    try:
        return work(path, limits, request)
    except ImageError as error:
        return {"reason": error.reason, "sentence": str(error)}
    except MemoryError:
        words = f"{shown_name(path)}: it needs more memory to decode than is allowed."
        return {"reason": Reason.TOO_BIG, "sentence": words}


def _examine(path: Path, limits: Limits, request: dict[str, Any]) -> dict[str, Any]:
    return {"verified": asdict(examine(path, limits, wait_if_heavy))}


def wait_if_heavy(info: ImageInfo) -> None:
    """Announce a large picture, and go on when the parent says so."""
    if info.pixels > HEAVY_PIXELS:
        _answer({"heavy": True})
        sys.stdin.readline()


def _answer(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _confine(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows; the time limit of the parent still holds
        return
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    limits.append((resource.RLIMIT_AS, memory_bytes))
    for kind, value in limits:
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):  # macOS refuses some; the others are still worth setting
            continue


if __name__ == "__main__":
    main()
