"""Whether a process that a file names is still the one that wrote it.

A process id alone is used again after a while; with the time at which it started it is not.
"""

import sys
from pathlib import Path


def start_of(pid: int) -> str | None:
    """When the process started, in the words of this system; None when none has this id.

    A killed process whose parent has not asked for it yet (a zombie) counts as gone.
    """
    return _linux_start(pid) if sys.platform == "linux" else _start(pid)


def is_running(pid: int, started: str) -> bool:
    """Whether the process `pid` runs and is the one that started then ("" for unknown)."""
    found = start_of(pid)
    return found is not None and started in ("", found)


def _start(pid: int) -> str | None:
    import psutil  # not for Linux, nor before the window is up

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.6f}"
    except psutil.NoSuchProcess:
        return None


def _linux_start(pid: int) -> str | None:
    # psutil tells the time of day, which moves on Linux when the clock is set: an editor would lose
    # its lock. Ticks since the boot do not.
    try:
        # The name, in brackets, may itself hold spaces and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    if fields[0] in "ZX":
        return None
    return f"{boot}:{fields[19]}"  # field 22 of proc(5): ticks from the boot to the start
