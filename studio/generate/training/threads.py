"""How many threads compute: a sum that is parted among other threads has other last digits.

So a run keeps the number that it began with, and two runs of one recipe are equal to the last bit
only where they agree in it.
"""

import os

import torch

from studio.compute.device import set_threads

VARIABLE = "OMP_NUM_THREADS"  # torch has read it when it was imported


def pin_thread_count(before: int | None) -> tuple[int, str | None]:
    """Compute with as many threads as the run had `before` (None: it begins now).

    Who names a number in the environment gets that one: on a machine whose cores are taken, one
    thread is many times faster than two. Returns the number, and a sentence where it is another
    one than before.
    """
    asked = torch.get_num_threads()
    if before is None or before == asked:
        return set_threads(asked), None
    if VARIABLE not in os.environ:
        return set_threads(before), None
    return set_threads(asked), (
        f"This run was computed by {_threads(before)} and goes on with {_threads(asked)}, as "
        f"{VARIABLE} says: from here on its last digits may differ from those of a run that was "
        "never stopped."
    )


def _threads(count: int) -> str:
    return f"{count} thread{'s' * (count != 1)}"
