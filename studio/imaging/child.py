"""One child process that verifies files, and its replacement after a crash or a kill."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import studio
from studio.errors import StudioError
from studio.imaging.errors import ImageError, Reason, shown_name
from studio.imaging.formats import ImageFormat
from studio.imaging.limits import Limits
from studio.imaging.probe import ImageInfo
from studio.imaging.verify import VerifiedImage

_START_SECONDS = 60.0


class Child:
    """A worker process with its pipes; started at the first file and again whenever it died.

    Used by one thread at a time. `heavy` is held while a large picture is decoded. `module` is what
    runs in the process: `studio.imaging.worker`, or one whose `main` is that worker's `serve`.
    """

    def __init__(
        self, limits: Limits, heavy: threading.Lock, module: str = "studio.imaging.worker"
    ) -> None:
        self._limits = limits
        self._heavy = heavy
        self._module = module
        self._process: subprocess.Popen[str] | None = None

    def check(self, path: Path) -> VerifiedImage:
        """Verify one file; raises ImageError, whatever happens to the process."""
        return _verified(self.ask(path)["verified"])

    def ask(self, path: Path, **more: Any) -> dict[str, Any]:
        """The worker's answer for one file, with `more` in its request; raises ImageError.

        A process that ends without an answer is replaced and the file tried once more, since it may
        have been killed for another's memory.
        """
        answer = self._attempt(path, more) or self._attempt(path, more)
        if answer is None:
            raise ImageError(
                Reason.UNREADABLE,
                f"{shown_name(path)}: the process that decoded it ended; the file is damaged or "
                "hostile.",
            )
        if "reason" in answer:
            raise ImageError(Reason(answer["reason"]), answer["sentence"])
        return answer

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

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        # By `-m` and not by multiprocessing: that would run the window's or pytest's main again.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", self._module, str(self._limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            text=True,
            encoding="ascii",
        )
        process = self._process
        if self._exchange(process, None, _START_SECONDS) is None:
            raise StudioError("The process that decodes pictures ended as it started: try again.")
        return process

    def _attempt(self, path: Path, more: dict[str, Any]) -> dict[str, Any] | None:
        """The answer for one file, or None when the process ended without giving it."""
        request = {
            "path": os.fspath(path.absolute()),
            "max_bytes": self._limits.max_bytes,
            "max_pixels": self._limits.max_pixels,
            "formats": sorted(self._limits.formats),
            **more,
        }
        process = self._running()
        try:
            answer = self._exchange(process, request, self._limits.seconds)
            if answer is not None and answer.get("heavy"):
                with self._heavy:
                    answer = self._exchange(process, {}, self._limits.seconds)
        except TimeoutError as error:
            raise ImageError(
                Reason.TOO_SLOW,
                f"{shown_name(path)}: decoding took longer than {self._limits.seconds:g} seconds "
                "and was stopped.",
            ) from error
        return answer

    def _exchange(
        self, process: "subprocess.Popen[str]", request: dict[str, Any] | None, seconds: float
    ) -> dict[str, Any] | None:
        """One line out (None sends nothing), one line back; None when the process ended instead.

        Raises TimeoutError after `seconds`. Unless an answer came in time the process is gone
        afterwards: an answer that nobody waited for would be taken for that of the next file.
        """
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the worker was started without pipes")
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        answer: dict[str, Any] | None = None
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
            if answer is None or late.is_set():
                self.close()
        if answer is None and late.is_set():
            raise TimeoutError
        return answer


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


def _verified(fields: dict[str, Any]) -> VerifiedImage:
    info = dict(fields["info"])
    info["format"] = ImageFormat(info["format"])
    return VerifiedImage(ImageInfo(**info), fields["sha256"], fields["phash"], fields["sharpness"])
