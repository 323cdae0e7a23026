"""Tell glibc to keep large blocks instead of returning each to the kernel.

As it comes, glibc maps every tensor above 128 KiB afresh and unmaps it afterwards; the kernel then
clears each page again. On two cores, EfficientNet-Lite0, 224 px, batch 32, keeping the memory
brings training from 13.7 to 24.5 and inference from 43 to 92 images/s (with channels_last). It
costs resident memory, hence it belongs to jobs, not to the idle window.
"""

from __future__ import annotations

import ctypes
import platform
import sys

# Parameter numbers of mallopt(3), <malloc.h>.
_M_TRIM_THRESHOLD = -1
_M_TOP_PAD = -2
_M_MMAP_MAX = -4

_TOP_PAD = 256 * 1024 * 1024
_TRIM_THRESHOLD = 2**31 - 1  # mallopt takes an int


def is_glibc() -> bool:
    """Whether this process runs on Linux with the GNU C library."""
    return sys.platform == "linux" and platform.libc_ver()[0] == "glibc"


def keep_memory() -> bool:
    """Do the same to this running process; returns whether it took effect."""
    if not is_glibc():
        return False
    mallopt = ctypes.CDLL(None).mallopt
    mallopt.argtypes = [ctypes.c_int, ctypes.c_int]
    mallopt.restype = ctypes.c_int
    wishes = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _TRIM_THRESHOLD), (_M_TOP_PAD, _TOP_PAD))
    answers = [mallopt(parameter, value) for parameter, value in wishes]
    return all(answer == 1 for answer in answers)
