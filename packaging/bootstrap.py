#!/usr/bin/env python3
"""Set CAN Studio up on a fresh machine and run it: standard library only, Python 3.11 or newer.

    python3 packaging/bootstrap.py demo     the whole pipeline on the synthetic sample project
    python3 packaging/bootstrap.py run      the window (further words go to can-studio)
    python3 packaging/bootstrap.py test     style, types, import rules and the test suite
    python3 packaging/bootstrap.py newest   the same, a part of the suite, with the newest other
                                            Python of this machine
    python3 packaging/bootstrap.py lowest   the suite with the lowest versions that pyproject.toml
                                            allows; needs Python 3.11
    python3 packaging/bootstrap.py setup    nothing but the installation

The environment lies in `.venv` beside `pyproject.toml`, that of another Python in `.venv-3.13` and
so on; `--venv NAME` before the command names another. A second run finds it ready and starts in
seconds. What Python and Qt need from Debian is installed where this runs as root, else named in one
command.
"""

from __future__ import annotations  # so that an older Python gets as far as being refused

import argparse
import ctypes
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)

# What runs under the newest Python: the rooms that lean on Python itself, SQLite, numpy and Qt.
PART = [f"tests/{room}" for room in ("project", "jobs", "review", "imaging", "datasets", "stats")]
PART += ["tests/classify", "tests/gui/review", "tests/gui/test_shell_window.py"]
LEAST_MINUTES = 30  # half of them for fetching the packages; with less nothing is begun
ROOM_BYTES = 12 * 2**30  # torch and its accelerator packages, and pip's copies of them

# The shared libraries that Qt's platform plugins load, and the Debian package of each.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    str(Path.home() / ".local/share/fonts"),
)


def main(words: list[str]) -> int:
    if sys.version_info < OLDEST:
        return refuse(f"CAN Studio needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    commands = {
        "demo": demo,
        "run": run,
        "test": test,
        "setup": lambda environment, rest: 0,
        "lowest": test_lowest,
    }
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--venv", metavar="NAME", help="folder of the environment")
    parser.add_argument(
        "--minutes", type=float, default=45, help="that newest may take, 45 unless told otherwise"
    )
    parser.add_argument("command", choices=[*commands, "newest"])
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="words for the command")
    asked = parser.parse_args(words)
    if asked.command == "newest":
        return test_newest(asked.rest, asked.minutes)
    started = time.monotonic()
    lowest = asked.command == "lowest"
    if lowest and sys.version_info[:2] != OLDEST:
        return refuse("the lowest versions are tested with the oldest Python: run this with 3.11.")
    environment = Environment(
        ROOT / (asked.venv or (".venv-lowest" if lowest else ".venv")),
        tuple(lowest_versions()) if lowest else (),
    )
    if sys.platform.startswith("linux") and not install_debian_packages():
        return 1
    if not environment.install():
        return 1
    say(f"set up in {time.monotonic() - started:.0f} s")
    status = commands[asked.command](environment, asked.rest)
    say(f"{asked.command} took {time.monotonic() - started:.0f} s in all, exit {status}")
    return status


