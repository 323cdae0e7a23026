"""Whether a process that a file names is still the one that wrote it.

A process id alone is used again after a while; with the time at which it started it is not.
"""

import os
import subprocess
import sys
from pathlib import Path


def start_of(pid: int) -> str | None:
    """When the process started, in the words of this system; None when none has this id.

    A killed process whose parent has not asked for it yet (a zombie) counts as gone.
    """
    ask = {"linux": _linux_start, "win32": _windows_start}.get(sys.platform, _ps_start)
    return ask(pid)


def is_running(pid: int, started: str) -> bool:
    """Whether the process `pid` runs and is the one that started then ("" for unknown)."""
    found = start_of(pid)
    return found is not None and started in ("", found)


def _linux_start(pid: int) -> str | None:
    try:
        # The name, in brackets, may itself hold spaces and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    if fields[0] in "ZX":
        return None
    return f"{boot}:{fields[19]}"  # field 22 of proc(5): ticks from the boot to the start


def _ps_start(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout.split(maxsplit=1)
    if len(answer) < 2 or answer[0].startswith("Z"):
        return None
    return answer[1].strip()


def _windows_start(pid: int) -> str | None:
    import ctypes
    from ctypes import wintypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    query_limited_information, still_active = 0x1000, 259
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return None
    try:
        code = wintypes.DWORD()
        times = [wintypes.FILETIME() for _ in range(4)]
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.GetProcessTimes(handle, *(ctypes.byref(time) for time in times))
    finally:
        kernel.CloseHandle(handle)
    if code.value != still_active:
        return None
    return str((times[0].dwHighDateTime << 32) | times[0].dwLowDateTime)
