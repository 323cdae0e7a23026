"""One child process that verifies files, and its replacement after a crash or a kill."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import studio
from studio.imaging.errors import ImageError, Reason, shown_name
from studio.imaging.formats import ImageFormat
from studio.imaging.limits import Limits
from studio.imaging.probe import ImageInfo
from studio.imaging.verify import Verified

_START_SECONDS = 60.0


class Child:
    """A worker process with its pipes; started at the first file and again whenever it died.

    Used by one thread at a time. `heavy` is held while a large picture is decoded.
    """

    def __init__(self, limits: Limits, heavy: threading.Lock) -> None:
        self._limits = limits
        self._heavy = heavy
        self._process: subprocess.Popen[str] | None = None

    def check(self, path: Path) -> Verified:
        """Verify one file; raises ImageError, whatever happens to the process."""
        process = self._running()
        request = {
            "path": os.fspath(path.absolute()),
            "max_bytes": self._limits.max_bytes,
            "max_pixels": self._limits.max_pixels,
            "formats": sorted(self._limits.formats),
        }
        answer = self._ask(process, request, self._limits.seconds, path)
        if answer.get("heavy"):
            with self._heavy:
                answer = self._ask(process, {}, self._limits.seconds, path)
        if "reason" in answer:
            raise ImageError(Reason(answer["reason"]), answer["sentence"])
        return _verified(answer["verified"])

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close_quietly(pipe)

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        # By `-m` and not by multiprocessing: that would run the window's or pytest's main again.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "studio.imaging.worker", str(self._limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            text=True,
            encoding="ascii",
        )
        ready, _ = self._exchange(self._process, None, _START_SECONDS)
        if ready is None:
            self.close()
            raise ImageError(Reason.UNREADABLE, "The process that decodes pictures did not start.")
        return self._process

    def _ask(
        self, process: "subprocess.Popen[str]", request: dict[str, Any], seconds: float, path: Path
    ) -> dict[str, Any]:
        answer, late = self._exchange(process, request, seconds)
        if answer is not None:
            return answer
        self.close()
        name = shown_name(path)
        if late:
            words = f"{name}: decoding took longer than {seconds:g} seconds and was stopped."
            raise ImageError(Reason.TOO_SLOW, words)
        words = f"{name}: decoding it ended the process that tried; the file is damaged or hostile."
        raise ImageError(Reason.UNREADABLE, words)

    def _exchange(
        self, process: "subprocess.Popen[str]", request: dict[str, Any] | None, seconds: float
    ) -> tuple[dict[str, Any] | None, bool]:
        """(answer or None if the process died, whether it was killed for being late)."""
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the worker was started without pipes")
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            if request is not None:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
            line = process.stdout.readline()
            answer = json.loads(line) if line.endswith("\n") else None
        except (OSError, ValueError):  # the pipe broke, or a dying process wrote half a line
            answer = None
        finally:
            timer.cancel()
        return answer, late.is_set()


def _environment() -> dict[str, str]:
    """The parent's environment with `studio` importable and one thread for each numeric library."""
    here = str(Path(studio.__file__).resolve().parent.parent)
    paths = [here, os.environ.get("PYTHONPATH", "")]
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _close_quietly(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:  # unsent bytes for a process that is gone
        return


def _verified(fields: dict[str, Any]) -> Verified:
    info = dict(fields["info"])
    info["format"] = ImageFormat(info["format"])
    return Verified(ImageInfo(**info), fields["sha256"], fields["phash"], fields["sharpness"])