@dataclass(frozen=True)
class Environment:
    """A folder of installed packages; `constraints` are versions that pip has to take."""

    folder: Path
    constraints: tuple[str, ...] = ()

    @property
    def bin(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        return self.bin / ("python.exe" if os.name == "nt" else "python")

    def install(self) -> bool:
        """True when it holds what pyproject.toml asks for, for this Python and this checkout."""
        told = [(ROOT / "pyproject.toml").read_text(encoding="utf-8"), sys.version, str(ROOT)]
        wanted = hashlib.sha256("".join([*told, *self.constraints]).encode()).hexdigest()
        stamp = self.folder / "can-studio.stamp"
        if self.python.exists() and stamp.exists() and stamp.read_text() == wanted:
            return True
        say("installing the Python packages; the first time takes minutes")
        venv.create(self.folder, with_pip=True, clear=self.folder.exists())
        pip = [self.python, "-m", "pip", "install", "--disable-pip-version-check"]
        if not self.constraints:
            pip.append("--quiet")
        else:  # and not quiet: only then pip says which versions do not go together
            file = self.folder / "constraints.txt"
            file.write_text("\n".join(self.constraints) + "\n")
            pip += ["--constraint", file]
        if call([*pip, "--editable", f"{ROOT}[test,weights]"]) != 0:
            refuse("pip could not install the packages; its message above says which and why.")
            return False
        stamp.write_text(wanted)
        return True


def demo(environment: Environment, words: list[str]) -> int:
    """The sample project from photographs to ROC curve, with screenshots where it ran."""
    return run(environment, ["demo", "--headless", *words])


def run(environment: Environment, words: list[str]) -> int:
    return call([environment.python, "-m", "studio", *words])


def test(environment: Environment, words: list[str]) -> int:
    """Every check that CI makes; the first to fail names itself."""
    python = environment.python
    checks = {
        "style": [python, "-m", "ruff", "check", "studio", "tests", "packaging"],
        "format": [python, "-m", "ruff", "format", "--check", "studio", "tests", "packaging"],
        "types": [python, "-m", "mypy"],
        "import rules": [environment.bin / "lint-imports"],
        "tests": suite(environment, words),
    }
    failed = []
    for name, line in checks.items():
        say(name)
        if call(line, ONE_THREAD) != 0:
            failed.append(name)
    if failed:
        return refuse("failed: " + ", ".join(failed))
    return 0


def test_lowest(environment: Environment, words: list[str]) -> int:
    """The suite alone: what the tools of style and types say depends on their versions."""
    return call(suite(environment, words), ONE_THREAD)


def suite(environment: Environment, words: list[str]) -> list[object]:
    workers = ["-n", str(min(os.cpu_count() or 1, 4))]
    return [environment.python, "-m", "pytest", *(words or workers)]


# As many workers as cores: more threads in each would only get in one another's way.
ONE_THREAD = {"OMP_NUM_THREADS": "1", **os.environ}


def lowest_versions() -> list[str]:
    """Each dependency at its lower bound, as pip's constraints; those without a bound are free."""
    import tomllib  # new in Python 3.11

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    bounds = (re.match(r"([\w.-]+)[^;]*?>=\s*([\w.]+)", line) for one in lists for line in one)
    return sorted({f"{bound[1]}=={bound[2]}" for bound in bounds if bound})


def test_newest(words: list[str], minutes: float) -> int:
    """Checks and a part of the suite with the newest Python other than this one.

    0 also where there is none, or where its packages cannot be had: that is said, and is no fault
    of the studio's. A check that fails, or does not end in time, is.
    """
    other = newest_other_python()
    if other is None:
        say("this machine has no other Python of 3.11 or newer: nothing more to test")
        return 0
    version, python = other
    name = f"Python {version[0]}.{version[1]}"
    folder = f".venv-{version[0]}.{version[1]}"
    line = [python, Path(__file__), "--venv", folder]
    until = time.monotonic() + 60 * minutes
    say(f"the same with {name}, {python}")
    not_run = f"The tests with {name} did NOT run:"
    if minutes < LEAST_MINUTES:
        say(f"{not_run} only {max(minutes, 0):.0f} minutes are left for them.")
        return 0
    free = shutil.disk_usage(ROOT).free
    if free < ROOM_BYTES and not (ROOT / folder).exists():
        say(f"{not_run} its packages need {ROOM_BYTES >> 30} GiB, and {free >> 30} GiB are free.")
        return 0
    status = call([*line, "setup"], seconds=60 * minutes / 2)
    if status != 0:
        late = f" within {minutes / 2:.0f} minutes" if status == TOO_LATE else ""
        say(f"{not_run} its packages cannot be had here{late}; the lines above say which.")
        return 0
    number = ["-n", str(min(os.cpu_count() or 1, 4))]
    status = call([*line, "test", *(words or [*number, *PART])], seconds=until - time.monotonic())
    if status == TOO_LATE:
        return refuse(f"the tests with {name} did not end within {minutes:.0f} minutes.")
    return status


def newest_other_python() -> tuple[tuple[int, int], str] | None:
    """Version and file of the newest released Python from 3.11 on that is not this one."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += pyenv.glob("versions/*/bin")
    found = {}
    for file in sorted({file for folder in folders for file in folder.glob("python3.*")}):
        if not re.fullmatch(r"python3\.\d+(\.exe)?", file.name):
            continue
        version = asked_version(file)
        if version and version >= OLDEST and version != sys.version_info[:2]:
            found[version] = str(file)
    return max(found.items(), default=None)


def asked_version(python: Path) -> tuple[int, int] | None:
    """Its version as it says itself, since a file of that name may be a shim without a Python; None
    also for a pre-release, for one that cannot make environments, and for one that was built
    without a module that the studio or its libraries need."""
    ask = (
        "import bz2, ctypes, ensurepip, json, lzma, sqlite3, ssl, sys, venv, zlib; "
        "print(json.dumps(sys.version_info))"
    )
    try:
        said = subprocess.run([python, "-c", ask], capture_output=True, timeout=30, check=True)
        major, minor, _, level, _ = json.loads(said.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (major, minor) if level == "final" else None


def install_debian_packages() -> bool:
    """True when venv is there, and Qt's libraries and a font; installs them where this is root."""
    missing = sorted({package for library, package in QT_LIBRARIES.items() if not loads(library)})
    if not any(has_font(Path(folder)) for folder in FONT_FOLDERS):
        missing.append("fonts-dejavu-core")
    if importlib.util.find_spec("ensurepip") is None:  # Debian's Python comes without it
        missing.append("python3-venv")
    if not missing:
        return True
    line = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None:
        refuse("CAN Studio needs these packages, or their like here: " + " ".join(missing))
        return False
    if os.geteuid() != 0:
        refuse("Some system packages are missing. Run once: sudo " + " ".join(line))
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    say("installing " + " ".join(missing))
    if call(["apt-get", "update", "-q"], environment) or call(line, environment):
        refuse("apt-get could not install " + " ".join(missing))
        return False
    return True


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font(folder: Path) -> bool:
    return any(True for suffix in ("ttf", "otf", "ttc") for _ in folder.rglob(f"*.{suffix}"))


TOO_LATE = 124


def call(
    line: list[object], environment: dict[str, str] | None = None, seconds: float | None = None
) -> int:
    """Exit status of a command; TOO_LATE when it was ended, with all that it started, after so
    many seconds."""
    words = [str(word) for word in line]
    if seconds is None:
        return subprocess.run(words, cwd=ROOT, env=environment).returncode
    # A group of its own, so that all of it can be ended.
    group = os.name == "posix"
    with subprocess.Popen(words, cwd=ROOT, env=environment, start_new_session=group) as child:
        try:
            return child.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return TOO_LATE
        finally:
            if group:
                with suppress(
                    ProcessLookupError, PermissionError
                ):  # a Mac says so of one that ended
                    os.killpg(child.pid, signal.SIGKILL)
            child.kill()


def say(sentence: str) -> None:
    print(f"bootstrap: {sentence}", flush=True)


def refuse(sentence: str) -> int:
    print(f"bootstrap: {sentence}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
