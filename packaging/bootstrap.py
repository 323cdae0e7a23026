#!/usr/bin/env python3
"""Set CAN Studio up on a fresh machine and run it: standard library only, Python 3.11 or newer.

    python3 packaging/bootstrap.py demo     the whole pipeline on the synthetic sample project
    python3 packaging/bootstrap.py run      the window (further words go to can-studio)
    python3 packaging/bootstrap.py test     style, types, import rules and the test suite

The environment lies in `.venv` beside `pyproject.toml`; a second run finds it ready and starts in
seconds. What Python and Qt need from Debian is installed where this runs as root, else named in one
command.
"""

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "can-studio.stamp"
OLDEST = (3, 11)

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
    if not words or words[0] not in ("demo", "run", "test"):
        print(__doc__)
        return 2
    command, rest = words[0], words[1:]
    started = time.monotonic()
    if sys.platform.startswith("linux") and not install_debian_packages():
        return 1
    if not install_python_packages():
        return 1
    say(f"set up in {time.monotonic() - started:.0f} s")
    status = {"demo": demo, "run": run, "test": test}[command](rest)
    say(f"{command} took {time.monotonic() - started:.0f} s in all, exit {status}")
    return status


def demo(words: list[str]) -> int:
    """The sample project from photographs to ROC curve, with screenshots where it ran."""
    return studio("demo", "--headless", *words)


def run(words: list[str]) -> int:
    return studio(*words)


def test(words: list[str]) -> int:
    """Every check that CI makes; the first to fail names itself."""
    checks = {
        "style": [PYTHON, "-m", "ruff", "check", "studio", "tests", "packaging"],
        "format": [PYTHON, "-m", "ruff", "format", "--check", "studio", "tests", "packaging"],
        "types": [PYTHON, "-m", "mypy"],
        "import rules": [BIN / "lint-imports"],
        "tests": [PYTHON, "-m", "pytest", *(words or ["-n", str(min(os.cpu_count() or 1, 4))])],
    }
    # As many workers as cores: more threads in each would only get in one another's way.
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    failed = []
    for name, line in checks.items():
        say(name)
        if call(line, environment) != 0:
            failed.append(name)
    if failed:
        return refuse("failed: " + ", ".join(failed))
    return 0


def studio(*words: str) -> int:
    return call([PYTHON, "-m", "studio", *words])


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


def install_python_packages() -> bool:
    """True when `.venv` holds what pyproject.toml asks for, for this Python and this checkout."""
    wanted = hashlib.sha256(
        (ROOT / "pyproject.toml").read_bytes() + sys.version.encode() + str(ROOT).encode()
    ).hexdigest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return True
    say("installing the Python packages; the first time takes minutes")
    venv.create(VENV, with_pip=True, clear=VENV.exists())
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if call([*pip, "--editable", f"{ROOT}[test,weights]"]) != 0:
        refuse("pip could not install the packages; its message above says which and why.")
        return False
    STAMP.write_text(wanted)
    return True


def call(line: list[object], environment: dict[str, str] | None = None) -> int:
    return subprocess.run([str(word) for word in line], cwd=ROOT, env=environment).returncode


def say(sentence: str) -> None:
    print(f"bootstrap: {sentence}", flush=True)


def refuse(sentence: str) -> int:
    print(f"bootstrap: {sentence}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
