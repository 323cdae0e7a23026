"""Two threads that import a package and a part of it: the whole package for both."""

import os
import subprocess
import sys
from importlib import _bootstrap
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.background import Task

RACE = """
import importlib, sys, threading, time

if sys.argv[1] == "locked":
    from studio.ui.imports import one_at_a_time

    one_at_a_time()
    one_at_a_time()
failures = []

def load(name):
    try:
        importlib.import_module(name)
    except Exception as error:
        failures.append(repr(error))

threads = [threading.Thread(target=load, args=[name]) for name in ("slow", "slow.part")]
for thread in threads:
    thread.start()
    time.sleep(0.2)
for thread in threads:
    thread.join()
print(failures)
"""


def race(folder: Path, how: str, script: str = RACE) -> str:
    package = folder / "slow"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import time\ntime.sleep(0.6)\nfrom slow.part import THING\n"
    )
    (package / "part.py").write_text("import slow\nTHING = slow.__name__\n")
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{script}", how],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ended.stdout.strip()


def test_a_page_and_a_task_import_parts_of_one_package_at_once(tmp_path: Path) -> None:
    assert race(tmp_path, "locked") == "[]"


def test_python_alone_hands_out_a_half_made_module(tmp_path: Path) -> None:
    """The reason for the lock; when this fails, Python has mended it and the lock can go."""
    failures = race(tmp_path, "alone")
    if failures == "[]":
        pytest.skip("the threads did not meet on this machine")
    assert "partially initialized" in failures or "KeyError" in failures


def test_a_task_puts_the_lock_in_place(qtbot: QtBot) -> None:
    bootstrap: Any = _bootstrap
    task = Task(lambda _: type(bootstrap._find_and_load).__module__)
    with qtbot.waitSignal(task.done) as done:
        task.start()
    assert done.args == ["studio.ui.imports"]


FORK = """
import os, sys, threading, time, warnings

# Python 3.12.1 warns of a fork beside threads while it still holds its own import lock, and what
# shows a warning imports: no lock of ours could go before that one.
warnings.simplefilter("ignore")

from studio.ui.imports import one_at_a_time

one_at_a_time()
importer = threading.Thread(target=lambda: __import__("slow"))
importer.start()
time.sleep(0.2)
child = os.fork()
if child == 0:
    import colorsys  # of the standard library, and not imported yet

    os._exit(0)
began = time.monotonic()
os.waitpid(child, 0)
importer.join()
print(time.monotonic() - began < 20)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_a_thread_imports_does_not_hold_up_the_child(tmp_path: Path) -> None:
    assert race(tmp_path, "locked", FORK) == "True"
