"""Trainings of an experiment as tasks of a Ray cluster: `ray start` on each machine, one folder for
all.

Ray says where a task runs; the queue of the experiment stays where it was begun. Each machine needs
the studio, the folder of the experiment, its images and its cache of prepared images under the same
paths. Without a cluster, Ray begins one of this machine alone.
"""

import contextlib
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.jobs.worker import JobEnd, run_one

MISSING = (
    "Trainings on a cluster need Ray, which is not installed here: install can-studio with its "
    "extra “cluster” (pip install 'can-studio[cluster]')."
)
_ASK_S = 5.0


class RayExecutor:
    """Each training is a task that takes `1 / share` of a GPU where the cluster has any, and
    `cores` CPU cores.

    Raises StudioError where Ray is not installed or the cluster refuses: Ray 2.60 and newer ask for
    a token, which must be the same for the cluster and for this process.
    """

    def __init__(self, share: int, cores: int) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would be sent to its makers
        try:
            import ray
        except ImportError as error:
            raise StudioError(MISSING) from error
        self._ray: Any = ray
        # What Ray tells of its workers it prints, where a command writes its document.
        self._printing = contextlib.redirect_stdout(sys.stderr)
        self._printing.__enter__()
        self._own = not ray.is_initialized()
        if self._own:
            try:
                ray.init(
                    log_to_driver=False, logging_level=logging.ERROR,
                    configure_logging=False,
                )  # fmt: skip
            except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
                self._printing.__exit__(None, None, None)
                said = str(error).strip().splitlines()
                raise StudioError(
                    f"The Ray cluster cannot be joined: {said[0] if said else 'it gave no reason'}."
                    " Ask `ray status` whether it runs, and give both the same token."
                ) from error
        self._cores, self._share = cores, share
        gpus = self._resources().get("GPU", 0)
        self._per_task = 1 / share if gpus else 0.0
        self._task = ray.remote(run_one).options(
            num_cpus=cores, num_gpus=self._per_task, max_retries=0
        )
        self._running: dict[Any, Path] = {}
        self._asked, self._at_once = 0.0, 1

    @property
    def room(self) -> int:
        """How many more tasks the cluster has room for, as large as it is now."""
        now = time.monotonic()
        if now - self._asked > _ASK_S:  # machines come and go
            self._asked = now
            found = self._resources()
            at_once = found.get("CPU", 0) // self._cores
            if self._per_task:
                at_once = min(at_once, found.get("GPU", 0) * self._share)
            self._at_once = max(1, int(at_once))
        return max(0, self._at_once - len(self._running))

    def submit(self, run_dir: Path) -> None:
        """Hand a training to Ray."""
        self._running[self._task.remote(str(run_dir))] = run_dir

    def poll(self, timeout: float) -> list[JobEnd]:
        """The tasks that have ended."""
        ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=timeout)
        return [self._end(task) for task in ready]

    def close(self) -> None:
        """Kill the tasks that still run, and leave the cluster."""
        for task in self._running:
            with contextlib.suppress(self._ray.exceptions.RayError, ValueError):
                self._ray.cancel(task, force=True)
        self._running.clear()
        if self._own:
            self._ray.shutdown()
        self._printing.__exit__(None, None, None)

    def _end(self, task: Any) -> JobEnd:
        run_dir = self._running.pop(task)
        try:
            told = self._ray.get(task)
        except self._ray.exceptions.RayError as error:  # its process or its machine is gone
            said = str(error).strip().splitlines()
            return JobEnd(run_dir, "died", said[0] if said else "Its process is gone.")
        return JobEnd(run_dir, told["ending"], told["sentence"])

    def _resources(self) -> dict[str, float]:
        found: dict[str, float] = self._ray.cluster_resources()
        return found
