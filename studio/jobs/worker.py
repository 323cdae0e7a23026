"""A process that runs one job after another: what a job imports is imported once.

`python -m studio.jobs.worker` reads folders of jobs from its standard input, a line of JSON each,
runs each as `run_here` does, and answers with a line of JSON. `JobWorker` is the other end. A job
that takes its process down costs that job alone: its worker is replaced by a new one.

A worker whose other end is gone ends at once, with whatever it was doing; a job that was killed so
goes on from its last checkpoint.
"""

import contextlib
import gc
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from studio import files
from studio.errors import StudioError
from studio.jobs.runner import run_here

Ending = Literal["finished", "stopped", "failed", "refused", "died"]
_CLOSE_S = 5.0


@dataclass(frozen=True)
class JobEnd:
    """How a job of a worker ended: as its runner says, `refused` where it could not begin, and
    `died` where it took the process down. `sentence` says why, where that is known."""

    run_dir: Path
    ending: Ending
    sentence: str = ""


class JobWorker:
    """A process for jobs, one at a time; it is started with its first job.

    `env` is added to this process's environment, and what it prints goes to the end of `log`.
    """

    def __init__(self, log: Path, env: Mapping[str, str] | None = None) -> None:
        self._log, self._env = log, dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.run_dir: Path | None = None

    @property
    def idle(self) -> bool:
        """Whether it could take a job."""
        return self.run_dir is None

    @property
    def pid(self) -> int | None:
        """The number of the process; None before the first job and after one that died."""
        return self._process.pid if self._process is not None else None

    def submit(self, run_dir: Path) -> None:
        """Begin a job, or go on with it. Raises OSError where no process can be started."""
        assert self.run_dir is None, "a worker does one job at a time"
        process = self._process
        if process is None or process.poll() is not None:
            process = self._start()
        self.run_dir = run_dir
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # it died: poll() says so
            process.stdin.write(json.dumps(str(run_dir)).encode() + b"\n")
            process.stdin.flush()

    def poll(self, timeout: float) -> JobEnd | None:
        """How its job ended; None while it runs, after at most `timeout` seconds, or without a
        job."""
        if self.run_dir is None:
            return None
        try:
            line = self._answers.get(timeout=timeout)
        except queue.Empty:
            # A child that outlives it may hold its output open, whose end is then never seen.
            if self._process is None or self._process.poll() is None:
                return None
            line = b""
        run_dir, self.run_dir = self.run_dir, None
        if line:
            told = json.loads(line)
            return JobEnd(run_dir, told["ending"], told["sentence"])
        process, self._process = self._process, None
        code = _end(process) if process is not None else None
        return JobEnd(run_dir, "died", f"Its process ended by itself (code {code}).")

    def close(self) -> None:
        """End the process; a job that it runs is killed."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _start(self) -> "subprocess.Popen[bytes]":
        self._answers = queue.SimpleQueue()
        with files.open_append(self._log) as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "studio.jobs.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._env},
                # A Ctrl+C is for the other end, which stops the job and then the worker.
                start_new_session=os.name == "posix",
                creationflags=_own_group(),
            )
        self._process = process
        assert process.stdout is not None
        listener = threading.Thread(
            target=_listen, args=(process.stdout, self._answers), name=f"worker {process.pid}"
        )
        listener.daemon = True
        listener.start()
        return process


def _own_group() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def _listen(stream: IO[bytes], answers: "queue.SimpleQueue[bytes]") -> None:
    """Hand on every line, and an empty one at the end."""
    with stream, contextlib.suppress(OSError, ValueError):
        for line in stream:
            answers.put(line)
    answers.put(b"")


def _end(process: "subprocess.Popen[bytes]") -> int | None:
    """End a worker: at the end of its input it leaves."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        return process.wait(_CLOSE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


# The other end: the process itself


def main() -> None:
    """Run the jobs that the standard input names, until it ends."""
    # What a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    files.sweep_left_over()
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(asked,), daemon=True).start()
    while True:
        answers.write(json.dumps(run_one(asked.get())).encode() + b"\n")
        gc.collect()  # the network of the last job is not kept until the next needs the memory


def _read_requests(asked: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin.buffer:
        asked.put(json.loads(line))
    os._exit(0)  # whoever asked is gone, and with it whoever would hear how the job ends


def run_one(run_dir: str) -> dict[str, Any]:
    """Run the job in a folder and tell how it ended, as the fields of `JobEnd` but for its folder;
    a stop that was asked for before is obeyed."""
    try:
        return {"ending": run_here(Path(run_dir), keep_stop=True), "sentence": ""}
    except StudioError as error:
        return {"ending": "refused", "sentence": str(error)}


if __name__ == "__main__":
    main()
